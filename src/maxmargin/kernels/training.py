"""The kernel of a training set as the native solver takes it, and sums over support vectors."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.blocks import VALUES_IN_A_BLOCK, blocks_in_time
from maxmargin.kernels.checks import check_matrix, check_spectrum, spread_rows
from maxmargin.kernels.columns import narrow_designs
from maxmargin.kernels.rows import Rows

__all__ = [
    "KernelPlan",
    "block_sums",
    "kernel_sums",
    "narrow_block_sums",
    "plan_kernel",
    "training_kernel",
    "training_matrix",
]

_FEWEST_IN_A_BLOCK = 1 << 16  # kernel values, but for a row,
_BYTES_IN_A_BLOCK = 32.0  # each: its own, those of two parts of a sum, and what checks them
_BYTES_A_COLUMN_FOUND = 20.0  # of each non-zero, while the columns of very wide rows are numbered anew
# Rows; the latter where features are more, so that packing them once is what counts, or where several problems read them.
_FEW, _RATHER_FEW = 200, 500
_SHARE_OF_FEW = 32.0  # their values may have this part of the memory
_FIRST_BLOCKS = 2  # the first call of a function may load what the others need


@dataclass(frozen=True, slots=True, eq=False)
class KernelPlan:
    """The kernel of a training set before it is there: what it will take.

    Parameters
    ----------
    kernel : Kernel
    rows : Rows
    design : _native.Design or None
        The rows as the native core takes them; None where it does not know the kernel.
    held : float
        Bytes beyond the rows, as long as the fit lasts.
    passing : float
        The least bytes more that it takes to get there.
    least : float
        The least bytes that a solver takes beside them, whatever it solves.
    values_per_row : float
        Numbers that an inner product reads; 0 where the native core does not compute the kernel.
    products_per_value : float
        What a value costs at most, in products of numbers; 0 as well.
    """

    kernel: Kernel
    rows: Rows
    design: _native.Design | None
    held: float
    passing: float
    least: float
    values_per_row: float
    products_per_value: float

    @property
    def skips_zeros(self) -> bool:
        """Whether inner products go over numbers other than zero alone."""
        return self.design is not None and self.values_per_row < self.design.n_features


def plan_kernel(kernel: Kernel, rows: Rows) -> KernelPlan:
    """What the values between all training rows will take: computed when needed, a matrix in memory, or the user's."""
    if kernel.native is not None:
        (design,) = narrow_designs(rows)
        held, least, values, products = _native.kernel_footprint(design, kernel.native)
        renumbered = 0.0 if design is rows.design else _BYTES_A_COLUMN_FOUND * float(design.stored_values)
        return KernelPlan(kernel, rows, design, held + renumbered, 0.0, least, values, products)
    if kernel.pairwise:
        return KernelPlan(kernel, rows, None, 0.0, 0.0, 0.0, 0.0, 0.0)
    n = len(rows)
    passing = _BYTES_IN_A_BLOCK * min(n * n, max(n, _FEWEST_IN_A_BLOCK))
    return KernelPlan(kernel, rows, None, 8.0 * n * n, passing, 0.0, 0.0, 0.0)


def training_kernel(plan: KernelPlan, matrix: NDArray[Any] | None, n_threads: int = 1) -> _native.Kernel:
    """Values between all training rows: ``matrix``, or computed when needed where there is none."""
    if matrix is None:
        assert plan.kernel.native is not None
        assert plan.design is not None
        return _native.DesignKernel(plan.design, plan.kernel.native, n_threads)
    return _native.MatrixKernel(matrix)


