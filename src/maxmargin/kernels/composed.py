"""Sums, products and multiples of kernels.

The native core knows none of them, whatever their parts are: a fit computes all values between its n rows first, and holds
them in float64.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.rows import Rows

__all__ = ["Product", "Scaled", "Sum"]

_Matrix = NDArray[np.float64]


class _Pair(Kernel):
    """Two kernels on the same rows."""

    _sign: str

    def __init__(self, k1: Kernel, k2: Kernel) -> None:
        self.k1 = k1
        self.k2 = k2

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        _require_values(self, self.k1, self.k2)
        return type(self)(self.k1.resolve(rows, weights), self.k2.resolve(rows, weights))

    @property
    def inner_product(self) -> bool | None:
        """Whether both parts are inner products for any rows."""
        parts = {self.k1.inner_product, self.k2.inner_product}
        return None if None in parts else False not in parts

    @property
    def numeric(self) -> bool:
        """Whether every part needs a table of numbers."""
        return self.k1.numeric and self.k2.numeric

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"{self.k1!r} {self._sign} {self.k2!r}"[:N_CHAR_MAX]


class Sum(_Pair):
    """K(x, z) = K₁(x, z) + K₂(x, z), made by ``k1 + k2``.

    A fit on n rows holds all n × n values in float64, 8n² bytes: 3.2 GB for 20,000 rows. ``approximation="nystroem"`` does
    without them.

    Examples
    --------
    >>> from maxmargin.kernels import Linear, RBF
    >>> (Linear() + RBF(gamma=1.0))([[1.0]]).tolist()
    [[2.0]]
    """

    _sign = "+"

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        return self.k1.values(left, right, n_threads) + self.k2.values(left, right, n_threads)

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row."""
        return self.k1.diagonal(rows, n_threads) + self.k2.diagonal(rows, n_threads)

    @property
    def ceiling(self) -> float:
        """The largest K(x, x) of any x."""
        return self.k1.ceiling + self.k2.ceiling


class Product(_Pair):
    """K(x, z) = K₁(x, z) · K₂(x, z), made by ``k1 * k2``.

    A fit on n rows holds all n × n values in float64, 8n² bytes: 3.2 GB for 20,000 rows. ``approximation="nystroem"`` does
    without them.

    Examples
    --------
    >>> from maxmargin.kernels import Linear, RBF
    >>> (Linear() * RBF(gamma=1.0))([[3.0]]).tolist()
    [[9.0]]
    """

    _sign = "*"

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        return self.k1.values(left, right, n_threads) * self.k2.values(left, right, n_threads)

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row."""
        return self.k1.diagonal(rows, n_threads) * self.k2.diagonal(rows, n_threads)

    @property
    def ceiling(self) -> float:
        """The largest K(x, x) of any x."""
        return self.k1.ceiling * self.k2.ceiling

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        factors = [f"({k!r})" if isinstance(k, Sum) else repr(k) for k in (self.k1, self.k2)]
        return " * ".join(factors)[:N_CHAR_MAX]


class Scaled(Kernel):
    """K(x, z) = factor · K′(x, z), made by ``2.0 * k``.

    A fit on n rows holds all n × n values in float64, 8n² bytes: 3.2 GB for 20,000 rows. ``approximation="nystroem"`` does
    without them; SVC and SVR predict the same with K′ and ``factor`` times the C, and hold no matrix.

    Examples
    --------
    >>> from maxmargin.kernels import Linear
    >>> (2.0 * Linear())([[3.0]]).tolist()
    [[18.0]]
    """

    def __init__(self, factor: float, kernel: Kernel) -> None:
        self.factor = factor
        self.kernel = kernel

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        if isinstance(self.factor, bool) or not isinstance(self.factor, Real) or not 0.0 < self.factor < math.inf:
            raise InvalidParameterError(
                f"The 'factor' parameter of Scaled must be a finite number > 0. Got {self.factor!r} instead."
            )
        _require_values(self, self.kernel)
        return Scaled(self.factor, self.kernel.resolve(rows, weights))

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        return self.factor * self.kernel.values(left, right, n_threads)

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row."""
        return self.factor * self.kernel.diagonal(rows, n_threads)

    @property
    def ceiling(self) -> float:
        """The largest K(x, x) of any x."""
        return self.factor * self.kernel.ceiling

    @property
    def inner_product(self) -> bool | None:
        """Whether K′ is an inner product for any rows."""
        return self.kernel.inner_product

    @property
    def numeric(self) -> bool:
        """Whether every part needs a table of numbers."""
        return self.kernel.numeric

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        inner = f"({self.kernel!r})" if isinstance(self.kernel, Sum) else repr(self.kernel)
        return f"{self.factor:g} * {inner}"[:N_CHAR_MAX]


def _require_values(whole: Kernel, *parts: Any) -> None:
    for part in parts:
        if not isinstance(part, Kernel) or part.pairwise:
            raise InvalidParameterError(
                f"{type(whole).__name__} takes kernels that compare rows. Got {part!r} instead; combine matrices of kernel "
                "values yourself and pass the result with kernel='precomputed'"
            )
