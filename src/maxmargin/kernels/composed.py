"""Sums, products and multiples of kernels.

Of parts that the native core knows it computes them as it does the parts, value by value when needed. With any other part, a
Python function say, a fit computes all values between its n rows first, and holds them in float64.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError
from maxmargin.kernels.base import Kernel, NativeFunction
from maxmargin.kernels.functions import native_values
from maxmargin.kernels.rows import Rows

__all__ = ["Product", "Scaled", "Sum"]

_Matrix = NDArray[np.float64]

_DEEPEST = 32  # kernels within each other that the native core evaluates: each takes a little of a thread's stack


class _Composed(Kernel):
    """A kernel whose values are made of those of its parts."""

    @property
    @abstractmethod
    def _parts(self) -> tuple[Kernel, ...]: ...

    @abstractmethod
    def _combine(self, *values: Any) -> Any:
        """Its values, or a bound of them, from those of its parts."""

    def check(self, rows: Rows) -> None:
        """Raise where a part has no value for some of these rows."""
        for part in self._parts:
            part.check(rows)

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        function = self.native
        if function is not None:
            self.check(left)
            return native_values(function, left, right, n_threads)
        return np.asarray(self._combine(*(part.values(left, right, n_threads) for part in self._parts)))

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row."""
        return np.asarray(self._combine(*(part.diagonal(rows, n_threads) for part in self._parts)))

    @property
    def ceiling(self) -> float:
        """The largest K(x, x) of any x."""
        return float(self._combine(*(part.ceiling for part in self._parts)))

    @property
    def never_negative(self) -> bool:
        """Whether no part has values below 0."""
        return all(part.never_negative for part in self._parts)

    @property
    def inner_product(self) -> bool | None:
        """Whether all parts are inner products for any rows."""
        parts = {part.inner_product for part in self._parts}
        return None if None in parts else False not in parts

    @property
    def numeric(self) -> bool:
        """Whether every part needs a table of numbers."""
        return all(part.numeric for part in self._parts)


class _Pair(_Composed):
    """Two kernels on the same rows."""

    _sign: str
    _name: str

    def __init__(self, k1: Kernel, k2: Kernel) -> None:
        self.k1 = k1
        self.k2 = k2

    @property
    def _parts(self) -> tuple[Kernel, ...]:
        _require_values(self, self.k1, self.k2)
        return self.k1, self.k2

    @property
    def native(self) -> NativeFunction | None:
        """The function as the native core takes it; None where a part is not known there."""
        first, second = self.k1.native, self.k2.native
        if first is None or second is None:
            return None
        parts = [f for part in (first, second) for f in (part[1:] if part[0] == self._name else (part,))]
        return _not_too_deep((self._name, *parts))

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        _require_values(self, self.k1, self.k2)
        return type(self)(self.k1.resolve(rows, weights), self.k2.resolve(rows, weights))

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"{self.k1!r} {self._sign} {self.k2!r}"[:N_CHAR_MAX]


class Sum(_Pair):
    """K(x, z) = K₁(x, z) + K₂(x, z), made by ``k1 + k2``.

    With a part in Python a fit on n rows holds all n × n values in float64, 8n² bytes: 3.2 GB for 20,000 rows.
    ``approximation="nystroem"`` does without them.

    Examples
    --------
    >>> from maxmargin.kernels import Linear, RBF
    >>> (Linear() + RBF(gamma=1.0))([[1.0]]).tolist()
    [[2.0]]
    """

    _sign = "+"
    _name = "sum"

    def _combine(self, *values: Any) -> Any:
        return values[0] + values[1]


class Product(_Pair):
    """K(x, z) = K₁(x, z) · K₂(x, z), made by ``k1 * k2``.

    With a part in Python a fit on n rows holds all n × n values in float64, 8n² bytes: 3.2 GB for 20,000 rows.
    ``approximation="nystroem"`` does without them.

    Examples
    --------
    >>> from maxmargin.kernels import Linear, RBF
    >>> (Linear() * RBF(gamma=1.0))([[3.0]]).tolist()
    [[9.0]]
    """

    _sign = "*"
    _name = "product"

    def _combine(self, *values: Any) -> Any:
        return values[0] * values[1]

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        factors = [f"({k!r})" if isinstance(k, Sum) else repr(k) for k in (self.k1, self.k2)]
        return " * ".join(factors)[:N_CHAR_MAX]


class Scaled(_Composed):
    """K(x, z) = factor · K′(x, z), made by ``2.0 * k``.

    Where K′ is computed in Python a fit on n rows holds all n × n values in float64, 8n² bytes: 3.2 GB for 20,000 rows.
    ``approximation="nystroem"`` does without them.

    Examples
    --------
    >>> from maxmargin.kernels import Linear
    >>> (2.0 * Linear())([[3.0]]).tolist()
    [[18.0]]
    """

    def __init__(self, factor: float, kernel: Kernel) -> None:
        self.factor = factor
        self.kernel = kernel

    @property
    def _parts(self) -> tuple[Kernel, ...]:
        return (self.kernel,)

    def _combine(self, *values: Any) -> Any:
        return self.factor * values[0]

    @property
    def native(self) -> NativeFunction | None:
        """The function as the native core takes it; None where K′ is not known there."""
        inner = self.kernel.native
        return None if inner is None else _not_too_deep(("scaled", float(self.factor), inner))

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        if isinstance(self.factor, bool) or not isinstance(self.factor, Real) or not 0.0 < self.factor < math.inf:
            raise InvalidParameterError(
                f"The 'factor' parameter of Scaled must be a finite number > 0. Got {self.factor!r} instead."
            )
        _require_values(self, self.kernel)
        return Scaled(self.factor, self.kernel.resolve(rows, weights))

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        inner = f"({self.kernel!r})" if isinstance(self.kernel, Sum) else repr(self.kernel)
        return f"{self.factor:g} * {inner}"[:N_CHAR_MAX]


def _not_too_deep(function: NativeFunction) -> NativeFunction | None:
    def depth(of: NativeFunction) -> int:
        return 1 + max((depth(part) for part in of if isinstance(part, tuple)), default=0)

    return function if depth(function) <= _DEEPEST else None


def _require_values(whole: Kernel, *parts: Any) -> None:
    for part in parts:
        if not isinstance(part, Kernel):
            raise InvalidParameterError(
                f"{type(whole).__name__} takes kernels of maxmargin.kernels. Got {part!r} instead; write RBF() for 'rbf', "
                "and PythonKernel(function) for a function"
            )
        if part.pairwise:
            raise InvalidParameterError(
                f"{type(whole).__name__} takes kernels that compare rows. Got {part!r} instead; combine matrices of kernel "
                "values yourself and pass the result with kernel='precomputed'"
            )
