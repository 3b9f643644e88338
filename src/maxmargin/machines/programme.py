"""The quadratic programme that every kernel machine is, and the decision function that its solution gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decision", "Machine", "Programme"]

_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """Minimise ½a'Ka + p'a over l ≤ a ≤ u with the sums of groups given.

    Parameters
    ----------
    linear, lower, upper : ndarray of shape (m,), float64
        p, l, u of the variables.
    row : ndarray of shape (m,), int64
        The row of the data that each variable belongs to; rows without a variable are absent.
    group : ndarray of shape (m,), int64, or None
        0, 1, …; None where no sum is prescribed.
    sums : ndarray of shape (n_groups,), float64
        s of each group; empty without groups.
    """

    linear: _Vector
    lower: _Vector
    upper: _Vector
    row: NDArray[np.int64]
    group: NDArray[np.int64] | None
    sums: _Vector

    @property
    def size(self) -> int:
        """Number of variables m."""
        return self.linear.size

    def part(self, start: int, end: int, sums: _Vector) -> Programme:
        """The programme of some of the variables, neighbours, with sums of their own; no number is copied."""
        group = None if self.group is None else self.group[start:end]
        return Programme(
            self.linear[start:end], self.lower[start:end], self.upper[start:end], self.row[start:end], group, sums
        )


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """The decision function Σⱼ coef[j] K(x, rows[j]) + intercept, of rows with a coefficient only.

    ``scale`` divides both (the margin ρ of NuSVC, else 1). ``epsilon`` is half the width of the tube that NuSVR found, and
    for NuSVC what ρ has beyond ``scale``: nothing, but where there is no margin to divide by.
    """

    rows: NDArray[np.int64]
    coef: _Vector
    intercept: float
    scale: float = 1.0
    epsilon: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """A programme, how to read a point of it, and how to get back to the point.

    Parameters
    ----------
    programme : Programme
    read : callable of (a, offsets)
        The `Decision` of a point.
    point : callable of (coefficients of all rows, intercept, scale, epsilon)
        The multipliers a and offsets that a decision function came from, for certificates and warm starts.
    settle : callable of (f, offsets, rounding), optional
        Moves the offsets of a solution within rounding; f of any row like these is off by no more than the last.
    one_each : bool
        Whether each row has one variable, in the order of the rows.
    hinge : bool
        Whether the programme is the dual of Σᵢ cᵢ·max(0, 1 − yᵢ(⟨w, xᵢ⟩ + b)), yᵢ = −pᵢ, which linear solvers know.
    """

    programme: Programme
    read: Callable[[_Vector, _Vector], Decision]
    point: Callable[[_Vector, float, float, float], tuple[_Vector, _Vector]]
    settle: Callable[[_Vector, _Vector, float], _Vector] | None = None
    one_each: bool = False
    hinge: bool = False
