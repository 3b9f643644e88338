"""Block decomposition with fused kernel rows: for every kernel machine.

1. Choose a block: the variables strictly inside their bounds, then those that violate most.
2. Compute the square of kernel values among their rows, and solve the programme within the block.
3. Compute the kernel rows of the variables that moved, fused: inner products, kernel function and f += K Δa, each
   value used once and not kept. Rows of dear values (many columns) are kept for the next time, where memory has room.
4. Once the gap is within ``tol``, compute f anew in float64 and go on from there where the gap says so.

A small problem is solved to the last digits, which costs as good as nothing: by blocks of float64 values, and where these
do not get there, by Newton's steps on the free multipliers and an interior point method. Where ``tol`` is reached they
are given up as soon as they are dear: where many multipliers are inside their bounds, or steps end at them.
Larger ones that blocks make no headway with get one too, where its systems are small enough (`end_game`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.callbacks import TINY
from maxmargin.kernels import one_blas_thread
from maxmargin.machines import Programme, gap_at, steadiest_offsets
from maxmargin.solvers.crossover import cross_over
from maxmargin.solvers.curvature import FactoredCurvature
from maxmargin.solvers.end_game import EndGame, KernelSource, TimeIsUp, Watch, choose_end_game
from maxmargin.solvers.free_set import KernelColumns, finish_free_set
from maxmargin.solvers.interior_point import solve_interior
from maxmargin.solvers.kernel_solution import FirstBlocks, KernelSolution, as_solution, as_solutions, join_solutions
from maxmargin.solvers.settings import Monitor, Settings

__all__ = ["has_end_game", "solve_first", "solve_programme"]

_UNLIMITED = 2**62
_LAST_DIGITS = 1e-10  # of the gap of a small programme: nothing that a user could tell from the optimum
_FEW = 512  # variables: two threads would take longer
_CLOSE = 1e-3  # gap of small programmes at which second-order steps in float64 are sooner there than any other
_MOST_INSIDE = 300  # multipliers inside their bounds: steps on more take Python seconds
# Of free multipliers, in sum over steps that lead nowhere soon: a few milliseconds, and a small part of an interior point.
_CHEAP_CUBES, _FAIR_CUBES = 1e7, 1e8
_LEAST_TOL = 1e-14  # of small programmes; below it no end game reaches anything
_STUBBORN_BLOCKS = 60  # more than that where an interior point has failed are time lost
_TINY = 64  # variables whose systems no BLAS gives to threads
_SHARE_OF_CORNERS = 0.1  # of tol: what the gap may grow to where multipliers are put at their bounds
_SLACK = 0.3  # of that gap, over all multipliers: what f may move by
_ROUNDING = 1e-13  # of the sum of |aᵤaᵥK|: what is left of a sum that should vanish
_VANISHED = 1e-11  # of the same: the gap of a point that nothing will improve, where the optimum is zero


def solve_programme(
    kernel: _native.Kernel,
    programme: Programme,
    settings: Settings,
    start: NDArray[np.float64],
    memory_limit: float,
    source: KernelSource,
    monitor: Monitor | None = None,
    kept: _native.KeptRows | None = None,
    first: KernelSolution | None = None,
) -> KernelSolution:
    """Solve one programme from a feasible start; always a point, whatever ended the solver.

    A negative ``settings.max_iter`` is no limit. ``kept`` are rows of kernel values that other programmes have too: beside
    the ``memory_limit``, and without a part in any bit of the answer. ``first`` is what `solve_first` has found.
    """
    limit = _UNLIMITED if settings.max_iter < 0 else settings.max_iter
    deadline = time.perf_counter() + settings.max_time
    run = partial(_run, kernel, programme, memory_limit=memory_limit, monitor=monitor, kept=kept)
    way, asked, small = _asked_first(programme, source, settings, memory_limit)
    first = run(asked, start, last_digits=small) if first is None else first
    blocks = _after_blocks(programme, first, settings.tol, alone=way is None, small=small)
    if way is None or blocks.last:
        return blocks.solution
    if first.status == "optimal" and first.relative_gap > settings.tol:  # within _CLOSE, and no nearer
        first = replace(first, status="stopped_by_max_iter")
    best = first
    try:
        watch = Watch(monitor, first.history, deadline)
        with one_blas_thread() if programme.size > _TINY else nullcontext():
            best = _ended(programme, way, replace(settings, max_iter=limit), first, watch)
        if watch.reason is not None or best.status == "optimal":
            return best
        if best.relative_gap <= settings.tol:
            return replace(best, status="optimal")
        left = min(limit, _STUBBORN_BLOCKS) - way.blocks
        last = join_solutions(best, run(replace(settings, max_iter=left, max_time=watch.left()), best.multipliers))
    except KeyboardInterrupt:  # between two passes
        return replace(best, status="interrupted")
    beyond = last.status == "stopped_by_max_iter" and limit > _STUBBORN_BLOCKS
    return replace(last, status="numerical_limit") if beyond else last


def _after_blocks(programme: Programme, first: KernelSolution, tol: float, *, alone: bool, small: bool) -> FirstBlocks:
    """Whether the first blocks are the last; the limit of their number was ours where they do not stand ``alone``."""
    if alone or first.status not in ("stopped_by_max_iter", "numerical_limit", "optimal"):
        return FirstBlocks(first, last=True)
    if not _enough(programme, first, tol, small=small):
        return FirstBlocks(first, last=False)
    return FirstBlocks(replace(first, status="optimal") if first.status == "stopped_by_max_iter" else first, last=True)


def _enough(programme: Programme, first: KernelSolution, tol: float, *, small: bool) -> bool:
    """Whether nothing needs to follow the first blocks: the last digits of small programmes only where they cost nothing."""
    if not small:
        return first.relative_gap <= tol
    digits = min(0.1 * tol, _LAST_DIGITS)  # offsets may yet be moved within rounding
    if first.relative_gap <= digits:
        return True
    inside = np.count_nonzero((first.multipliers > programme.lower) & (first.multipliers < programme.upper))
    return bool(inside > _MOST_INSIDE) and first.relative_gap <= tol - digits


def has_end_game(programme: Programme, source: KernelSource, settings: Settings, memory_limit: float) -> bool:
    """Whether second-order steps may follow the first blocks, so that these could be left out."""
    return _asked_first(programme, source, settings, memory_limit)[0] is not None


def _asked_first(
    programme: Programme, source: KernelSource, settings: Settings, memory_limit: float
) -> tuple[EndGame | None, Settings, bool]:
    """What may follow the first blocks, how far these are to go, and whether to the last digits."""
    limit = _UNLIMITED if settings.max_iter < 0 else settings.max_iter
    way = choose_end_game(programme, source, memory_limit, settings.n_threads)
    if way is None or limit <= way.blocks or settings.tol <= _LEAST_TOL:
        return None, replace(settings, max_iter=limit), False
    small = way.columns is not None
    tol = max(settings.tol, _CLOSE) if small else settings.tol
    n_threads = 1 if programme.size <= _FEW else settings.n_threads
    return way, replace(settings, max_iter=way.blocks, tol=tol, n_threads=n_threads), small


def solve_first(
    kernel: _native.Kernel,
    tasks: Sequence[tuple[Programme, NDArray[np.float64], float]],
    settings: Settings,
    source: KernelSource,
    n_left: int,
    kept: _native.KeptRows | None = None,
) -> list[FirstBlocks | None]:
    """The first blocks of many programmes, one thread each, in one native call; None for those that Ctrl-C came before.

    ``tasks`` are programmes, feasible starts and bytes; ``settings.max_time`` is what is left for ``n_left`` programmes.
    """
    asked_of: dict[tuple[int, float], tuple[EndGame | None, Settings, bool]] = {}  # it depends on nothing else
    programmes, asked = [], []
    for programme, start, memory_limit in tasks:
        key = programme.size, memory_limit
        if key not in asked_of:
            asked_of[key] = _asked_first(programme, source, settings, memory_limit)
        way, first, small = asked_of[key]
        asked.append((way is None, small))
        programmes.append(
            (programme.linear, programme.lower, programme.upper, programme.row, programme.group, start,
             first.tol, first.max_iter, int(min(memory_limit, 2.0**62)), small)
        )  # fmt: skip
    found = as_solutions(_native.solve_kernels(
        kernel, programmes, seconds=settings.max_time, n_left=n_left, n_threads=settings.n_threads, kept=kept
    ))  # fmt: skip
    return [
        None if first is None else _after_blocks(programme, first, settings.tol, alone=alone, small=small)
        for first, (programme, _, _), (alone, small) in zip(found, tasks, asked, strict=True)
    ]


def _ended(programme: Programme, way: EndGame, settings: Settings, first: KernelSolution, watch: Watch) -> KernelSolution:
    """The better one of ``first`` and what the end game reaches; optimal where what is left is rounding."""
    best = first
    try:
        if way.columns is not None:
            point = _finished(programme, way.columns, best.multipliers, best.decision, settings.tol, watch)
            best = _better(programme, point, best)
        if best.relative_gap > settings.tol and watch.reason is None:
            best = _interior(programme, way, settings, best, watch)
    except KeyboardInterrupt:
        watch.reason = "interrupted"
    return replace(best, status=watch.reason or best.status, history=watch.history)


def _finished(
    programme: Programme, columns: KernelColumns, a: NDArray[np.float64], f: NDArray[np.float64], tol: float, watch: Watch
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where steps on the free set lead: where ``tol`` is reached they are wanted only if they cost next to nothing."""
    cubes = _CHEAP_CUBES if _relative_gap(programme, a, f) <= tol else _FAIR_CUBES
    return finish_free_set(programme, columns, a, f, watch.keep_going, cubes)


