"""Block decomposition with fused kernel rows: for every kernel machine.

1. Choose a block: the variables strictly inside their bounds, then those that violate most.
2. Compute the square of kernel values among their rows, and solve the programme within the block.
3. Compute the kernel rows of the variables that moved, fused: inner products, kernel function and f += K Δa, each
   value used once and not kept.
4. Once the gap is within ``tol``, compute f anew in float64 and go on from there where the gap says so.

A small problem is one block, which costs as good as nothing: it is solved to the last digits, by second-order steps on the
free multipliers, and where these are not within reach, by an interior point method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.callbacks import TINY
from maxmargin.machines import Programme, gap_at, steadiest_offsets
from maxmargin.solvers.curvature import MatrixCurvature
from maxmargin.solvers.free_set import KernelColumns, finish_free_set
from maxmargin.solvers.interior_point import solve_interior
from maxmargin.solvers.settings import Monitor, Settings, Status

__all__ = ["KernelSolution", "join_solutions", "solve_programme"]

_UNLIMITED = 2**62
_SMALL = 1000  # variables
_SMALL_TOL, _SMALL_BLOCKS, _STUBBORN_BLOCKS = 1e-14, 3, 200
_ROUNDING = 1e-13  # of the sum of |aᵤaᵥK|: what is left of a sum that should vanish


@dataclass(frozen=True, slots=True, eq=False)
class KernelSolution:
    """A point, f = Ka at the rows of its variables in float64, the solver's record and what it believes of the gap."""

    status: Status
    multipliers: NDArray[np.float64]
    decision: NDArray[np.float64]
    n_iter: int
    kernel_evaluations: float
    history: NDArray[np.float64]
    relative_gap: float


def solve_programme(
    kernel: _native.Kernel,
    programme: Programme,
    settings: Settings,
    start: NDArray[np.float64],
    memory_limit: float,
    values: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    monitor: Monitor | None = None,
) -> KernelSolution:
    """Solve one programme from a feasible start; always a point, whatever ended the solver.

    A negative ``settings.max_iter`` is no limit. ``values`` computes the kernel values, in float64, between the rows of all
    variables and the rows that it is given; it is called for small programmes only.
    """
    limit = _UNLIMITED if settings.max_iter < 0 else settings.max_iter
    run = partial(_run, kernel, programme, memory_limit=memory_limit, monitor=monitor)
    if programme.size > _SMALL or limit <= _SMALL_BLOCKS or settings.tol <= _SMALL_TOL:
        return run(replace(settings, max_iter=limit), start)
    first = run(replace(settings, max_iter=_SMALL_BLOCKS, tol=_SMALL_TOL), start)
    if first.relative_gap <= _SMALL_TOL or first.status not in ("stopped_by_max_iter", "numerical_limit", "optimal"):
        return first
    columns = KernelColumns(lambda variables: values(programme.row[variables]))
    best = _better(programme, finish_free_set(programme, columns, first.multipliers, first.decision), first)
    if best.relative_gap > settings.tol:
        best, noise = _interior(programme, columns, best)
        if best.relative_gap <= max(settings.tol, noise):
            return best
    else:
        return best
    left = settings.max_time - float(first.history[-1, -1]) if first.history.size else settings.max_time
    blocks = min(limit, _STUBBORN_BLOCKS) - _SMALL_BLOCKS
    last = join_solutions(best, run(replace(settings, max_iter=blocks, max_time=max(left, 1e-9)), best.multipliers))
    beyond = last.status == "stopped_by_max_iter" and limit > _STUBBORN_BLOCKS
    return replace(last, status="numerical_limit") if beyond else last


def _better(
    programme: Programme, point: tuple[NDArray[np.float64], NDArray[np.float64]], known: KernelSolution
) -> KernelSolution:
    """The better one of ``known`` and the point (a, f)."""
    a, f = point
    _, dual, gap = gap_at(programme, a, f, steadiest_offsets(programme, a, f))
    relative_gap = gap / max(abs(dual), TINY)
    if not relative_gap < known.relative_gap:
        return known
    return replace(
        known, status="numerical_limit", multipliers=a, decision=f, relative_gap=relative_gap, n_iter=known.n_iter + 1
    )  # fmt: skip


def _interior(programme: Programme, columns: KernelColumns, known: KernelSolution) -> tuple[KernelSolution, float]:
    """The better one of ``known`` and an interior point, and the relative gap that is rounding.

    The latter is large where the optimum is zero, as it is for machines with ν that find no margin.
    """
    Q = columns.of(np.arange(programme.size))
    best, a = known, solve_interior(programme, MatrixCurvature(Q)) if np.isfinite(Q).all() else None
    if a is not None:
        f = np.asarray(np.einsum("ij,j->i", Q, a))
        best = _better(programme, finish_free_set(programme, columns, a, f), known)
    dual = 0.5 * abs(float(best.multipliers @ best.decision))
    return best, _ROUNDING * float(np.abs(best.multipliers).sum()) ** 2 * float(np.abs(Q).max()) / max(dual, TINY)


def _run(
    kernel: _native.Kernel,
    programme: Programme,
    settings: Settings,
    start: NDArray[np.float64],
    *,
    memory_limit: float,
    monitor: Monitor | None,
) -> KernelSolution:
    result = _native.solve_kernel(
        kernel, programme.linear, programme.lower, programme.upper, programme.row, programme.group,
        start=start, tol=settings.tol, max_iter=settings.max_iter, max_time=settings.max_time,
        n_threads=settings.n_threads, memory_limit=int(min(memory_limit, 2.0**62)), monitor=monitor,
    )  # fmt: skip
    status: Any = result.status
    return KernelSolution(
        status, result.multipliers, result.decision, int(result.n_iter), float(result.kernel_evaluations),
        result.history, float(result.gap) / max(abs(float(result.dual)), TINY),
    )  # fmt: skip


def join_solutions(first: KernelSolution, rest: KernelSolution) -> KernelSolution:
    """The solution of ``rest`` with the record of both."""
    record = rest.history.copy()
    record[:, 0] += first.n_iter
    record[:, -1] += first.history[-1, -1] if first.history.size else 0.0
    return replace(
        rest,
        n_iter=first.n_iter + rest.n_iter,
        kernel_evaluations=first.kernel_evaluations + rest.kernel_evaluations,
        history=np.concatenate([first.history, record]),
    )
