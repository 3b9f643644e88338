"""The bytes that a fit of a kernel machine takes: counted before it begins, and shared by its problems.

Shares depend on the problems and the cores of the machine, never on ``n_jobs``: how large blocks are, and which end game
follows them, is a matter of bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from maxmargin._validation import machine_cores
from maxmargin.estimators.kernel.data import Problems, TrainingData
from maxmargin.exceptions import MemoryLimitError
from maxmargin.kernels import KernelPlan

__all__ = ["Room", "memory_needed", "room_for_components", "room_for_values"]

_BYTES_A_ROW = 320  # of all that a solver keeps for a row with two variables
_BYTES_BESIDE = 1 << 20  # of all that is small
_BYTES_AN_ENTRY_OF_COMPONENTS = 20.0  # of each problem: a copy for its rows or its systems, and packed for kernel blocks


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are left for the problems, and how many of these share them."""

    needed: float
    left: float
    side_by_side: int


def memory_needed(n_rows: int) -> float:
    """Bytes that a fit takes whatever the kernel."""
    return float(_BYTES_A_ROW * n_rows + _BYTES_BESIDE)


def room_for_values(data: TrainingData, problems: Problems, plan: KernelPlan, memory_limit: float) -> Room:
    """Room where kernel values are computed when needed, or held in a matrix.

    Raises
    ------
    MemoryLimitError
    """
    n, rows = data.n_rows, _rows_of_a_problem(problems)
    # The native core packs the rows of a problem once more where it has not all of them.
    again = plan.held * rows / n if plan.design is not None and rows < n else 0.0
    needed = memory_needed(n) + plan.held + max(plan.passing, plan.least + again)
    if needed > memory_limit:
        matrix = plan.design is None and plan.held > 0.0
        raise MemoryLimitError(
            f"a fit of {n} rows needs about {needed:.2g} bytes beyond its input"
            + (f", {plan.held:.2g} of them for the {n} x {n} values of {data.kernel!r}," if matrix else ",")
            + f" and memory_limit allows {memory_limit:.2g}; raise memory_limit, "
            + ("fit on fewer rows, or use a kernel that has a name" if matrix else "or fit on fewer rows")
        )
    return _shared(needed, memory_limit - plan.held - _BYTES_BESIDE, memory_needed(rows) + plan.least + again, problems)


def room_for_components(data: TrainingData, problems: Problems, n_bytes: float, memory_limit: float) -> Room:
    """Room beside the components of all rows, which were grown within the limit and take ``n_bytes``."""
    rows = _rows_of_a_problem(problems)
    copies = _BYTES_AN_ENTRY_OF_COMPONENTS / 8.0 * n_bytes * rows / data.n_rows
    needed, left = memory_needed(data.n_rows) + n_bytes, memory_limit - n_bytes - _BYTES_BESIDE
    return _shared(needed, left, memory_needed(rows) + copies, problems)


def _rows_of_a_problem(problems: Problems) -> int:
    return math.ceil(math.sqrt(problems.pairs_of_rows / len(problems.labels)))


def _shared(needed: float, left: float, least: float, problems: Problems) -> Room:
    fit = left // least if left < math.inf else math.inf
    return Room(needed, left, int(max(1, min(fit, len(problems.labels), machine_cores()))))
