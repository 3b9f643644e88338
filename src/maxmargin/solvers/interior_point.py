"""Primal-dual interior point method in float64, for programmes that are small or of few columns.

    minimise over a    ½a'Qa + p'a        l ≤ a ≤ u,   Aa = s

with multipliers z of the bounds: each step solves the Newton equations of Qa + p = A'y + z_l − z_u, Aa = s,
(a − l)z_l = μ, (u − a)z_u = μ, first for μ = 0, then for the μ that this step shows to be within reach. Some twenty
Cholesky factors, whatever the data; the machines of tiny dual objectives (ν without a margin) need its digits, and those of
an inner product of few columns (`curvature`) its few passes over all rows.

Mehrotra: On the implementation of a primal-dual interior point method, SIAM J. Optim. 2 (1992).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError

from maxmargin.machines import Programme, feasible_point
from maxmargin.solvers.curvature import Curvature

__all__ = ["solve_interior"]

_MOST_STEPS = 60
_BACK = 0.995  # of the way to the nearest bound
_PRECISE = 1e-15
_SHARES = (1.0, 1e-1, 1e-2, 1e-4, 1e-6)  # the same as the thresholds, of a point on its way
_THRESHOLDS = (1e-6, 1e-7, 1e-8, 1e-9, 1e-11, 0.0)  # of multipliers that count as zero, relative to slopes that are not

_Vector = NDArray[np.float64]


def solve_interior(
    programme: Programme, Q: Curvature, keep_going: Callable[[Iterator[_Vector]], bool] = lambda _: True
) -> Iterator[_Vector]:
    """Feasible multipliers near the optimum, with more and more of them off their bounds; none where Q is not semidefinite.

    Parameters
    ----------
    programme : Programme
    Q : Curvature
        Kernel values between the rows of the variables.
    keep_going : callable of feasible points
        Asked before each step, with what the point may stand for, the multipliers nearest to their bounds put there: many of
        them first, then ever fewer. False ends the method without an answer.
    """
    width = programme.upper - programme.lower
    if not np.isfinite(Q.diagonal).all() or not (width > 0.0).all():
        return
    n_groups = programme.sums.size
    A = np.zeros((n_groups, programme.size))
    if programme.group is not None:
        A[programme.group, np.arange(programme.size)] = 1.0
    point = _first_point(programme, Q, A)
    best: _Point | None = None
    least = np.inf
    try:
        with np.errstate(all="ignore"):
            for _ in range(_MOST_STEPS):
                if not keep_going(feasible_point(programme, _rounded(point, programme, share)) for share in _SHARES):
                    return
                go_on = _step(point, programme, Q, A)
                if not _inside(point, programme):  # the last digit of float64 is reached
                    break
                error = _error(point, programme, Q, A)
                if error <= least:
                    best, least = replace(point), error
                if not go_on:
                    break
    except LinAlgError:
        pass
    last = None
    if best is None:
        return
    for threshold in _THRESHOLDS:
        a = feasible_point(programme, _rounded(best, programme, threshold))
        if last is None or not np.array_equal(a, last):  # what follows from it is known
            yield a
        last = a


def _first_point(programme: Programme, Q: Curvature, A: NDArray[np.float64]) -> _Point:
    """Near the bounds that are nearest to zero; in groups with a sum at that sum, and z as large as slopes are there."""
    width = programme.upper - programme.lower
    typical = float(np.abs(programme.linear).mean() + 1.0) / max(float(np.abs(Q.diagonal).mean()), 1e-300)
    inset = np.minimum(0.5 * width, typical)
    a = np.where(np.abs(programme.lower) < np.abs(programme.upper), programme.lower + inset, programme.upper - inset)
    unit = 1.0
    for members, target in zip(A > 0.0, programme.sums, strict=True):
        share = (float(target) - float(programme.lower[members].sum())) / max(float(width[members].sum()), 1e-300)
        if target != 0.0 and 0.0 < share < 1.0:
            a[members] = (programme.lower + share * width)[members]
    if programme.sums.any():
        slope = Q.times(a) + programme.linear
        level = A.T @ ((A @ slope) / np.maximum(A.sum(axis=1), 1.0))
        unit = max(float(np.abs(slope - level).mean()), 1.0)
    z = np.full(programme.size, unit)
    return _Point(a, np.zeros(programme.sums.size), z, z.copy())


def _error(point: _Point, programme: Programme, Q: Curvature, A: NDArray[np.float64]) -> float:
    """What the conditions are off by, in the unit of the gap: rounding makes late steps worse where Q is a difference."""
    low, high = point.a - programme.lower, programme.upper - point.a
    slope = Q.times(point.a) + programme.linear - A.T @ point.y - point.below + point.above
    return float(low @ point.below + high @ point.above + np.abs(slope) @ np.abs(point.a))


@dataclass(slots=True, eq=False)
class _Point:
    a: _Vector
    y: _Vector
    below: _Vector  # z_l
    above: _Vector  # z_u


def _inside(point: _Point, programme: Programme) -> bool:
    inside = (point.a > programme.lower) & (point.a < programme.upper)  # False where a is no number
    return bool(inside.all()) and bool(np.isfinite(point.below + point.above).all())


def _step(point: _Point, programme: Programme, Q: Curvature, A: NDArray[np.float64]) -> bool:
    """One predictor and corrector; False once nothing is left to gain."""
    low, high = point.a - programme.lower, programme.upper - point.a
    Qa = Q.times(point.a)
    slope = Qa + programme.linear - A.T @ point.y - point.below + point.above
    missing = programme.sums - A @ point.a
    products = low @ point.below + high @ point.above
    mu = products / (2.0 * low.size)
    objective = abs(float(point.a @ Qa)) + abs(float(programme.linear @ point.a))
    if products <= _PRECISE * objective or not np.isfinite(mu):
        return False
    inverse = Q.inverse(point.below / low + point.above / high)
    spread = inverse(A.T)

    def direction(low_target: _Vector, high_target: _Vector) -> tuple[_Vector, _Vector, _Vector, _Vector]:
        right = -slope + low_target / low - high_target / high
        free = inverse(right)
        dy = np.asarray(np.linalg.solve(A @ spread, missing - A @ free), dtype=np.float64) if A.shape[0] else point.y
        da = free + spread @ dy if A.shape[0] else free
        return da, dy, (low_target - point.below * da) / low, (high_target + point.above * da) / high

    da, _, dl, du = direction(-low * point.below, -high * point.above)
    reach = min(_room(low, da), _room(high, -da)), min(_room(point.below, dl), _room(point.above, du))
    near = (low + reach[0] * da) @ (point.below + reach[1] * dl) + (high - reach[0] * da) @ (point.above + reach[1] * du)
    aim = mu * (near / products) ** 3
    da, dy, dl, du = direction(aim - low * point.below - da * dl, aim - high * point.above + da * du)
    primal = _BACK * min(_room(low, da), _room(high, -da), 1.0 / _BACK)
    dual = _BACK * min(_room(point.below, dl), _room(point.above, du), 1.0 / _BACK)
    step = min(primal, dual)  # a quadratic objective couples both
    point.a = point.a + step * da
    point.y = point.y + step * dy if A.shape[0] else point.y
    point.below, point.above = point.below + step * dl, point.above + step * du
    return bool(step > 1e-10)


def _room(value: _Vector, change: _Vector) -> float:
    """The largest step in [0, 1] that keeps ``value + step · change`` ≥ 0."""
    falling = change < 0.0
    return min(1.0, float((-value[falling] / change[falling]).min())) if falling.any() else 1.0


def _rounded(point: _Point, programme: Programme, threshold: float) -> _Vector:
    """The multipliers, with those put at a bound whose slope is large beside what they are away from it."""
    slope = float(np.abs(point.below - point.above).max())
    unit = threshold * float(np.abs(point.a).max()) / max(slope, 1e-300)  # of a multiplier, over that of a slope
    with np.errstate(over="ignore", invalid="ignore"):  # of slopes that are as good as infinite
        a = np.where(point.a - programme.lower < unit * point.below, programme.lower, point.a)
        return np.where(programme.upper - point.a < unit * point.above, programme.upper, a)
