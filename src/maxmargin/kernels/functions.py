"""Kernels that the native core computes: linear, rbf, polynomial, sigmoid, laplacian, chi-squared."""

from __future__ import annotations

import math
from copy import copy
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin import _native
from maxmargin.exceptions import InvalidInputError, InvalidParameterError
from maxmargin.kernels.base import Kernel, NativeFunction
from maxmargin.kernels.columns import narrow_designs
from maxmargin.kernels.gamma import resolve_gamma
from maxmargin.kernels.rows import Rows

__all__ = ["RBF", "Chi2", "Laplacian", "Linear", "Polynomial", "Sigmoid", "native_values"]

_Matrix = NDArray[np.float64]


class _NativeKernel(Kernel):
    """A function of two rows that has a name in the native core."""

    _kind: str
    gamma: Any

    @property
    def inner_product(self) -> bool:
        """Whether K is one for any rows."""
        return True

    @property
    def native(self) -> NativeFunction:
        """The native core's name and numbers: kind, gamma, coef0, degree."""
        return self._kind, getattr(self, "gamma", 0.0), getattr(self, "coef0", 0.0), getattr(self, "degree", 0.0)

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        resolved = copy(self)
        if hasattr(self, "gamma"):
            resolved.gamma = resolve_gamma(self.gamma, rows, weights, type(self).__name__)
        for name, lowest in (("coef0", -math.inf), ("degree", 0.0)):
            if hasattr(self, name):
                setattr(resolved, name, _number(type(self).__name__, name, getattr(self, name), lowest))
        return resolved

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        return native_values(self.native, left, right, n_threads)

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row."""
        return np.asarray(self._of_norms(rows.design.squared_norms(n_threads)))

    def _of_norms(self, squared: NDArray[np.float64]) -> NDArray[np.float64]:
        """K(x, x) from ‖x‖²."""
        return np.ones_like(squared)


def native_values(function: NativeFunction, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
    """Values of a function that the native core knows."""
    ours, theirs = narrow_designs(left, right)
    return np.asarray(_native.kernel_matrix(ours, theirs, function, n_threads))


def _number(kernel: str, name: str, value: Any, lowest: float) -> float:
    number = float(value) if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)) else math.nan
    if not math.isfinite(number) or number < lowest:
        expected = "a finite number" if lowest == -math.inf else f"a finite number ≥ {lowest:g}"
        raise InvalidParameterError(f"The {name!r} parameter of {kernel} must be {expected}. Got {value!r} instead.")
    return number


class Linear(_NativeKernel):
    """K(x, z) = ⟨x, z⟩.

    Examples
    --------
    >>> Linear()([[1.0, 2.0]], [[3.0, 4.0]]).tolist()
    [[11.0]]
    """

    _kind = "linear"

    def _of_norms(self, squared: NDArray[np.float64]) -> NDArray[np.float64]:
        return squared


class RBF(_NativeKernel):
    """K(x, z) = exp(−γ‖x − z‖²).

    Parameters
    ----------
    gamma : "scale", "auto" or float, default="scale"

    Examples
    --------
    >>> RBF(gamma=0.5)([[0.0]], [[0.0], [2.0]]).round(4).tolist()
    [[1.0, 0.1353]]
    """

    _kind = "rbf"
    ceiling = 1.0
    never_negative = True

    def __init__(self, gamma: float | str = "scale") -> None:
        self.gamma = gamma


class Polynomial(_NativeKernel):
    """K(x, z) = (γ⟨x, z⟩ + c₀)^degree.

    Parameters
    ----------
    degree : float, default=3
        ≥ 0. One that is not whole has no real value where γ⟨x, z⟩ + c₀ < 0: rows must then be known to give none such,
        by values ≥ 0 with c₀ ≥ 0, or by γ‖x‖² ≤ c₀.
    gamma : "scale", "auto" or float, default="scale"
    coef0 : float, default=0.0

    Examples
    --------
    >>> Polynomial(degree=2, gamma=1.0, coef0=1.0)([[1.0]], [[2.0]]).tolist()
    [[9.0]]
    """

    _kind = "poly"

    def __init__(self, degree: float = 3, gamma: float | str = "scale", coef0: float = 0.0) -> None:
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        resolved = super().resolve(rows, weights)
        resolved.check(rows)
        return resolved

    def check(self, rows: Rows) -> None:
        """Raise where the degree is not whole and γ⟨x, z⟩ + c₀ may be below 0."""
        _, gamma, coef0, degree = self.native
        if float(degree).is_integer() or (coef0 >= 0.0 and _first_negative(rows.table) is None):
            return
        most = gamma * float(rows.design.squared_norms(1).max())  # |γ⟨x, z⟩| is no larger
        if not most <= coef0:
            raise InvalidInputError(
                f"the polynomial kernel of degree {degree:g} has no real value where gamma * <x, z> + coef0 < 0, which rows "
                f"of X may be with gamma={gamma:.6g} and coef0={coef0:g}; take a whole degree, values ≥ 0 with "
                f"coef0 ≥ 0, or a coef0 of at least {most:.6g}, gamma times the largest squared length of a row"
            )

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        self.check(left)
        return super().values(left, right, n_threads)

    @property
    def inner_product(self) -> bool:
        """True for whole degrees and c₀ ≥ 0: sums of products of inner products."""
        return self.coef0 >= 0.0 and float(self.degree).is_integer()

    def _of_norms(self, squared: NDArray[np.float64]) -> NDArray[np.float64]:
        _, gamma, coef0, degree = self.native
        return np.asarray((gamma * squared + coef0) ** degree)


class Sigmoid(_NativeKernel):
    """K(x, z) = tanh(γ⟨x, z⟩ + c₀): an inner product for some parameters only.

    Parameters
    ----------
    gamma : "scale", "auto" or float, default="scale"
    coef0 : float, default=0.0

    Examples
    --------
    >>> Sigmoid(gamma=1.0)([[1.0]], [[0.5]]).round(4).tolist()
    [[0.4621]]
    """

    _kind = "sigmoid"
    inner_product = False

    def __init__(self, gamma: float | str = "scale", coef0: float = 0.0) -> None:
        self.gamma = gamma
        self.coef0 = coef0

    def _of_norms(self, squared: NDArray[np.float64]) -> NDArray[np.float64]:
        _, gamma, coef0, _ = self.native
        return np.asarray(np.tanh(gamma * squared + coef0))


class Laplacian(_NativeKernel):
    """K(x, z) = exp(−γ‖x − z‖₁).

    Parameters
    ----------
    gamma : "scale", "auto" or float, default="scale"

    Examples
    --------
    >>> Laplacian(gamma=0.5)([[0.0]], [[0.0], [2.0]]).round(4).tolist()
    [[1.0, 0.3679]]
    """

    _kind = "laplacian"
    ceiling = 1.0
    never_negative = True

    def __init__(self, gamma: float | str = "scale") -> None:
        self.gamma = gamma


class Chi2(_NativeKernel):
    """K(x, z) = exp(−γ Σⱼ (xⱼ − zⱼ)² / (xⱼ + zⱼ)), for values ≥ 0 such as histograms.

    Parameters
    ----------
    gamma : "scale", "auto" or float, default="scale"

    Examples
    --------
    >>> Chi2(gamma=1.0)([[0.0, 1.0]], [[1.0, 1.0]]).round(4).tolist()
    [[0.3679]]
    """

    _kind = "chi2"
    ceiling = 1.0
    never_negative = True

    def __init__(self, gamma: float | str = "scale") -> None:
        self.gamma = gamma

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        self.check(rows)
        return super().resolve(rows, weights)

    def check(self, rows: Rows) -> None:
        """Raise where a row has a negative value."""
        first = _first_negative(rows.table)
        if first is not None:
            raise InvalidInputError(
                f"X has negative values (first at row {first}), which the chi2 kernel does not allow; use rbf, or shift the "
                "data"
            )

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        self.check(left)
        return super().values(left, right, n_threads)


def _first_negative(table: Any) -> int | None:
    """The first row with a negative value."""
    stored = table.data if issparse(table) else table
    if not stored.size or not stored.min() < 0:
        return None
    if issparse(table):
        coo = table.tocoo()
        return int(coo.row[np.flatnonzero(coo.data < 0)[0]])
    return int(np.argwhere(table < 0)[0][0])
