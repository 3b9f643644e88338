"""The second derivative of a programme as an interior point method needs it: products with Q, and systems with Q + D.

A matrix of m × m kernel values is factored whole. Where the kernel is an inner product of few components, Q = ZZᵀ, a
system is one of the components,

    (ZZᵀ + D)⁻¹ r = D⁻¹(r − Zu),    (I + ZᵀD⁻¹Z) u = ZᵀD⁻¹r

and rows whose D is so large that they hardly bend it are left out of ZᵀD⁻¹Z.

The sums are BLAS's: call it with one thread, so that the bits do not depend on their number.

Ferris, Munson: Interior-point methods for massive support vector machines, SIAM J. Optim. 13 (2002).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from maxmargin import _native

__all__ = ["ComponentCurvature", "Curvature", "MatrixCurvature"]

_RIDGES = (1e-14, 1e-12, 1e-10)  # of the diagonal: free multipliers of equal rows have no curvature of their own
_LEFT_OUT = 1e-3  # of the identity: what rows that are left out may add to it at most

_Vector = NDArray[np.float64]
_Solver = Callable[[_Vector], _Vector]


class Curvature(Protocol):
    """The matrix Q of a programme."""

    @property
    def typical(self) -> float:
        """The mean size of the diagonal, > 0."""

    def times(self, a: _Vector) -> _Vector:
        """Qa."""

    def solver(self, diagonal: _Vector) -> _Solver:
        """What solves systems with Q + diag(diagonal) for vectors, or columns of a matrix; may raise LinAlgError."""


class MatrixCurvature:
    """Q given: kernel values between the rows of all variables."""

    def __init__(self, Q: NDArray[np.float64]) -> None:
        self._Q = Q

    @property
    def typical(self) -> float:
        """The mean size of the diagonal."""
        return max(float(np.abs(np.diag(self._Q)).mean()), 1e-300)

    def times(self, a: _Vector) -> _Vector:
        """Qa."""
        return np.asarray(self._Q @ a)

    def solver(self, diagonal: _Vector) -> _Solver:
        """A Cholesky factor of the whole; raises LinAlgError where Q is far from positive semidefinite."""
        largest = float(np.abs(np.diag(self._Q)).max())
        for ridge in _RIDGES:
            try:
                factor = cho_factor(self._Q + np.diag(diagonal + ridge * largest), check_finite=False)
            except LinAlgError:
                if ridge == _RIDGES[-1]:
                    raise
                continue
            break
        return lambda right: np.asarray(cho_solve(factor, right, check_finite=False))


class ComponentCurvature:
    """Q = Z Zᵀ for the variables' rows of Z.

    Parameters
    ----------
    Z : ndarray of shape (n, m)
    row : ndarray of int
        The row of Z of each variable.
    n_threads : int
    """

    def __init__(self, Z: NDArray[np.float64], row: NDArray[np.integer], n_threads: int) -> None:
        self._Z = Z
        self._row = row
        self._n_threads = n_threads
        self._design = _native.DenseDesign(Z)
        self._squares = self._design.squared_norms(n_threads)

    @property
    def typical(self) -> float:
        """The mean size of the diagonal."""
        return max(float(self._squares.mean()), 1e-300)

    def weights(self, a: _Vector) -> _Vector:
        """Zᵀa, (m,)."""
        of_rows: _Vector = np.bincount(self._row, a, self._Z.shape[0]).astype(np.float64)
        return np.asarray(self._design.combine(of_rows, self._n_threads))

    def at_rows(self, w: _Vector) -> _Vector:
        """Zw for each variable."""
        return np.asarray(self._design.decision(w, 0.0, self._n_threads)[self._row])

    def times(self, a: _Vector) -> _Vector:
        """Qa."""
        return self.at_rows(self.weights(a))

    def solver(self, diagonal: _Vector) -> _Solver:
        """Systems of m components."""
        bend = np.bincount(self._row, 1.0 / diagonal, self._Z.shape[0])
        order = np.argsort(bend * self._squares, kind="stable")
        little = np.cumsum((bend * self._squares)[order]) <= _LEFT_OUT
        used = np.sort(order[~little])
        part = (self._Z[used] * np.sqrt(bend[used])[:, None]).T
        system = dsyrk(1.0, part, lower=1) if used.size else np.zeros((part.shape[0],) * 2)
        system[np.diag_indices_from(system)] += 1.0
        factor = cho_factor(system, lower=True, check_finite=False, overwrite_a=True)

        def solve(right: _Vector) -> _Vector:
            if right.ndim == 2:
                return np.stack([solve(column) for column in right.T], axis=1) if right.shape[1] else right
            u = cho_solve(factor, self.weights(right / diagonal), check_finite=False)
            return np.asarray((right - self.at_rows(u)) / diagonal)

        return solve
