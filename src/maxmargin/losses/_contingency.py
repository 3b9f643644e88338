"""Losses of a whole list: the largest, over all labelings ȳ, of ``Δ(ȳ, y) + (1/n)·Σ fᵢ(ȳᵢ − yᵢ)``.

If Δ depends on the numbers of errors only, the labelings worth trying miss the positives with the lowest scores and take the
negatives with the highest: with c positives missed and b negatives taken, a pair of sorted sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maxmargin.losses._arrays import Array, Namespace, device_of, index_dtype, positive_part, running_sum
from maxmargin.losses._pairs import spoil

__all__ = ["Labelings", "labelings", "largest_f1_loss", "largest_precision_loss"]

_INF = float("inf")


@dataclass(frozen=True, slots=True)
class Labelings:
    """The labelings of each row of scores z (…, n); what is neither positive nor negative is not there.

    ``taken`` holds what 0 … n negatives add to the loss, the highest first, and ``missed`` what 0 … n positives, the lowest
    first, take from it; both have the shape (…, n + 1).
    """

    xp: Namespace
    z: Array
    n_positive: Array  # (…, 1), as are the others
    n_negative: Array
    n_items: Array
    steps: Array  # what each negative adds, from the highest down; (…, n)
    taken: Array
    missed: Array

    def places(self, n: int) -> Array:
        """0 … n as indices."""
        return self.xp.arange(n + 1, dtype=index_dtype(self.xp), device=device_of(self.z))

    def numbers(self, places: Array) -> Array:
        """Indices in the type of the scores."""
        return self.xp.astype(places, self.z.dtype)

    def largest(self, values: Array, possible: Array) -> Array:
        """The loss of each row: the largest value of a labeling that is possible, if it is above 0."""
        xp = self.xp
        best = xp.max(xp.where(possible, values, xp.full_like(values, -_INF)), axis=-1)
        return spoil(xp, positive_part(xp, xp.where(self.n_items[..., 0] > 0, best, xp.zeros_like(best))), self.z)


def labelings(xp: Namespace, z: Array, positive: Array, negative: Array) -> Labelings:
    """Sort and sum the scores of the two kinds."""
    n_positive, n_negative = (xp.sum(xp.astype(kind, z.dtype), axis=-1, keepdims=True) for kind in (positive, negative))
    n_items = n_positive + n_negative
    factor = 2.0 / xp.where(n_items > 0, n_items, xp.ones_like(n_items))
    steps = factor * _sorted(xp, z, negative, n_negative, descending=True)
    losses = factor * _sorted(xp, z, positive, n_positive, descending=False)
    return Labelings(xp, z, n_positive, n_negative, n_items, steps, _sums(xp, steps), _sums(xp, losses))


def largest_f1_loss(lists: Labelings) -> Array:
    """The loss of each row for Δ = 1 − F1, in O(n log n).

    With c positives missed, F1 = 2(P − c)/(2P − c + b) falls slower and slower as the b negatives taken become more, and
    those are worth less and less: the best b is where one more does not pay, which halving finds.
    """
    xp, n = lists.xp, lists.z.shape[-1]
    c = lists.numbers(lists.places(n)) + xp.zeros_like(lists.taken)
    possible = c <= lists.n_positive
    hits = xp.where(possible, lists.n_positive - c, xp.zeros_like(c))

    def f1(b: Array) -> Array:
        size = 2.0 * lists.n_positive - c + b
        return 2.0 * hits / xp.where(possible & (size > 0), size, xp.ones_like(size))

    def gain(place: Array) -> Array:
        b = lists.numbers(place)
        next_place = xp.where(place < n, place, xp.full_like(place, n - 1))
        return f1(b) - f1(b + 1.0) + xp.take_along_axis(lists.steps, next_place, axis=-1)

    # Without positives there is no F1 until a negative is taken; y itself costs nothing.
    fewest = xp.astype((lists.n_positive == 0) & (lists.n_negative > 0), lists.places(n).dtype)
    fewest = fewest + xp.zeros_like(lists.places(n))
    most = xp.astype(lists.n_negative, fewest.dtype) + xp.zeros_like(fewest)
    b = _first_without_gain(xp, gain, fewest, most, steps=n.bit_length())
    values = 1.0 - f1(lists.numbers(b)) + xp.take_along_axis(lists.taken, b, axis=-1) - lists.missed
    return lists.largest(values, possible & (lists.n_items > 0))


def largest_precision_loss(lists: Labelings, k: int) -> Array:
    """The loss of each row for Δ = 1 − (positives among the k that ȳ takes) / k; with fewer items, ȳ takes them all."""
    xp = lists.xp
    b = lists.numbers(lists.places(k)) + xp.zeros_like(lists.n_items)
    n_taken = xp.where(lists.n_items < k, lists.n_items, xp.full_like(lists.n_items, k))
    c = lists.n_positive - n_taken + b
    possible = (c >= 0) & (c <= lists.n_positive) & (b <= lists.n_negative)
    place = xp.astype(xp.where(possible, c, xp.zeros_like(c)), index_dtype(xp))
    delta = b / xp.where(n_taken > 0, n_taken, xp.ones_like(n_taken))
    values = delta + lists.taken[..., : k + 1] - xp.take_along_axis(lists.missed, place, axis=-1)
    return lists.largest(values, possible)


def _sorted(xp: Namespace, z: Array, kind: Array, count: Array, *, descending: bool) -> Array:
    """The scores of one kind in order, then zeros."""
    ordered = xp.sort(xp.where(kind, z, xp.full_like(z, -_INF if descending else _INF)), axis=-1, descending=descending)
    place = xp.astype(xp.arange(z.shape[-1], device=device_of(z)), z.dtype)
    return xp.where(place < count, ordered, xp.zeros_like(ordered))


def _sums(xp: Namespace, values: Array) -> Array:
    """The sums of the first 0 … n entries of each row."""
    return xp.concat([xp.zeros_like(xp.sum(values, axis=-1, keepdims=True)), running_sum(xp, values)], axis=-1)


def _first_without_gain(xp: Namespace, gain: Callable[[Array], Array], low: Array, high: Array, *, steps: int) -> Array:
    """The first place from low to high at which a falling gain is not above 0, or high."""
    for _ in range(steps):
        middle = (low + high) // 2
        pays = (low < high) & (gain(middle) > 0)
        low, high = xp.where(pays, middle + 1, low), xp.where(pays, high, middle)
    return low
