"""Kernels: composable objects, usable wherever ``kernel=`` is, and in grid search.

    >>> from maxmargin.kernels import RBF, Linear
    >>> 2.0 * RBF(gamma=0.5) + Linear()
    2 * RBF(gamma=0.5) + Linear()

``named`` turns names and functions into kernels, ``gamma`` resolves ``"scale"`` and ``"auto"``, ``checks`` looks at what
Python code returns, ``training`` hands a kernel over to the native solver.
"""

from __future__ import annotations

from maxmargin.kernels.approximate import (
    ApproximateKernel,
    Approximation,
    FourierKernel,
    Limits,
    NystroemKernel,
    approximate,
    require_spectrum,
)
from maxmargin.kernels.base import Kernel, parts_of
from maxmargin.kernels.blas import one_blas_thread
from maxmargin.kernels.blocks import Stopped
from maxmargin.kernels.checks import check_matrix
from maxmargin.kernels.composed import Product, Scaled, Sum
from maxmargin.kernels.functions import RBF, Chi2, Laplacian, Linear, Polynomial, Sigmoid
from maxmargin.kernels.named import KERNEL_NAMES, as_kernel
from maxmargin.kernels.precision import largest_error, value_sizes
from maxmargin.kernels.precomputed import GivenColumns, Precomputed, support_columns
from maxmargin.kernels.python_function import PythonKernel
from maxmargin.kernels.reduction import Expansion, ShortExpansion, shorten
from maxmargin.kernels.rows import Rows
from maxmargin.kernels.span import products
from maxmargin.kernels.sums import block_sums, kernel_sums, narrow_block_sums, support_sums
from maxmargin.kernels.training import KernelPlan, plan_kernel, training_kernel, training_matrix

__all__ = [
    "KERNEL_NAMES",
    "RBF",
    "ApproximateKernel",
    "Approximation",
    "Chi2",
    "Expansion",
    "FourierKernel",
    "GivenColumns",
    "Kernel",
    "KernelPlan",
    "Laplacian",
    "Limits",
    "Linear",
    "NystroemKernel",
    "Polynomial",
    "Precomputed",
    "Product",
    "PythonKernel",
    "Rows",
    "Scaled",
    "ShortExpansion",
    "Sigmoid",
    "Stopped",
    "Sum",
    "approximate",
    "as_kernel",
    "block_sums",
    "check_matrix",
    "kernel_sums",
    "largest_error",
    "narrow_block_sums",
    "one_blas_thread",
    "parts_of",
    "plan_kernel",
    "products",
    "require_spectrum",
    "shorten",
    "support_columns",
    "support_sums",
    "training_kernel",
    "training_matrix",
    "value_sizes",
]
