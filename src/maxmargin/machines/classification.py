"""SVC and NuSVC for pairs of classes: many problems are built at once, their variables one after the other.

    SVC      a = yα,  p = −y,  0 ≤ α ≤ c,  Σ a = 0                              f(x) = Σ aᵢK(xᵢ, x) + b
    NuSVC    a = yα,  p = 0,   0 ≤ α ≤ c,  Σ α = ν·mass/2 on either side        the same divided by the margin ρ

In NuSVC the offsets of the two sides are b − ρ and b + ρ.

Schölkopf, Smola, Williamson, Bartlett: New support vector algorithms, Neural Computation 12 (2000).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines.programme import Decision, Machine, Programme

__all__ = ["nu_pair_problems", "pair_problems"]

_Vector = NDArray[np.float64]
_Rows = NDArray[np.int64]


def pair_problems(rows: _Rows, y: _Vector, c: _Vector, ends: Sequence[int], *, fit_intercept: bool) -> list[Machine]:
    """SVC on ``rows`` with labels ±1 and costs c > 0; each problem's end where the next one begins."""
    group, sums = (np.zeros(rows.size, dtype=np.int64), np.zeros(1)) if fit_intercept else (None, np.zeros(0))
    every = Programme(-y, np.minimum(c * y, 0.0), np.maximum(c * y, 0.0), rows, group, sums)
    return [_pair_machine(every.part(start, end, sums)) for start, end in pairwise([0, *ends])]


def _pair_machine(programme: Programme) -> Machine:
    rows = programme.row

    def read(a: _Vector, offsets: _Vector) -> Decision:
        used = a.nonzero()[0]
        return Decision(rows[used], a[used], float(offsets[0]))

    def point(coef: _Vector, intercept: float, scale: float, epsilon: float) -> tuple[_Vector, _Vector]:
        del scale, epsilon
        return coef[rows], np.array([intercept])

    return Machine(programme, read, point, one_each=True, hinge=True)


def nu_pair_problems(rows: _Rows, y: _Vector, c: _Vector, ends: Sequence[int], nu: float) -> list[Machine]:
    """NuSVC on ``rows`` with labels ±1 and bounds c > 0; each problem's end where the next one begins."""
    group, starts = (y < 0.0).astype(np.int64), np.array([0, *ends[:-1]])
    lower, upper = np.minimum(c * y, 0.0), np.maximum(c * y, 0.0)
    positive, negative = np.add.reduceat(upper, starts), -np.add.reduceat(lower, starts)
    halves = np.minimum(0.5 * nu * (positive + negative), np.minimum(positive, negative))  # of α, on either side
    sums = np.stack([halves, -halves], axis=1)
    every = Programme(np.zeros(rows.size), lower, upper, rows, group, np.zeros(0))
    spans = pairwise([0, *ends])
    return [_nu_pair_machine(every.part(start, end, own)) for (start, end), own in zip(spans, sums, strict=True)]


def _nu_pair_machine(programme: Programme) -> Machine:
    rows = programme.row

    def read(a: _Vector, offsets: _Vector) -> Decision:
        used = a.nonzero()[0]
        intercept = 0.5 * float(offsets[0] + offsets[1])
        margin = 0.5 * float(offsets[1] - offsets[0])
        coef, scale = a[used], 1.0  # without a margin there is nothing to scale by
        if margin > 0.0:
            with np.errstate(over="ignore"):
                scaled = coef / margin
            if np.isfinite(scaled).all() and math.isfinite(intercept / margin):
                coef, scale = scaled, margin
        return Decision(rows[used], coef, intercept / scale, scale, margin - scale)

    def point(coef: _Vector, intercept: float, scale: float, epsilon: float) -> tuple[_Vector, _Vector]:
        b, margin = intercept * scale, scale + epsilon
        return coef[rows] * scale, np.array([b - margin, b + margin])

    return Machine(programme, read, point, one_each=True)