def _better(
    programme: Programme, point: tuple[NDArray[np.float64], NDArray[np.float64]], known: KernelSolution
) -> KernelSolution:
    """The better one of ``known`` and the point (a, f)."""
    a, f = point
    relative_gap = _relative_gap(programme, a, f)
    if not relative_gap < known.relative_gap:
        return known
    return replace(
        known, status="numerical_limit", multipliers=a, decision=f, relative_gap=relative_gap, n_iter=known.n_iter + 1
    )  # fmt: skip


def _relative_gap(programme: Programme, a: NDArray[np.float64], f: NDArray[np.float64]) -> float:
    _, dual, gap = gap_at(programme, a, f, steadiest_offsets(programme, a, f))
    return gap / max(abs(dual), TINY)


def _cornered(programme: Programme, Q: FactoredCurvature, known: KernelSolution, tol: float, watch: Watch) -> KernelSolution:
    """A point with as many multipliers at their bounds as can be, whose gap is no larger or within a tenth of ``tol``."""
    limit = max(known.relative_gap, _SHARE_OF_CORNERS * tol)
    dual = gap_at(programme, known.multipliers, known.decision, np.zeros(max(1, programme.sums.size)))[1]
    slack = _SLACK * limit * abs(dual) / max(float(np.abs(known.multipliers).sum()), TINY)
    if not (np.isfinite(slack) and slack > 0.0):
        return known
    a = cross_over(
        programme, Q, known.multipliers, slack, lambda a: _relative_gap(programme, a, Q.times(a)) <= limit, watch.keep_going
    )
    f = Q.times(a)
    return replace(known, multipliers=a, decision=f, relative_gap=_relative_gap(programme, a, f))


