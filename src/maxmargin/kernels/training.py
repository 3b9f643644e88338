"""The kernel of a training set as the native solver takes it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.blocks import blocks_in_time
from maxmargin.kernels.checks import check_matrix, check_spectrum, spread_rows
from maxmargin.kernels.columns import narrow_designs
from maxmargin.kernels.precision import value_sizes
from maxmargin.kernels.rows import Rows

__all__ = [
    "KernelPlan",
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
_ROWS_TO_SHOW = 48  # that a kernel is no inner product: those that one step of a factor takes
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
        values = kernel.values(rows, rows, n_threads) if few and fits else None
        if kernel.inner_product is False:
            seen = _with_checked_spectrum(kernel, rows, values, n_threads)
            values = seen if n <= _RATHER_FEW and fits else None  # the solver need not compute them again
        return values
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


def _with_checked_spectrum(
    kernel: Kernel, rows: Rows, values: NDArray[np.float64] | None, n_threads: int
) -> NDArray[np.float64] | None:
    """Look whether a kernel of a name is no inner product here; the values between all rows, where these were computed.

    Mostly a few rows show it, whose values take no time: |K(x, z)| ≤ m(x) m(z) says how large those of all may be.
    """
    n = len(rows)
    some = spread_rows(n)
    part = rows if some.size == n else rows.take(some)
    if values is None and some.size > _ROWS_TO_SHOW:
        assert kernel.native is not None
        m, _ = value_sizes(kernel, _native.kernel_norms(part.design, kernel.native, n_threads), part.design.n_features)
        largest, few = float(m @ m), part.block(0, _ROWS_TO_SHOW)
        if math.isfinite(largest) and check_spectrum(kernel.values(few, few), kernel.name, some, least_size=largest):
            return None
    square = kernel.values(part, part, n_threads) if values is None else values
    check_spectrum(square, kernel.name, some, n_threads=n_threads)
    return square if some.size == n else None
