"""Fitting the programmes of one kernel machine: all share one native kernel and the rows that are kept of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.callbacks import Callback, native_monitor
from maxmargin.certificate import PointCertificate
from maxmargin.estimators.kernel.data import Problems
from maxmargin.estimators.kernel.room import Room
from maxmargin.estimators.running import AIM, certified_status, fair_share, run_problems
from maxmargin.machines import Decision, Machine, Programme, feasible_point, gap_at, steadiest_offsets
from maxmargin.solvers import Monitor, Settings, Status
from maxmargin.solvers.components import solve_in_components
from maxmargin.solvers.end_game import KernelSource
from maxmargin.solvers.kernel import KernelSolution, solve_programme

__all__ = [
    "MachineFit",
    "MachineTask",
    "Solver",
    "at_the_start",
    "fit_machines",
    "in_components",
    "in_kernel_values",
    "rows_for_all",
]

_WORTH_A_POOL = 256  # rows below which starting threads costs more than it gains
_CANCELLATION = 1.0 + 1e-9  # multipliers, in sum, beside what is left of them
_BYTES_A_VARIABLE = 160  # multipliers, bounds, gradients and sums of one variable

# A machine, settings, feasible multipliers to start from, bytes, a monitor.
Solver = Callable[[Machine, Settings, NDArray[np.float64], float, "Monitor | None"], KernelSolution]


@dataclass(frozen=True, slots=True, eq=False)
class MachineFit:
    """A fitted machine: its decision function, its certificate, and the solver's record."""

    status: Status
    decision: Decision
    certificate: PointCertificate
    n_iter: int
    kernel_evaluations: float
    history: NDArray[np.float64]
    interrupted: bool
    vanished: bool = False  # the optimum is zero: there is no margin, and any gap is rounding


@dataclass(frozen=True, slots=True, eq=False)
class MachineTask:
    """All that the machines of one fit share; ``machine(k)`` builds one when its turn comes."""

    solve: Solver
    n_rows: int
    n_machines: int
    machine: Callable[[int], Machine]
    point: Callable[[int, Machine], tuple[NDArray[np.float64], NDArray[np.float64]]] | None  # to start from
    settings: Settings
    room: Room
    deadline: float
    callback: Callback | None


def in_kernel_values(kernel: _native.Kernel, source: KernelSource, kept: _native.KeptRows | None) -> Solver:
    """What solves machines whose kernel values are computed when needed, or ``kept`` for all of them."""
    return lambda machine, settings, start, room, monitor: solve_programme(
        kernel, machine.programme, settings, start, room, source, monitor, kept
    )


def rows_for_all(
    kernel: _native.Kernel, problems: Problems, room: Room, n_threads: int
) -> tuple[_native.KeptRows | None, Room]:
    """Where several problems keep rows of the same kernel values, and the room beside it."""
    if room.kept == 0.0 or problems.segments is None:
        return None, room
    kept = _native.KeptRows(kernel, problems.segments, room.kept, n_threads)
    return (kept, room) if kept.in_use else (None, replace(room, left=room.left + room.kept, kept=0.0))


def in_components(Z: NDArray[np.float64]) -> Solver:
    """What solves machines whose kernel is the inner product of the rows of ``Z``."""
    return lambda machine, settings, start, room, monitor: solve_in_components(
        Z, machine.programme, settings, start, room, monitor, hinge=machine.hinge
    )


def at_the_start(
    machine: Machine, settings: Settings, start: NDArray[np.float64], room: float, monitor: Monitor | None
) -> KernelSolution:
    """What solves machines that a callback has stopped before there were kernel values: nothing is known of f."""
    del settings, room, monitor
    return KernelSolution(
        "stopped_by_callback", start, np.full(start.size, np.nan), 0, 0.0, np.zeros((0, 6)), math.inf,
        np.zeros(max(1, machine.programme.sums.size)),
    )  # fmt: skip


