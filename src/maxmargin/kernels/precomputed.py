"""Kernel values that the user brings."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin._validation import validate_table
from maxmargin.exceptions import NonFiniteError, ShapeError, UnsupportedTypeError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.rows import Rows

__all__ = ["GivenColumns", "Precomputed", "support_columns"]


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


class GivenColumns:
    """The columns of the support vectors, of a matrix that has all columns or only these; copied block by block.

    Parameters
    ----------
    X : array-like
    support : ndarray of int
    n_rows : int
        Of the training set.
    """

    def __init__(self, X: Any, support: NDArray[np.int64], n_rows: int) -> None:
        if issparse(X):
            raise UnsupportedTypeError("Sparse precomputed kernels are not supported; pass X.toarray()")
        rows = Rows(X)
        width = rows.n_features
        if width not in (n_rows, support.size):
            raise ShapeError(
                f"X.shape[1] = {width} should be equal to {n_rows}, the number of samples at training time, or to "
                f"{support.size}, the number of support vectors (the columns support_, in that order)"
            )
        self._n = len(rows)
        self._some = width == n_rows and support.size > 0
        self._given = np.asarray(X) if self._some else rows.table
        self._support = support

    def __len__(self) -> int:
        return self._n

    def block(self, start: int, stop: int) -> Rows:
        """The columns of rows ``start`` to ``stop``."""
        if not self._some:
            return Rows(self._given[start:stop])
        rows = Rows(self._given[start:stop, self._support])
        with suppress(NonFiniteError):
            return Rows(rows.table)
        validate_table(self._given[:, self._support])  # raises, with the place among all rows
        return rows


def support_columns(X: Any, support: NDArray[np.int64], n_rows: int) -> NDArray[Any]:
    """The columns of the support vectors of all rows at once."""
    columns = GivenColumns(X, support, n_rows)
    return np.asarray(columns.block(0, len(columns)).table)
