"""The ε-insensitive losses: hinges of the size of a residual."""

from __future__ import annotations

from dataclasses import dataclass, field

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses._arrays import Array, Namespace
from maxmargin.losses._parameters import non_negative, one_of
from maxmargin.losses.objects.hinge import Hinge, SmoothHinge, SquaredHinge
from maxmargin.losses.objects.scalar import MarginLoss, ResidualLoss

__all__ = ["EpsilonInsensitive"]


@dataclass(frozen=True)
class EpsilonInsensitive(ResidualLoss):
    """The loss ``max(0, |f − y| − epsilon)`` to the ``power`` 1 or 2; parabolas of width ``gamma`` can replace its kinks.

    With φ(r) = ψ(−|r|) it is a hinge ψ of margin −ε, whose formulas it uses.

    Examples
    --------
    >>> import numpy as np
    >>> EpsilonInsensitive(epsilon=0.5).value(np.array([1.0, 3.0]), np.array([1.2, 1.0]))
    array([0. , 1.5])
    """

    epsilon: float = 0.1
    power: int = 1
    gamma: float = 0.0
    _hinge: MarginLoss = field(init=False, repr=False, compare=False)  # ψ

    def __post_init__(self) -> None:
        object.__setattr__(self, "epsilon", non_negative("epsilon", self.epsilon))
        object.__setattr__(self, "gamma", non_negative("gamma", self.gamma))
        one_of("power", self.power, (1, 2))
        if self.power == 2 and self.gamma:
            raise InvalidParameterError(f"power=2 has no kink to smooth; gamma must be 0. Got {self.gamma!r} instead.")
        smooth = SmoothHinge(-self.epsilon, self.gamma) if self.gamma else Hinge(-self.epsilon)
        object.__setattr__(self, "_hinge", SquaredHinge(-self.epsilon) if self.power == 2 else smooth)

    @property
    def lipschitz(self) -> float:
        """1, or infinite for power 2."""
        return self._hinge.lipschitz

    @property
    def smoothness(self) -> float:
        """2 for power 2, 1/gamma when smoothed, infinite otherwise."""
        return self._hinge.smoothness

    @property
    def dual_domain(self) -> tuple[float, float]:
        """[−1, 1], or everything for power 2."""
        low, _ = self._hinge.dual_domain
        return low, -low

    def _phi(self, xp: Namespace, m: Array) -> Array:
        return self._hinge._phi(xp, -xp.abs(m))

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        return -_sign(xp, m) * self._hinge._phi_slope(xp, -xp.abs(m))

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return self._hinge._phi_conjugate(xp, -xp.abs(u))

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        return -_sign(xp, v) * self._hinge._phi_prox(xp, -xp.abs(v), t)

    def _phi_curvature(self, xp: Namespace, m: Array) -> Array:
        return self._hinge._phi_curvature(xp, -xp.abs(m))


def _sign(xp: Namespace, m: Array) -> Array:
    """−1 or +1, and 1 at 0, where it does not matter."""
    return xp.where(m < 0, -xp.ones_like(m), xp.ones_like(m))
