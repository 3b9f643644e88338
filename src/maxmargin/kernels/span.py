"""The span of some rows' features, grown row by row: what subsets of rows can stand for all of them.

With chosen rows S and the Cholesky factor L of K(S, S), F = K(·, S) L⁻ᵀ has the coordinates of every row's feature in an
orthonormal basis of the span, and

    K(x, z) − ⟨F(x), F(z)⟩

is the inner product of what is left of both features: the *residual*, on whose diagonal are squared distances to the span.
Adding b rows costs one product of F with its b rows, whatever chose them. The products are BLAS's, twice as fast as
the native tiles; within `one_blas_thread` its bits do not depend on a number of threads, nor do its threads wait for ours.

Fine, Scheinberg: Efficient SVM training using low-rank kernel representations, JMLR 2 (2001).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dtrtri

from maxmargin import _native

__all__ = ["Span", "inverse_factor", "products"]

_DEPENDENT = 1e-13  # of the largest K(x, x): what is left of a feature that the span holds

_Matrix = NDArray[np.float64]
_Rows = NDArray[np.intp]


def products(A: _Matrix, B: _Matrix, n_threads: int = 1) -> _Matrix:
    """``A @ B.T`` with the same bits for any number of threads.

    Examples
    --------
    >>> products(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])).tolist()
    [[11.0]]
    """
    if A.shape[1] == 0 or not A.shape[0] or not B.shape[0]:
        return np.zeros((A.shape[0], B.shape[0]))
    left, right = _native.DenseDesign(A), _native.DenseDesign(B)
    return np.asarray(_native.kernel_matrix(left, right, ("linear", 0.0, 0.0, 0.0), n_threads))


def inverse_factor(matrix: _Matrix) -> _Matrix:
    """L⁻¹ of a positive definite LLᵀ."""
    factor = np.linalg.cholesky(matrix)
    return np.asarray(solve_triangular(factor, np.eye(matrix.shape[0]), lower=True, check_finite=False))


class Span:
    """The span of chosen rows among n.

    Parameters
    ----------
    columns : callable of positions of rows
        The kernel values between all rows and these, (n, number of positions) in float64.
    diagonal : ndarray of shape (n,)
        K(x, x).

    Attributes
    ----------
    chosen : list of int
    residual : ndarray of shape (n,)
        Squared distance of each row's feature to the span.
    """

    def __init__(self, columns: Callable[[_Rows], _Matrix], diagonal: _Matrix) -> None:
        self._columns = columns
        self._coordinates = np.zeros((diagonal.size, 0))
        self.chosen: list[int] = []
        self.residual = diagonal.astype(np.float64)
        self.dependent = _DEPENDENT * float(np.abs(diagonal).max(initial=0.0))

    @property
    def coordinates(self) -> _Matrix:
        """F, (n, number of chosen rows)."""
        return self._coordinates[:, : len(self.chosen)]

    def left_among(self, rows: _Rows, values: _Matrix) -> _Matrix:
        """What the span leaves of the kernel values among some rows."""
        F = self.coordinates[rows]
        return np.asarray(values - F @ F.T)

    def add(self, rows: _Rows) -> tuple[_Matrix, _Matrix]:
        """Add independent rows: the new coordinates of all rows, (n, added), and L⁻¹ of what was left among the added."""
        columns = self._columns(rows)
        left = columns - self.coordinates @ self.coordinates[rows].T
        inverse = inverse_factor(left[rows])
        new = left @ inverse.T
        self._reserve(rows.size)
        start = len(self.chosen)
        self._coordinates[:, start : start + rows.size] = new
        self.chosen.extend(rows.tolist())
        self.residual -= np.einsum("ij,ij->i", new, new)
        np.maximum(self.residual, 0.0, out=self.residual)
        self.residual[rows] = 0.0
        return new, inverse

    def whitening(self) -> _Matrix:
        """L⁻¹ of the chosen rows in the order of their choice, which makes coordinates of kernel values with them."""
        # Above the diagonal there is what rounding has left, and stays.
        return np.tril(dtrtri(self.coordinates[self.chosen], lower=1)[0])

    def _reserve(self, more: int) -> None:
        wanted, have = len(self.chosen) + more, self._coordinates.shape[1]
        if wanted > have:
            larger = np.zeros((self.residual.size, max(wanted, have + have // 2)))
            larger[:, :have] = self._coordinates
            self._coordinates = larger
