"""Losses that compare the true class with each other one: functions of bⱼ = Dⱼ + sⱼ − s_y for j ≠ y.

A subgradient gives each violation bⱼ a weight aⱼ ≥ 0 and takes it from the true class: uⱼ = aⱼ and u_y = −Σ aⱼ. The
conjugate is finite on such u only. Both the proximal point x = v − t·u and the projection onto that domain ask for the a of

    argmin_a  ½ |a|² + ½ (Σ aⱼ)² − ⟨c, a⟩ + what the loss adds,      c = (D + v − v_y)/t    or    c = u − u_y.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from maxmargin.losses._arrays import Array, Namespace
from maxmargin.losses.objects.vector import VectorLoss, is_true_class, true_entries, zero_sum_tolerance

__all__ = ["ComparisonLoss"]

_INF = float("inf")


class ComparisonLoss(VectorLoss):
    """A loss of the violations b; subclasses say which function of them.

    Most of their methods get ``true``, which marks the entry of the true class in each row of shape (…, K); what stands
    there in b does not matter, and in a it is 0.
    """

    margin: Any

    def _margins(self, xp: Namespace, z: Array, y: Array) -> Any:
        """D: a number, or an array that broadcasts against the scores."""
        return self.margin

    @abstractmethod
    def _of_violations(self, xp: Namespace, b: Array, y: Array) -> Array:
        """The loss of each row of violations; y holds the true classes."""

    @abstractmethod
    def _violation_weights(self, xp: Namespace, b: Array, true: Array) -> Array:
        """The weights a of a subgradient."""

    @abstractmethod
    def _in_domain(self, xp: Namespace, a: Array, tolerance: float) -> Array:
        """Whether the conjugate is finite at each row of weights."""

    @abstractmethod
    def _nearest(self, xp: Namespace, c: Array, t: Array | None) -> Array:
        """The weights a of the problem above, for the step t of a proximal point, or None for a projection.

        Here c is −∞ for the true class.
        """

    def _quadratic(self, xp: Namespace, a: Array) -> Array | float:
        """What the conjugate has beside −⟨D, a⟩."""
        return 0.0

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._value_at(xp, z, y, self._margins(xp, z, y))

    def _value_at(self, xp: Namespace, z: Array, y: Array, margins: Any) -> Array:
        """The value for margins D that the caller has gathered."""
        # In this order, which rounds as the binary loss of the difference does: its kinks are the same numbers.
        return self._of_violations(xp, z - true_entries(xp, z, y) + margins, y)

    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array:
        true = is_true_class(xp, z, y)
        b = z - true_entries(xp, z, y) + self._margins(xp, z, y)
        return _as_dual(xp, self._violation_weights(xp, b, true), true)

    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array:
        a = xp.where(is_true_class(xp, u, y), xp.zeros_like(u), u)
        tolerance = zero_sum_tolerance(xp, u)
        size = xp.sum(xp.abs(u), axis=-1)
        inside = self._in_domain(xp, a, tolerance) & (xp.abs(xp.sum(u, axis=-1)) <= tolerance * (1.0 + size))
        value = self._quadratic(xp, a) - xp.sum(a * self._margins(xp, u, y), axis=-1)
        return xp.where(inside | xp.isnan(size), value, xp.full_like(value, _INF))

    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array:
        return self._dual_of(xp, u - true_entries(xp, u, y), y, None)

    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array:
        c = (v - true_entries(xp, v, y) + self._margins(xp, v, y)) / t
        return v - t * self._dual_of(xp, c, y, t)

    def _dual_of(self, xp: Namespace, c: Array, y: Array, t: Array | None) -> Array:
        true = is_true_class(xp, c, y)
        return _as_dual(xp, self._nearest(xp, xp.where(true, xp.full_like(c, -_INF), c), t), true)


def _as_dual(xp: Namespace, a: Array, true: Array) -> Array:
    """u of the weights a, whose entry of the true class is 0."""
    return xp.where(true, 0.0 - xp.sum(a, axis=-1, keepdims=True), a)
