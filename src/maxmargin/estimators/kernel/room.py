"""The bytes that a fit of a kernel machine takes: counted before it begins, and shared by its problems.

Shares depend on the problems and the cores of the machine, never on ``n_jobs``: how large blocks are, and which end game
follows them, is a matter of bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from maxmargin._validation import machine_cores
from maxmargin.estimators.kernel.data import Problems, TrainingData, bytes_of
from maxmargin.exceptions import MemoryLimitError
from maxmargin.kernels import KernelPlan
from maxmargin.solvers.end_game import bytes_of_end_game

__all__ = [
    "FEW_ROWS",
    "Room",
    "bytes_with_folds",
    "limits_of_a_fold",
    "memory_needed",
    "most_for_components",
    "most_for_values",
    "most_of_few",
    "room_for_components",
    "room_for_values",
]

FEW_ROWS = 500  # whose fits are over before anyone could say what they will take
_BYTES_OF_FEW = 160.0  # for each pair of these: an interior point method on two variables a row
_BYTES_A_ROW = 320  # of all that a solver keeps for a row with two variables
_BYTES_BESIDE = 1 << 20  # of all that is small
_BYTES_AN_ENTRY_OF_COMPONENTS = 20.0  # of each problem: a copy for its rows or its systems, and packed for kernel blocks
_MOST_VARIABLES, _MOST_EXACT = 10240.0, 3256.0  # of a block, and of one in float64, as cpp/quadratic/room.cpp has them
_USED = 0.875  # of what is counted for a solver, as there: large vectors begin and end with huge pages of their own
# For each value of the largest usual block, before rows are kept, as cpp/quadratic/decision.cpp has it.
_BYTES_BEFORE_ROWS, _USUAL_VARIABLES = 16.0, 6144.0
_MOST_OF_KEPT_ROWS = 1e9  # bytes, as there
_DEAR = 200.0  # products of a value that is kept, as cpp/quadratic/kept_rows.cpp has them
# Of fits that follow: of the rows, those of a fold and the support vectors of the model; and of what there is beside these
# the part that one may take if that is enough, because what the fits before it have freed is not in one piece.
_COPIES_BESIDE_A_FOLD, _SHARE_OF_A_FOLD = 2.0, 0.6
_ROWS_BESIDE = 64  # of kept rows: as many are allocated at a time
_BYTES_A_KEPT_ROW = 64.0 + 16.0  # of each segment: what rounds it up, and what says where it is


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are left for the problems, how many of these share them, and those for rows that all problems have."""

    needed: float
    left: float
    side_by_side: int
    kept: float = 0.0


def memory_needed(n_rows: int, copied: float = 0.0) -> float:
    """Bytes that a fit takes whatever the kernel, beside those that were ``copied`` of the user's rows."""
    return float(_BYTES_A_ROW * n_rows + _BYTES_BESIDE) + copied


def room_for_values(data: TrainingData, problems: Problems, plan: KernelPlan, memory_limit: float) -> Room:
    """Room where kernel values are computed when needed, or held in a matrix.

    Raises
    ------
    MemoryLimitError
    """
    n, rows = data.n_rows, _rows_of_a_problem(problems)
    again = _packed_again(plan, rows, n)
    needed = memory_needed(n, data.copied) + plan.held + max(plan.passing, plan.least + again)
    with_folds = bytes_with_folds(data, needed)
    if with_folds > memory_limit:
        matrix = plan.design is None and plan.held > 0.0
        raise MemoryLimitError(
            f"a fit of {n} rows needs about {with_folds:.2g} bytes beyond its input"
            + (f", {plan.held:.2g} of them for the {n} x {n} values of {data.kernel!r}," if matrix else ",")
            + (f" {data.copied:.2g} of them for its numbers as floats," if data.copied else "")
            + (f" {with_folds - needed:.2g} of them for the folds of probability=True," if data.folds else "")
            + f" and memory_limit allows {memory_limit:.2g}; raise memory_limit, "
            + ("fit on fewer rows, or use a kernel that has a name" if matrix else "or fit on fewer rows")
        )
    left = memory_limit - data.copied - plan.held - _BYTES_BESIDE
    room = _shared(needed, left, memory_needed(rows) + plan.least + again, problems)
    kept = _bytes_of_kept_rows(data, problems, plan, room) if problems.segments is not None else 0.0
    return replace(room, left=room.left - kept, kept=kept)


def room_for_components(data: TrainingData, problems: Problems, n_bytes: float, memory_limit: float) -> Room:
    """Room beside the components of all rows, which were grown within the limit and take ``n_bytes``."""
    rows = _rows_of_a_problem(problems)
    copies = _BYTES_AN_ENTRY_OF_COMPONENTS / 8.0 * n_bytes * rows / data.n_rows
    left = memory_limit - data.copied - n_bytes - _BYTES_BESIDE
    return _shared(memory_needed(data.n_rows, data.copied) + n_bytes, left, memory_needed(rows) + copies, problems)


