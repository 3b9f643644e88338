"""The hinge loss of ordered classes, as a function of the score with the thresholds fixed.

It is piecewise linear: the term of threshold θₖ bends at θₖ + margin if the class lies above it, at θₖ − margin if below.
With the bends in order b₁ ≤ b₂ ≤ … and n of the first kind, the slope sᵢ before bᵢ is i − 1 − n. The proximal point x of v
follows v except where a bend holds it: x = bᵢ while v moves from bᵢ + t·sᵢ to bᵢ + t·(sᵢ + 1), and x = v − t·s in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses._arrays import Array, Namespace, device_of, positive_part, running_sum
from maxmargin.losses._batch import Batch
from maxmargin.losses._labels import Targets, class_targets
from maxmargin.losses._parameters import finite, one_of
from maxmargin.losses.objects.hinge import Hinge
from maxmargin.losses.objects.scalar import MarginLoss, ScalarLoss

__all__ = ["OrdinalHinge", "threshold_losses"]

_INF = float("inf")


@dataclass(frozen=True)
class OrdinalHinge(ScalarLoss):
    """The loss ``Σ_{k<y} max(0, margin − (f − θ_k)) + Σ_{k≥y} max(0, margin − (θ_k − f))`` of a score f and a class y.

    ``"all"`` adds over all thresholds, ``"immediate"`` over the two that bound the class. The subgradient is the sum of
    those of the terms, each 0 at its own kink.

    Parameters
    ----------
    thresholds : numbers θ₀ … θ_{K−2}, for K classes
        Sequences and arrays of NumPy are kept as tuples, so that the object is hashable. To learn them, take the function
        `maxmargin.losses.ordinal_hinge`.
    kind : {"all", "immediate"}
    margin : float

    Examples
    --------
    >>> import numpy as np
    >>> loss, f, y = OrdinalHinge((-1.0, 2.0)), np.array([0.5, 0.5]), np.array([0, 2])
    >>> loss.value(f, y)
    array([2.5, 2.5])
    >>> loss.prox(f, y, step=1.0)
    array([-0.5,  1.5])

    References
    ----------
    Rennie, Srebro. Loss functions for preference levels: regression with discrete ordered labels. IJCAI workshop, 2005.
    Pedregosa, Bach, Gramfort. On the consistency of ordinal regression methods. JMLR 18, 2017: with the thresholds free,
    "all" is consistent for the absolute error.
    """

    thresholds: Any
    kind: Literal["all", "immediate"] = "all"
    margin: float = 1.0

    reference = "Pedregosa, Bach, Gramfort 2017, with the thresholds free"

    def __post_init__(self) -> None:
        object.__setattr__(self, "thresholds", _as_tuple(self.thresholds))
        one_of("kind", self.kind, ("all", "immediate"))
        object.__setattr__(self, "margin", finite("margin", self.margin))

    @property
    def lipschitz(self) -> float:
        """How many thresholds can pull the same way: all of them, or one."""
        return float(len(self.thresholds)) if self.kind == "all" else 1.0

    def _targets(self, batch: Batch) -> Targets:
        return class_targets(batch, n_classes=len(self.thresholds) + 1, shape=tuple(batch.scores.shape))

    def _cuts(self, xp: Namespace, z: Array) -> Array:
        return xp.asarray(self.thresholds, dtype=z.dtype, device=device_of(z))

    def _bends(self, xp: Namespace, z: Array, y: Array) -> tuple[Array, Array]:
        """Where the loss bends, and the sides of the thresholds: +1, −1, and 0 for those that do not count."""
        sides, counts = _sides(xp, z, y, len(self.thresholds), self.kind)
        return self._cuts(xp, z) + self.margin * sides, xp.where(counts, sides, xp.zeros_like(sides))

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return threshold_losses(xp, z, y, self._cuts(xp, z), self.kind, Hinge(self.margin))

    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array:
        sides, counts = _sides(xp, z, y, len(self.thresholds), self.kind)
        terms = Hinge(self.margin)._subgradient(xp, z[..., None] - self._cuts(xp, z), sides)
        return xp.sum(xp.where(counts, terms, xp.zeros_like(terms)), axis=-1)

    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array:
        # The supremum of u·f − φ(f) is at one of the bends.
        bends, sides = self._bends(xp, u, y)
        heights = u[..., None] * bends - self._value(xp, bends, y[..., None])
        value = xp.max(xp.where(sides == 0, xp.full_like(heights, -_INF), heights), axis=-1)
        low, high = _slopes(xp, sides)
        return xp.where((u < low) | (u > high), xp.full_like(u, _INF), value)

    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array:
        low, high = _slopes(xp, self._bends(xp, u, y)[1])
        u = xp.where(u < low, low, u)
        return xp.where(u > high, high, u)

    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array:
        bends, sides = self._bends(xp, v, y)
        order = xp.argsort(bends, axis=-1)
        bends, counted = (xp.take_along_axis(array, order, axis=-1) for array in (bends, xp.abs(sides)))
        low = _slopes(xp, sides)[0]
        before = running_sum(xp, counted) - counted + low[..., None]
        rise, most = v[..., None] - bends - t[..., None] * before, t[..., None] * counted
        # At most one bend holds x; it is taken as it is, because the difference of large v and t would lose its digits.
        holds = (rise > 0) & (rise < most)
        passed = xp.sum(xp.where(rise >= most, counted, xp.zeros_like(counted)), axis=-1)
        bend = xp.sum(xp.where(holds, bends, xp.zeros_like(bends)), axis=-1)
        return xp.where(xp.any(holds, axis=-1), bend, v - t * (low + passed))

    def _curvature(self, xp: Namespace, z: Array, y: Array) -> Array:
        return xp.zeros_like(z)


def threshold_losses(xp: Namespace, z: Array, y: Array, cuts: Array, kind: str, base: MarginLoss) -> Array:
    """The sum of a binary loss over the thresholds that count, for each score and class."""
    sides, counts = _sides(xp, z, y, cuts.shape[0], kind)
    terms = base._value(xp, z[..., None] - cuts, sides)
    return xp.sum(terms if kind == "all" else xp.where(counts, terms, xp.zeros_like(terms)), axis=-1)


def _sides(xp: Namespace, z: Array, y: Array, n_thresholds: int, kind: str) -> tuple[Array, Array]:
    """+1 for the thresholds that the class lies above, −1 for the others; and which of them count. (…, n_thresholds)."""
    place, label = xp.arange(n_thresholds, dtype=y.dtype, device=device_of(z)), y[..., None]
    one = xp.ones_like(z[..., None] + xp.zeros_like(place, dtype=z.dtype))
    counts = (place == label) | (place == label - 1)
    return xp.where(place < label, one, -one), counts if kind == "immediate" else xp.ones_like(counts)


def _slopes(xp: Namespace, sides: Array) -> tuple[Array, Array]:
    """The least and the largest slope of the loss, as a function of the score."""
    return -xp.sum(positive_part(xp, sides), axis=-1), xp.sum(positive_part(xp, -sides), axis=-1)


def _as_tuple(thresholds: Any) -> tuple[float, ...]:
    if isinstance(thresholds, (Sequence, np.ndarray)) and not isinstance(thresholds, str) and np.ndim(thresholds) == 1:
        if not len(thresholds):
            raise InvalidParameterError(
                "thresholds must have one number or more, for two classes or more. Got none instead."
            )
        return tuple(finite("thresholds", value, "finite numbers") for value in thresholds)
    raise InvalidParameterError(
        f"thresholds must be a sequence of numbers, one less than the classes. Got {thresholds!r} instead."
    )
