"""One-class SVM: the smallest region that holds all but a fraction ν of the rows.

a = α,  p = 0,  0 ≤ α ≤ weight,  Σ α = ν·Σ weights        f(x) = Σ αᵢK(xᵢ, x) − ρ,  the offset is b = −ρ

Rows with 0 < α < weight lie on the border, f = 0, and count as inside: b is raised by what rounding has left them short.
Where no side of the origin holds the rows, the optimum is w = 0 and ρ = 0: all rows are on the border.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines.programme import Decision, Machine, Programme

__all__ = ["one_class_problem"]

_BORDER = 1e-7  # of |b|: rows that close to the border are on it
_ROUNDING = 1e-13  # of |b|: what a sum in another order may differ by

_Vector = NDArray[np.float64]


def one_class_problem(rows: NDArray[np.int64], weights: _Vector, nu: float) -> Machine:
    """One-class SVM on ``rows`` with weights > 0."""
    nothing = np.zeros(rows.size)
    sums = np.array([nu * float(weights.sum())])
    programme = Programme(nothing, nothing, weights, rows, np.zeros(rows.size, dtype=np.int64), sums)

    def read(a: _Vector, offsets: _Vector) -> Decision:
        used = np.flatnonzero(a)
        return Decision(rows[used], a[used], float(offsets[0]))

    def point(coef: _Vector, intercept: float, scale: float, epsilon: float) -> tuple[_Vector, _Vector]:
        del scale, epsilon
        return coef[rows], np.array([intercept])

    return Machine(programme, read, point, _cover_border, one_each=True)


def _cover_border(f: _Vector, offsets: _Vector, rounding: float) -> _Vector:
    b = float(offsets[0])
    border = np.abs(f + b) <= max(_BORDER * abs(b), rounding)
    if not border.any():
        return offsets
    return np.array([max(_ROUNDING * abs(b), rounding) - float(f[border].min())])
