"""SVR and NuSVR: two multipliers a row, α for values above the target's tube and α* for those below.

    SVR      a = (α, −α*),  p = (ε − t, −ε − t),  0 ≤ α, α* ≤ c,  Σ a = 0           f(x) = Σ (αᵢ − αᵢ*)K(xᵢ, x) + b
    NuSVR    a = (α, −α*),  p = (−t, −t),         0 ≤ α, α* ≤ c,  Σ α = Σ α* = ν·Σc/2

In NuSVR the offsets of the two kinds are b + ε and b − ε: the tube is found, not given.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines.point import sums_before
from maxmargin.machines.programme import Decision, Machine, Programme

__all__ = ["nu_regression_problem", "regression_problem"]

_Vector = NDArray[np.float64]
_Rows = NDArray[np.int64]


def regression_problem(rows: _Rows, target: _Vector, c: _Vector, epsilon: float, *, fit_intercept: bool) -> Machine:
    """SVR on ``rows`` with targets and costs c > 0."""
    n = rows.size
    group, sums = (np.zeros(2 * n, dtype=np.int64), np.zeros(1)) if fit_intercept else (None, np.zeros(0))
    linear = np.concatenate([epsilon - target, -epsilon - target])
    programme = _doubled(rows, linear, c, group, sums)

    def read(a: _Vector, offsets: _Vector) -> Decision:
        used, coef = _net(a)
        return Decision(rows[used], coef, float(offsets[0]))

    def point(coef: _Vector, intercept: float, scale: float, epsilon: float) -> tuple[_Vector, _Vector]:
        del scale, epsilon
        return _split(coef[rows]), np.array([intercept])

    return Machine(programme, read, point)


def nu_regression_problem(rows: _Rows, target: _Vector, c: _Vector, nu: float) -> Machine:
    """NuSVR on ``rows`` with targets and costs c > 0."""
    group = np.repeat(np.array([0, 1], dtype=np.int64), rows.size)
    half = 0.5 * nu * float(c.sum())
    programme = _doubled(rows, np.concatenate([-target, -target]), c, group, np.array([half, -half]))

    def read(a: _Vector, offsets: _Vector) -> Decision:
        used, coef = _net(a)
        intercept = 0.5 * float(offsets[0] + offsets[1])
        return Decision(rows[used], coef, intercept, epsilon=0.5 * float(offsets[0] - offsets[1]))

    def point(coef: _Vector, intercept: float, scale: float, epsilon: float) -> tuple[_Vector, _Vector]:
        del scale
        a = _split(coef[rows])
        # What α and α* of one row have in common changes neither f nor the objective, but counts for the sums.
        common = _filled(c - np.abs(coef[rows]), half - float(a[: rows.size].sum()))
        return a + np.concatenate([common, -common]), np.array([intercept + epsilon, intercept - epsilon])

    return Machine(programme, read, point)


def _filled(room: _Vector, total: float) -> _Vector:
    """Parts of ``room`` that sum to ``total``, the first rows first."""
    return np.clip(max(total, 0.0) - sums_before(room), 0.0, np.maximum(room, 0.0))


def _doubled(rows: _Rows, linear: _Vector, c: _Vector, group: NDArray[np.int64] | None, sums: _Vector) -> Programme:
    nothing = np.zeros(rows.size)
    lower, upper = np.concatenate([nothing, -c]), np.concatenate([c, nothing])
    return Programme(linear, lower, upper, np.concatenate([rows, rows]), group, sums)


def _net(a: _Vector) -> tuple[NDArray[np.intp], _Vector]:
    coef = a[: a.size // 2] + a[a.size // 2 :]
    used = np.flatnonzero(coef)
    return used, coef[used]


def _split(coef: _Vector) -> _Vector:
    return np.concatenate([np.maximum(coef, 0.0), np.minimum(coef, 0.0)])
