"""Programmes whose kernel is an inner product of few components, K̃ = ZZᵀ: linear machines in all but name.

1. A programme that is the dual of the hinge loss goes to the linear solvers, with the rows of Z for data.
2. Every other one, and one of these that ends above ``tol``, goes the way of all programmes (`kernel`), which ends in the
   interior point method, with systems of m components.

Where the sum of kernel values that is f at the start would be a long one, f comes from Z, and no blocks precede the steps.
Every pass costs n·m, not n². What a point is worth is computed from it alone, as everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin._validation import validate_design
from maxmargin.callbacks import TINY
from maxmargin.kernels import products
from maxmargin.machines import Programme, feasible_point, gap_at, steadiest_offsets
from maxmargin.problem import Problem
from maxmargin.solvers.choice import choose_solver
from maxmargin.solvers.curvature import FactoredCurvature
from maxmargin.solvers.end_game import KernelSource
from maxmargin.solvers.kernel import has_end_game, solve_programme
from maxmargin.solvers.kernel_solution import KernelSolution, join_solutions
from maxmargin.solvers.settings import Monitor, Settings, Solution, Start

__all__ = ["solve_in_components"]

_LONG_SUM = 4e10  # products of numbers: a second, in which nobody looks at the time once it is up
_SHARES = (1.0, 0.1, 1e-2, 1e-3)  # of tol: what the linear solvers are asked for, one after the other

_Vector = NDArray[np.float64]


def solve_in_components(
    Z: NDArray[np.float64],
    programme: Programme,
    settings: Settings,
    start: _Vector,
    memory_limit: float,
    monitor: Monitor | None = None,
    *,
    hinge: bool,
) -> KernelSolution:
    """Solve one programme from a feasible start; always a point, whatever ended the solver.

    Parameters
    ----------
    Z : ndarray of shape (n, m)
        The components of all rows.
    programme : Programme
    settings : Settings
    start : ndarray
        Feasible multipliers.
    memory_limit : float
        Bytes for blocks of kernel values.
    monitor : callable, optional
    hinge : bool
        Whether the programme is that of the hinge loss.
    """
    started = time.perf_counter()
    rows = np.unique(programme.row)
    part = Z if rows.size == Z.shape[0] else Z[rows]
    local = replace(programme, row=np.searchsorted(rows, programme.row))
    if not hinge:
        return _in_general(part, local, settings, start, memory_limit, monitor)
    solution = _as_hinge(part, local, settings, start, monitor)
    left = settings.max_time - (time.perf_counter() - started)
    if solution.relative_gap <= settings.tol or solution.status not in ("optimal", "numerical_limit") or left <= 0.0:
        return solution
    try:
        rest = _in_general(part, local, replace(settings, max_time=left), solution.multipliers, memory_limit, monitor)
    except KeyboardInterrupt:  # between two passes
        return replace(solution, status="interrupted")
    return join_solutions(solution, rest) if rest.relative_gap < solution.relative_gap else solution


def _in_general(
    Z: NDArray[np.float64],
    programme: Programme,
    settings: Settings,
    start: _Vector,
    memory_limit: float,
    monitor: Monitor | None,
) -> KernelSolution:
    kernel = _native.DesignKernel(_native.DenseDesign(Z), ("linear", 0.0, 0.0, 0.0), settings.n_threads)
    memory_limit = max(memory_limit - float(kernel.nbytes), 1.0)
    source = KernelSource(
        lambda some, others: products(Z[some], Z[others], settings.n_threads),
        lambda some: Z if some.size == Z.shape[0] else Z[some],
        Z.shape[1],
        components=True,
    )
    first = None
    length = float(np.count_nonzero(start)) * float(programme.size) * float(Z.shape[1])
    if length > _LONG_SUM and has_end_game(programme, source, settings, memory_limit):
        point = _worth(FactoredCurvature(Z, programme.row, settings.n_threads), programme, start)
        first = replace(point, status="stopped_by_max_iter")
    return solve_programme(kernel, programme, settings, start, memory_limit, source, monitor, first=first)


def _as_hinge(
    Z: NDArray[np.float64], programme: Programme, settings: Settings, start: _Vector, monitor: Monitor | None
) -> KernelSolution:
    y, c = -programme.linear, programme.upper - programme.lower
    problem = Problem(validate_design(Z), y.astype(np.int8), c, "hinge", fit_intercept=programme.group is not None)
    curvature = FactoredCurvature(Z, programme.row, settings.n_threads)
    first = Start(curvature.weights(start), 0.0, y * start) if start.any() else None
    limit = replace(settings, max_iter=settings.max_iter if settings.max_iter >= 0 else 2**31 - 1)
    started, best = time.perf_counter(), _worth(curvature, programme, start)
    passes: list[Solution] = []
    # Their gap is of w and the multipliers together; that of the multipliers alone, which are kept, can be larger.
    for share in _SHARES:
        left = max(settings.max_time - (time.perf_counter() - started), 1e-9)
        found = choose_solver(problem, first)(
            problem, replace(limit, tol=share * settings.tol, max_time=left), first, monitor
        )
        found, point = _held(found, lambda a: _worth(curvature, programme, y * a))
        best = point if point.relative_gap <= best.relative_gap or not passes else best
        passes.append(found)
        if best.relative_gap <= settings.tol or found.status != "optimal":
            break
        first = Start(found.coef, found.intercept, found.multipliers)
    history = np.concatenate([found.history for found in passes])
    return replace(best, status=found.status, n_iter=sum(found.n_iter for found in passes), history=history)


def _held(found: Solution, worth: Callable[[_Vector], KernelSolution]) -> tuple[Solution, KernelSolution]:
    """What a solver has found, and what that is worth; Ctrl-C amid this is the solver's."""
    try:
        return found, worth(found.multipliers)
    except KeyboardInterrupt:
        return replace(found, status="interrupted"), worth(found.multipliers)


def _worth(curvature: FactoredCurvature, programme: Programme, wanted: _Vector) -> KernelSolution:
    """The feasible point at ``wanted``, its f = Ka and its gap."""
    a = feasible_point(programme, wanted)
    f = curvature.times(a)
    _, dual, gap = gap_at(programme, a, f, steadiest_offsets(programme, a, f))
    return KernelSolution("numerical_limit", a, f, 0, 0.0, np.zeros((0, 6)), gap / max(abs(dual), TINY))
