"""What a point of a programme is worth, and how to make one feasible.

With f = Ka, G = f + p and any offset b for each group,

    gap = Σᵥ (uᵥ − aᵥ)·max(0, −(Gᵥ + b)) + (aᵥ − lᵥ)·max(0, Gᵥ + b)

Each term is ≥ 0, so nothing cancels. The primal objective at (a, b) is the dual one, −(½a'Ka + p'a), plus the gap.

What cancels is the slope itself: that of a row whose f is off by δ, by δ + u (|f| + |p| + |b|), u = 2⁻⁵³. `rounding_of_gap`
is what of a gap cannot be told from none.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.machines.programme import Programme

__all__ = [
    "Worth", "feasible_point", "gap_at", "gap_terms", "rounding_of_gap", "steadiest_offsets", "sums_before", "worth_at",
]  # fmt: skip

_Vector = NDArray[np.float64]
_UNIT = 2.0**-53


class Worth(NamedTuple):
    """What a point is worth at the offsets that make its gap least, and the sums that tell what rounding may do to it.

    Parameters
    ----------
    offsets : ndarray of shape (n_groups,)
        The steadiest ones; one zero without groups.
    dual, gap : float
    mass : float
        Σ |a|.
    drift : float
        The most that the sum of a group is off by, of its |a|.
    steepest : float
        The largest |p|.
    width : float
        Σ (u − l).
    """

    offsets: _Vector
    dual: float
    gap: float
    mass: float
    drift: float
    steepest: float
    width: float

    @property
    def point(self) -> tuple[float, float, float]:
        """Primal, dual and gap; an undefined gap is infinite."""
        return _or_infinite(self.dual, self.gap)


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
    return _or_infinite(*_native.machine_gap(
        programme.linear, programme.lower, programme.upper, programme.group, a, f, offsets
    ))  # fmt: skip


def _or_infinite(dual: float, gap: float) -> tuple[float, float, float]:
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


def worth_at(programme: Programme, a: _Vector, f: _Vector) -> Worth:
    """A point at its steadiest offsets."""
    return Worth(*_native.machine_worth(
        programme.linear, programme.lower, programme.upper, programme.group, programme.sums, a, f
    ))  # fmt: skip


def feasible_point(programme: Programme, wanted: _Vector | None = None) -> _Vector:
    """A feasible point near ``wanted``, or with as few multipliers as the sums allow."""
    return _native.machine_start(programme.lower, programme.upper, programme.group, programme.sums, wanted)


def sums_before(values: _Vector) -> _Vector:
    """The sum of the values before each, to the last digit where those after are far larger."""
    return np.concatenate([np.zeros(1), np.cumsum(values[:-1])])
