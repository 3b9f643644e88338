"""The top-k hinge losses: a prediction is k guesses, and the k largest violations share the blame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from maxmargin.exceptions import ShapeError
from maxmargin.losses._arrays import Array, Namespace, positive_part
from maxmargin.losses._parameters import finite, integer, one_of
from maxmargin.losses.objects.box_sum import box_sum
from maxmargin.losses.objects.comparison import ComparisonLoss
from maxmargin.losses.objects.top_k_simplex import top_k_simplex
from maxmargin.losses.objects.vector import is_true_class

__all__ = ["TopKHinge"]


@dataclass(frozen=True)
class TopKHinge(ComparisonLoss):
    """The mean of the k largest violations bⱼ = margin + sⱼ − s_y (b_y = 0), for 1 ≤ k < K.

    ``"beta"`` takes max(0, ·) of each violation, ``"alpha"`` of their mean. For k = 1 both are the loss of Crammer and
    Singer. Of equal violations the first counts, in the order of a stable sort.

    Examples
    --------
    >>> import numpy as np
    >>> s, y = np.array([[0.0, 2.0, -3.0, -9.0]]), np.array([0])
    >>> TopKHinge(2).value(s, y), TopKHinge(2, variant="alpha").value(s - [[0, 0, 0, 5]], y)
    (array([1.5]), array([1.5]))

    References
    ----------
    Lapin, Hein, Schiele. Top-k multiclass SVM. NeurIPS 2015.
    Yang, Koyejo. On the consistency of top-k surrogate losses. ICML 2020: no hinge-like one that is known is calibrated.
    """

    k: int
    variant: Literal["alpha", "beta"] = "beta"
    margin: float = 1.0

    calibrated = False
    reference = "Yang, Koyejo 2020, for the top-k error"

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", integer("k", self.k, 1))
        one_of("variant", self.variant, ("alpha", "beta"))
        object.__setattr__(self, "margin", finite("margin", self.margin))

    @property
    def lipschitz(self) -> float:
        """The root of 1 + 1/k."""
        return math.sqrt(1.0 + 1.0 / self.k)

    def _with_true(self, xp: Namespace, b: Array, true: Array) -> Array:
        """The violations among which the k largest are found."""
        if self.k >= b.shape[-1]:
            raise ShapeError(f"scores have {b.shape[-1]} columns; expected more than k = {self.k}")
        b = xp.where(true, xp.zeros_like(b), b)
        return positive_part(xp, b) if self.variant == "beta" else b

    def _of_violations(self, xp: Namespace, b: Array, y: Array) -> Array:
        largest = xp.sort(self._with_true(xp, b, is_true_class(xp, b, y)), axis=-1, descending=True)[..., : self.k]
        return positive_part(xp, xp.mean(largest, axis=-1))

    def _violation_weights(self, xp: Namespace, b: Array, true: Array) -> Array:
        b = self._with_true(xp, b, true)
        order = xp.argsort(b, axis=-1, descending=True)
        rank = xp.argsort(order, axis=-1)
        chosen = (rank < self.k) & ~true
        if self.variant == "beta":
            chosen = chosen & (b > 0)
        else:
            largest = xp.sort(b, axis=-1, descending=True)[..., : self.k]
            chosen = chosen & (xp.mean(largest, axis=-1, keepdims=True) > 0)
        a = xp.astype(chosen, b.dtype) / self.k
        return xp.where(xp.any(xp.isnan(b), axis=-1, keepdims=True), xp.full_like(a, float("nan")), a)

    def _in_domain(self, xp: Namespace, a: Array, tolerance: float) -> Array:
        total, largest = xp.sum(a, axis=-1), xp.max(a, axis=-1)
        inside = xp.all(a >= -tolerance, axis=-1) & (largest <= 1.0 / self.k + tolerance) & (total <= 1.0 + tolerance)
        return inside if self.variant == "beta" else inside & ((self.k - 1) * largest <= total + tolerance)

    def _nearest(self, xp: Namespace, c: Array, t: Array | None) -> Array:
        if self.k >= c.shape[-1]:
            raise ShapeError(f"scores have {c.shape[-1]} columns; expected more than k = {self.k}")
        if self.variant == "beta" or self.k == 1:
            return box_sum(xp, c, box=1.0 / self.k, cap=1.0)
        return top_k_simplex(xp, c, self.k)
