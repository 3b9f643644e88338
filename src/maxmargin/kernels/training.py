"""The kernel of a training set as the native solver takes it, and sums over support vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.exceptions import MemoryLimitError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.checks import check_matrix
from maxmargin.kernels.columns import narrow_designs
from maxmargin.kernels.python_function import PythonKernel
from maxmargin.kernels.rows import Rows

__all__ = ["kernel_sums", "training_kernel", "training_matrix"]

_VALUES_IN_A_BLOCK = 1 << 22  # kernel values that Python holds at once to predict
_FEW, _RATHER_FEW = 200, 500  # rows; the latter where features are more, so that packing them once is what counts
_SHARE_OF_FEW = 32.0  # their values may have this part of the memory


def training_kernel(kernel: Kernel, rows: Rows, matrix: NDArray[Any] | None, n_threads: int = 1) -> _native.Kernel:
    """Values between all training rows: ``matrix``, or computed when needed where there is none."""
    if matrix is None:
        assert kernel.native is not None
        (design,) = narrow_designs(rows)
        return _native.DesignKernel(design, *kernel.native, n_threads)
    return _native.MatrixKernel(matrix)


def training_matrix(kernel: Kernel, rows: Rows, memory_limit: float, n_threads: int = 1) -> NDArray[Any] | None:
    """The values between all training rows, each computed once; None where the native core computes them when needed.

    Of few rows all are computed, whatever the kernel: a fit then reads each of them several times.

    Raises
    ------
    KernelShapeError, KernelValueError, KernelSymmetryError, MemoryLimitError
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
            f"{kernel!r} has {n} x {n} values, which take {8.0 * n * n:.2g} bytes, and memory_limit allows "
            f"{memory_limit:.2g}; raise memory_limit, fit on fewer rows, or use a kernel that has a name"
        )
    matrix = np.empty((n, n))
    step = max(1, _VALUES_IN_A_BLOCK // n)
    for start in range(0, n, step):
        block = rows.block(start, start + step)
        matrix[start : start + step] = kernel.values(block, rows, n_threads)
    check_matrix(matrix, kernel.name if isinstance(kernel, PythonKernel) else repr(kernel))
    return matrix


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