def training_matrix(
    plan: KernelPlan,
    memory_limit: float,
    n_threads: int = 1,
    deadline: float = math.inf,
    priced: Callable[[float], None] | None = None,
    stop: Callable[[int], bool] | None = None,
    n_problems: int = 1,
) -> NDArray[Any] | None:
    """The values between all training rows, each computed once; None where the native core computes them when needed.

    Of few rows all are computed, whatever the kernel: a fit then reads each of them several times.

    Parameters
    ----------
    plan : KernelPlan
    memory_limit : float
        Bytes.
    n_threads : int
    deadline : float
        Of time.perf_counter(); looked at between blocks of rows.
    priced : callable, optional
        Told the seconds that a value takes once a few are known and most are still to come.
    stop : callable of the rows so far, optional
        Asked between blocks whether to stop.
    n_problems : int
        That read the values.

    Raises
    ------
    KernelShapeError, KernelValueError, KernelSymmetryError, TimeLimitError, Stopped
    """
    kernel, rows = plan.kernel, plan.rows
    n = len(rows)
    if kernel.native is not None:
        few = n <= _FEW or n <= (_RATHER_FEW if n_problems > 1 else min(_RATHER_FEW, rows.n_features or 0))
        fits = _SHARE_OF_FEW * 8.0 * n * n <= memory_limit
        matrix = kernel.values(rows, rows, n_threads) if few and fits else None
        if kernel.inner_product is False:
            some = spread_rows(n)
            part = rows if some.size == n else rows.take(some)
            check_spectrum(kernel.values(part, part, n_threads) if matrix is None else matrix, kernel.name, some)
        return matrix
    if kernel.pairwise:
        check_matrix(rows.table, "X", n_threads=n_threads)
        table: NDArray[Any] = rows.table
        return table
    matrix = np.empty((n, n))
    room = (memory_limit - plan.held) / _BYTES_IN_A_BLOCK  # no value depends on how many are computed together
    seconds = 0.0
    most = max(room, _FEWEST_IN_A_BLOCK)
    for k, (start, end) in enumerate(blocks_in_time(kernel, n, n, deadline, most, stop)):
        before = time.perf_counter()
        if priced is not None and k == _FIRST_BLOCKS:
            priced(seconds)
        matrix[start:end] = kernel.values(rows.block(start, end), rows, n_threads)
        seconds = (time.perf_counter() - before) / ((end - start) * n)
    check_matrix(matrix, kernel.name, n_threads=n_threads)
    return matrix


def kernel_sums(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], n_threads: int = 1
) -> NDArray[np.float64]:
    """Σⱼ coef[c, j] K(xᵢ, sⱼ) of every row, in float64; (rows, rows of ``coef``)."""
    return block_sums(kernel, rows, support, coef, [len(support)], n_threads)[0]


def block_sums(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], sizes: Sequence[int], n_threads: int = 1
) -> list[NDArray[np.float64]]:
    """The same over each of some blocks of support vectors, which are so large and one after the other."""
    coef = np.ascontiguousarray(coef, dtype=np.float64)
    k = coef.shape[0]
    if kernel.native is not None:
        kernel.check(rows)
        left, right = narrow_designs(rows, support)
        every = np.array(sizes, dtype=np.int64)
        values = np.asarray(_native.kernel_decision(left, right, kernel.native, coef, n_threads, every))
        return [values[:, b * k : (b + 1) * k] for b in range(every.size)]
    results, start = [], 0
    for size in sizes:
        results.append(_sums_in_python(kernel, rows, support, coef, start, start + size, n_threads))
        start += size
    return results


def narrow_block_sums(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], sizes: Sequence[int], n_threads: int = 1
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] | None:
    """The same in float32, and the most that each sum may be off by; None where that is no faster."""
    if kernel.native is None:
        return None
    coef, every = np.ascontiguousarray(coef, dtype=np.float64), np.array(sizes, dtype=np.int64)
    kernel.check(rows)
    left, right = narrow_designs(rows, support)
    found = _native.kernel_narrow_decision(left, right, kernel.native, coef, n_threads, every)
    if found is None:
        return None
    values, doubts = (np.split(np.asarray(of_all), every.size, axis=1) for of_all in found)
    return values, doubts


def _sums_in_python(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], start: int, stop: int, n_threads: int
) -> NDArray[np.float64]:
    sums = np.zeros((len(rows), coef.shape[0]))
    if start == stop:
        return sums
    block, coef = support.block(start, stop), coef[:, start:stop]
    step = max(1, VALUES_IN_A_BLOCK // (stop - start))
    for first in range(0, len(rows), step):
        values = kernel.values(rows.block(first, first + step), block, n_threads)
        # Not a BLAS call: its threads would make the bits depend on their number.
        sums[first : first + step] = np.einsum("ij,kj->ik", values, coef)
    return sums
