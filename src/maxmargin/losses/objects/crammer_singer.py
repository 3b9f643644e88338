"""The loss of Crammer and Singer, with a margin, one for each class, or a matrix of costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from maxmargin.exceptions import InvalidParameterError, ShapeError
from maxmargin.losses._arrays import Array, Namespace, device_of, positive_part
from maxmargin.losses._parameters import finite
from maxmargin.losses.objects.box_sum import box_sum
from maxmargin.losses.objects.comparison import ComparisonLoss
from maxmargin.losses.objects.vector import true_entries, with_true_entries

__all__ = ["CrammerSinger", "margins_of_rows"]

_INF = float("inf")


@dataclass(frozen=True)
class CrammerSinger(ComparisonLoss):
    """The multi-class hinge loss ``max(0, maxⱼ (D[y, j] + sⱼ) − s_y)`` over j ≠ y.

    Where the largest violation is shared, the subgradient is shared evenly; where it is 0, the subgradient is 0.

    Parameters
    ----------
    margin : number, K numbers (one for each true class), or a K × K matrix of costs D with a diagonal of zeros
        Sequences and arrays of NumPy are kept as tuples, so that the object is hashable.

    Examples
    --------
    >>> import numpy as np
    >>> loss, s = CrammerSinger(), np.array([[2.0, 0.0, 1.5], [0.0, 0.0, 3.0]])
    >>> loss.value(s, np.array([0, 2]))
    array([0.5, 0. ])
    >>> loss.subgradient(s, np.array([0, 2]))
    array([[-1.,  0.,  1.],
           [ 0.,  0.,  0.]])

    References
    ----------
    Crammer, Singer. On the algorithmic implementation of multiclass kernel-based vector machines. JMLR 2, 2001.
    Tewari, Bartlett. On the consistency of multiclass classification methods. JMLR 8, 2007: not calibrated where no class
    has a probability above 1/2.
    """

    margin: Any = 1.0

    calibrated = False
    reference = "Tewari, Bartlett 2007"
    lipschitz = math.sqrt(2.0)

    def __post_init__(self) -> None:
        if isinstance(self.margin, (list, tuple, np.ndarray)):
            object.__setattr__(self, "margin", _as_tuples(np.asarray(self.margin)))
        else:
            object.__setattr__(self, "margin", finite("margin", self.margin))

    def _margins(self, xp: Namespace, z: Array, y: Array) -> Any:
        if isinstance(self.margin, float):
            return self.margin
        margin = xp.asarray(self.margin, dtype=z.dtype, device=device_of(z))
        if margin.shape[0] != z.shape[-1]:
            raise ShapeError(
                f"margin has {margin.shape[0]} classes and the scores have {z.shape[-1]} columns; expected as many"
            )
        return margins_of_rows(xp, margin, y)

    def _value_at(self, xp: Namespace, z: Array, y: Array, margins: Any) -> Array:
        one_a_row = isinstance(margins, float) or not margins.shape or margins.shape[-1] == 1
        if not one_a_row:
            return super()._value_at(xp, z, y, margins)
        # Rounding keeps the order of the rivals, so the largest score has the largest violation, to the last bit.
        top = xp.max(with_true_entries(xp, z, y, -_INF), axis=-1)
        margins = margins if isinstance(margins, float) or not margins.shape else margins[..., 0]
        return positive_part(xp, top - true_entries(xp, z, y)[..., 0] + margins)

    def _of_violations(self, xp: Namespace, b: Array, y: Array) -> Array:
        return positive_part(xp, xp.max(with_true_entries(xp, b, y, -_INF), axis=-1))

    def _violation_weights(self, xp: Namespace, b: Array, true: Array) -> Array:
        b = xp.where(true, xp.full_like(b, -_INF), b)
        top = xp.max(b, axis=-1, keepdims=True)
        a = xp.astype((b == top) & (top > 0), b.dtype)
        a = a / xp.where(top > 0, xp.sum(a, axis=-1, keepdims=True), xp.ones_like(top))
        return xp.where(xp.isnan(top), top, a)

    def _in_domain(self, xp: Namespace, a: Array, tolerance: float) -> Array:
        return xp.all(a >= -tolerance, axis=-1) & (xp.sum(a, axis=-1) <= 1.0 + tolerance)

    def _nearest(self, xp: Namespace, c: Array, t: Array | None) -> Array:
        return box_sum(xp, c, box=_INF, cap=1.0)


def margins_of_rows(xp: Namespace, margin: Array, y: Array) -> Array:
    """The margins of each sample: (…, 1) from one for each class, (…, K) from a matrix of costs."""
    rows = xp.take(margin, xp.reshape(y, (-1,)), axis=0)
    return xp.reshape(rows, (*y.shape, margin.shape[1] if len(margin.shape) == 2 else 1))


def _as_tuples(margin: Any) -> tuple[Any, ...]:
    if margin.dtype.kind not in "iuf" or not np.isfinite(margin).all():
        raise InvalidParameterError("margin must have finite numbers")
    if margin.ndim == 1 and margin.size:
        return tuple(margin.astype(float).tolist())
    if margin.ndim != 2 or margin.shape[0] != margin.shape[1] or not margin.size:
        raise ShapeError(f"margin has the shape {margin.shape}; expected a number, (n_classes,) or (n_classes, n_classes)")
    if margin.diagonal().any():
        raise InvalidParameterError("margin must cost nothing for the true class: the diagonal of the matrix must be 0")
    return tuple(map(tuple, margin.astype(float).tolist()))
