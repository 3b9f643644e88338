"""What the losses of several classes share: keywords, the axis of the classes, probabilities in the place of labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypedDict

from maxmargin.exceptions import InvalidParameterError, InvalidTargetError, ShapeError, UnsupportedTypeError
from maxmargin.losses._arrays import Array, Validate, device_of, index_dtype, is_kind
from maxmargin.losses._batch import Batch, open_batch
from maxmargin.losses._labels import class_factors, class_targets
from maxmargin.losses._parameters import integer
from maxmargin.losses._reduction import (
    Reduction,
    check_reduction,
    kept_by_mask,
    kept_scores,
    reduce_samples,
    sample_weights,
)

__all__ = ["ClassOptions", "RowLoss", "reduced_rows", "with_classes_last"]

# What a loss makes of rows of scores z (…, K) and class indices (…): one number a row.
RowLoss: TypeAlias = Callable[[Batch, Array, Array], Array]

# Of 1, how far the probabilities of a sample may sum; those in bfloat16 lose that much.
_SUM_TOLERANCE = 0.02


class ClassOptions(TypedDict, total=False):
    """The keywords of every loss of more than two classes.

    Parameters
    ----------
    soft : bool, default=False
        False: y (…) holds class indices. True: y (…, n_classes) holds the probability of each class, and the loss is its
        expectation, ``Σ_c y_c · loss(scores, c)``. That takes n_classes² numbers a sample; where only two classes are
        possible, as after mixing two samples, add their losses instead.
    axis : int, default=-1
        The axis of the classes; 1 for images of PyTorch, (N, K, height, width).
    class_weight : array (n_classes,), optional
        Factor of the samples of each class.
    sample_weight : array, optional
        A weight ≥ 0 for each sample; its shape is that of y, or the first axes of it.
    mask : array of bool, optional
        True where a sample counts; shapes as for ``sample_weight``.
    ignore_index : int, optional
        Samples with this label do not count.
    reduction : {"mean", "weighted_mean", "sum", "none"}, default="mean"
        "mean" divides by the number of samples that count, "weighted_mean" by the sum of their weights.
    validate : {"auto", True, False}, default="auto"
        Whether to look at labels and weights; "auto" does so in main memory and outside of traces. What is not looked at
        gives NaN where it is not valid.
    """

    soft: bool
    axis: int
    class_weight: Any
    sample_weight: Array | None
    mask: Array | None
    ignore_index: int | None
    reduction: Reduction
    validate: Validate


def reduced_rows(
    row_loss: RowLoss, scores: Array, y: Array, *, soft: bool = False, axis: int = -1, class_weight: Any = None,
    sample_weight: Array | None = None, mask: Array | None = None, ignore_index: int | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    """The result of a call: `RowLoss` of its rows of scores, with the keywords of `ClassOptions`."""
    check_reduction(reduction)
    batch = open_batch(scores, y=y, sample_weight=sample_weight, mask=mask, validate=validate)
    batch = with_classes_last(batch, axis, soft=soft)
    if soft:
        if ignore_index is not None:
            raise InvalidParameterError("ignore_index is a class and y holds probabilities (soft=True): pass mask= instead")
        losses, factor, keep, valid = _expected_loss(batch, row_loss, class_weight)
    else:
        targets = class_targets(batch, ignore_index)
        losses = row_loss(batch, kept_scores(batch, targets.keep), targets.values)
        factor = class_factors(batch, targets.values, batch.scores.shape[-1], class_weight)
        keep, valid = targets.keep, targets.valid
    weight = sample_weights(batch, keep, tuple(losses.shape))
    return reduce_samples(batch, losses, reduction, weight=weight, factor=factor, keep=keep, valid=valid)


def with_classes_last(batch: Batch, axis: int, *, soft: bool = False) -> Batch:
    """The batch with the axis of the classes moved to the end of the scores, and of y if it has that axis too.

    Raises
    ------
    ShapeError
        For scores without that axis, or without classes.
    """
    shape = tuple(batch.scores.shape)
    axis = integer("axis", axis, -(2**31))
    if not -len(shape) <= axis < len(shape) or not shape[axis]:
        raise ShapeError(f"scores have the shape {shape}; expected an axis {axis} of classes, with one entry for each")
    if axis in (-1, len(shape) - 1):
        return batch
    axis %= len(shape)
    order = (*(other for other in range(len(shape)) if other != axis), axis)
    others = dict(batch.others)
    if soft and tuple(others["y"].shape) == shape:
        others["y"] = batch.xp.permute_dims(others["y"], order)
    return Batch(batch.xp, batch.xp.permute_dims(batch.scores, order), batch.dtype, others, batch.validate)


def _expected_loss(
    batch: Batch, row_loss: RowLoss, class_weight: Any
) -> tuple[Array, Array | None, Array | None, Array | None]:
    """``Σ_c p_c·loss(scores, c)`` of each sample, its factor, and where it is kept and valid.

    With class weights w the expectation is that over ``p_c·w_c``, and the factor of a sample is their sum.

    Raises
    ------
    ShapeError, UnsupportedTypeError
    InvalidTargetError
        For what is no probability, or does not sum to 1.
    """
    xp, y, shape = batch.xp, batch.others["y"], tuple(batch.scores.shape)
    if tuple(y.shape) != shape:
        raise ShapeError(
            f"scores have the shape {shape} and y {tuple(y.shape)}; expected equal shapes, the probability of each class "
            "(leave out soft=True for class indices)"
        )
    if not is_kind(xp, y.dtype, "real floating"):
        raise UnsupportedTypeError(f"y has the type {y.dtype}; expected floating-point probabilities, as soft=True says")
    keep = kept_by_mask(batch, shape[:-1])
    p, valid = _probabilities(batch, batch.cast(y), keep)
    weights = class_factors(batch, _every_class(batch, shape), shape[-1], class_weight)
    factor = None
    if weights is not None:
        p = p * weights
        factor = xp.sum(p, axis=-1)
        p = p / xp.where(factor == 0, xp.ones_like(factor), factor)[..., None]
    z = kept_scores(batch, keep)[..., None, :]
    each = row_loss(batch, xp.broadcast_to(z, (*shape, shape[-1])), _every_class(batch, shape))
    # A class without probability does not count, be its loss infinite.
    return xp.sum(xp.where(p == 0, xp.zeros_like(p), p * each), axis=-1), factor, keep, valid


def _every_class(batch: Batch, shape: tuple[int, ...]) -> Array:
    """0 … K − 1 in each row."""
    xp = batch.xp
    return xp.broadcast_to(xp.arange(shape[-1], dtype=index_dtype(xp), device=device_of(batch.scores)), shape)


def _probabilities(batch: Batch, p: Array, keep: Array | None) -> tuple[Array, Array | None]:
    xp = batch.xp
    if keep is not None:
        p = xp.where(keep[..., None], p, xp.full_like(p, 1.0 / p.shape[-1]))
    total = xp.sum(p, axis=-1)
    valid = xp.all(p >= 0, axis=-1) & (xp.abs(total - 1.0) <= _SUM_TOLERANCE)
    message = "the probabilities y at {place} sum to {value}; expected numbers ≥ 0 that sum to 1 (weights: sample_weight=)"
    return p, batch.check(valid, InvalidTargetError, message, total)
