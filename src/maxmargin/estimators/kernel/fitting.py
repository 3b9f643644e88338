"""Fitting the programmes of one kernel machine: all share one native kernel and the rows that are kept of it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from maxmargin.callbacks import Callback, native_monitor
from maxmargin.certificate import PointCertificate
from maxmargin.estimators.kernel.proving import Judge
from maxmargin.estimators.kernel.room import Room
from maxmargin.estimators.kernel.solving import Begun, InKernelValues, Solver
from maxmargin.estimators.running import AIM, certified_status, fair_share, run_problems
from maxmargin.machines import Decision, Machine, feasible_point
from maxmargin.solvers import Settings, Status
from maxmargin.solvers.kernel_solution import FirstBlocks, KernelSolution
from maxmargin.solvers.warm_start import begin, the_better_one

__all__ = ["MachineFit", "MachineTask", "fit_machines"]

_WORTH_A_POOL = 256  # rows below which starting threads costs more than it gains
_BYTES_A_VARIABLE = 160  # multipliers, bounds, gradients and sums of one variable
_SMALL = 4000  # variables of a machine that is solved in so little time that Python's part of it matters
_MOST_TOGETHER, _SHARE_TOGETHER = 1 << 18, 0.1  # variables of those solved in one native call; their part of the bytes
_FEWEST_TOGETHER = 4  # of the largest machines, so that threads have work


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
    """All that the machines of one fit share; ``machines`` builds some when their turn comes."""

    solve: Solver
    judge: Judge
    n_rows: int
    n_machines: int
    sizes: Sequence[int]  # variables of each
    machines: Callable[[range], list[Machine]]
    point: Callable[[int, Machine], tuple[NDArray[np.float64], NDArray[np.float64]]] | None  # to start from
    settings: Settings
    room: Room
    deadline: float
    callback: Callback | None


def fit_machines(task: MachineTask) -> list[MachineFit]:
    """Fit them all; each ends with a point, whatever happens."""
    n_threads = task.settings.n_threads if task.n_rows >= _WORTH_A_POOL else 1
    workers = min(n_threads, task.room.side_by_side)
    if workers == n_threads and task.n_machines > 1 and task.callback is None and isinstance(task.solve, InKernelValues):
        most = _variables_together(task)
        if most:
            return _fit_together(task, task.solve, workers, most)
    if workers > 1:
        task = replace(task, settings=replace(task.settings, n_threads=max(1, task.settings.n_threads // workers)))
    return run_problems(partial(_fit_one, task, workers), task.n_machines, workers)


def _variables_together(task: MachineTask) -> int:
    """How many variables the machines may have whose first blocks are solved in one native call; 0 where none are.

    That is done where Python's part of small ones matters, and would have threads wait for each other, and nobody listens.
    """
    most = int(min(_MOST_TOGETHER, _SHARE_TOGETHER * task.room.left / _BYTES_A_VARIABLE))
    largest = max(task.sizes)
    return most if largest <= _SMALL and largest * _FEWEST_TOGETHER <= most else 0


def _fit_together(task: MachineTask, solver: InKernelValues, workers: int, most: int) -> list[MachineFit]:
    one = replace(task, settings=replace(task.settings, n_threads=1))
    fits: list[MachineFit] = []
    while len(fits) < task.n_machines:
        first = len(fits)
        count = max(1, int(np.searchsorted(np.cumsum(task.sizes[first:]), most, side="right")))
        machines = range(first, first + count)
        try:
            begun = _begin(task, machines)
            pressed = first > 0 and fits[-1].interrupted
            solved = [None] * count if pressed else _solve_together(task, solver, begun, first, workers)
        except KeyboardInterrupt:
            if not fits:  # there is nothing to keep
                raise
            begun, solved = _begin(task, machines), [None] * count
        unfinished = any(blocks is not None and not blocks.last for blocks in solved)
        finish = partial(_finish_one, one, solver, begun, solved, first)
        fits += run_problems(finish, count, workers if unfinished else 1)
    return fits


def _solve_together(
    task: MachineTask, solver: InKernelValues, begun: Sequence[Begun], first: int, workers: int
) -> Sequence[FirstBlocks | None]:
    """The first blocks of these machines; where Ctrl-C came amid them, the last ones too."""
    seconds = max(task.deadline - time.perf_counter(), 1e-9)
    settings = replace(task.settings, tol=AIM * task.settings.tol, max_time=seconds, n_threads=workers)
    solved = solver.together(begun, settings, task.n_machines - first)
    if all(blocks is not None and blocks.solution.status != "interrupted" for blocks in solved):
        return solved
    return [None if blocks is None else _last_blocks(blocks.solution) for blocks in solved]


def _last_blocks(solution: KernelSolution) -> FirstBlocks:
    """These blocks as the last ones: Ctrl-C came amid them, or those of others."""
    ended = solution.status in ("optimal", "stopped_by_max_time")
    return FirstBlocks(solution if ended else replace(solution, status="interrupted"), last=True)


def _begin(task: MachineTask, which: range) -> list[Begun]:
    return [_begin_one(task, k, machine) for k, machine in zip(which, task.machines(which), strict=True)]


def _begin_one(task: MachineTask, k: int, machine: Machine) -> Begun:
    programme, solver, settings = machine.programme, task.solve, task.settings
    left = max(task.room.left / task.room.side_by_side - _BYTES_A_VARIABLE * programme.size, 1.0)
    if task.point is None:
        return Begun(machine, feasible_point(programme), left)
    wanted = task.point(k, machine)[0]
    if not isinstance(solver, InKernelValues):
        return Begun(machine, feasible_point(programme, wanted), left)
    start, known = begin(programme, wanted, solver.source, left, settings.tol, settings.n_threads)
    return Begun(machine, start, left, known)


def _fit_one(
    task: MachineTask, workers: int, k: int, stop: threading.Event | None, lock: threading.Lock | None
) -> MachineFit:
    (begun,) = _begin(task, range(k, k + 1))
    if stop is not None and stop.is_set():
        return _unsolved(begun)
    settings = replace(
        task.settings, tol=AIM * task.settings.tol, max_time=fair_share(task.deadline, k, task.n_machines, workers)
    )
    monitor = native_monitor(task.callback, stop, lock, k, task.n_machines)
    return _ended(task, begun, stop, lambda: task.solve(begun.machine, settings, begun.start, begun.room, monitor))


def _finish_one(
    task: MachineTask,
    solver: InKernelValues,
    all_begun: Sequence[Begun],
    solved: Sequence[FirstBlocks | None],
    before: int,
    k: int,
    stop: threading.Event | None,
    lock: threading.Lock | None,
) -> MachineFit:
    """What follows the first blocks, which have been solved together with others."""
    begun, blocks = all_begun[k], solved[k]
    if blocks is None:  # Ctrl-C came before
        return _unsolved(begun)
    first = blocks.solution
    if blocks.last:
        return _ended(task, begun, stop, lambda: first, first)
    left = fair_share(task.deadline, before + k, task.n_machines, 1)
    settings = replace(task.settings, tol=AIM * task.settings.tol, max_time=left)
    monitor = native_monitor(None, stop, lock, before + k, task.n_machines)
    solve = partial(solver, begun.machine, settings, begun.start, begun.room, monitor, first=first)
    return _ended(task, begun, stop, solve, first)


def _ended(
    task: MachineTask,
    begun: Begun,
    stop: threading.Event | None,
    solve: Callable[[], KernelSolution],
    first: KernelSolution | None = None,
) -> MachineFit:
    """The machine where ``solve`` ends; Ctrl-C amid it keeps what there is, the ``first`` blocks at least."""
    with np.errstate(over="ignore", invalid="ignore"):  # a point that overflows is no optimum, and its status says so
        try:
            solution = solve()
        except KeyboardInterrupt:
            if first is None:  # before a solver had anything to keep
                return _unsolved(begun)
            solution = replace(first, status="interrupted")
        solution = the_better_one(solution, begun.known)
        try:
            fit = _proved(task, begun.machine, solution)
        except KeyboardInterrupt:  # what has been solved is kept, as a solver keeps it
            fit = _proved(task, begun.machine, replace(solution, status="interrupted"))
    return replace(fit, interrupted=True) if stop is not None and stop.is_set() else fit


def _proved(task: MachineTask, machine: Machine, solution: KernelSolution) -> MachineFit:
    """The machine at the point of a solution, and what it is worth."""
    decision, certificate, told = task.judge.prove(machine, solution, task.settings.tol, task.settings.n_threads)
    status = certified_status(solution.status, certificate, task.settings.tol)
    if status == "optimal" and not told:
        status = "numerical_limit"
    vanished = False
    if status == "numerical_limit" and solution.status == "optimal" and not machine.programme.linear.any():
        # Only for an optimum of zero does a solver call a point optimal whose relative gap is large.
        large = certificate.relative_gap > task.settings.tol
        vanished = large or task.judge.vanishes(machine.programme, decision, certificate.dual)
    return MachineFit(
        status, decision, certificate, solution.n_iter, solution.kernel_evaluations, solution.history,
        solution.status == "interrupted", vanished,
    )  # fmt: skip


def _unsolved(begun: Begun) -> MachineFit:
    """A machine that Ctrl-C came before: its start, about which nothing is known."""
    unknown = PointCertificate(math.inf, -math.inf, math.inf)
    offsets = np.zeros(max(1, begun.machine.programme.sums.size))
    return MachineFit(
        "stopped_by_callback", begun.machine.read(begun.start, offsets), unknown, 0, 0.0, np.zeros((0, 6)), interrupted=True
    )  # fmt: skip
