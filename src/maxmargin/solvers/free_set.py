"""Second-order steps on the free multipliers in float64: the last digits of small programmes.

1. Free are the multipliers strictly inside their bounds, and those at a bound that want to leave it.
2. Solve for the step d and the offsets b that make the slopes of the free ones vanish, G + Kd + b = 0, Σ d = 0 in each
   group.
3. Go as far as the bounds allow. Multipliers that arrive at one are no longer free; repeat from 1.

The objective never rises. Near the optimum the free set is right at once, and one step is exact. Where the
slopes are no less after a whole step on the same free set, what is left of them is rounding.

Nocedal, Wright: Numerical Optimization (2006), section 16.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, lu_factor, lu_solve

from maxmargin.machines import Programme, feasible_point, steadiest_offsets

__all__ = ["KernelColumns", "finish_free_set"]

_MOST_STEPS = 60
_RIDGE = 1e-14  # of the diagonal: equal rows make the matrix singular
_FEW = 100  # free multipliers, whose steps take as long with fewer
_LESS = 0.5  # of the largest violation: what a whole step leaves of it unless it is rounding
_SETTLED = 1e-13  # of the slopes' size: what rounding leaves of a slope that should vanish

_Vector = NDArray[np.float64]


class KernelColumns:
    """Columns of the matrix of kernel values between the rows of all variables, each computed once.

    Parameters
    ----------
    values : callable of positions of variables
        Their columns, (m, number of positions) in float64.
    """

    def __init__(self, values: Callable[[NDArray[np.intp]], NDArray[np.float64]]) -> None:
        self._values = values
        self._known: dict[int, int] = {}
        self._columns: NDArray[np.float64] | None = None

    def of(self, variables: NDArray[np.intp]) -> NDArray[np.float64]:
        """The columns of ``variables``, (m, len(variables))."""
        new = [v for v in variables.tolist() if v not in self._known]
        if new:
            columns = self._values(np.array(new, dtype=np.intp))
            self._known.update({v: len(self._known) + k for k, v in enumerate(new)})
            self._columns = columns if self._columns is None else np.concatenate([self._columns, columns], axis=1)
        assert self._columns is not None
        return self._columns[:, [self._known[v] for v in variables.tolist()]]


def finish_free_set(
    programme: Programme,
    columns: KernelColumns,
    start: _Vector,
    f: _Vector,
    keep_going: Callable[[], bool] = lambda: True,
    most_cubes: float = math.inf,
) -> tuple[_Vector, _Vector]:
    """Multipliers from which no second-order step goes down any further, or the best after a few, and their f = Ka.

    Parameters
    ----------
    programme : Programme
    columns : KernelColumns
    start : ndarray of shape (m,)
        Feasible, and near the optimum.
    f : ndarray of shape (m,)
        f there, in float64.
    keep_going : callable
        Asked before each step but the first.
    most_cubes : float
        Of numbers of free multipliers, in sum, for steps that end at a bound or that follow on a whole one in vain: it
        ends once these have cost as much. Where the free set is not right, and many are next to their bounds, each step
        ends at the next of them.
    """
    a, f = start.copy(), f.copy()
    size = float(np.abs(programme.linear).max(initial=0.0))
    movable = programme.upper > programme.lower
    cubes, whole, last, last_largest = 0, False, np.zeros(0, dtype=np.intp), math.inf
    for step_number in range(_MOST_STEPS):
        if (step_number > 0 and not keep_going()) or not np.isfinite(f).all():
            break  # of kernel values that overflow nothing is known
        slope, inside, off = _violations(programme, a, f)
        wrong = off > _SETTLED * max(size, float(np.abs(f).max(initial=0.0)))
        if not (wrong & movable).any():
            break
        wanted, largest = np.flatnonzero((inside | wrong) & movable), float(off[movable].max())
        in_vain = whole and np.array_equal(wanted, last) and not largest < _LESS * last_largest
        free, step = _direction(programme, columns, a, slope, wanted)
        if step is None:
            break
        moved, whole = _moved(programme, a[free], free, step)
        if np.array_equal(moved, a[free]):
            break
        a[free] = moved
        a = feasible_point(programme, a)  # sums are off by the rounding of the largest multipliers there ever were
        used = np.flatnonzero(a)  # f anew, not its change: what cancels in it may be larger than what is left
        f = np.einsum("ij,j->i", columns.of(used), a[used]) if used.size else np.zeros_like(f)
        cubes += max(free.size, _FEW) ** 3 if in_vain or not whole else 0
        if cubes > most_cubes:
            break
        last, last_largest = wanted, largest
    return a, f


def _violations(programme: Programme, a: _Vector, f: _Vector) -> tuple[_Vector, NDArray[np.bool_], _Vector]:
    """Slopes, which multipliers are inside their bounds, and by how much each slope is not what it is at an optimum."""
    offsets = steadiest_offsets(programme, a, f)
    slope = f + programme.linear
    slope = slope if programme.group is None else slope + offsets[programme.group]
    inside = (a > programme.lower) & (a < programme.upper)
    return slope, inside, np.where(inside, np.abs(slope), np.where(a <= programme.lower, -slope, slope))


def _direction(
    programme: Programme, columns: KernelColumns, a: _Vector, slope: _Vector, free: NDArray[np.intp]
) -> tuple[NDArray[np.intp], _Vector | None]:
    """The free multipliers and their step; those at a bound that it would push beyond are not free after all."""
    while True:
        step = _newton(programme, columns.of(free)[free], slope, free)
        if step is None:
            return free, None
        blocked = ((a[free] <= programme.lower[free]) & (step < 0.0)) | ((a[free] >= programme.upper[free]) & (step > 0.0))
        if not blocked.any():
            return free, step
        free = free[~blocked]
        if free.size == 0:
            return free, None


def _newton(programme: Programme, K: NDArray[np.float64], slope: _Vector, free: NDArray[np.intp]) -> _Vector | None:
    """The step of the free multipliers that makes their slopes equal within each group."""
    groups = np.zeros(0, dtype=np.int64) if programme.group is None else np.unique(programme.group[free])
    m, k = free.size, groups.size
    system = np.zeros((m + k, m + k))
    system[:m, :m] = K
    system[np.arange(m), np.arange(m)] += _RIDGE * max(float(np.abs(np.diag(K)).max()), 1e-300)
    for position, group in enumerate(groups):
        members = np.flatnonzero(programme.group[free] == group) if programme.group is not None else free
        system[members, m + position] = system[m + position, members] = 1.0
    try:
        step = lu_solve(lu_factor(system, check_finite=False), np.append(-slope[free], np.zeros(k)), check_finite=False)[:m]
    except (LinAlgError, ValueError):
        return None
    return np.asarray(step) if np.isfinite(step).all() and float(step @ slope[free]) < 0.0 else None


def _moved(programme: Programme, a: _Vector, free: NDArray[np.intp], step: _Vector) -> tuple[_Vector, bool]:
    """The free multipliers ``a``, moved along the step up to the first bound, and whether that is all of it."""
    low, high = programme.lower[free], programme.upper[free]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        room = np.where(step < 0.0, (low - a) / step, np.where(step > 0.0, (high - a) / step, np.inf))
    length = min(1.0, float(room.min()))
    moved = np.clip(a + length * step, low, high)
    hit = room <= length
    moved[hit] = np.where(step[hit] < 0.0, low[hit], high[hit])
    return moved, length == 1.0
