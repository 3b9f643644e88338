"""What solving a kernel machine's programme gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.callbacks import TINY
from maxmargin.solvers.settings import Status

__all__ = ["FirstBlocks", "KernelSolution", "as_solution", "as_solutions", "join_solutions"]


@dataclass(frozen=True, slots=True, eq=False)
class KernelSolution:
    """A point, f = Ka at the rows of its variables, the solver's record and what it believes of the gap.

    f is in float64 wherever it has a part in the gap, and not a number where nothing is known of it.
    """

    status: Status
    multipliers: NDArray[np.float64]
    decision: NDArray[np.float64]
    n_iter: int
    kernel_evaluations: float
    history: NDArray[np.float64]
    relative_gap: float
    offsets: NDArray[np.float64] | None = None  # the last ones, where Ctrl-C left no time for f


@dataclass(frozen=True, slots=True, eq=False)
class FirstBlocks:
    """Where the first blocks of a programme end, and whether nothing follows them."""

    solution: KernelSolution
    last: bool


def as_solution(result: _native.KernelResult) -> KernelSolution:
    """What the native solver has found."""
    status: Any = result.status
    return KernelSolution(
        status, result.multipliers, result.decision, int(result.n_iter), float(result.kernel_evaluations),
        result.history, float(result.gap) / max(abs(float(result.dual)), TINY), result.offsets,
    )  # fmt: skip


def as_solutions(found: tuple[Any, ...]) -> list[KernelSolution | None]:
    """What it has found of many programmes: parts of arrays that all have in common."""
    results, multipliers, decision, offsets, history = found
    solutions: list[KernelSolution | None] = []
    v = g = h = 0
    for result in results:
        if result is None:
            solutions.append(None)
            continue
        status, n_iter, evaluations, dual, gap, n_variables, n_offsets, n_records = result
        solutions.append(KernelSolution(
            status, multipliers[v : v + n_variables], decision[v : v + n_variables], n_iter, evaluations,
            history[h : h + n_records], gap / max(abs(dual), TINY), offsets[g : g + n_offsets],
        ))  # fmt: skip
        v, g, h = v + n_variables, g + n_offsets, h + n_records
    return solutions


def join_solutions(first: KernelSolution, rest: KernelSolution) -> KernelSolution:
    """The better point of both, with the status of ``rest`` and the record of both."""
    record = rest.history.copy()
    record[:, 0] += first.n_iter
    record[:, -1] += first.history[-1, -1] if first.history.size else 0.0
    point = rest if rest.relative_gap <= first.relative_gap else first
    return replace(
        point,
        status=rest.status,
        n_iter=first.n_iter + rest.n_iter,
        kernel_evaluations=first.kernel_evaluations + rest.kernel_evaluations,
        history=np.concatenate([first.history, record]),
    )
