"""What a point of a programme is worth, and how to make one feasible.

With f = Ka, G = f + p and any offset b for each group,

    gap = Σᵥ (uᵥ − aᵥ)·max(0, −(Gᵥ + b)) + (aᵥ − lᵥ)·max(0, Gᵥ + b)

Each term is ≥ 0, so nothing cancels. The primal objective at (a, b) is the dual one, −(½a'Ka + p'a), plus the gap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines.programme import Programme

__all__ = ["feasible_point", "gap_at", "gap_terms", "steadiest_offsets", "sums_before"]

_Vector = NDArray[np.float64]
_ROUNDING = 1e-12  # of the weights of a group: what sums of multipliers may be off by


def gap_terms(programme: Programme, a: _Vector, f: _Vector, offsets: _Vector) -> _Vector:
    """The term of the gap of each variable; ``f`` has one entry for each variable."""
    slope = f + programme.linear
    if programme.group is not None:
        slope = slope + offsets[programme.group]
    with np.errstate(invalid="ignore", over="ignore"):
        terms = np.where(slope < 0.0, (programme.upper - a) * -slope, (a - programme.lower) * slope)
    return np.asarray(terms)


def gap_at(programme: Programme, a: _Vector, f: _Vector, offsets: _Vector) -> tuple[float, float, float]:
    """Primal, dual and gap of a feasible point; an undefined gap is infinite."""
    with np.errstate(all="ignore"):
        gap = float(gap_terms(programme, a, f, offsets).sum())
        dual = -float((a * (0.5 * f + programme.linear)).sum())
    if not (np.isfinite(gap) and np.isfinite(dual)):
        return np.inf, -np.inf, np.inf
    return dual + gap, dual, gap


def steadiest_offsets(programme: Programme, a: _Vector, f: _Vector) -> _Vector:
    """The offset of each group that makes the gap least; where an interval does, its middle."""
    if programme.group is None:
        return np.zeros(1)
    offsets = np.zeros(programme.sums.size)
    for g in range(offsets.size):
        members = np.flatnonzero((programme.group == g) & (programme.upper > programme.lower))
        if members.size:
            offsets[g] = _steadiest(programme, a, f, members)
    return offsets


def _steadiest(programme: Programme, a: _Vector, f: _Vector, members: NDArray[np.intp]) -> float:
    # The slope of the gap in b is Σ_{kinks ≤ b} (u − l) − Σ (u − a), with a kink at −G for each variable.
    kinks = -(f[members] + programme.linear[members])
    order = np.argsort(kinks, kind="stable")
    kinks = kinks[order]
    passed = np.cumsum((programme.upper - programme.lower)[members][order])
    wanted = float((programme.upper - a)[members].sum())
    slack = _ROUNDING * float(passed[-1])
    first = int(np.searchsorted(passed, wanted - slack))
    last = int(np.searchsorted(passed, wanted + slack, side="right"))
    first, last = min(first, kinks.size - 1), min(last, kinks.size - 1)
    # Where all multipliers are at one end the interval has no other end; the nearest point of it is as good as any.
    if passed[-1] <= wanted + slack or wanted <= slack:
        return float(kinks[last] if wanted > slack else kinks[0])
    return 0.5 * float(kinks[first] + kinks[last])


def feasible_point(programme: Programme, wanted: _Vector | None = None) -> _Vector:
    """A feasible point near ``wanted``, or with as few multipliers as the sums allow."""
    a = np.zeros(programme.size) if wanted is None else wanted.astype(np.float64)
    a = np.clip(np.where(np.isfinite(a), a, 0.0), programme.lower, programme.upper)
    if programme.group is None:
        return a
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
    order = np.lexsort((np.arange(a.size), a == 0.0))
    step = np.clip(abs(missing) - sums_before(room[order]), 0.0, room[order])
    a[order] += np.sign(missing) * step
    return np.asarray(a)
