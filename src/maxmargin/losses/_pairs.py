"""Sums over the pairs of items of a row, where one of the two should have the higher score.

A pair costs ``max(0, (s_low + margin) − s_high)^power``. In this one expression, so that every way to add them has the same
kinks. Where there are two kinds of items only, sorting adds all pairs in O(n log n): below each negative are the positives
that cost it something, and of them their number, sum and sum of squares are enough.
"""

from __future__ import annotations

from typing import Any

from maxmargin.losses._arrays import Array, Namespace, index_dtype, is_torch, positive_part, running_sum
from maxmargin.losses._batch import Batch
from maxmargin.losses._few import pairs_with_few, places_of_few

__all__ = ["mass_of_grades", "mass_of_two_kinds", "pairs_of_grades", "pairs_of_two_kinds", "spoil"]


def pairs_of_two_kinds(batch: Batch, z: Array, positive: Array, weight: Array, *, margin: float, power: int) -> Array:
    """``Σ wᵢwⱼ·cost(zᵢ, zⱼ)`` over the negatives i and the positives j of each row (…, n); shape (…).

    It is computed in float64 where there is one: sums over many items lose too many digits otherwise.
    """
    xp, wide = batch.xp, _widest(batch)
    places = places_of_few(batch, z, positive)
    if places is not None:
        return xp.astype(pairs_with_few(xp, z, positive, weight, places, margin=margin, power=power), wide)
    key = xp.where(positive, z, z + margin)
    order = _ascending(xp, key, positive)
    key, positive, weight = (xp.take_along_axis(array, order, axis=-1) for array in (key, positive, weight))
    key, weight = xp.astype(key, wide), xp.astype(weight, wide)
    key = key - _near_mean(xp, key)
    nothing = xp.zeros_like(key)
    high, low = xp.where(positive, weight, nothing), xp.where(positive, nothing, weight)
    below = running_sum(xp, high)
    # Without positives below it a negative costs nothing, nor does a positive above all: be their scores infinite.
    lifted = xp.where((below > 0) & (low > 0), key, nothing)
    moved = xp.where((high > 0) & (key < float("inf")), key, nothing)
    costs = below * lifted - running_sum(xp, high * moved)
    if power == 2:
        costs = xp.where(xp.isinf(costs), costs, _squares(xp, high, below, lifted, moved))
    total = xp.sum(low * positive_part(xp, xp.where(low > 0, costs, nothing)), axis=-1)
    return spoil(xp, total, z)


def _squares(xp: Namespace, high: Array, below: Array, lifted: Array, moved: Array) -> Array:
    """The sum of the squared distances from each item to the positives below it, where all are finite."""
    lifted, moved = (xp.where(xp.isfinite(keys), keys, xp.zeros_like(keys)) for keys in (lifted, moved))
    first, second = running_sum(xp, high * moved), running_sum(xp, high * (moved * moved))
    return lifted * (below * lifted - first) - (lifted * first - second)


def mass_of_two_kinds(xp: Namespace, positive: Array, weight: Array) -> Array:
    """``Σ wᵢwⱼ`` over the same pairs; shape (…)."""
    nothing = xp.zeros_like(weight)
    high, low = xp.where(positive, weight, nothing), xp.where(positive, nothing, weight)
    return xp.sum(high, axis=-1) * xp.sum(low, axis=-1)


def pairs_of_grades(batch: Batch, z: Array, grade: Array, weight: Array, *, margin: float, power: int) -> Array:
    """``Σ wᵢwⱼ·cost(zᵢ, zⱼ)`` over the pairs of a row (…, n) with gradeᵢ < gradeⱼ; shape (…). It takes n² numbers a row."""
    xp, pairs = batch.xp, _pair_weights(batch.xp, grade, weight)
    costs = positive_part(xp, (z + margin)[..., None, :] - z[..., :, None])
    costs = xp.where(pairs > 0, costs if power == 1 else costs * costs, xp.zeros_like(costs))
    return spoil(xp, xp.sum(pairs * costs, axis=(-2, -1)), z)


def mass_of_grades(xp: Namespace, grade: Array, weight: Array) -> Array:
    """``Σ wᵢwⱼ`` over the same pairs; shape (…)."""
    return xp.sum(_pair_weights(xp, grade, weight), axis=(-2, -1))


def _pair_weights(xp: Namespace, grade: Array, weight: Array) -> Array:
    """wᵢwⱼ where gradeᵢ < gradeⱼ, at row j and column i; (…, n, n)."""
    both = weight[..., None, :] * weight[..., :, None]
    return xp.where(grade[..., None, :] < grade[..., :, None], both, xp.zeros_like(both))


def spoil(xp: Namespace, total: Array, z: Array) -> Array:
    """The total of each row, NaN if a score of the row is: sorting and choosing could lose it."""
    return total + xp.sum(xp.where(xp.isnan(z), z, xp.zeros_like(z)), axis=-1)


def _ascending(xp: Namespace, key: Array, positive: Array) -> Array:
    """The order of the keys, negatives first where they are equal: at a kink nothing is to be counted."""
    kind = xp.argsort(xp.astype(positive, xp.uint8), axis=-1)
    return xp.take_along_axis(kind, xp.argsort(xp.take_along_axis(key, kind, axis=-1), axis=-1), axis=-1)


def _widest(batch: Batch) -> Any:
    """float64, or the type of the scores where the framework or the device has none."""
    xp, scores = batch.xp, batch.scores
    if is_torch(scores) and scores.device.type == "mps":
        return scores.dtype
    return xp.float64 if index_dtype(xp) == xp.int64 else scores.dtype


def _near_mean(xp: Namespace, key: Array) -> Array:
    """A whole number near the mean of each row: sums of distances to it lose fewer digits, and none of short scores.

    Its derivative is 0, as it should be: pairs do not change when all scores move.
    """
    finite = xp.where(xp.isfinite(key), key, xp.zeros_like(key))
    return xp.round(xp.sum(finite, axis=-1, keepdims=True) / max(key.shape[-1], 1))
