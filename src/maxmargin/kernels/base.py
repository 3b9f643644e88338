"""What every kernel is: parameters, values between rows, and an algebra.

    k1 + k2        sums          (features side by side)
    k1 * k2        products      (features multiplied)
    2.0 * k        scaled        (features times √2)

are kernels again. Parameters are scikit-learn's kind: ``get_params``, ``set_params``, ``clone``, and names such as
``kernel__gamma`` in a grid.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from maxmargin._validation import resolve_n_jobs
from maxmargin.kernels.rows import Rows

__all__ = ["Kernel", "NativeFunction", "parts_of"]

# (kind, gamma, coef0, degree), ("sum", part, part, ...), ("product", part, part, ...) or ("scaled", factor, part): parts are
# such tuples again.
NativeFunction = tuple[Any, ...]

_Matrix = NDArray[np.float64]


def parts_of(function: NativeFunction) -> list[NativeFunction]:
    """The functions that a native one is made of: itself where it is none of sums, products and multiples."""
    if function[0] not in ("sum", "product", "scaled"):
        return [function]
    return [simple for part in function[1:] if isinstance(part, tuple) for simple in parts_of(part)]


# scikit-learn ships no type information, so its classes are Any to the type checker.
class Kernel(BaseEstimator):  # type: ignore[misc]
    """Base of kernels K(x, z) = ⟨φ(x), φ(z)⟩.

    A kernel is called like a function, ``kernel(X, Z)``. A child says what `values` and `diagonal` are, and
    where the native core knows it, its `native` form.
    """

    def __call__(self, X: Any, Z: Any = None, *, n_jobs: int | None = None) -> _Matrix:
        """Kernel values between the rows of ``X`` and of ``Z``.

        Parameters
        ----------
        X : array-like, frame, sparse matrix, or sequence of objects, n rows
        Z : the same kind, m rows, optional
            None for ``X``. ``gamma="scale"`` is resolved from ``Z``, the rows that a machine is trained on.
        n_jobs : int, optional
            Threads.

        Returns
        -------
        ndarray of shape (n, m), float64
        """
        n_threads = resolve_n_jobs(n_jobs)
        left = Rows(X, n_threads)
        right = left if Z is None else Rows(Z, n_threads)
        return self.resolve(right).values(left, right, n_threads)

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with every parameter a number, found from the training rows; raises where one is invalid."""
        del rows, weights
        return self

    def check(self, rows: Rows) -> None:
        """Raise where the kernel has no value for some of these rows."""

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows, (n, m) float64; for kernels that are resolved."""
        raise NotImplementedError  # each kernel has its own

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row; for kernels that are resolved."""
        raise NotImplementedError  # each kernel has its own

    @property
    def ceiling(self) -> float:
        """The largest K(x, x) of any x; infinite where there is none. For kernels that are resolved."""
        return math.inf

    @property
    def never_negative(self) -> bool:
        """Whether no two rows have a value below 0, as far as is known."""
        return False

    @property
    def name(self) -> str:
        """What messages call it."""
        return repr(self)

    @property
    def inner_product(self) -> bool | None:
        """Whether K is an inner product for any rows: False where for some it is not, None where nobody can tell."""
        return None

    @property
    def native(self) -> NativeFunction | None:
        """The function as the native core takes it; None where Python computes the values."""
        return None

    @property
    def numeric(self) -> bool:
        """Whether rows must be a table of numbers."""
        return True

    @property
    def pairwise(self) -> bool:
        """Whether the rows that a machine gets are kernel values already."""
        return False

    def __add__(self, other: Any) -> Kernel:
        from maxmargin.kernels.composed import Sum

        other = _operand(other)
        return NotImplemented if other is None else Sum(self, other)

    def __radd__(self, other: Any) -> Kernel:
        from maxmargin.kernels.composed import Sum

        other = _operand(other)
        return NotImplemented if other is None else Sum(other, self)

    def __mul__(self, other: Any) -> Kernel:
        from maxmargin.kernels.composed import Product, Scaled

        if isinstance(other, Real) and not isinstance(other, bool):
            return Scaled(float(other), self)
        other = _operand(other)
        return NotImplemented if other is None else Product(self, other)

    def __rmul__(self, other: Any) -> Kernel:
        from maxmargin.kernels.composed import Product

        if isinstance(other, Real):
            return self * other
        other = _operand(other)
        return NotImplemented if other is None else Product(other, self)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._items() == other._items()

    def __hash__(self) -> int:
        return hash((type(self), self._items()))

    def _items(self) -> tuple[tuple[str, Any], ...]:
        return tuple(sorted(self.get_params(deep=False).items()))


def _operand(other: Any) -> Kernel | None:
    from maxmargin.kernels.python_function import PythonKernel

    if isinstance(other, Kernel):
        return other
    return PythonKernel(other) if callable(other) else None
