"""Second-order steps on the free multipliers in float64: the last digits of small programmes.

1. Free are the multipliers strictly inside their bounds, and those at a bound that want to leave it.
2. Solve for the step d and the offsets b that make the slopes of the free ones vanish, G + Kd + b = 0, Σ d = 0 in each
   group.
3. Go as far as the bounds allow. Multipliers that arrive at one are no longer free; repeat from 1.

The objective never rises. Near the optimum the free set is right at once, and one step is exact.

Nocedal, Wright: Numerical Optimization (2006), section 16.5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, lu_factor, lu_solve

from maxmargin.machines import Programme, steadiest_offsets

__all__ = ["finish_free_set"]

_MOST_STEPS = 60
_RIDGE = 1e-14  # of the diagonal: equal rows make the matrix singular
_SETTLED = 1e-13  # of the slopes' size: what rounding leaves of a slope that should vanish

_Vector = NDArray[np.float64]


def finish_free_set(programme: Programme, Q: NDArray[np.float64], start: _Vector) -> _Vector:
    """Multipliers from which no second-order step goes down any further, or the best after a few; feasible as ``start``.

    Parameters
    ----------
    programme : Programme
    Q : ndarray of shape (m, m)
        Kernel values between the rows of the variables, float64.
    start : ndarray of shape (m,)
        Feasible, and near the optimum.
    """
    a = start.copy()
    size = float(np.abs(programme.linear).max(initial=0.0))
    for _ in range(_MOST_STEPS):
        f = np.einsum("ij,j->i", Q, a)
        G = f + programme.linear
        offsets = steadiest_offsets(programme, a, f)
        slope = G if programme.group is None else G + offsets[programme.group]
        slack = _SETTLED * max(size, float(np.abs(f).max(initial=0.0)))
        inside = (a > programme.lower) & (a < programme.upper)
        leaving = ((a <= programme.lower) & (slope < -slack)) | ((a >= programme.upper) & (slope > slack))
        if not leaving.any() and not (np.abs(slope[inside]) > slack).any():
            break
        free = np.flatnonzero((inside | leaving) & (programme.upper > programme.lower))
        step = _newton(programme, Q, slope, free)
        if step is None or not _advance(programme, a, free, step):
            break
    return a


def _newton(programme: Programme, Q: NDArray[np.float64], slope: _Vector, free: NDArray[np.intp]) -> _Vector | None:
    """The step of the free multipliers that makes their slopes equal within each group."""
    groups = np.zeros(0, dtype=np.int64) if programme.group is None else np.unique(programme.group[free])
    m, k = free.size, groups.size
    system = np.zeros((m + k, m + k))
    system[:m, :m] = Q[np.ix_(free, free)]
    system[np.arange(m), np.arange(m)] += _RIDGE * max(float(np.abs(np.diag(Q)).max()), 1e-300)
    for position, group in enumerate(groups):
        members = np.flatnonzero(programme.group[free] == group) if programme.group is not None else free
        system[members, m + position] = system[m + position, members] = 1.0
    try:
        step = lu_solve(lu_factor(system, check_finite=False), np.append(-slope[free], np.zeros(k)), check_finite=False)[:m]
    except (LinAlgError, ValueError):
        return None
    return np.asarray(step) if np.isfinite(step).all() and float(step @ slope[free]) < 0.0 else None


def _advance(programme: Programme, a: _Vector, free: NDArray[np.intp], step: _Vector) -> bool:
    """Move ``a`` along the step up to the first bound; False where nothing moves."""
    low, high = programme.lower[free], programme.upper[free]
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(step < 0.0, (low - a[free]) / step, np.where(step > 0.0, (high - a[free]) / step, np.inf))
    length = min(1.0, float(room.min()))
    moved = np.clip(a[free] + length * step, low, high)
    hit = room <= length
    moved[hit] = np.where(step[hit] < 0.0, low[hit], high[hit])
    changed = bool((moved != a[free]).any())
    a[free] = moved
    return changed
