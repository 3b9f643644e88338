"""SVC and NuSVC for one pair of classes.

    SVC      a = yα,  p = −y,  0 ≤ α ≤ c,  Σ a = 0                              f(x) = Σ aᵢK(xᵢ, x) + b
    NuSVC    a = yα,  p = 0,   0 ≤ α ≤ c,  Σ α = ν·mass/2 on either side        the same divided by the margin ρ

In NuSVC the offsets of the two sides are b − ρ and b + ρ.

Schölkopf, Smola, Williamson, Bartlett: New support vector algorithms, Neural Computation 12 (2000).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines.programme import Decision, Machine, Programme

__all__ = ["nu_pair_problem", "pair_problem"]

_Vector = NDArray[np.float64]
_Rows = NDArray[np.int64]


def pair_problem(rows: _Rows, y: _Vector, c: _Vector, *, fit_intercept: bool) -> Machine:
    """SVC on ``rows`` with labels ±1 and costs c > 0."""
    group, sums = (np.zeros(rows.size, dtype=np.int64), np.zeros(1)) if fit_intercept else (None, np.zeros(0))
    programme = Programme(-y, np.minimum(c * y, 0.0), np.maximum(c * y, 0.0), rows, group, sums)

    def read(a: _Vector, offsets: _Vector) -> Decision:
        used = np.flatnonzero(a)
        return Decision(rows[used], a[used], float(offsets[0]))

    def point(coef: _Vector, intercept: float, scale: float, epsilon: float) -> tuple[_Vector, _Vector]:
        del scale, epsilon
        return coef[rows], np.array([intercept])

    return Machine(programme, read, point, hinge=True)


def nu_pair_problem(rows: _Rows, y: _Vector, c: _Vector, half: float) -> Machine:
    """NuSVC on ``rows`` with labels ±1 and bounds c > 0; ``half`` is the sum of α on either side."""
    group = (y < 0.0).astype(np.int64)
    lower, upper = np.minimum(c * y, 0.0), np.maximum(c * y, 0.0)
    programme = Programme(np.zeros(rows.size), lower, upper, rows, group, np.array([half, -half]))

    def read(a: _Vector, offsets: _Vector) -> Decision:
        used = np.flatnonzero(a)
        intercept = 0.5 * float(offsets[0] + offsets[1])
        margin = 0.5 * float(offsets[1] - offsets[0])
        with np.errstate(over="ignore", divide="ignore"):
            usable = margin > 0.0 and bool(np.isfinite(np.append(a[used], intercept) / margin).all())
        scale = margin if usable else 1.0  # without a margin there is nothing to scale by
        return Decision(rows[used], a[used] / scale, intercept / scale, scale, margin - scale)

    def point(coef: _Vector, intercept: float, scale: float, epsilon: float) -> tuple[_Vector, _Vector]:
        b, margin = intercept * scale, scale + epsilon
        return coef[rows] * scale, np.array([b - margin, b + margin])

    return Machine(programme, read, point)
