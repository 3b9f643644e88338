"""A look ahead: what small parts of a problem take says what all of it will.

Support vectors grow like a power of the rows: in proportion where classes overlap, hardly where they do not. The kernel
values that blocks compute are rows times support vectors times a factor that changes little. Both are read off from two
parts drawn at random, one four times the other. Of 16 fits of 20,000 to 245,057 rows, 15 computed between 0.5 and 1.5
times as many values as that says, and one, whose support vectors begin to grow beyond the larger part, 8 times as many
(docs/decisions/0006-kernel-machines.md). Where the larger part takes far longer than its values, as with a large C, it is
the steps within blocks that count, and seconds grow like the power of the rows that the parts show.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.estimators.kernel.data import Problems, TrainingData
from maxmargin.kernels import plan_kernel, training_kernel
from maxmargin.machines import Programme, feasible_point
from maxmargin.solvers import Settings

__all__ = ["Outlook", "look_ahead"]

_PART, _RATIO = 4000, 4  # rows of the larger part, at the most; of the smaller one a quarter
_SHARE = 4  # and as many parts of that size at least
_FEWEST = 100  # rows of the smaller part
_SECONDS, _OF_MAX_TIME = 1.0, 0.05  # for each part, of max_time
_BYTES = 2.0**30  # for a part: enough to keep rows of dear values


@dataclass(frozen=True, slots=True)
class Outlook:
    """Kernel values of a fit, and seconds of what is done beside them, about; of the larger part the same two."""

    evaluations: float
    seconds: float
    evaluations_of_part: float
    seconds_of_part: float


@dataclass(frozen=True, slots=True)
class _Found:
    rows: int
    support: int
    evaluations: float
    seconds: float


def look_ahead(data: TrainingData, problems: Problems, settings: Settings, room: float) -> Outlook | None:
    """What a fit of kernel values will compute; None where there are few rows, or parts of them do not say.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C.
    """
    largest = int(np.argmax(problems.sizes))
    programme = problems.machine(largest).programme
    rows = np.unique(programme.row)
    larger = min(_PART, rows.size // _SHARE)
    smaller = larger // _RATIO
    if smaller < _FEWEST:
        return None
    order = np.random.default_rng(0).permutation(rows.size)
    found = [_of_part(data, programme, np.sort(rows[order[:n]]), settings, room) for n in (smaller, larger)]
    if any(part.support == 0 or part.evaluations == 0.0 for part in found):
        return None
    first, second = found
    more = rows.size / second.rows
    support = second.support * more ** _power(first.support, second.support, 1.0)
    factor = second.evaluations / (second.rows * second.support)
    of_others = problems.pairs_of_rows / float(problems.sizes[largest]) ** 2
    return Outlook(
        factor * rows.size * support * of_others,
        second.seconds * more ** _power(first.seconds, second.seconds, 3.0) * of_others,
        second.evaluations,
        second.seconds,
    )


def _power(first: float, second: float, most: float) -> float:
    """Of the rows, with which something grows that was ``first`` and then, of _RATIO times as many, ``second``."""
    return min(most, max(0.0, math.log(second / first) / math.log(_RATIO)))


def _of_part(data: TrainingData, programme: Programme, rows: NDArray[np.int64], settings: Settings, room: float) -> _Found:
    part, table = _part_of(programme, rows, data.n_rows), data.rows.take(rows)
    kernel = training_kernel(plan_kernel(data.kernel, table), None, data.n_threads)
    seconds, started = min(_SECONDS, _OF_MAX_TIME * settings.max_time), time.perf_counter()
    result = _native.solve_kernel(
        kernel, part.linear, part.lower, part.upper, part.row, part.group, start=feasible_point(part),
        tol=settings.tol, max_iter=settings.max_iter if settings.max_iter >= 0 else 2**62, max_time=seconds,
        n_threads=data.n_threads, memory_limit=int(min(room, _BYTES)),
    )  # fmt: skip
    if result.status == "interrupted":
        raise KeyboardInterrupt
    seconds = time.perf_counter() - started
    net = np.bincount(part.row, result.multipliers, rows.size)
    return _Found(rows.size, int(np.count_nonzero(net)), float(result.kernel_evaluations), seconds)


def _part_of(programme: Programme, rows: NDArray[np.int64], n_rows: int) -> Programme:
    """The variables of some rows, renumbered, with their part of the sums."""
    place = np.full(n_rows, -1)
    place[rows] = np.arange(rows.size)
    some = place[programme.row] >= 0
    group = None if programme.group is None else programme.group[some]
    room = np.maximum(np.abs(programme.lower), np.abs(programme.upper))
    return replace(
        programme,
        linear=programme.linear[some], lower=programme.lower[some], upper=programme.upper[some],
        row=place[programme.row[some]], group=group, sums=programme.sums * (room[some].sum() / room.sum()),
    )  # fmt: skip
