"""Losses of a whole list of items of two kinds: one number a row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias, TypedDict

from maxmargin.exceptions import ShapeError
from maxmargin.losses._arrays import Array, Validate
from maxmargin.losses._batch import Batch, open_batch
from maxmargin.losses._labels import BinaryLabels, Targets, sign_targets
from maxmargin.losses._reduction import Reduction, check_reduction, kept_scores, reduce_samples, sample_weights

__all__ = ["ListLoss", "ListOptions", "is_positive", "reduced_lists", "require_items"]

# What a loss makes of rows of scores (…, n) and of where the positives and the negatives are: one number a row.
ListLoss: TypeAlias = Callable[[Batch, Array, Array, Array], Array]


class ListOptions(TypedDict, total=False):
    """The keywords of the losses of a list: of a row of items, of a set of labels, of an image.

    Parameters
    ----------
    labels : {"signed", "01"}, default="signed"
        "signed": y holds −1 and +1 of a signed type, or booleans. "01": y holds 0 and 1. It is never guessed.
    sample_weight : array, optional
        A weight ≥ 0 for each list.
    mask : array of bool, optional
        True where an item counts; its shape is that of the scores, or the first axes of it.
    ignore_index : int, optional
        Items with this label do not count.
    reduction : {"mean", "weighted_mean", "sum", "none"}, default="mean"
        Over the lists; "mean" divides by the number of those in which an item counts.
    validate : {"auto", True, False}, default="auto"
        Whether to look at labels and weights; "auto" does so in main memory and outside of traces. What is not looked at
        gives NaN where it is not valid.
    """

    labels: BinaryLabels
    sample_weight: Array | None
    mask: Array | None
    ignore_index: int | None
    reduction: Reduction
    validate: Validate


def reduced_lists(
    list_loss: ListLoss, scores: Array, y: Array, *, list_axes: int | None = None, labels: BinaryLabels = "signed",
    sample_weight: Array | None = None, mask: Array | None = None, ignore_index: int | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    """The result of a call: `ListLoss` of its lists, with the keywords of `ListOptions`.

    The first ``list_axes`` axes of the scores number the lists, by default all but the last one.
    """
    check_reduction(reduction)
    batch = open_batch(scores, y=y, sample_weight=sample_weight, mask=mask, validate=validate)
    require_items(batch, 1 if list_axes is None else list_axes + 1)
    xp, shape = batch.xp, tuple(batch.scores.shape)
    targets = sign_targets(batch, labels, ignore_index)
    outer = shape[: len(shape) - 1 if list_axes is None else list_axes]
    rows = (*outer, math.prod(shape[len(outer) :]))
    positive = xp.reshape(is_positive(targets), rows)
    keep = None if targets.keep is None else xp.reshape(targets.keep, rows)
    negative = ~positive if keep is None else ~positive & keep
    losses = list_loss(batch, xp.reshape(kept_scores(batch, targets.keep), rows), positive, negative)
    kept = None if keep is None else xp.any(keep, axis=-1)
    valid = None if targets.valid is None else xp.all(xp.reshape(targets.valid, rows), axis=-1)
    weight = sample_weights(batch, kept, outer)
    return reduce_samples(batch, losses, reduction, weight=weight, keep=kept, valid=valid)


def require_items(batch: Batch, n_axes: int = 1) -> None:
    """Raise ShapeError for scores with fewer axes."""
    shape = tuple(batch.scores.shape)
    if len(shape) < n_axes:
        remedy = ", or per_image=False for a single one" if n_axes > 1 else ""
        raise ShapeError(f"scores have the shape {shape}; expected {n_axes} or more axes, the last one of items{remedy}")


def is_positive(targets: Targets) -> Array:
    """Where the label is +1 and the item counts."""
    positive = targets.values > 0
    return positive if targets.keep is None else positive & targets.keep
