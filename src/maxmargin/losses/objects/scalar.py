"""Losses of one number: a convex function φ of the margin y·f or of the residual f − y.

A loss states φ as a few lines on one number; what that means for scores and labels stands here, once:

============  ==================  ==================
loss          margin m = y·f      residual r = f − y
============  ==================  ==================
value         φ(y·f)              φ(f − y)
subgradient   y·φ'(y·f)           φ'(f − y)
conjugate     φ*(y·u)             φ*(u) + u·y
prox          y·prox_φ(y·v)       y + prox_φ(v − y)
============  ==================  ==================
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from maxmargin.losses._arrays import Array, Namespace
from maxmargin.losses._batch import Batch
from maxmargin.losses._labels import Targets, real_targets, sign_targets
from maxmargin.losses.objects.base import Loss

__all__ = ["MarginLoss", "ResidualLoss", "ScalarLoss", "Shape"]


class ScalarLoss(Loss):
    """A loss of one score a sample."""

    def curvature(self, scores: Array, y: Array) -> Array:
        """The second derivative of each sample's loss where it exists, and 0 elsewhere.

        With ``smoothness = inf`` it says little: such a loss is piecewise linear, or has its curvature in its kinks.
        """
        batch, targets = self._open(scores, y)
        return self._close(batch, targets, self._curvature(batch.xp, batch.scores, targets.values))

    @abstractmethod
    def _curvature(self, xp: Namespace, z: Array, y: Array) -> Array: ...


class Shape(ABC):
    """The function φ of one number, as a loss writes it down."""

    @property
    @abstractmethod
    def dual_domain(self) -> tuple[float, float]:
        """The interval on which φ* is finite: the slopes of φ."""

    @abstractmethod
    def _phi(self, xp: Namespace, m: Array) -> Array:
        """φ(m)."""

    @abstractmethod
    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        """The subgradient of φ at m of least absolute value."""

    @abstractmethod
    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        """φ*(u) for u in `dual_domain`."""

    @abstractmethod
    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        """argmin_x φ(x) + (x − v)² / (2t)."""

    def _phi_curvature(self, xp: Namespace, m: Array) -> Array:
        """φ''(m) where it exists, 0 elsewhere."""
        return xp.zeros_like(m)

    def _phi_project(self, xp: Namespace, u: Array) -> Array:
        """u moved into `dual_domain`; NaN stays NaN."""
        low, high = self.dual_domain
        u = xp.where(u < low, xp.full_like(u, low), u)
        return xp.where(u > high, xp.full_like(u, high), u)

    def _phi_conjugate_everywhere(self, xp: Namespace, u: Array) -> Array:
        low, high = self.dual_domain
        inside = self._phi_conjugate(xp, self._phi_project(xp, u))
        return xp.where((u < low) | (u > high), xp.full_like(u, float("inf")), inside)


class MarginLoss(Shape, ScalarLoss):
    """A loss φ of the margin m = y·f of a score f of any shape; y of the same shape holds −1 and +1, or booleans."""

    def _targets(self, batch: Batch) -> Targets:
        return sign_targets(batch)

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._phi(xp, y * z)

    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array:
        return y * self._phi_slope(xp, y * z)

    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array:
        return self._phi_conjugate_everywhere(xp, y * u)

    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array:
        return y * self._phi_project(xp, y * u)

    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array:
        return y * self._phi_prox(xp, y * v, t)

    def _curvature(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._phi_curvature(xp, y * z)


class ResidualLoss(Shape, ScalarLoss):
    """A loss φ of the residual r = f − y of a score f of any shape; y of the same shape holds numbers."""

    def _targets(self, batch: Batch) -> Targets:
        return real_targets(batch)

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._phi(xp, z - y)

    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._phi_slope(xp, z - y)

    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array:
        return self._phi_conjugate_everywhere(xp, u) + u * y

    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array:
        return self._phi_project(xp, u)

    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array:
        return y + self._phi_prox(xp, v - y, t)

    def _curvature(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._phi_curvature(xp, z - y)