def most_for_values(data: TrainingData, problems: Problems, plan: KernelPlan, room: Room, memory_limit: float) -> float:
    """The most bytes that a fit takes at a time: with all blocks as large as they get, and all rows that may be kept."""
    rows = max(problems.sizes)
    variables = rows * problems.variables_a_row
    share = room.left / room.side_by_side
    source = data.source(np.empty((0, 0)) if plan.design is None else None)
    kept = width = 0.0
    if plan.design is not None:
        width = plan.values_per_row if data.sparse else float(plan.design.n_features)
        if room.kept == 0.0 and plan.products_per_value >= _DEAR:
            kept = min(_bytes_for_rows(share, variables), 4.0 * (rows + _ROWS_BESIDE) ** 2)
    solving = (_bytes_of_blocks(variables, width, plan.least) + kept) / _USED
    end = bytes_of_end_game(variables, source, share)
    beside = memory_needed(rows) + _packed_again(plan, rows, data.n_rows)
    at_once = min(room.side_by_side, data.n_threads) * (beside + min(share, max(solving, end)))
    beyond = room.needed + room.kept + max(at_once, source.bytes_a_row * data.n_rows)
    return min(memory_limit, max(bytes_with_folds(data, beyond), data.rows.copies.most))


def most_of_few(data: TrainingData) -> float:
    """More than a fit of few rows could ever take; infinite where there are many."""
    n = data.n_rows
    if n > FEW_ROWS or not data.kernel.numeric:
        return math.inf
    return _BYTES_OF_FEW * n * n + 64.0 * float(data.rows.design.stored_values)


def most_for_components(data: TrainingData, problems: Problems, n_bytes: float, most: int, memory_limit: float) -> float:
    """The same where at most so many components take ``n_bytes``, the rows of systems included."""
    variables = max(problems.sizes) * problems.variables_a_row
    blocks = _bytes_of_blocks(variables, float(most), 0.0) / _USED
    side_by_side = min(len(problems.labels), machine_cores(), data.n_threads)
    copies = (side_by_side - 1) * _BYTES_AN_ENTRY_OF_COMPONENTS * max(problems.sizes) * most
    beyond = n_bytes + copies + side_by_side * (blocks + memory_needed(max(problems.sizes)))
    return min(memory_limit, max(bytes_with_folds(data, beyond), data.rows.copies.most))


def bytes_with_folds(data: TrainingData, n_bytes: float) -> float:
    """What a fit of so many bytes takes in all, where one of as many rows follows beside copies of them."""
    rows = data.rows.table if data.kernel.numeric else data.rows.given
    return n_bytes + (_COPIES_BESIDE_A_FOLD * bytes_of(rows) if data.folds else 0.0)


def limits_of_a_fold(data: TrainingData, memory_limit: float | None, rows: Any, support: Any) -> list[float | None]:
    """For a fit of some ``rows`` that were copied, beside the ``support`` vectors of the model: the limit, and the last one.

    Without a limit it is what is free by then.
    """
    if memory_limit is None:
        return [None]
    left = float(memory_limit) - data.copied - bytes_of(rows) - bytes_of(support)
    return [max(share * left, 1.0) for share in (_SHARE_OF_A_FOLD, 1.0)]


def _bytes_of_kept_rows(data: TrainingData, problems: Problems, plan: KernelPlan, room: Room) -> float:
    """Of rows that all problems share: of all of them, or what those that run side by side would have for their own."""
    if plan.design is None or plan.products_per_value < _DEAR:
        return 0.0
    n, segments = data.n_rows, int(problems.segments.max(initial=-1)) + 1 if problems.segments is not None else 0
    every = (n + _ROWS_BESIDE) * (4.0 * n + _BYTES_A_KEPT_ROW * segments) + 4.0 * n + plan.held
    own = _bytes_for_rows(room.left / room.side_by_side, max(problems.sizes) * problems.variables_a_row)
    return min(every, room.side_by_side * own)


def _bytes_for_rows(share: float, variables: float) -> float:
    """What a solver has for rows that it keeps."""
    first = _BYTES_BEFORE_ROWS * min(variables, _USUAL_VARIABLES) ** 2
    return min(max(0.5 * share - first, 0.0), _MOST_OF_KEPT_ROWS)


def _bytes_of_blocks(variables: float, width: float, least: float) -> float:
    """Of the kernel values of the largest blocks and what is computed from them, or they from: factors, rows, sums."""
    q, exact, row = min(variables, _MOST_VARIABLES), min(variables, _MOST_EXACT), 16.0 * (width + 4.0)
    passing = max(8.0 * q**2, 4.0 * q**2 + row * q, least, 16.0 * exact**2, 8.0 * exact**2 + 2.0 * row * exact)
    return 4.0 * q**2 + passing


def _packed_again(plan: KernelPlan, rows: int, n_rows: int) -> float:
    """Of the rows of a problem, which the native core packs once more where it has not all of them."""
    return plan.held * rows / n_rows if plan.design is not None and rows < n_rows else 0.0


def _rows_of_a_problem(problems: Problems) -> int:
    return math.ceil(math.sqrt(problems.pairs_of_rows / len(problems.labels)))


def _shared(needed: float, left: float, least: float, problems: Problems) -> Room:
    fit = left // least if left < math.inf else math.inf
    return Room(needed, left, int(max(1, min(fit, len(problems.labels), machine_cores()))))
