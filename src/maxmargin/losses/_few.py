"""Sums over the pairs of items of a row, where each row has few positives: one pass over the row for each of them.

Up to some eight of them that is faster than sorting. How many there are is a question to the values: it is not asked of a
trace, nor of an accelerator, which would have to be waited for.
"""

from __future__ import annotations

import math

from maxmargin.losses._arrays import (
    Array,
    Namespace,
    device_of,
    index_dtype,
    is_concrete,
    is_on_host,
    is_torch,
    positive_part,
)
from maxmargin.losses._batch import Batch

__all__ = ["FEW", "pairs_with_few", "places_of_few"]

FEW = 8


def places_of_few(batch: Batch, z: Array, positive: Array) -> Array | None:
    """Where the positives of each row (…, n) are, (…, up to 8), filled with −1.

    None if they are more or none, if a score is not finite, or if nobody may look.
    """
    xp, n = batch.xp, z.shape[-1]
    if 0 in z.shape or not (is_concrete(positive) and is_on_host(positive) and is_concrete(z)):
        return None
    if not _is_finite(xp, z):  # sorting knows what to do with infinity and NaN
        return None
    rows = xp.reshape(positive, (-1, n))
    counts = xp.astype(xp.sum(batch.cast(rows), axis=-1), index_dtype(xp))
    most = int(xp.max(counts))
    if not 0 < most <= FEW:  # without positives sorting gives a 0 that is a function of the scores
        return None
    # All positives in order, and where those of each row begin.
    columns = xp.nonzero(rows)[1]
    begins = xp.cumulative_sum(counts) - counts
    which = xp.arange(most, dtype=counts.dtype, device=device_of(z))
    last = columns.shape[0] - 1
    at = begins[:, None] + which
    places = xp.take(columns, xp.reshape(xp.where(at > last, xp.full_like(at, last), at), (-1,)), axis=0)
    places = xp.reshape(xp.astype(places, counts.dtype), at.shape)
    return xp.reshape(xp.where(which < counts[:, None], places, xp.full_like(places, -1)), (*z.shape[:-1], most))


def _is_finite(xp: Namespace, z: Array) -> bool:
    if is_torch(z):  # the smallest and the largest in one pass, NaN if there is one
        return all(math.isfinite(number) for number in z.detach().aminmax())
    return bool(xp.all(xp.isfinite(z)))


def pairs_with_few(
    xp: Namespace, z: Array, positive: Array, weight: Array, places: Array, *, margin: float, power: int
) -> Array:
    """``Σ wᵢwⱼ·max(0, (zᵢ + margin) − zⱼ)^power`` over the negatives i and the positives j of each row (…, n); shape (…).

    All scores are finite.
    """
    low, lifted = xp.where(positive, xp.zeros_like(weight), weight), z + margin
    at = xp.where(places < 0, xp.zeros_like(places), places)
    high, factor = (xp.take_along_axis(array, at, axis=-1) for array in (z, weight))
    factor = xp.where(places < 0, xp.zeros_like(factor), factor)
    total = xp.zeros_like(z[..., 0])
    for column in range(places.shape[-1]):
        costs = positive_part(xp, lifted - high[..., column : column + 1])
        total = total + factor[..., column] * xp.sum(low * (costs if power == 1 else costs * costs), axis=-1)
    return total
