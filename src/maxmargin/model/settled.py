"""Which labels are settled by decision values that may be off by so much.

``doubts`` are the most that values can differ from those in float64. A row whose label they leave open, or for which they
are no number, is not settled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from maxmargin.model.support import votes

__all__ = ["Settled", "signs_settled", "votes_settled", "winner_settled"]

_Vector = NDArray[np.float64]
Settled = Callable[[_Vector, _Vector], NDArray[np.bool_]]


def signs_settled(values: _Vector, doubts: _Vector) -> NDArray[np.bool_]:
    """Rows with no value whose sign is open."""
    return np.asarray((np.abs(values) > doubts).all(axis=1))


def winner_settled(values: _Vector, doubts: _Vector) -> NDArray[np.bool_]:
    """Rows whose largest value is the largest whatever the doubts are."""
    best = values.argmax(axis=1)[:, None]
    others = values + doubts
    np.put_along_axis(others, best, -np.inf, axis=1)
    least = np.take_along_axis(values - doubts, best, axis=1)
    return np.asarray((least > others).all(axis=1))


def votes_settled(pairs: Sequence[tuple[int, int]], n_classes: int) -> Settled:
    """Of pairs of classes: rows that no pair is open of and one class wins more pairs of than any other."""

    def settled(values: _Vector, doubts: _Vector) -> NDArray[np.bool_]:
        won = np.rint(votes(values, pairs, n_classes))  # what is added to the votes is less than a third of one
        won.sort(axis=1)
        return np.asarray(signs_settled(values, doubts) & (won[:, -1] > won[:, -2]))

    return settled
