"""A factor for each class of a binary loss."""

from __future__ import annotations

from dataclasses import dataclass, field

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses._arrays import Array, Namespace
from maxmargin.losses._batch import Batch
from maxmargin.losses._labels import Targets, sign_targets
from maxmargin.losses._parameters import positive
from maxmargin.losses.objects.hinge import Hinge
from maxmargin.losses.objects.scalar import MarginLoss, ScalarLoss

__all__ = ["CostSensitive"]


@dataclass(frozen=True)
class CostSensitive(ScalarLoss):
    """The loss ``c(y)·base(y·f)``, with c = ``positive`` for y = +1 and ``negative`` for y = −1.

    Its minimiser changes sign where P(y = 1) = negative / (positive + negative).

    Examples
    --------
    >>> import numpy as np
    >>> CostSensitive(Hinge(), positive=3.0).value(np.array([0.0, 0.0]), np.array([1, -1]))
    array([3., 1.])

    References
    ----------
    Scott. Calibrated asymmetric surrogate losses. Electronic Journal of Statistics 6, 2012.
    """

    base: MarginLoss = field(default_factory=Hinge)
    positive: float = 1.0
    negative: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.base, MarginLoss):
            raise InvalidParameterError(f"base must be a loss of the margin, such as Hinge(). Got {self.base!r} instead.")
        object.__setattr__(self, "positive", positive("positive", self.positive))
        object.__setattr__(self, "negative", positive("negative", self.negative))

    @property
    def convex(self) -> bool:
        """As the base."""
        return self.base.convex

    @property
    def lipschitz(self) -> float:
        """That of the base, times the larger factor."""
        return max(self.positive, self.negative) * self.base.lipschitz

    @property
    def smoothness(self) -> float:
        """That of the base, times the larger factor."""
        return max(self.positive, self.negative) * self.base.smoothness

    @property
    def calibrated(self) -> bool | None:
        """As the base, for the 0-1 loss with the same factors."""
        return self.base.calibrated

    @property
    def reference(self) -> str:
        """Scott 2012, and that of the base."""
        return f"Scott 2012; {self.base.reference}"

    def _targets(self, batch: Batch) -> Targets:
        return sign_targets(batch)

    def _factor(self, xp: Namespace, y: Array) -> Array:
        return xp.where(y > 0, xp.full_like(y, self.positive), xp.full_like(y, self.negative))

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._factor(xp, y) * self.base._value(xp, z, y)

    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._factor(xp, y) * self.base._subgradient(xp, z, y)

    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array:
        c = self._factor(xp, y)
        return c * self.base._conjugate(xp, u / c, y)

    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array:
        c = self._factor(xp, y)
        return c * self.base._project_dual(xp, u / c, y)

    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array:
        return self.base._prox(xp, v, y, t * self._factor(xp, y))

    def _conjugate_prox(self, xp: Namespace, w: Array, y: Array, t: Array) -> Array:
        # argmin_x c·l*(x/c) + (x − w)²/(2t), with x = c·z
        c = self._factor(xp, y)
        return c * self.base._conjugate_prox(xp, w / c, y, t / c)

    def _curvature(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self._factor(xp, y) * self.base._curvature(xp, z, y)
