"""Losses of a row of scores, one for each class; y holds class indices."""

from __future__ import annotations

import math

import numpy as np

from maxmargin.losses._arrays import Array, Namespace, device_of, is_torch
from maxmargin.losses._batch import Batch
from maxmargin.losses._labels import Targets, class_targets
from maxmargin.losses._parameters import integer
from maxmargin.losses.objects.base import Loss

__all__ = ["VectorLoss", "is_true_class", "true_entries", "with_true_entries", "zero_sum_tolerance"]


class VectorLoss(Loss):
    """A loss of scores of shape (…, K), where y of shape (…) holds the index of the true class.

    `lipschitz` and `smoothness` hold for any number of classes, and are infinite where none does; `lipschitz_for` and
    `smoothness_for` are those for K classes.
    """

    def lipschitz_for(self, n_classes: int) -> float:
        """The largest Euclidean norm of a subgradient in R^n_classes."""
        return self._lipschitz_for(integer("n_classes", n_classes, 1))

    def smoothness_for(self, n_classes: int) -> float:
        """The Lipschitz constant of the gradient in R^n_classes, infinite if there is none."""
        return self._smoothness_for(integer("n_classes", n_classes, 1))

    def _lipschitz_for(self, n_classes: int) -> float:
        return self.lipschitz

    def _smoothness_for(self, n_classes: int) -> float:
        return self.smoothness

    def hvp(self, scores: Array, y: Array, direction: Array) -> Array:
        """The product of each sample's Hessian, where it exists, with a direction of the shape of the scores."""
        batch, targets = self._open(scores, y)
        vector = batch.parameter(direction, "direction", tuple(batch.scores.shape))
        return self._close(batch, targets, self._hvp(batch.xp, batch.scores, targets.values, vector))

    def _hvp(self, xp: Namespace, z: Array, y: Array, direction: Array) -> Array:
        return xp.zeros_like(direction)

    def _targets(self, batch: Batch) -> Targets:
        return class_targets(batch)


def is_true_class(xp: Namespace, z: Array, y: Array) -> Array:
    """True at the entry of the true class of each row of z; shape (…, K)."""
    return xp.arange(z.shape[-1], dtype=y.dtype, device=device_of(z)) == y[..., None]


def true_entries(xp: Namespace, z: Array, y: Array) -> Array:
    """The entry of the true class of each row of z; shape (…, 1)."""
    return z.gather(-1, y[..., None]) if is_torch(z) else xp.take_along_axis(z, y[..., None], axis=-1)


def with_true_entries(xp: Namespace, z: Array, y: Array, number: float) -> Array:
    """The rows of z with this number at the true class; in one pass where there is one."""
    if is_torch(z):
        return z.scatter(-1, y[..., None], number)
    if isinstance(z, np.ndarray):
        z = z.copy()
        np.put_along_axis(z, y[..., None], number, axis=-1)
        return z
    return xp.where(is_true_class(xp, z, y), xp.full_like(z, number), z)


def zero_sum_tolerance(xp: Namespace, z: Array) -> float:
    """How far rounding may put a dual variable outside a domain that is described by sums over K classes."""
    return 16.0 * float(xp.finfo(z.dtype).eps) * math.sqrt(z.shape[-1])
