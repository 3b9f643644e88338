"""The kernel of a training set as the native solver takes it, and sums over support vectors."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.exceptions import MemoryLimitError, TimeLimitError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.checks import check_matrix
from maxmargin.kernels.columns import narrow_designs
from maxmargin.kernels.rows import Rows

__all__ = ["kernel_sums", "training_kernel", "training_matrix"]

_VALUES_IN_A_BLOCK = 1 << 22  # kernel values that Python holds at once to predict
_FEW, _RATHER_FEW = 200, 500  # rows; the latter where features are more, so that packing them once is what counts
_SHARE_OF_FEW = 32.0  # their values may have this part of the memory
_VALUES_OF_A_FUNCTION = 1 << 18  # a block of a Python function, which may take microseconds for each
_FIRST_VALUES, _FIRST_ROWS = 1 << 12, 8  # of the blocks that show how long that is
_FIRST_BLOCKS = 2  # the first call of a function may load what the others need


def training_kernel(kernel: Kernel, rows: Rows, matrix: NDArray[Any] | None, n_threads: int = 1) -> _native.Kernel:
    """Values between all training rows: ``matrix``, or computed when needed where there is none."""
    if matrix is None:
        assert kernel.native is not None
        (design,) = narrow_designs(rows)
        return _native.DesignKernel(design, *kernel.native, n_threads)
    return _native.MatrixKernel(matrix)


def training_matrix(
    kernel: Kernel,
    rows: Rows,
    memory_limit: float,
    n_threads: int = 1,
    deadline: float = math.inf,
    priced: Callable[[float], None] | None = None,
) -> NDArray[Any] | None:
    """The values between all training rows, each computed once; None where the native core computes them when needed.

    Of few rows all are computed, whatever the kernel: a fit then reads each of them several times.

    Parameters
    ----------
    kernel : Kernel
        With numbers for parameters.
    rows : Rows
    memory_limit : float
        Bytes.
    n_threads : int
    deadline : float
        Of time.perf_counter(); looked at between blocks of rows.
    priced : callable, optional
        Told the seconds that a value takes once a few are known and most are still to come.

    Raises
    ------
    KernelShapeError, KernelValueError, KernelSymmetryError, MemoryLimitError, TimeLimitError
    """
    n = len(rows)
    if kernel.native is not None:
        few = (n <= _FEW or n <= min(_RATHER_FEW, rows.n_features or 0)) and _SHARE_OF_FEW * 8.0 * n * n <= memory_limit
        return kernel.values(rows, rows, n_threads) if few else None
    if kernel.pairwise:
        check_matrix(rows.table, "X")
        table: NDArray[Any] = rows.table
        return table
    if 8.0 * n * n > memory_limit:
        raise MemoryLimitError(
            f"{kernel.name} has {n} x {n} values, which take {8.0 * n * n:.2g} bytes, and memory_limit allows "
            f"{memory_limit:.2g}; raise memory_limit, fit on fewer rows, or use a kernel that has a name"
        )
    matrix = np.empty((n, n))
    started, seconds = time.perf_counter(), 0.0
    for k, (start, stop) in enumerate(_blocks(n, function=not kernel.numeric)):
        before = time.perf_counter()
        if start and before > deadline:
            raise TimeLimitError(_out_of_time(kernel.name, start, n, before - started))
        if priced is not None and k == (1 if kernel.numeric else _FIRST_BLOCKS):
            priced(seconds)
        matrix[start:stop] = kernel.values(rows.block(start, stop), rows, n_threads)
        seconds = (time.perf_counter() - before) / ((stop - start) * n)
    check_matrix(matrix, kernel.name)
    return matrix


def _blocks(n: int, *, function: bool) -> Iterator[tuple[int, int]]:
    """Rows from and to of the blocks of the values between ``n`` rows; nothing but ``n`` and the kind decides on them."""
    start = 0
    first = [max(_FIRST_ROWS, _FIRST_VALUES // n)] * _FIRST_BLOCKS if function else []
    step = max(1, (_VALUES_OF_A_FUNCTION if function else _VALUES_IN_A_BLOCK) // n)
    for size in first:
        if start < n:
            yield start, min(n, start + size)
        start += size
    for begin in range(start, n, step):
        yield begin, min(n, begin + step)


def _out_of_time(name: str, done: int, n: int, seconds: float) -> str:
    return (
        f"max_time has passed: {name} has {n} x {n} values, {done / n:.0%} of which took {seconds:.3g} s, and before all "
        f"are known nothing is solved. Expected about {seconds * n / done:.3g} s for them; raise max_time, or fit on fewer "
        "rows"
    )


def kernel_sums(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], n_threads: int = 1
) -> NDArray[np.float64]:
    """Σⱼ coef[c, j] K(xᵢ, sⱼ) of every row, in float64; (rows, rows of ``coef``)."""
    coef = np.ascontiguousarray(coef, dtype=np.float64)
    if kernel.native is not None:
        kernel.check(rows)
        left, right = narrow_designs(rows, support)
        return np.asarray(_native.kernel_decision(left, right, *kernel.native, coef, n_threads))
    sums = np.empty((len(rows), coef.shape[0]))
    step = max(1, _VALUES_IN_A_BLOCK // len(support))
    for start in range(0, len(rows), step):
        values = kernel.values(rows.block(start, start + step), support, n_threads)
        # Not a BLAS call: its threads would make the bits depend on their number.
        sums[start : start + step] = np.einsum("ij,kj->ik", values, coef)
    return sums
