"""Distances and similarities of vectors along the last axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from maxmargin.exceptions import ShapeError
from maxmargin.losses._arrays import Array, Namespace, is_torch, positive_part
from maxmargin.losses._parameters import within

__all__ = ["Distance", "cosine", "distance_or_norm", "order_of_norm"]

Distance: TypeAlias = Callable[[Array, Array], Array]

_INF = float("inf")


def distance_or_norm(xp: Namespace, distance: Distance | None, p: float, eps: float) -> Distance:
    """The distance that was passed, or ``‖u − v + eps‖_p``, whose gradient is 0 where it is 0.

    Raises
    ------
    ShapeError
        From the distance, when it gives something else than one number for each pair of vectors.
    """
    if distance is not None:
        return lambda u, v: _one_a_pair(distance(u, v), u, v)
    p = order_of_norm(p)
    if p == _INF:
        return lambda u, v: xp.max(_size(xp, u - v + eps), axis=-1)
    return lambda u, v: _norm(xp, u - v + eps, p)


def order_of_norm(p: float) -> float:
    """The p of a p-norm, checked."""
    return _INF if p == _INF else within("p", p, "a number ≥ 1, or infinity", 1.0, _INF)


def _norm(xp: Namespace, difference: Array, p: float) -> Array:
    if is_torch(difference):  # one pass, and its derivative at 0 is 0 as well
        return xp.linalg.vector_norm(difference, axis=-1, ord=p)
    if p == 1:
        return xp.sum(_size(xp, difference), axis=-1)
    power = xp.sum(difference * difference if p == 2 else _size(xp, difference) ** p, axis=-1)
    # The root of 1 in the place of that of 0, whose derivative is infinite. NaN is not ≤ 0 and stays.
    root = xp.where(power <= 0, xp.ones_like(power), power)
    root = xp.sqrt(root) if p == 2 else root ** (1.0 / p)
    return xp.where(power <= 0, xp.zeros_like(power), root)


def _size(xp: Namespace, z: Array) -> Array:
    """The absolute value, with the derivative 0 at 0; that of JAX's own is 1 there."""
    return positive_part(xp, z) + positive_part(xp, -z)


def _one_a_pair(found: Array, u: Array, v: Array) -> Array:
    expected = max(tuple(u.shape[:-1]), tuple(v.shape[:-1]), key=len)
    if not hasattr(found, "shape") or len(found.shape) != len(expected):
        raise ShapeError(
            f"distance gave {tuple(found.shape) if hasattr(found, 'shape') else found!r} for vectors of {tuple(u.shape)} "
            f"and {tuple(v.shape)}; expected one number for each pair of vectors"
        )
    return found


def cosine(xp: Namespace, u: Array, v: Array, eps: float) -> Array:
    """``⟨u, v⟩ / sqrt((‖u‖² + eps)(‖v‖² + eps))``."""
    # Two roots: the product of the squares could overflow.
    lengths = xp.sqrt(xp.sum(u * u, axis=-1) + eps) * xp.sqrt(xp.sum(v * v, axis=-1) + eps)
    return xp.sum(u * v, axis=-1) / lengths
