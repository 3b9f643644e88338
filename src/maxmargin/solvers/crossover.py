"""From an interior point to a corner: multipliers that may be at their bounds are put there.

An interior point method leaves every multiplier off its bounds, many by next to nothing, and each makes a support vector.
But with a kernel of d columns and g sums to be kept, f depends on the d + g numbers Z'a and Aa alone, for which as many free
multipliers are enough, whatever they are. So

1. Put many of those that are nearest to a bound there.
2. Undo by the others what that did to Z'a and Aa: the smallest change, in units of what each has room for, but for what f
   is allowed to move. Put what it sends beyond a bound at that bound, and ask those that are left again.
3. Keep the point if its gap, computed anew, is allowed; else try with fewer. Repeat from 1 until a single one is too much.

Megiddo: On finding primal- and dual-optimal bases, ORSA Journal on Computing 3 (1991).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines import Programme, feasible_point
from maxmargin.solvers.curvature import FactoredCurvature

__all__ = ["cross_over"]

_FIRST_SHARE = 0.9  # of the free multipliers: those that are tried to be put at bounds at once
_MORE = 4  # times what went the last time
_ROUNDS = 3  # in which the others make up for them
_MOST_WORK = 4.0  # rows of all systems, over variables: as much as some steps of the interior point method

_Vector = NDArray[np.float64]


def cross_over(
    programme: Programme,
    Q: FactoredCurvature,
    start: _Vector,
    slack: float,
    allowed: Callable[[_Vector], bool],
    keep_going: Callable[[], bool] = lambda: True,
) -> _Vector:
    """A feasible point with as few multipliers off their bounds as are needed.

    Parameters
    ----------
    programme : Programme
    Q : FactoredCurvature
    start : ndarray of shape (m,)
        Feasible, and allowed.
    slack : float
        How far f may move where a multiplier would else have to use up all of its room.
    allowed : callable of a feasible point
        Whether its gap is small enough.
    keep_going : callable
        Asked before each trial.
    """
    a, work, tried = start, 0.0, programme.size
    while True:
        room = np.minimum(a - programme.lower, programme.upper - a)
        free = np.flatnonzero(room > 0.0)
        order = free[np.argsort(room[free], kind="stable")]
        count = min(int(_FIRST_SHARE * free.size), _MORE * tried)
        while count > 0:
            if work > _MOST_WORK * programme.size or not keep_going():
                return a
            point, rounds = _settled(programme, Q, a, order[:count], slack)
            work += rounds * (free.size - count + Q.n_columns)
            if allowed(point):
                break
            count //= 2
        if count == 0:
            return a
        a, tried = point, count


def _settled(
    programme: Programme, Q: FactoredCurvature, a: _Vector, chosen: NDArray[np.intp], slack: float
) -> tuple[_Vector, int]:
    """The chosen multipliers at their nearest bounds, the others moved to make up for that, and in how many rounds."""
    low, high = programme.lower, programme.upper
    point = a.copy()
    point[chosen] = np.where(a[chosen] - low[chosen] <= high[chosen] - a[chosen], low[chosen], high[chosen])
    rounds, beyond = 0, np.ones(1, dtype=bool)
    while beyond.any() and rounds < _ROUNDS:
        rounds += 1
        room = np.minimum(point - low, high - point)
        change = Q.counterweight(point - a, room, programme.group, programme.sums.size, slack)
        beyond = np.abs(change) > room
        point = np.clip(point + change, low, high)
    return feasible_point(programme, point), rounds
