"""The matrix Q of kernel values between the rows of all variables, as an interior point method needs it.

`DenseCurvature` has all its values. `LinearCurvature` knows that Q = XX' of a linear kernel, so that products cost as much
as X has numbers, and systems with Q + D are solved through one as large as X has columns:

    (D + XX')⁻¹ = D⁻¹ − D⁻¹X (I + X'D⁻¹X)⁻¹ X'D⁻¹

Ferris, Munson: Interior-point methods for massive support vector machines, SIAM J. Optim. 13 (2002).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

__all__ = ["Curvature", "DenseCurvature", "LinearCurvature"]

_RIDGES = (1e-14, 1e-12, 1e-10)  # of the diagonal: free multipliers of equal rows have no curvature of their own

_REFINEMENTS = 2

_Array = NDArray[np.float64]


class Curvature(Protocol):
    """Q, positive semidefinite."""

    @property
    def diagonal(self) -> _Array:
        """Its diagonal, (m,)."""

    def times(self, a: _Array) -> _Array:
        """Qa."""

    def inverse(self, added: _Array) -> Callable[[_Array], _Array]:
        """A function that solves systems with Q + diag(added); raises LinAlgError where Q is far from semidefinite."""

    def counterweight(self, change: _Array, room: _Array, A: _Array) -> _Array:
        """A second change, in proportion to ``room``, that undoes what ``change`` did to Qa and Aa where that is cheap."""


class DenseCurvature:
    """Q with all its values.

    Parameters
    ----------
    Q : ndarray of shape (m, m), float64
    """

    def __init__(self, Q: _Array) -> None:
        self._Q = Q
        self.diagonal = np.diag(Q)

    def times(self, a: _Array) -> _Array:
        """Qa."""
        return np.asarray(self._Q @ a)

    def inverse(self, added: _Array) -> Callable[[_Array], _Array]:
        """A function that solves systems with Q + diag(added)."""
        largest = float(np.abs(self.diagonal).max())
        places = np.arange(added.size)
        for ridge in _RIDGES:
            system = self._Q.copy()
            system[places, places] += added + ridge * largest
            try:
                factor = cho_factor(system, overwrite_a=True, check_finite=False)
            except LinAlgError:
                continue
            return lambda right: np.asarray(cho_solve(factor, right, check_finite=False))
        raise LinAlgError("the matrix of kernel values is not positive semidefinite")

    def counterweight(self, change: _Array, room: _Array, A: _Array) -> _Array:
        """Nothing: second-order steps on the free multipliers follow, which see all values."""
        del room, A
        return np.zeros_like(change)


class LinearCurvature:
    """Q = XX'.

    Parameters
    ----------
    X : ndarray of shape (m, d), float64
        The row of each variable.
    """

    def __init__(self, X: _Array) -> None:
        self._X = X
        self.diagonal = np.einsum("ij,ij->i", X, X)

    def times(self, a: _Array) -> _Array:
        """Qa."""
        return np.asarray(self._X @ (self._X.T @ a))

    def inverse(self, added: _Array) -> Callable[[_Array], _Array]:
        """A function that solves systems with Q + diag(added)."""
        X = self._X
        scaled = X / added[:, None]
        inner = X.T @ scaled
        inner[np.diag_indices_from(inner)] += 1.0
        factor = cho_factor(inner, overwrite_a=True, check_finite=False)

        def once(right: _Array) -> _Array:
            divided = right / added if right.ndim == 1 else right / added[:, None]
            return np.asarray(divided - scaled @ cho_solve(factor, X.T @ divided, check_finite=False))

        def solve(right: _Array) -> _Array:
            # What cancels in the difference is recovered by solving for what is left.
            found = once(right)
            for _ in range(_REFINEMENTS):
                found += once(right - (added * found.T).T - X @ (X.T @ found))
            return found

        return solve

    def counterweight(self, change: _Array, room: _Array, A: _Array) -> _Array:
        """The smallest multiple of ``room``, in the Euclidean norm, that brings X'a and Aa back."""
        conditions = np.concatenate([self._X.T, A])
        size = np.maximum(np.sqrt(np.einsum("ij,ij->i", conditions, conditions)), 1e-300)[:, None]
        conditions = conditions / size
        return np.asarray(room * np.linalg.lstsq(conditions * room, -(conditions @ change), rcond=None)[0])
