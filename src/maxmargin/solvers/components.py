"""Programmes whose kernel is an inner product of few components, K̃ = ZZᵀ: linear machines in all but name.

1. A programme that is the dual of the hinge loss goes to the linear solvers, with the rows of Z for data.
2. Every other one to the interior point method, whose systems are of m components.
3. Where either ends above ``tol``, or there are fewer rows than components, blocks of kernel values go on from its point.

Every pass costs n·m, not n². What a point is worth is computed from it alone, as everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin._validation import validate_design
from maxmargin.callbacks import TINY
from maxmargin.kernels import one_blas_thread, products
from maxmargin.machines import Programme, feasible_point, gap_at, steadiest_offsets
from maxmargin.problem import Problem
from maxmargin.solvers.choice import choose_solver
from maxmargin.solvers.curvature import ComponentCurvature
from maxmargin.solvers.interior_point import solve_interior
from maxmargin.solvers.kernel import KernelSolution, join_solutions, solve_programme
from maxmargin.solvers.settings import Monitor, Settings, Start, Status

__all__ = ["solve_in_components"]

_SHARES = (1.0, 0.1, 1e-2, 1e-3)  # of tol: what the linear solvers are asked for, one after the other
_SMALL = 1000  # variables up to which blocks of kernel values are as good as free

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
        Bytes for blocks of kernel values, where they are needed.
    monitor : callable, optional
    hinge : bool
        Whether the programme is that of the hinge loss.
    """
    started = time.perf_counter()
    rows = np.unique(programme.row)
    part = Z if rows.size == Z.shape[0] else Z[rows]
    local = replace(programme, row=np.searchsorted(rows, programme.row))
    if not hinge and (part.shape[0] <= part.shape[1] or local.size <= _SMALL):  # a system of its rows is the smaller one
        return _by_blocks(part, local, settings, start, memory_limit, monitor)
    method = _as_hinge if hinge else _by_interior_point
    solution = method(part, local, settings, start, monitor)
    left = settings.max_time - (time.perf_counter() - started)
    if solution.relative_gap <= settings.tol or solution.status not in ("optimal", "numerical_limit") or left <= 0.0:
        return solution
    rest = _by_blocks(part, local, replace(settings, max_time=left), solution.multipliers, memory_limit, monitor)
    return join_solutions(solution, rest) if rest.relative_gap < solution.relative_gap else solution


def _by_blocks(
    Z: NDArray[np.float64],
    programme: Programme,
    settings: Settings,
    start: _Vector,
    memory_limit: float,
    monitor: Monitor | None,
) -> KernelSolution:
    kernel = _native.DesignKernel(_native.DenseDesign(Z), "linear", 0.0, 0.0, 0.0, settings.n_threads)

    def columns(others: NDArray[np.int64]) -> _Vector:
        return products(Z[programme.row], Z[others], settings.n_threads)

    return solve_programme(kernel, programme, settings, start, memory_limit, columns, monitor)


def _as_hinge(
    Z: NDArray[np.float64], programme: Programme, settings: Settings, start: _Vector, monitor: Monitor | None
) -> KernelSolution:
    y, c = -programme.linear, programme.upper - programme.lower
    problem = Problem(validate_design(Z), y, c, "hinge", fit_intercept=programme.group is not None)
    curvature = ComponentCurvature(Z, programme.row, settings.n_threads)
    first = Start(curvature.weights(start), 0.0, y * start) if start.any() else None
    limit = replace(settings, max_iter=settings.max_iter if settings.max_iter >= 0 else 2**31 - 1)
    started, best, n_iter = time.perf_counter(), _worth(curvature, programme, start), 0
    lines: list[NDArray[np.float64]] = []
    # Their gap is of w and the multipliers together; that of the multipliers alone, which are kept, can be larger.
    for share in _SHARES:
        left = max(settings.max_time - (time.perf_counter() - started), 1e-9)
        found = choose_solver(problem, first)(
            problem, replace(limit, tol=share * settings.tol, max_time=left), first, monitor
        )
        point = _worth(curvature, programme, y * found.multipliers)
        best = point if point.relative_gap <= best.relative_gap or not lines else best
        n_iter += found.n_iter
        lines.append(found.history)
        if best.relative_gap <= settings.tol or found.status != "optimal":
            break
        first = Start(found.coef, found.intercept, found.multipliers)
    return replace(best, status=found.status, n_iter=n_iter, history=np.concatenate(lines))


def _by_interior_point(
    Z: NDArray[np.float64], programme: Programme, settings: Settings, start: _Vector, monitor: Monitor | None
) -> KernelSolution:
    curvature = ComponentCurvature(Z, programme.row, settings.n_threads)
    watch = _Watch(curvature, programme, settings, monitor, start)
    try:
        with one_blas_thread():
            solve_interior(programme, curvature, watch)
    except KeyboardInterrupt:
        watch.status = "interrupted"
    return replace(watch.best, status=watch.status, n_iter=len(watch.lines), history=np.array(watch.lines).reshape(-1, 6))


class _Watch:
    """Shown the point before each step of the interior point method: keeps the best, and says when to end."""

    def __init__(
        self,
        curvature: ComponentCurvature,
        programme: Programme,
        settings: Settings,
        monitor: Monitor | None,
        start: _Vector,
    ) -> None:
        self._curvature, self._programme, self._settings, self._monitor = curvature, programme, settings, monitor
        self._started = time.perf_counter()
        self.lines: list[tuple[float, ...]] = []
        self.status: Status = "numerical_limit"
        self.best = _worth(curvature, programme, start)

    def __call__(self, points: Iterator[_Vector]) -> bool:
        for a in points:
            found = _worth(self._curvature, self._programme, a)
            if found.relative_gap < self.best.relative_gap:
                self.best = found
            if self.best.relative_gap <= self._settings.tol:
                break  # the others have more multipliers off their bounds
        offsets = steadiest_offsets(self._programme, self.best.multipliers, self.best.decision)
        primal, dual, gap = gap_at(self._programme, self.best.multipliers, self.best.decision, offsets)
        step, seconds = len(self.lines), time.perf_counter() - self._started
        self.lines.append((step, primal, dual, gap, self._programme.size, seconds))
        if self.best.relative_gap <= self._settings.tol:
            self.status = "optimal"
        elif self._monitor is not None and self._monitor(step, primal, dual, gap, self._programme.size, seconds):
            self.status = "stopped_by_callback"
        elif 0 <= self._settings.max_iter <= step:
            self.status = "stopped_by_max_iter"
        elif seconds > self._settings.max_time:
            self.status = "stopped_by_max_time"
        return self.status != "numerical_limit"


def _worth(curvature: ComponentCurvature, programme: Programme, wanted: _Vector) -> KernelSolution:
    """The feasible point at ``wanted``, its f = Ka and its gap."""
    a = feasible_point(programme, wanted)
    f = curvature.times(a)
    _, dual, gap = gap_at(programme, a, f, steadiest_offsets(programme, a, f))
    return KernelSolution("numerical_limit", a, f, 0, 0.0, np.zeros((0, 6)), gap / max(abs(dual), TINY))
