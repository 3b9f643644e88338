"""Losses of a row of scores that look at each class by itself: one against the rest, and Lee, Lin and Wahba's."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses._arrays import Array, Namespace
from maxmargin.losses._parameters import finite
from maxmargin.losses.objects.hinge import Hinge
from maxmargin.losses.objects.scalar import MarginLoss
from maxmargin.losses.objects.vector import VectorLoss, is_true_class

__all__ = ["LeeLinWahba", "OneVsRest"]

_INF = float("inf")


@dataclass(frozen=True)
class OneVsRest(VectorLoss):
    """The sum over classes of a binary loss: ``base(s_y) + Σⱼ base(−sⱼ)`` over j ≠ y.

    With a differentiable calibrated base it is calibrated. With the hinge it is not: where no class has a probability above
    1/2, the best scores are all −1 and say nothing.

    Examples
    --------
    >>> import numpy as np
    >>> OneVsRest().value(np.array([[2.0, 0.5, -3.0]]), np.array([0]))
    array([1.5])

    References
    ----------
    Rifkin, Klautau. In defense of one-vs-all classification. JMLR 5, 2004.
    Zhang. Statistical analysis of some multi-category large margin classification methods. JMLR 5, 2004.
    """

    base: MarginLoss = field(default_factory=Hinge)

    lipschitz = _INF
    reference = "Zhang 2004"

    def __post_init__(self) -> None:
        if not isinstance(self.base, MarginLoss):
            raise InvalidParameterError(f"base must be a loss of the margin, such as Hinge(). Got {self.base!r} instead.")

    @property
    def convex(self) -> bool:
        """As the base."""
        return self.base.convex

    @property
    def smoothness(self) -> float:
        """That of the base."""
        return self.base.smoothness

    @property
    def calibrated(self) -> bool | None:
        """True for a differentiable calibrated convex base, False for the hinge, None for others."""
        if isinstance(self.base, Hinge):
            return False
        return True if self.base.convex and self.base.differentiable and self.base.calibrated else None

    def _lipschitz_for(self, n_classes: int) -> float:
        return math.sqrt(n_classes) * self.base.lipschitz

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return xp.sum(self.base._value(xp, z, _signs(xp, z, y)), axis=-1)

    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array:
        return self.base._subgradient(xp, z, _signs(xp, z, y))

    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array:
        return xp.sum(self.base._conjugate(xp, u, _signs(xp, u, y)), axis=-1)

    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array:
        return self.base._project_dual(xp, u, _signs(xp, u, y))

    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array:
        return self.base._prox(xp, v, _signs(xp, v, y), t)

    def _conjugate_prox(self, xp: Namespace, w: Array, y: Array, t: Array) -> Array:
        return self.base._conjugate_prox(xp, w, _signs(xp, w, y), t)

    def _hvp(self, xp: Namespace, z: Array, y: Array, direction: Array) -> Array:
        return self.base._curvature(xp, z, _signs(xp, z, y)) * direction


@dataclass(frozen=True)
class LeeLinWahba(VectorLoss):
    """The multi-class hinge loss ``Σⱼ max(0, margin + sⱼ)`` over j ≠ y, for scores that sum to 0.

    Without that constraint it has no minimum worth having: the object takes the scores as they are, and the function
    `maxmargin.losses.lee_lin_wahba` centres them. With it, the loss is calibrated.

    Parameters
    ----------
    margin : float, optional
        1/(K − 1) for K classes when not given.

    Examples
    --------
    >>> import numpy as np
    >>> LeeLinWahba().value(np.array([[1.0, -0.5, -0.5], [-0.5, 1.0, -0.5]]), np.array([0, 0]))
    array([0. , 1.5])

    References
    ----------
    Lee, Lin, Wahba. Multicategory support vector machines. JASA 99, 2004.
    """

    margin: float | None = None

    calibrated = True
    lipschitz = _INF
    reference = "Lee, Lin, Wahba 2004; Tewari, Bartlett 2007"

    def __post_init__(self) -> None:
        if self.margin is not None:
            object.__setattr__(self, "margin", finite("margin", self.margin))

    def _lipschitz_for(self, n_classes: int) -> float:
        return math.sqrt(n_classes - 1)

    def _hinge(self, z: Array) -> MarginLoss:
        """The loss of one score that is not the true class's, a hinge of −s."""
        return Hinge(1.0 / max(z.shape[-1] - 1, 1) if self.margin is None else self.margin)

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return xp.sum(_others(xp, self._hinge(z)._phi(xp, -z), y), axis=-1)

    def _subgradient(self, xp: Namespace, z: Array, y: Array) -> Array:
        return _others(xp, -self._hinge(z)._phi_slope(xp, -z), y)

    def _conjugate(self, xp: Namespace, u: Array, y: Array) -> Array:
        at_true = xp.where(u == 0, xp.zeros_like(u), xp.where(xp.isnan(u), u, xp.full_like(u, _INF)))
        each = xp.where(is_true_class(xp, u, y), at_true, self._hinge(u)._phi_conjugate_everywhere(xp, -u))
        return xp.sum(each, axis=-1)

    def _project_dual(self, xp: Namespace, u: Array, y: Array) -> Array:
        return _others(xp, -self._hinge(u)._phi_project(xp, -u), y)

    def _prox(self, xp: Namespace, v: Array, y: Array, t: Array) -> Array:
        return xp.where(is_true_class(xp, v, y), v, -self._hinge(v)._phi_prox(xp, -v, t))


def _signs(xp: Namespace, z: Array, y: Array) -> Array:
    """+1 for the true class, −1 for the others."""
    return xp.where(is_true_class(xp, z, y), xp.ones_like(z), -xp.ones_like(z))


def _others(xp: Namespace, array: Array, y: Array) -> Array:
    """The array with 0 at the true class."""
    return xp.where(is_true_class(xp, array, y), xp.zeros_like(array), array)
