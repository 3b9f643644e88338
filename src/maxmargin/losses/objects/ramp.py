"""The ramp loss: a hinge that stops growing, so that no outlier can cost more than a constant."""

from __future__ import annotations

from dataclasses import dataclass

from maxmargin.losses._arrays import Array, Namespace, positive_part
from maxmargin.losses._parameters import within
from maxmargin.losses.objects.scalar import MarginLoss

__all__ = ["Ramp"]


@dataclass(frozen=True)
class Ramp(MarginLoss):
    """The truncated hinge loss ``min(max(0, 1 − y·f), 1 − s)`` with s < 1: the hinge minus the hinge of margin s.

    It is not convex. The subgradient is an element of Clarke's, 0 at both kinks. The conjugate of a bounded loss is finite
    at 0 only, so it says nothing; the proximal point is the global one (at a tie the one farther to the left).

    Examples
    --------
    >>> import numpy as np
    >>> Ramp(s=-1.0).value(np.array([2.0, 0.0, -50.0]), np.array([1, 1, 1]))
    array([0., 1., 2.])

    References
    ----------
    Collobert, Sinz, Weston, Bottou. Trading convexity for scalability. ICML 2006.
    Wu, Liu. Robust truncated hinge loss support vector machines. JASA 102, 2007: Fisher consistent for −1 ≤ s ≤ 0.
    """

    s: float = -1.0

    convex = False
    lipschitz = 1.0
    reference = "Wu, Liu 2007"
    dual_domain = (0.0, 0.0)

    def __post_init__(self) -> None:
        expected = "a finite number < 1"
        object.__setattr__(self, "s", within("s", self.s, expected, -float("inf"), 1.0, open_high=True))

    @property
    def calibrated(self) -> bool | None:
        """True for −1 ≤ s ≤ 0; not known elsewhere."""
        return True if -1.0 <= self.s <= 0.0 else None

    def _phi(self, xp: Namespace, m: Array) -> Array:
        # The difference of the two hinges would be ∞ − ∞ at m = −∞.
        z = positive_part(xp, 1.0 - m)
        return xp.where(m <= self.s, xp.full_like(z, 1.0 - self.s), z)

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        slope = xp.where((m > self.s) & (m < 1.0), xp.full_like(m, -1.0), xp.zeros_like(m))
        return xp.where(m == m, slope, m)  # only NaN differs from itself

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return 0.0 * u

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        # The best point of each of the three pieces; the last is where the loss is 0.
        left = xp.where(v > self.s, xp.full_like(v, self.s), v)
        moved = xp.where(v + t > 1.0, xp.ones_like(v), v + t)
        middle = xp.where(moved < self.s, xp.full_like(v, self.s), moved)
        best = xp.where(v < 1.0, xp.ones_like(v), v)
        lowest = self._objective(xp, best, v, t)
        for candidate in (middle, left):
            objective = self._objective(xp, candidate, v, t)
            better = objective <= lowest
            best, lowest = xp.where(better, candidate, best), xp.where(better, objective, lowest)
        return best

    def _objective(self, xp: Namespace, x: Array, v: Array, t: Array) -> Array:
        return self._phi(xp, x) + (x - v) * (x - v) / (2.0 * t)

    def _conjugate_prox(self, xp: Namespace, w: Array, y: Array, t: Array) -> Array:
        return xp.zeros_like(w)  # Moreau's identity needs a convex loss
