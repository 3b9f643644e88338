"""From what a user may write, a name, a function or an object, to a `Kernel`."""

from __future__ import annotations

from typing import Any

from maxmargin.exceptions import InvalidParameterError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.functions import RBF, Chi2, Laplacian, Linear, Polynomial, Sigmoid
from maxmargin.kernels.precomputed import Precomputed
from maxmargin.kernels.python_function import PythonKernel

__all__ = ["KERNEL_NAMES", "as_kernel"]

KERNEL_NAMES = ("linear", "poly", "rbf", "sigmoid", "laplacian", "chi2", "precomputed")


def as_kernel(kernel: Any, *, gamma: Any = "scale", coef0: Any = 0.0, degree: Any = 3) -> Kernel:
    """The kernel object for a name, a callable or a kernel; the numbers are for names only.

    Raises
    ------
    InvalidParameterError

    Examples
    --------
    >>> as_kernel("poly", degree=2)
    Polynomial(degree=2)
    """
    if isinstance(kernel, Kernel):
        return kernel
    if isinstance(kernel, str):
        if kernel == "poly":
            return Polynomial(degree=degree, gamma=gamma, coef0=coef0)
        if kernel == "sigmoid":
            return Sigmoid(gamma=gamma, coef0=coef0)
        if kernel in ("linear", "precomputed"):
            return Linear() if kernel == "linear" else Precomputed()
        if kernel in KERNEL_NAMES:
            return {"rbf": RBF, "laplacian": Laplacian, "chi2": Chi2}[kernel](gamma=gamma)
    elif callable(kernel) and not isinstance(kernel, type):
        return PythonKernel(kernel)
    names = ", ".join(map(repr, KERNEL_NAMES))
    raise InvalidParameterError(
        f"The 'kernel' parameter must be one of {names}, a kernel of maxmargin.kernels, or a function of two sets of rows. "
        f"Got {kernel!r} instead."
    )
