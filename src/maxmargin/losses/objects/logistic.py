"""The logistic loss: no hinge, but the smooth neighbour that everyone compares with."""

from __future__ import annotations

from dataclasses import dataclass

from maxmargin.losses._arrays import Array, Namespace, positive_part, softplus
from maxmargin.losses.objects.scalar import MarginLoss

__all__ = ["Logistic"]

# From the start below the error is rounding after 6 of them, for |v| up to 1e13 and t from 1e-12 to 1e12.
_NEWTON_STEPS = 8


@dataclass(frozen=True)
class Logistic(MarginLoss):
    """The logistic loss ``log(1 + exp(−y·f))``, computed without overflow.

    Examples
    --------
    >>> import numpy as np
    >>> Logistic().value(np.array([0.0, -1000.0]), np.array([1, 1])).round(4)
    array([6.931e-01, 1.000e+03])
    """

    calibrated = True
    smoothness = 0.25
    lipschitz = 1.0
    reference = "Bartlett, Jordan, McAuliffe 2006"
    dual_domain = (-1.0, 0.0)

    def _value(self, xp: Namespace, z: Array, y: Array) -> Array:
        return softplus(xp, -y * z)  # a pass less over what is differentiated

    def _phi(self, xp: Namespace, m: Array) -> Array:
        return softplus(xp, -m)

    def _phi_slope(self, xp: Namespace, m: Array) -> Array:
        return -_sigmoid(xp, -m)

    def _phi_conjugate(self, xp: Namespace, u: Array) -> Array:
        return _x_log_x(xp, -u) + _x_log_x(xp, 1.0 + u)

    def _phi_prox(self, xp: Namespace, v: Array, t: Array) -> Array:
        # x − v = t·σ(−x). Reflecting x about 0 turns v into −(v + t), so the root may be taken to be ≥ 0.
        mirrored = v + 0.5 * t < 0
        v = xp.where(mirrored, -(v + t), v)
        low, high = positive_part(xp, v), v + t
        x = _prox_start(xp, v, t, low)
        for _ in range(_NEWTON_STEPS):
            p = _sigmoid(xp, -x)
            x = x - (x - v - t * p) / (1.0 + t * p * (1.0 - p))
            x = xp.where(x < low, low, xp.where(x > high, high, x))
        return xp.where(mirrored, -x, x)

    def _phi_curvature(self, xp: Namespace, m: Array) -> Array:
        p = _sigmoid(xp, m)
        return p * (1.0 - p)


def _prox_start(xp: Namespace, v: Array, t: Array, low: Array) -> Array:
    """A root ≥ 0 of ``x − v = t·σ(−x)`` up to the logarithm of a logarithm: x ≈ log(t / (x − v)), put into itself."""
    ratio = t * _sigmoid(xp, -low)
    rough = low + xp.log1p(ratio / (1.0 + low - v))
    distance = 1.0 + rough - v
    start = xp.where(v >= 0, v + xp.log1p(ratio / distance), xp.log1p(t / distance))
    return xp.where(start < low, low, start)


def _sigmoid(xp: Namespace, m: Array) -> Array:
    """1 / (1 + exp(−m)), without overflow on either side."""
    e = xp.exp(-xp.abs(m))
    return xp.where(m < 0, e, xp.ones_like(e)) / (1.0 + e)


def _x_log_x(xp: Namespace, x: Array) -> Array:
    inside = xp.where(x <= 0, xp.ones_like(x), x)
    return xp.where(x <= 0, xp.zeros_like(x), x * xp.log(inside))
