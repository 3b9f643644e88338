"""What solves the machines of one fit: in kernel values, in components, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.estimators.kernel.data import Problems
from maxmargin.estimators.kernel.room import Room
from maxmargin.machines import Machine
from maxmargin.solvers import Monitor, Settings, Status
from maxmargin.solvers.components import solve_in_components
from maxmargin.solvers.end_game import KernelSource
from maxmargin.solvers.kernel import solve_first, solve_programme
from maxmargin.solvers.kernel_solution import FirstBlocks, KernelSolution

__all__ = ["Begun", "InKernelValues", "Solver", "at_the_start", "in_components", "rows_for_all"]

# A machine, settings, feasible multipliers to start from, bytes, a monitor.
Solver = Callable[[Machine, Settings, NDArray[np.float64], float, "Monitor | None"], KernelSolution]


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A machine, feasible multipliers to start from, its bytes."""

    machine: Machine
    start: NDArray[np.float64]
    room: float
    known: KernelSolution | None = None  # the point of the last fit, where that is not the start


@dataclass(frozen=True, slots=True, eq=False)
class InKernelValues:
    """What solves machines whose kernel values are computed when needed, or ``kept`` for all of them."""

    kernel: _native.Kernel
    source: KernelSource
    kept: _native.KeptRows | None

    def __call__(
        self,
        machine: Machine,
        settings: Settings,
        start: NDArray[np.float64],
        room: float,
        monitor: Monitor | None,
        first: KernelSolution | None = None,
    ) -> KernelSolution:
        """Solve one; ``first`` are its first blocks, where they have been solved together with others."""
        return solve_programme(
            self.kernel, machine.programme, settings, start, room, self.source, monitor, self.kept, first
        )  # fmt: skip

    def together(self, begun: Sequence[Begun], settings: Settings, n_left: int) -> list[FirstBlocks | None]:
        """The first blocks of many machines, one thread each, in the time that is left for so many."""
        tasks = [(b.machine.programme, b.start, b.room) for b in begun]
        return solve_first(self.kernel, tasks, settings, self.source, n_left, self.kept)


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


def at_the_start(status: Status = "stopped_by_callback") -> Solver:
    """What solves machines that were stopped before there were kernel values: f is known where the start is zero."""

    def solve(
        machine: Machine, settings: Settings, start: NDArray[np.float64], room: float, monitor: Monitor | None
    ) -> KernelSolution:
        del settings, room, monitor
        return KernelSolution(
            status, start, np.full(start.size, np.nan if start.any() else 0.0), 0, 0.0, np.zeros((0, 6)), math.inf,
            np.zeros(max(1, machine.programme.sums.size)),
        )  # fmt: skip

    return solve
