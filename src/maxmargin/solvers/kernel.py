"""Block decomposition with fused kernel rows: for every kernel machine.

1. Choose a block: the variables strictly inside their bounds, then those that violate most.
2. Compute the square of kernel values among their rows, and solve the programme within the block.
3. Compute the kernel rows of the variables that moved, fused: inner products, kernel function and f += K Δa, each
   value used once and not kept.
4. Once the gap is within ``tol``, compute f anew in float64 and go on from there where the gap says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.machines import Programme
from maxmargin.solvers.settings import Monitor, Settings, Status

__all__ = ["KernelSolution", "solve_programme"]

_UNLIMITED = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class KernelSolution:
    """A point, f = Ka at the rows of its variables in float64, and the solver's record."""

    status: Status
    multipliers: NDArray[np.float64]
    decision: NDArray[np.float64]
    n_iter: int
    kernel_evaluations: float
    history: NDArray[np.float64]


def solve_programme(
    kernel: _native.Kernel,
    programme: Programme,
    settings: Settings,
    start: NDArray[np.float64],
    memory_limit: float,
    monitor: Monitor | None = None,
) -> KernelSolution:
    """Solve one programme from a feasible start; always a point, whatever ended the solver.

    A negative ``settings.max_iter`` is no limit.
    """
    result = _native.solve_kernel(
        kernel, programme.linear, programme.lower, programme.upper, programme.row, programme.group,
        start=start, tol=settings.tol, max_iter=_UNLIMITED if settings.max_iter < 0 else settings.max_iter,
        max_time=settings.max_time, n_threads=settings.n_threads, memory_limit=int(min(memory_limit, 2.0**62)),
        monitor=monitor,
    )  # fmt: skip
    status: Any = result.status
    return KernelSolution(
        status, result.multipliers, result.decision, int(result.n_iter), float(result.kernel_evaluations), result.history
    )
