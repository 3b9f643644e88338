"""When blocks of multipliers are left for second-order methods, and for which.

| variables | blocks first | then |
|---|---|---|
| up to 1000 | 20, the last ones in float64 (up to 64: 8) | where these fail, free set to the last digits, interior point |
| of a linear kernel or components, few columns | 3 | interior point, systems as large as the rows have columns; corners |
| of more components | 3 | the same without corners |
| up to 4000 | 40 | interior point, systems as large as the programme has variables |

Larger programmes stay with blocks, and so do those whose matrix does not fit into the memory that there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines import Programme
from maxmargin.solvers.curvature import Curvature, DenseCurvature, FactoredCurvature
from maxmargin.solvers.free_set import KernelColumns
from maxmargin.solvers.settings import Monitor, Status

__all__ = [
    "EndGame", "KernelSource", "TimeIsUp", "Watch", "bytes_of_end_game", "choose_end_game", "ends_in_columns",
]  # fmt: skip

_TINY, _SMALL, _MIDDLE = 64, 1000, 4000  # variables
_TINY_BLOCKS, _SMALL_BLOCKS, _LINEAR_BLOCKS, _MIDDLE_BLOCKS = 8, 20, 3, 40
_MOST_COLUMNS = 1000
_VARIABLES_A_COLUMN = 4
_COPIES = 5.0  # of the matrix of a system, or of the rows, that an interior point method holds at once

_Array = NDArray[np.float64]
_Way = Literal["digits", "columns", "components", "variables"]


@dataclass(frozen=True, slots=True, eq=False)
class KernelSource:
    """Float64 numbers of the kernel, for second-order methods.

    Parameters
    ----------
    values : callable of (rows, other rows)
        The kernel values between them.
    vectors : callable of rows, or None
        Numbers of which the kernel is the inner product, where they are not too many: rows of a linear kernel, components.
    n_columns : int
        Columns of the vectors.
    components : bool
        Whether these were chosen to be few: memory has room for their systems, and blocks take longer.
    bytes_a_row, bytes_packed : float
        Of the copy of a row that ``values`` makes, and of what it takes beside them.
    """

    values: Callable[[NDArray[np.int64], NDArray[np.int64]], _Array]
    vectors: Callable[[NDArray[np.int64]], _Array] | None = None
    n_columns: int = 0
    components: bool = False
    bytes_a_row: float = 0.0
    bytes_packed: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class EndGame:
    """Blocks to try first; the matrix for an interior point; what follows.

    With ``columns`` a free set reaches the last digits, with ``corners`` multipliers are put at their bounds.
    """

    blocks: int
    curvature: Callable[[Callable[[], None]], Curvature]  # from what is called between the parts of long sums
    columns: KernelColumns | None = None
    corners: bool = False


def choose_end_game(programme: Programme, source: KernelSource, memory_limit: float, n_threads: int = 1) -> EndGame | None:
    """What follows the first blocks; None where nothing does."""
    m, rows, vectors = programme.size, programme.row, source.vectors
    way = _way_of(m, source, memory_limit)
    if way == "digits":
        columns = KernelColumns(lambda variables: source.values(rows, rows[variables]))
        dense = lambda _: DenseCurvature(columns.of(np.arange(m)))  # noqa: E731 - one of three ways, side by side
        return EndGame(_TINY_BLOCKS if m <= _TINY else _SMALL_BLOCKS, dense, columns)
    if vectors is not None and way in ("columns", "components"):
        used, place = np.unique(rows, return_inverse=True)
        factored = lambda look: FactoredCurvature(vectors(used), place, n_threads, look)  # noqa: E731 - the second
        return EndGame(_LINEAR_BLOCKS, factored, corners=way == "columns")
    if way == "variables":
        return EndGame(_MIDDLE_BLOCKS, lambda _: DenseCurvature(source.values(rows, rows)))
    return None


def ends_in_columns(variables: int, source: KernelSource, memory_limit: float) -> bool:
    """Whether a programme of so many variables ends in systems as large as vectors have columns, which are few."""
    return _way_of(variables, source, memory_limit) == "columns"


def bytes_of_end_game(variables: int, source: KernelSource, memory_limit: float) -> float:
    """The most that second-order methods take for a programme of so many variables; 0 where blocks are all there is."""
    way = _way_of(variables, source, memory_limit)
    if way in ("columns", "components"):
        return _COPIES * 8.0 * variables * source.n_columns
    return _bytes_of_all_values(variables, source) if way is not None else 0.0


def _way_of(m: int, source: KernelSource, memory_limit: float) -> _Way | None:
    """Which of the ways of the table a programme of m variables goes; None where it stays with blocks."""
    fits = _bytes_of_all_values(m, source) <= memory_limit
    if m <= _SMALL and fits:
        return "digits"
    d = source.n_columns
    few = d <= _MOST_COLUMNS and _VARIABLES_A_COLUMN * d <= m  # their price falls below that of blocks
    if source.vectors is not None and few and _COPIES * 8.0 * m * d <= memory_limit:
        return "columns"
    if source.vectors is not None and source.components and d < m:
        return "components"
    return "variables" if m <= _MIDDLE and fits else None


def _bytes_of_all_values(variables: int, source: KernelSource) -> float:
    return _COPIES * 8.0 * variables * variables + 2.0 * variables * source.bytes_a_row + source.bytes_packed


class TimeIsUp(Exception):
    """The time has passed amid a long sum."""


class Watch:
    """Time, callbacks and Ctrl-C during steps that are Python: the last record is told again, at the time it is now.

    Parameters
    ----------
    monitor : callable or None
    history : ndarray of shape (n_records, 6)
        Of the blocks so far.
    deadline : float
        When time will have passed, of time.perf_counter(); infinite for no limit.
    """

    reason: Status | None = None

    def __init__(self, monitor: Monitor | None, history: _Array, deadline: float) -> None:
        self._monitor = monitor
        self.history = history
        self._deadline = deadline
        self._began = time.perf_counter() - (float(history[-1, -1]) if len(history) else 0.0)

    def record(self, iteration: int, point: tuple[float, float, float], size: int) -> None:
        """Add the primal, dual and gap of a point that a step of ``size`` variables has reached to the history."""
        line = [[iteration, *point, size, time.perf_counter() - self._began]]
        self.history = np.concatenate([self.history.reshape(-1, 6), line])

    def left(self) -> float:
        """Seconds that are left."""
        return max(self._deadline - time.perf_counter(), 1e-9)

    def look(self) -> None:
        """Raise TimeIsUp once the time has passed."""
        if time.perf_counter() > self._deadline:
            self.reason = "stopped_by_max_time"
            raise TimeIsUp

    def keep_going(self) -> bool:
        """Whether nothing asks to stop; else ``reason`` says what did."""
        now = time.perf_counter()
        seconds = now - self._began
        if now > self._deadline:
            self.reason = "stopped_by_max_time"
        elif self._monitor is not None and len(self.history):
            iteration, primal, dual, gap, active, _ = self.history[-1].tolist()
            if self._monitor(int(iteration), primal, dual, gap, int(active), seconds):
                self.reason = "stopped_by_callback"
        return self.reason is None
