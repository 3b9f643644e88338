"""Kernel values that Python computes: block by block, held to a deadline.

A function may take a nanosecond or a second for each value, and nobody knows before it is called. So the first blocks are
small, and none has more values than all before it: what begins in time ends within twice the time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import TimeLimitError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.rows import Rows

__all__ = ["VALUES_IN_A_BLOCK", "Stopped", "blocks_in_time", "diagonal_in_time", "values_in_time"]

VALUES_IN_A_BLOCK = 1 << 22  # kernel values that Python holds at once
_VALUES_OF_A_FUNCTION = 1 << 18  # the same of a Python function, which may take microseconds for each
_FIRST_VALUES = 1 << 12
_ROWS_OF_A_DIAGONAL = 512


class Stopped(Exception):
    """Somebody has asked to stop before all values are there."""


def blocks_in_time(
    kernel: Kernel,
    n: int,
    width: int,
    deadline: float = math.inf,
    most: float = math.inf,
    stop: Callable[[int], bool] | None = None,
) -> Iterator[tuple[int, int]]:
    """Rows from and to of the blocks that the values between ``n`` rows and ``width`` others are computed in.

    Parameters
    ----------
    kernel : Kernel
    n, width : int
    deadline : float
        Of time.perf_counter(); looked at before each block but the first.
    most : float
        Values of a block, where memory has room for fewer than is usual.
    stop : callable of the rows so far, optional
        Asked whether to stop, before each block but the first.

    Raises
    ------
    TimeLimitError, Stopped
    """
    most = min(most, VALUES_IN_A_BLOCK if kernel.numeric else _VALUES_OF_A_FUNCTION)
    largest, first = max(1, int(most) // width), max(1, _FIRST_VALUES // width)
    began, start = time.perf_counter(), 0
    while start < n:
        now = time.perf_counter()
        if start and now > deadline:
            raise TimeLimitError(_out_of_time(kernel.name, start, n, width, now - began))
        if start and stop is not None and stop(start):
            raise Stopped
        end = min(n, start + min(largest, max(first, start)))
        yield start, end
        start = end


def values_in_time(
    kernel: Kernel, left: Rows, right: Rows, n_threads: int = 1, deadline: float = math.inf
) -> NDArray[np.float64]:
    """The values between two sets of rows; the native core, which is fast, is not held to the deadline."""
    if kernel.native is not None:
        return kernel.values(left, right, n_threads)
    values = np.empty((len(left), len(right)))
    for start, stop in blocks_in_time(kernel, len(left), len(right), deadline):
        values[start:stop] = kernel.values(left.block(start, stop), right, n_threads)
    return values


def diagonal_in_time(
    kernel: Kernel, rows: Rows, n_threads: int = 1, deadline: float = math.inf
) -> NDArray[np.float64]:  # fmt: skip
    """K(x, x) of each row; the native core, which is fast, is not held to the deadline."""
    if kernel.native is not None:
        return kernel.diagonal(rows, n_threads)
    blocks = blocks_in_time(kernel, len(rows), 1, deadline, most=_ROWS_OF_A_DIAGONAL)
    return np.concatenate([kernel.diagonal(rows.block(start, stop), n_threads) for start, stop in blocks])


def _out_of_time(name: str, done: int, n: int, width: int, seconds: float) -> str:
    return (
        f"max_time has passed: {name} has {n} x {width} values, {done / n:.0%} of which took {seconds:.3g} s, and before "
        f"all are known nothing is solved. Expected about {seconds * n / done:.3g} s for them; raise max_time, or fit on "
        "fewer rows"
    )