def fit_machines(task: MachineTask) -> list[MachineFit]:
    """Fit them all; each ends with a point, whatever happens."""
    workers = min(task.settings.n_threads, task.room.side_by_side)
    if task.n_rows < _WORTH_A_POOL:
        workers = 1
    if workers > 1:
        task = replace(task, settings=replace(task.settings, n_threads=max(1, task.settings.n_threads // workers)))
    return run_problems(partial(_fit_one, task, workers), task.n_machines, workers)


def _fit_one(
    task: MachineTask, workers: int, k: int, stop: threading.Event | None, lock: threading.Lock | None
) -> MachineFit:
    machine = task.machine(k)
    programme = machine.programme
    start = feasible_point(programme, None if task.point is None else task.point(k, machine)[0])
    if stop is not None and stop.is_set():
        return _unsolved(machine, start)
    left = task.room.left / task.room.side_by_side - _BYTES_A_VARIABLE * programme.size
    settings = replace(
        task.settings, tol=AIM * task.settings.tol, max_time=fair_share(task.deadline, k, task.n_machines, workers)
    )
    monitor = native_monitor(task.callback, stop, lock, k, task.n_machines)
    try:
        solution = task.solve(machine, settings, start, max(left, 1.0), monitor)
    except KeyboardInterrupt:  # before a solver had anything to keep
        return _unsolved(machine, start)
    try:
        if solution.status != "interrupted" and _cancel(programme, solution.multipliers):
            solution = _as_told(task, machine, settings, solution, max(left, 1.0))
        fit = _certified(machine, solution, task.settings.tol)
    except KeyboardInterrupt:  # what has been solved is kept, as a solver keeps it
        fit = _certified(machine, replace(solution, status="interrupted"), task.settings.tol)
    return replace(fit, interrupted=True) if stop is not None and stop.is_set() else fit


def _certified(machine: Machine, solution: KernelSolution, tol: float) -> MachineFit:
    """The machine at the point of a solution, and what it is worth."""
    programme = machine.programme
    offsets = steadiest_offsets(programme, solution.multipliers, solution.decision)
    if solution.offsets is not None and np.isnan(solution.decision).any():
        offsets = solution.offsets
    offsets = np.where(np.isfinite(offsets), offsets, 0.0)  # of kernel values that overflow nothing is known
    if machine.settle is not None:
        offsets = machine.settle(solution.decision, offsets)
    certificate = PointCertificate(*gap_at(programme, solution.multipliers, solution.decision, offsets))
    status = certified_status(solution.status, certificate, tol)
    # Only for an optimum of zero does a solver call a point optimal whose relative gap is large.
    vanished = status == "numerical_limit" and solution.status == "optimal" and not programme.linear.any()
    return MachineFit(
        status, machine.read(solution.multipliers, offsets), certificate, solution.n_iter, solution.kernel_evaluations,
        solution.history, solution.status == "interrupted", vanished,
    )  # fmt: skip


def _cancel(programme: Programme, a: NDArray[np.float64]) -> bool:
    """Whether the multipliers of one row are larger than their sum, which is all that a model keeps of them."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.abs(a).sum() > _CANCELLATION * np.abs(np.bincount(programme.row, a)).sum())


def _as_told(
    task: MachineTask, machine: Machine, settings: Settings, solution: KernelSolution, left: float
) -> KernelSolution:
    """The solution at the point that a certificate will take from the model: sums lack digits that multipliers have."""
    told = machine.read(solution.multipliers, np.zeros(max(1, machine.programme.sums.size)))
    coef = np.zeros(task.n_rows)
    coef[told.rows] = told.coef
    point = feasible_point(machine.programme, machine.point(coef, 0.0, told.scale, told.epsilon or 0.0)[0])
    anew = task.solve(machine, replace(settings, max_iter=0, max_time=math.inf), point, left, None)
    status = "interrupted" if anew.status == "interrupted" else solution.status
    return replace(solution, status=status, multipliers=point, decision=anew.decision)


def _unsolved(machine: Machine, start: NDArray[np.float64]) -> MachineFit:
    """A machine that Ctrl-C came before: its start, about which nothing is known."""
    unknown = PointCertificate(math.inf, -math.inf, math.inf)
    offsets = np.zeros(max(1, machine.programme.sums.size))
    return MachineFit(
        "stopped_by_callback", machine.read(start, offsets), unknown, 0, 0.0, np.zeros((0, 6)), interrupted=True
    )  # fmt: skip
