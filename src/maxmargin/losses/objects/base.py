"""What every loss object can do; the arithmetic stands in the subclasses.

A public method recognises the arrays, checks the labels and gives back the type it was given. The method of the same name
with an underscore computes on arrays that are checked, in their namespace ``xp``; the functions of the package call it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses._arrays import Array, Namespace
from maxmargin.losses._batch import Batch, open_batch
from maxmargin.losses._labels import Targets

__all__ = ["Loss"]


class Loss(ABC):
    """A loss of scores and labels, without reduction: one value a sample.

    For a convex loss ``l`` of the scores z and a dual variable u, with ``l*(u) = sup_z ⟨u, z⟩ − l(z)``:

    ==================  =====================================================================
    ``value``           l(z)
    ``subgradient``     an element of ∂l(z); at a kink the one of least norm, unless said
    ``conjugate``       l*(u), infinite outside its domain
    ``project_dual``    the point of the domain of l* nearest to u
    ``prox``            argmin_x l(x) + ‖x − v‖² / (2 step)
    ``conjugate_prox``  the same for l*, by Moreau: w − step · prox of l/step at w/step
    ``curvature``       a generalised second derivative; 0 where the loss is piecewise linear
    ==================  =====================================================================
    """

    @property
    def convex(self) -> bool:
        """Whether the loss is convex in the scores; without it `conjugate` and `conjugate_prox` say little."""
        return True

    @property
    def differentiable(self) -> bool:
        """Whether the gradient exists everywhere."""
        return self.smoothness < float("inf")

    @property
    @abstractmethod
    def lipschitz(self) -> float:
        """The largest Euclidean norm of a subgradient, infinite if there is none."""

    @property
    def smoothness(self) -> float:
        """The Lipschitz constant of the gradient, infinite if there is none."""
        return float("inf")

    @property
    def calibrated(self) -> bool | None:
        """Whether minimising the expected loss minimises the expected 0-1 loss as well; None where it is not known."""
        return None

    @property
    def reference(self) -> str:
        """Where `calibrated` is shown."""
        return ""

    def value(self, scores: Array, y: Array) -> Array:
        """The loss of each sample."""
        batch, targets = self._open(scores, y)
        return self._close(batch, targets, self._value(batch.xp, batch.scores, targets.values))

    def subgradient(self, scores: Array, y: Array) -> Array:
        """A subgradient of each sample's loss with respect to its scores."""
        batch, targets = self._open(scores, y)
        return self._close(batch, targets, self._subgradient(batch.xp, batch.scores, targets.values))

    def conjugate(self, dual: Array, y: Array) -> Array:
        """The conjugate of each sample's loss; ``dual`` has the shape of scores."""
        batch, targets = self._open(dual, y)
        return self._close(batch, targets, self._conjugate(batch.xp, batch.scores, targets.values))

    def project_dual(self, dual: Array, y: Array) -> Array:
        """The nearest point at which the conjugate is finite."""
        batch, targets = self._open(dual, y)
        return self._close(batch, targets, self._project_dual(batch.xp, batch.scores, targets.values))

    def prox(self, point: Array, y: Array, step: Any = 1.0) -> Array:
        """The proximal point of each sample's loss; ``step`` is a number > 0, or one for each sample."""
        batch, targets = self._open(point, y)
        size = self._step(batch, targets, step)
        return self._close(batch, targets, self._prox(batch.xp, batch.scores, targets.values, size))

    def conjugate_prox(self, point: Array, y: Array, step: Any = 1.0) -> Array:
        """The proximal point of each sample's conjugate; ``step`` is a number > 0, or one for each sample."""
        batch, targets = self._open(point, y)
        size = self._step(batch, targets, step)
        return self._close(batch, targets, self._conjugate_prox(batch.xp, batch.scores, targets.values, size))

    @abstractmethod
    def _targets(self, batch: Batch) -> Targets:
        """The labels of the call, checked."""

    @abstractmethod
    def _value(self, xp: Namespace, z: Array, y: Array) -> Array: ...

    @abstractmethod
    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array: ...

    @abstractmethod
    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array: ...

    @abstractmethod
    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array: ...

    @abstractmethod
    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array: ...

    def _conjugate_prox(self, xp: Namespace, w: Array, y: Array, t: Array) -> Array:
        return w - t * self._prox(xp, w / t, y, 1 / t)

    def _open(self, scores: Array, y: Array) -> tuple[Batch, Targets]:
        batch = open_batch(scores, y=y)
        return batch, self._targets(batch)

    def _close(self, batch: Batch, targets: Targets, result: Array) -> Array:
        valid = targets.valid
        if valid is not None and len(valid.shape) < len(result.shape):
            valid = valid[..., None]
        return batch.give_back(batch.poison(result, valid))

    def _step(self, batch: Batch, targets: Targets, step: Any) -> Array:
        size = batch.parameter(step, "step", (), tuple(targets.values.shape))
        message = "step is {value} at {place}; expected finite numbers > 0"
        valid = batch.check((size > 0) & (size < float("inf")), InvalidParameterError, message, size)
        size = batch.poison(size, valid)
        return size[..., None] if 0 < len(size.shape) < len(batch.scores.shape) else size
