"""The matrix Q of kernel values between the rows of all variables, as an interior point method needs it.

`DenseCurvature` has all its values. `FactoredCurvature` knows that the kernel is an inner product of few columns, Q = ZZ',
so that products cost as much as Z has numbers, and systems with Q + D are solved through one as large as Z has columns:

    (D + ZZ')⁻¹ = D⁻¹ − D⁻¹Z (I + Z'D⁻¹Z)⁻¹ Z'D⁻¹

Rows whose D is so large that they hardly bend it are left out of Z'D⁻¹Z, and what that and the difference above lose is
recovered by solving for what is left. Variables of the same row share it.

The sums are BLAS's: call it with one thread, so that the bits do not depend on their number.

Ferris, Munson: Interior-point methods for massive support vector machines, SIAM J. Optim. 13 (2002).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve, qr, solve_triangular
from scipy.linalg.blas import dsyrk

from maxmargin import _native

__all__ = ["Curvature", "DenseCurvature", "FactoredCurvature"]

_RIDGES = (1e-14, 1e-12, 1e-10)  # of the diagonal: free multipliers of equal rows have no curvature of their own
_LEFT_OUT = 1e-6  # of the identity: what rows that are left out may add to it at most
_REFINEMENTS = 4
_PRODUCTS_AT_ONCE = 4e9  # of a system: a tenth of a second at most, between which the clock and signals are looked at,
_FEWEST_AT_ONCE = 64  # of as many rows at least
_SOLVED = 1e-10  # of the right-hand side: what is left of it

_Array = NDArray[np.float64]
_Inverse = Callable[[_Array], _Array]


class Curvature(Protocol):
    """Q, positive semidefinite."""

    @property
    def diagonal(self) -> _Array:
        """Its diagonal, (m,)."""

    def times(self, a: _Array) -> _Array:
        """Qa."""

    def inverse(self, added: _Array) -> _Inverse:
        """A function that solves systems with Q + diag(added); raises LinAlgError where Q is far from semidefinite."""


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

    def inverse(self, added: _Array) -> _Inverse:
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


class FactoredCurvature:
    """Q = ZZ' for the variables' rows of Z.

    Parameters
    ----------
    Z : ndarray of shape (n, d), float64
    row : ndarray of shape (m,), int
        The row of Z of each variable.
    n_threads : int
    look : callable, optional
        Called between the parts of long sums and before each pass of a solution; what it raises ends them.
    """

    def __init__(self, Z: _Array, row: NDArray[np.integer], n_threads: int, look: Callable[[], None] = lambda: None) -> None:
        self.look = look
        self._Z = np.ascontiguousarray(Z)
        self._row = row
        self._n_threads = n_threads
        self._design = _native.DenseDesign(self._Z)
        self._squares = self._design.squared_norms(n_threads)
        self._largest = np.maximum(self._Z.max(axis=0, initial=0.0), -self._Z.min(axis=0, initial=0.0))
        self.diagonal = self._squares[row]

    @property
    def n_columns(self) -> int:
        """Columns d of Z."""
        return int(self._Z.shape[1])

    def weights(self, a: _Array) -> _Array:
        """Z'a, (d,)."""
        return np.asarray(self._design.combine(self._of_rows(a), self._n_threads))

    def times(self, a: _Array) -> _Array:
        """Qa."""
        return self._at_rows(self.weights(a))

    def inverse(self, added: _Array) -> _Inverse:
        """A function that solves systems with Q + diag(added)."""
        factor = cho_factor(self._system(self._of_rows(1.0 / added)), lower=True, overwrite_a=True, check_finite=False)

        def once(right: _Array) -> _Array:
            self.look()
            u = cho_solve(factor, self.weights(right / added), check_finite=False)
            return np.asarray((right - self._at_rows(u)) / added)

        def solve(right: _Array) -> _Array:
            if right.ndim == 2:
                return np.stack([solve(column) for column in right.T], axis=1) if right.shape[1] else right
            found = once(right)
            for _ in range(_REFINEMENTS):
                left = right - added * found - self.times(found)
                if float(np.abs(left).max()) <= _SOLVED * float(np.abs(right).max()):
                    break
                found += once(left)
            return found

        return solve

    def counterweight(
        self, change: _Array, room: _Array, group: NDArray[np.integer] | None, n_groups: int, slack: float
    ) -> _Array:
        """A second change that undoes what ``change`` did to f = Qa and to the sums of the groups.

        In units of ``room`` it is the smallest one, in the Euclidean norm: one unit for one variable costs as much as f
        that is off by ``slack``.
        """
        free, d = np.flatnonzero(room > 0.0), self.n_columns
        moved = np.append(self.weights(change), np.zeros(n_groups))
        conditions = np.zeros((free.size + d + n_groups, d + n_groups), order="F")
        conditions[: free.size, :d] = self._Z[self._row[free]]
        if group is not None:
            moved[d:] = np.bincount(group, change, n_groups)
            conditions[np.arange(free.size), d + group[free]] = 1.0
        # In units of f: what a column is off by counts as its largest number, and what a sum is as the largest K(x, x).
        unit = np.append(self._largest, np.full(n_groups, self._squares.max(initial=0.0)))
        second = np.zeros_like(change)
        if free.size and (moved * unit).any():
            conditions[: free.size] *= room[free, None]
            conditions *= unit
            np.fill_diagonal(conditions[free.size :], slack)  # what f is off by is one more change, of its own price
            Q, R = qr(conditions, mode="economic", overwrite_a=True, check_finite=False)
            along = solve_triangular(R, -moved * unit, trans="T", check_finite=False)
            second[free] = room[free] * (Q[: free.size] @ along)
        return second

    def _of_rows(self, a: _Array) -> _Array:
        return np.bincount(self._row, a, self._Z.shape[0]).astype(np.float64, copy=False)

    def _at_rows(self, w: _Array) -> _Array:
        return np.asarray(self._design.decision(w, 0.0, self._n_threads)[self._row])

    def _system(self, bend: _Array) -> _Array:
        """I + Z'diag(bend)Z, its lower half."""
        order = np.argsort(bend * self._squares, kind="stable")
        little = np.cumsum((bend * self._squares)[order]) <= _LEFT_OUT
        used = np.sort(order[~little])
        system = np.zeros((self.n_columns,) * 2, order="F")
        at_once = max(_FEWEST_AT_ONCE, int(_PRODUCTS_AT_ONCE / self.n_columns**2))
        for start in range(0, used.size, at_once):
            self.look()
            some = used[start : start + at_once]
            part = self._Z[some]
            part *= np.sqrt(bend[some])[:, None]
            system = dsyrk(1.0, part.T, beta=1.0, c=system, lower=1, overwrite_c=1)
        system[np.diag_indices_from(system)] += 1.0
        return np.asarray(system)
