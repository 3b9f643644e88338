"""Where the NaN is: a slow, exact search that runs only after the fast pass has found that there is one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import NonFiniteError

__all__ = ["raise_nonfinite_dense", "raise_nonfinite_sparse", "raise_nonfinite_vector"]

_BLOCK = 1 << 18  # values looked at together: the search needs no second copy of a large array


def raise_nonfinite_dense(X: NDArray[Any], column_names: Any = None) -> None:
    """Raise NonFiniteError with the count and first place of NaN or infinite values in a 2-D array, if any."""
    first, n_nan, n_inf = None, 0, 0
    rows = max(1, _BLOCK // max(1, X.shape[1]))
    for start in range(0, X.shape[0], rows):
        bad = ~np.isfinite(X[start : start + rows])
        if bad.any():
            nan = int(np.count_nonzero(np.isnan(X[start : start + rows])))
            n_nan, n_inf = n_nan + nan, n_inf + int(np.count_nonzero(bad)) - nan
            if first is None:
                row, column = np.argwhere(bad)[0].tolist()
                first = (start + row, column)
    if first is not None:
        _raise(n_nan, n_inf, first, column_names)


def raise_nonfinite_sparse(data: NDArray[Any], indices: NDArray[Any], indptr: NDArray[Any]) -> None:
    """The same for the stored values of compressed sparse rows."""
    bad = np.flatnonzero(~np.isfinite(data))
    if bad.size:
        n_nan = int(np.count_nonzero(np.isnan(data[bad])))
        row = int(np.searchsorted(indptr, bad[0], side="right")) - 1
        _raise(n_nan, int(bad.size) - n_nan, (row, int(indices[bad[0]])), None)


def raise_nonfinite_vector(v: NDArray[Any], what: str, remedy: str) -> None:
    """The same for a vector with one entry per row."""
    bad = np.flatnonzero(~np.isfinite(v))
    if bad.size:
        n_nan = int(np.count_nonzero(np.isnan(v[bad])))
        raise NonFiniteError(f"{what} has {_count(n_nan, int(bad.size) - n_nan)} (first at row {bad[0]}); {remedy}")


def _raise(n_nan: int, n_inf: int, first: tuple[int, int], column_names: Any) -> None:
    row, column = first
    name = "" if column_names is None else f" ({str(column_names[column])!r})"
    remedy = "drop or impute them" if n_nan else "drop or clip them"
    raise NonFiniteError(f"X has {_count(n_nan, n_inf)} (first at row {row}, column {column}{name}); {remedy}")


def _count(n_nan: int, n_inf: int) -> str:
    parts = []
    if n_nan:
        parts.append(f"{n_nan} NaN value{'s' if n_nan > 1 else ''}")
    if n_inf:
        parts.append(f"{n_inf} infinite value{'s' if n_inf > 1 else ''}")
    return " and ".join(parts)
