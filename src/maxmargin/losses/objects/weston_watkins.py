"""The loss of Weston and Watkins: every class that comes too near to the true one costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from maxmargin.losses._arrays import Array, Namespace, positive_part
from maxmargin.losses._parameters import finite, one_of
from maxmargin.losses.objects.box_sum import box_sum
from maxmargin.losses.objects.comparison import ComparisonLoss
from maxmargin.losses.objects.vector import is_true_class, true_entries, with_true_entries

__all__ = ["WestonWatkins"]

_INF = float("inf")


@dataclass(frozen=True)
class WestonWatkins(ComparisonLoss):
    """The multi-class hinge loss ``Σⱼ max(0, margin + sⱼ − s_y)^power`` over j ≠ y, with power 1 or 2.

    For K classes a subgradient has at most the norm ``sqrt(K·(K − 1))`` (power 1), and the gradient the Lipschitz constant
    2K (power 2).

    Examples
    --------
    >>> import numpy as np
    >>> s = np.array([[2.0, 1.5, 1.5], [0.0, 0.0, 3.0]])
    >>> WestonWatkins().value(s, np.array([0, 2]))
    array([1., 0.])
    >>> WestonWatkins(power=2).value(s, np.array([0, 2]))
    array([0.5, 0. ])

    References
    ----------
    Weston, Watkins. Support vector machines for multi-class pattern recognition. ESANN 1999.
    Wang, Scott. Weston-Watkins hinge loss and ordered partitions. NeurIPS 2020: power 1 is calibrated for ordered
    partitions, not for the 0-1 loss.
    """

    margin: float = 1.0
    power: int = 1

    lipschitz = _INF
    reference = "Wang, Scott 2020"

    def __post_init__(self) -> None:
        object.__setattr__(self, "margin", finite("margin", self.margin))
        one_of("power", self.power, (1, 2))

    @property
    def differentiable(self) -> bool:
        """For power 2."""
        return self.power == 2

    @property
    def calibrated(self) -> bool | None:
        """False for power 1; for power 2 no proof is known to us."""
        return False if self.power == 1 else None

    def _lipschitz_for(self, n_classes: int) -> float:
        return math.sqrt(n_classes * (n_classes - 1)) if self.power == 1 else _INF

    def _smoothness_for(self, n_classes: int) -> float:
        return 2.0 * n_classes if self.power == 2 else _INF

    def _of_violations(self, xp: Namespace, b: Array, y: Array) -> Array:
        positive = positive_part(xp, with_true_entries(xp, b, y, 0.0))
        return xp.sum(positive if self.power == 1 else positive * positive, axis=-1)

    def _violation_weights(self, xp: Namespace, b: Array, true: Array) -> Array:
        b = xp.where(true, xp.zeros_like(b), b)
        if self.power == 2:
            return 2.0 * positive_part(xp, b)
        return xp.where(xp.isnan(b), b, xp.astype(b > 0, b.dtype))

    def _in_domain(self, xp: Namespace, a: Array, tolerance: float) -> Array:
        inside = a >= -tolerance
        return xp.all(inside & (a <= 1.0 + tolerance) if self.power == 1 else inside, axis=-1)

    def _quadratic(self, xp: Namespace, a: Array) -> Array | float:
        return 0.0 if self.power == 1 else 0.25 * xp.sum(a * a, axis=-1)

    def _nearest(self, xp: Namespace, c: Array, t: Array | None) -> Array:
        if self.power == 1:
            return box_sum(xp, c, box=1.0, cap=_INF)
        return box_sum(xp, c, box=_INF, cap=_INF, weight=1.0 if t is None else 2.0 * t / (2.0 * t + 1.0))

    def _hvp(self, xp: Namespace, z: Array, y: Array, direction: Array) -> Array:
        if self.power == 1:
            return xp.zeros_like(direction)
        true = is_true_class(xp, z, y)
        active = (z - true_entries(xp, z, y) + self.margin > 0) & ~true
        moved = xp.where(active, 2.0 * (direction - true_entries(xp, direction, y)), xp.zeros_like(z))
        return xp.where(true, -xp.sum(moved, axis=-1, keepdims=True), moved)
