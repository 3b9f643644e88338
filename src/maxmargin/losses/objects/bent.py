"""Hinges with a second bend: one that pays for doubt, one that pays for too much confidence."""

from __future__ import annotations

from dataclasses import dataclass

from maxmargin.losses._arrays import Array, Namespace, positive_part
from maxmargin.losses._parameters import non_negative, within
from maxmargin.losses.objects.scalar import MarginLoss

__all__ = ["GeneralizedHinge", "PinballHinge"]

_INF = float("inf")


@dataclass(frozen=True)
class GeneralizedHinge(MarginLoss):
    """The hinge loss for classifiers that may reject: ``max(0, 1 − y·f, 1 − a·y·f)`` with a > 1.

    With a = (1 − d)/d it is calibrated for a rejection that costs d < 1/2; not for the 0-1 loss, since where both classes
    are likely it is least at f = 0, which rejects.

    Examples
    --------
    >>> import numpy as np
    >>> GeneralizedHinge(a=3.0).value(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1]))
    array([0. , 0.5, 4. ])

    References
    ----------
    Bartlett, Wegkamp. Classification with a reject option using a hinge loss. JMLR 9, 2008.
    """

    a: float = 2.0

    calibrated = False
    reference = "Bartlett, Wegkamp 2008: calibrated for a rejection that costs 1/(1 + a)"

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", within("a", self.a, "a finite number > 1", 1.0, _INF, open_low=True))

    @property
    def lipschitz(self) -> float:
        """The slope a."""
        return self.a

    @property
    def dual_domain(self) -> tuple[float, float]:
        """[−a, 0]."""
        return -self.a, 0.0

    def _phi(self, xp: Namespace, m: Array) -> Array:
        return positive_part(xp, 1.0 - m) + (self.a - 1.0) * positive_part(xp, -m)

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        bent = xp.where(m >= 0.0, xp.full_like(m, -1.0), xp.full_like(m, -self.a))
        return _nan_where(xp, m, xp.where(m >= 1.0, xp.zeros_like(m), bent))

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return xp.where(u < -1.0, xp.full_like(u, -1.0), u)

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        at = self.a * t
        low = xp.where(v > -t, v + t, xp.where(v >= -at, xp.zeros_like(v), v + at))
        return xp.where(v > 1.0, v, xp.where(v >= 1.0 - t, xp.ones_like(v), low))


@dataclass(frozen=True)
class PinballHinge(MarginLoss):
    """The pinball loss of the margin: ``max(0, 1 − epsilon − y·f, tau·(y·f − 1) − epsilon)``.

    It measures a quantile of the margins instead of the smallest ones, which makes it less sensitive to noise near the
    boundary; ``tau = 0`` and ``epsilon = 0`` give the hinge.

    Examples
    --------
    >>> import numpy as np
    >>> PinballHinge(tau=0.5).value(np.array([2.0, 1.0, -1.0]), np.array([1, 1, 1]))
    array([0.5, 0. , 2. ])

    References
    ----------
    Huang, Shi, Suykens. Support vector machine classifier with pinball loss. IEEE TPAMI 36, 2014.
    """

    tau: float = 0.5
    epsilon: float = 0.0

    lipschitz = 1.0
    reference = "Huang, Shi, Suykens 2014"

    def __post_init__(self) -> None:
        object.__setattr__(self, "tau", within("tau", self.tau, "a number from 0 to 1", 0.0, 1.0))
        object.__setattr__(self, "epsilon", non_negative("epsilon", self.epsilon))

    @property
    def calibrated(self) -> bool:
        """True for epsilon < 1; with a larger one the flat part reaches the boundary."""
        return self.epsilon < 1.0

    @property
    def dual_domain(self) -> tuple[float, float]:
        """[−1, tau]."""
        return -1.0, self.tau

    @property
    def _flat(self) -> tuple[float, float]:
        """Where the loss is 0; without a right end for tau = 0."""
        return 1.0 - self.epsilon, 1.0 + self.epsilon / self.tau if self.tau else _INF

    def _phi(self, xp: Namespace, m: Array) -> Array:
        left = positive_part(xp, 1.0 - self.epsilon - m)
        return left + positive_part(xp, self.tau * (m - 1.0) - self.epsilon) if self.tau else left

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        low, high = self._flat
        right = xp.where(m > high, xp.full_like(m, self.tau), xp.zeros_like(m))
        return _nan_where(xp, m, xp.where(m < low, xp.full_like(m, -1.0), right))

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        low, high = self._flat
        return xp.where(u > 0.0, high * u, low * u) if self.tau else low * u

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        low, high = self._flat
        moved = v - self.tau * t
        right = xp.where(v <= high, v, xp.where(moved <= high, xp.full_like(v, high), moved))
        return xp.where(v < low - t, v + t, xp.where(v < low, xp.full_like(v, low), right))


def _nan_where(xp: Namespace, m: Array, slope: Array) -> Array:
    return xp.where(m == m, slope, m)  # only NaN differs from itself