def _interior(programme: Programme, way: EndGame, settings: Settings, known: KernelSolution, watch: Watch) -> KernelSolution:
    """The better one of ``known`` and an interior point; called optimal where its gap is rounding.

    Rounding is large beside an optimum of zero, as it is for machines with ν that find no margin. No relative gap says which
    of two points is nearer to that, so the last one is taken.
    """
    Q = way.curvature(watch.look)
    best, steps = known, known.n_iter

    def keep_going(points: Iterator[NDArray[np.float64]]) -> bool:
        nonlocal best, steps
        if way.columns is not None:  # the last digits are wanted, and a step takes no time
            return watch.keep_going()
        for a in points:
            best = _better(programme, (a, Q.times(a)), best)
            if best.relative_gap <= settings.tol:
                break  # the others have more multipliers off their bounds
        offsets = steadiest_offsets(programme, best.multipliers, best.decision)
        watch.record(steps, gap_at(programme, best.multipliers, best.decision, offsets), programme.size)
        steps += 1
        if watch.keep_going() and steps > settings.max_iter:
            watch.reason = "stopped_by_max_iter"
        return watch.reason is None and best.relative_gap > settings.tol

    last = None
    try:
        for a in solve_interior(programme, Q, keep_going):
            f = Q.times(a)
            last = (a, f) if way.columns is None else _finished(programme, way.columns, a, f, settings.tol, watch)
            best = _better(programme, last, best)
            if best.relative_gap <= settings.tol or watch.reason is not None:
                break
        if way.corners and isinstance(Q, FactoredCurvature) and watch.reason is None:
            best = _cornered(programme, Q, best, settings.tol, watch)
    except TimeIsUp:  # the reason is known
        pass
    except KeyboardInterrupt:
        watch.reason = "interrupted"
    best = best if way.columns is not None else replace(best, n_iter=steps)
    largest = float(np.abs(Q.diagonal).max(initial=0.0))
    if not programme.linear.any() and best.relative_gap > settings.tol and last is not None and watch.reason is None:
        zero = _better(programme, last, replace(best, relative_gap=math.inf))
        if _gap(zero) <= min(_VANISHED * _size(zero, largest), _gap(best)):
            return replace(zero, status="optimal")
    return replace(best, status="optimal") if _gap(best) <= _ROUNDING * _size(best, largest) else best


def _gap(solution: KernelSolution) -> float:
    """The gap, where the linear term has no part in the dual: elsewhere of that size."""
    return solution.relative_gap * 0.5 * abs(float(solution.multipliers @ solution.decision))


def _size(solution: KernelSolution, largest: float) -> float:
    """The largest that a sum of kernel values up to ``largest`` can be."""
    return float(np.abs(solution.multipliers).sum()) ** 2 * largest


def _run(
    kernel: _native.Kernel,
    programme: Programme,
    settings: Settings,
    start: NDArray[np.float64],
    *,
    memory_limit: float,
    monitor: Monitor | None,
    kept: _native.KeptRows | None,
    last_digits: bool = False,
) -> KernelSolution:
    return as_solution(_native.solve_kernel(
        kernel, programme.linear, programme.lower, programme.upper, programme.row, programme.group,
        start=start, tol=settings.tol, max_iter=settings.max_iter, max_time=settings.max_time, n_threads=settings.n_threads,
        memory_limit=int(min(memory_limit, 2.0**62)), last_digits=last_digits, monitor=monitor, kept=kept,
    ))  # fmt: skip
