"""The hinge and its close relatives: squared, smoothed, modified Huber.

With the slack z = margin − m all are functions of max(0, z). The native solvers state the first two in `cpp/losses/`.
"""

from __future__ import annotations

from dataclasses import dataclass

from maxmargin.losses._arrays import Array, Namespace, at_most, positive_part
from maxmargin.losses._parameters import finite, positive
from maxmargin.losses.objects.scalar import MarginLoss

__all__ = ["Hinge", "ModifiedHuber", "SmoothHinge", "SquaredHinge"]

_INF = float("inf")


@dataclass(frozen=True)
class Hinge(MarginLoss):
    """The hinge loss ``max(0, margin − y·f)``; with margin 0 the perceptron's.

    The subgradient is −y below the margin, and 0 at the margin and beyond.

    Examples
    --------
    >>> import numpy as np
    >>> loss = Hinge()
    >>> loss.value(np.array([2.0, -1.0]), np.array([1, 1]))
    array([0., 2.])
    >>> loss.prox(np.array([-3.0, 0.5, 2.0]), np.array([1, 1, 1]), step=1.0)
    array([-2.,  1.,  2.])

    References
    ----------
    Bartlett, Jordan, McAuliffe. Convexity, classification, and risk bounds. JASA 101, 2006: a convex loss is calibrated
    if and only if it is differentiable at 0 with a negative slope.
    """

    margin: float = 1.0

    lipschitz = 1.0
    reference = "Bartlett, Jordan, McAuliffe 2006"
    dual_domain = (-1.0, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "margin", finite("margin", self.margin))

    @property
    def calibrated(self) -> bool:
        """True for a margin above 0; the perceptron's loss has its kink at 0."""
        return self.margin > 0

    def _phi(self, xp: Namespace, m: Array) -> Array:
        return positive_part(xp, self.margin - m)

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        return xp.where(m >= self.margin, xp.zeros_like(m), _like(xp, m, -1.0))

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return self.margin * u

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        d = self.margin
        return xp.where(v < d - t, v + t, xp.where(v <= d, xp.full_like(v, d), v))


@dataclass(frozen=True)
class SquaredHinge(MarginLoss):
    """The squared hinge loss ``max(0, margin − y·f)²``, without a factor of one half.

    Examples
    --------
    >>> import numpy as np
    >>> SquaredHinge().value(np.array([2.0, -1.0]), np.array([1, 1]))
    array([0., 4.])
    """

    margin: float = 1.0

    smoothness = 2.0
    lipschitz = _INF
    reference = "Bartlett, Jordan, McAuliffe 2006"
    dual_domain = (-_INF, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "margin", finite("margin", self.margin))

    @property
    def calibrated(self) -> bool:
        """True for a margin above 0."""
        return self.margin > 0

    def _phi(self, xp: Namespace, m: Array) -> Array:
        z = positive_part(xp, self.margin - m)
        return z * z

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        return -2.0 * positive_part(xp, self.margin - m)

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return self.margin * u + 0.25 * (u * u)

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        d = self.margin
        return xp.where(v >= d, v, (v + 2.0 * t * d) / (1.0 + 2.0 * t))

    def _phi_curvature(self, xp: Namespace, m: Array) -> Array:
        return _where(xp, m < self.margin, m, 2.0)


@dataclass(frozen=True)
class SmoothHinge(MarginLoss):
    """The hinge loss with a parabola of width ``gamma`` in place of its kink.

    With z = max(0, margin − y·f) and q = min(z, gamma): ``q·(z − q/2) / gamma``. ``SmoothHinge(1, 1)`` is the one of
    Rennie and Srebro (2005), ``SmoothHinge(1 + h, 2h)`` the Huber hinge of Chapelle (2007).

    Examples
    --------
    >>> import numpy as np
    >>> SmoothHinge(gamma=1.0).value(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1]))
    array([0.   , 0.125, 1.5  ])
    """

    margin: float = 1.0
    gamma: float = 1.0

    lipschitz = 1.0
    reference = "Bartlett, Jordan, McAuliffe 2006"
    dual_domain = (-1.0, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "margin", finite("margin", self.margin))
        object.__setattr__(self, "gamma", positive("gamma", self.gamma))

    @property
    def smoothness(self) -> float:
        """1 / gamma."""
        return 1.0 / self.gamma

    @property
    def calibrated(self) -> bool:
        """True for a margin above 0."""
        return self.margin > 0

    def _phi(self, xp: Namespace, m: Array) -> Array:
        # The product of two factors instead of two branches: an infinite z has no 0·inf in its gradient.
        z = positive_part(xp, self.margin - m)
        q = at_most(xp, z, self.gamma)
        return (q / self.gamma) * (z - 0.5 * q)  # in this order no product of tiny numbers is lost

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        return -at_most(xp, positive_part(xp, self.margin - m), self.gamma) / self.gamma

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return self.margin * u + (0.5 * self.gamma) * (u * u)

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        d, g = self.margin, self.gamma
        return xp.where(v >= d, v, xp.where(v <= d - g - t, v + t, (g * v + t * d) / (g + t)))

    def _phi_curvature(self, xp: Namespace, m: Array) -> Array:
        return _where(xp, (m < self.margin) & (m > self.margin - self.gamma), m, 1.0 / self.gamma)


@dataclass(frozen=True)
class ModifiedHuber(MarginLoss):
    """The modified Huber loss: ``max(0, 1 − y·f)²`` above y·f = −1, and −4·y·f below. Four times ``SmoothHinge(1, 2)``.

    It estimates probabilities: P(y = 1) is ``(clip(f, −1, 1) + 1) / 2`` at the minimiser (Zhang 2004).

    Examples
    --------
    >>> import numpy as np
    >>> ModifiedHuber().value(np.array([2.0, 0.0, -3.0]), np.array([1, 1, 1]))
    array([ 0.,  1., 12.])
    """

    calibrated = True
    smoothness = 2.0
    lipschitz = 4.0
    reference = "Zhang 2004"
    dual_domain = (-4.0, 0.0)
    _quarter = SmoothHinge(1.0, 2.0)

    def _phi(self, xp: Namespace, m: Array) -> Array:
        return 4.0 * self._quarter._phi(xp, m)

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        return 4.0 * self._quarter._phi_slope(xp, m)

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return 4.0 * self._quarter._phi_conjugate(xp, 0.25 * u)

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        return self._quarter._phi_prox(xp, v, 4.0 * t)

    def _phi_curvature(self, xp: Namespace, m: Array) -> Array:
        return 4.0 * self._quarter._phi_curvature(xp, m)


def _like(xp: Namespace, m: Array, number: float) -> Array:
    """The number in the shape of m, and NaN where m is."""
    return xp.where(m == m, xp.full_like(m, number), m)  # only NaN differs from itself


def _where(xp: Namespace, condition: Array, m: Array, number: float) -> Array:
    return xp.where(condition, xp.full_like(m, number), xp.zeros_like(m))
