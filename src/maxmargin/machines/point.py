"""What a point of a programme is worth, and how to make one feasible.

With f = Ka, G = f + p and any offset b for each group,

    gap = Σᵥ (uᵥ − aᵥ)·max(0, −(Gᵥ + b)) + (aᵥ − lᵥ)·max(0, Gᵥ + b)

Each term is ≥ 0, so nothing cancels. The primal objective at (a, b) is the dual one, −(½a'Ka + p'a), plus the gap.

What cancels is the slope itself: that of a row whose f is off by δ, by δ + u (|f| + |p| + |b|), u = 2⁻⁵³. `rounding_of_gap`
is what of a gap cannot be told from none.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.machines.programme import Programme

__all__ = ["feasible_point", "gap_at", "gap_terms", "rounding_of_gap", "steadiest_offsets", "sums_before"]

_Vector = NDArray[np.float64]
_UNIT = 2.0**-53


def gap_terms(programme: Programme, a: _Vector, f: _Vector, offsets: _Vector) -> _Vector:
    """The term of the gap of each variable; ``f`` has one entry for each variable."""
    slope = f + programme.linear
    if programme.group is not None:
        slope = slope + (offsets[0] if offsets.size == 1 else offsets[programme.group])
    with np.errstate(invalid="ignore", over="ignore"):
        terms = np.where(slope < 0.0, (programme.upper - a) * -slope, (a - programme.lower) * slope)
    return np.asarray(terms)


def gap_at(programme: Programme, a: _Vector, f: _Vector, offsets: _Vector) -> tuple[float, float, float]:
    """Primal, dual and gap of a feasible point; an undefined gap is infinite."""
    dual, gap = _native.machine_gap(
        programme.linear, programme.lower, programme.upper, programme.group, a, f, offsets
    )  # fmt: skip
    if not (math.isfinite(gap) and math.isfinite(dual)):
        return math.inf, -math.inf, math.inf
    return dual + gap, dual, gap


def rounding_of_gap(programme: Programme, a: _Vector, f: _Vector, offsets: _Vector, doubt: _Vector) -> float:
    """What rounding may have done to the gap of a point where that of f, for each variable, is ``doubt``."""
    size, slope = np.abs(f) + np.abs(programme.linear), f + programme.linear
    if programme.group is not None:
        size, slope = size + np.abs(offsets[programme.group]), slope + offsets[programme.group]
    with np.errstate(all="ignore"):
        doubt = doubt + _UNIT * size
        below, above = programme.upper - a, a - programme.lower
        room = np.where(np.abs(slope) <= doubt, np.maximum(below, above), np.where(slope < 0.0, below, above))
        return float((room * doubt)[room > 0.0].sum())


def steadiest_offsets(programme: Programme, a: _Vector, f: _Vector) -> _Vector:
    """The offset of each group that makes the gap least; where an interval does, its middle."""
    return _native.machine_offsets(
        programme.linear, programme.lower, programme.upper, programme.group, programme.sums.size, a, f
    )  # fmt: skip


def feasible_point(programme: Programme, wanted: _Vector | None = None) -> _Vector:
    """A feasible point near ``wanted``, or with as few multipliers as the sums allow."""
    if wanted is None and not programme.sums.any() and bool((programme.lower <= 0.0).all() & (programme.upper >= 0.0).all()):
        return np.zeros(programme.size)
    a = np.zeros(programme.size) if wanted is None else wanted.astype(np.float64)
    a = np.clip(np.where(np.isfinite(a), a, 0.0), programme.lower, programme.upper)
    if programme.group is None:
        return a
    if programme.sums.size == 1:
        return _with_sum(a, programme.lower, programme.upper, float(programme.sums[0]))
    for g, target in enumerate(programme.sums):
        members = np.flatnonzero(programme.group == g)
        a[members] = _with_sum(a[members], programme.lower[members], programme.upper[members], float(target))
    return a


def sums_before(values: _Vector) -> _Vector:
    """The sum of the values before each, to the last digit where those after are far larger."""
    return np.concatenate([np.zeros(1), np.cumsum(values[:-1])])


def _with_sum(a: _Vector, lower: _Vector, upper: _Vector, target: float) -> _Vector:
    """``a`` with the sum ``target``: multipliers of the side that is too heavy shrink, or others are filled in order."""
    excess = float(a.sum()) - target
    if abs(excess) <= 1e-15 * float(np.abs(a).sum()):
        return a
    heavy = a > 0.0 if excess > 0.0 else a < 0.0
    mass = float(np.abs(a[heavy]).sum())
    if mass >= abs(excess):
        scaled = a.copy()
        scaled[heavy] *= 1.0 - abs(excess) / mass
        return np.asarray(scaled)
    a = np.where(heavy, 0.0, a)
    missing = target - float(a.sum())
    room = upper - a if missing > 0.0 else a - lower
    # Those that are positive already are filled first, so that few rows get a multiplier.
    order = np.argsort(a == 0.0, kind="stable")
    step = np.clip(abs(missing) - sums_before(room[order]), 0.0, room[order])
    a[order] += np.sign(missing) * step
    return np.asarray(a)
