"""The width of a kernel: ``"scale"``, ``"auto"`` or a number.

    scale = 1 / (d · Var X)        auto = 1 / d

Var X is the variance of all n·d values, rows counted by their weights, so that a weight of k is k copies. Neither way
makes a sparse table dense.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin.exceptions import InvalidParameterError, NonFiniteError
from maxmargin.kernels.rows import Rows

__all__ = ["resolve_gamma", "variance"]

_EPSILON = float(np.finfo(np.float64).eps)
_BLOCK = 1 << 18  # values looked at together


def resolve_gamma(gamma: Any, rows: Rows, weights: NDArray[np.float64] | None, name: str) -> float:
    """The number that ``gamma`` stands for.

    Raises
    ------
    InvalidParameterError, NonFiniteError
    """
    d = rows.design.n_features
    if isinstance(gamma, str) and gamma == "auto":
        return 1.0 / d
    if isinstance(gamma, str) and gamma == "scale":
        spread = variance(rows.table, weights)
        if not math.isfinite(d * spread):
            raise NonFiniteError(
                "The dual coefficients or intercepts are not finite, because the variance of X is not: X has values too "
                "large for gamma='scale'; scale the features (for example with StandardScaler)"
            )
        return 1.0 / (d * spread) if spread > 0.0 else 1.0
    if isinstance(gamma, (bool, np.bool_)) or not isinstance(gamma, (int, float, np.integer, np.floating)):
        _raise(name, gamma)
    if not 0.0 <= gamma < math.inf:
        _raise(name, gamma)
    return float(gamma)


def _raise(name: str, gamma: Any) -> None:
    raise InvalidParameterError(
        f"The 'gamma' parameter of {name} must be 'scale', 'auto' or a finite number ≥ 0. Got {gamma!r} instead."
    )


def variance(table: Any, weights: NDArray[np.float64] | None = None) -> float:
    """Variance of all values of a table, in float64, rows counted by their weights.

    Examples
    --------
    >>> import numpy as np
    >>> variance(np.array([[0.0], [1.0]]))
    0.25
    """
    n, d = table.shape
    total = float(d) * (float(n) if weights is None else float(weights.sum()))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = _sum(table, weights, 0.0, 1) / total
        squares = abs(_sum(table, weights, mean, 2))  # of an infinite mean it is no number
    # Equal values have a mean that differs from them by rounding, and no variance.
    spread = squares / total
    rounding = 4.0 * _EPSILON
    if weights is None and math.sqrt(spread) > rounding * (abs(mean) + math.sqrt(squares)):
        return spread  # no value is larger
    return 0.0 if math.sqrt(spread) <= rounding * _largest(table) else spread


def _sum(table: Any, weights: NDArray[np.float64] | None, mean: float, power: int) -> float:
    """Weighted sum of (value − mean)^power over all values, stored or not, of a block of rows at a time."""
    n, d = table.shape
    of_rows = _sum_of_sparse_rows if issparse(table) else _sum_of_rows
    step = max(1, _BLOCK // (max(1, table.nnz // n) if issparse(table) else d))
    sums = []
    for start in range(0, n, step):
        rows = slice(start, min(n, start + step))
        sums.append(of_rows(table, rows, None if weights is None else weights[rows], mean, power))
    return math.fsum(sums) if all(map(math.isfinite, sums)) and math.isfinite(sum(sums)) else math.inf


def _sum_of_rows(table: Any, rows: slice, weights: NDArray[np.float64] | None, mean: float, power: int) -> float:
    block = np.asarray(table[rows], dtype=np.float64)
    block = block if power == 1 and mean == 0.0 else (block - mean) ** power
    sums = block.sum(axis=1)
    return float((sums if weights is None else sums * weights).sum())


def _sum_of_sparse_rows(table: Any, rows: slice, weights: NDArray[np.float64] | None, mean: float, power: int) -> float:
    ends = table.indptr[rows.start : rows.stop + 1]
    stored = np.diff(ends)
    part = (np.asarray(table.data[ends[0] : ends[-1]], dtype=np.float64) - mean) ** power
    if weights is not None:
        part *= np.repeat(weights, stored)
    rest = float(np.sum((table.shape[1] - stored) * (1.0 if weights is None else weights)))
    return float(part.sum()) + rest * (-mean) ** power


def _largest(table: Any) -> float:
    if issparse(table):
        return max(abs(float(table.data.max())), abs(float(table.data.min()))) if table.data.size else 0.0
    return max(abs(float(table.max())), abs(float(table.min())))
