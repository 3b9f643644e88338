"""Kernel values that the user brings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin.exceptions import ShapeError, UnsupportedTypeError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.rows import Rows

__all__ = ["Precomputed", "support_columns"]


class Precomputed(Kernel):
    """X itself holds the kernel values: (n, n) to fit, (m, n) to predict.

    To predict, only the columns of ``support_`` are looked at; a matrix that has only these, (m, n_support) in
    the order of ``support_``, will do.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin import SVC
    >>> X, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), [0, 0, 1, 1]
    >>> model = SVC(kernel=Precomputed()).fit(X @ X.T, y)
    >>> model.predict(np.array([[3.0]]) @ X[model.support_].T).tolist()
    [1]
    """

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        del weights
        if issparse(rows.given):
            raise UnsupportedTypeError("Sparse precomputed kernels are not supported; pass X.toarray()")
        n, m = rows.table.shape
        if n != m:
            raise ShapeError(
                f"Precomputed matrix must be a square matrix. Input is a {n}x{m} matrix; pass the kernel values of "
                "all pairs of training rows"
            )
        return self

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """Values between two sets of rows."""
        del right, n_threads
        return np.asarray(left.table, dtype=np.float64)

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row."""
        del n_threads
        return np.array(rows.table.diagonal(), dtype=np.float64)

    @property
    def pairwise(self) -> bool:
        """Rows are kernel values already."""
        return True


def support_columns(X: Any, support: NDArray[np.int64], n_rows: int) -> NDArray[Any]:
    """The columns of the support vectors, of a matrix that has all columns or only these."""
    if issparse(X):
        raise UnsupportedTypeError("Sparse precomputed kernels are not supported; pass X.toarray()")
    rows = Rows(X)
    width = rows.n_features
    if width == n_rows:
        rows = Rows(np.asarray(X)[:, support]) if support.size else rows
    elif width != support.size:
        raise ShapeError(
            f"X.shape[1] = {width} should be equal to {n_rows}, the number of samples at training time, or to "
            f"{support.size}, the number of support vectors (the columns support_, in that order)"
        )
    return np.asarray(rows.table)
