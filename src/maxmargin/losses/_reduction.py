"""From one loss a sample to the result: masks, weights, sums and means.

| ``reduction`` | result |
|---|---|
| ``"none"`` | wᵢ ℓᵢ, and 0 where masked |
| ``"sum"`` | Σ wᵢ ℓᵢ |
| ``"mean"`` | Σ wᵢ ℓᵢ / number of samples that are not masked |
| ``"weighted_mean"`` | Σ wᵢ ℓᵢ / Σ wᵢ |

Without samples, or with all of them masked, each is 0 and so is its gradient.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from maxmargin.exceptions import InvalidWeightError, UnsupportedTypeError
from maxmargin.losses._arrays import Array, Namespace, is_kind, sum_of
from maxmargin.losses._batch import Batch, spread
from maxmargin.losses._parameters import one_of

__all__ = [
    "Reduction",
    "check_reduction",
    "kept_by_mask",
    "kept_scores",
    "reduce_samples",
    "sample_coefficients",
    "sample_weights",
]

Reduction: TypeAlias = Literal["none", "sum", "mean", "weighted_mean"]


def check_reduction(reduction: Any) -> None:
    """Raise InvalidParameterError for an unknown reduction."""
    one_of("reduction", reduction, ("none", "sum", "mean", "weighted_mean"))


def kept_by_mask(batch: Batch, shape: tuple[int, ...]) -> Array | None:
    """The mask of the call, one boolean a sample, True where the sample counts; None where all do.

    Raises
    ------
    ShapeError, UnsupportedTypeError
    """
    mask = batch.others.get("mask")
    if mask is None:
        return None
    if not is_kind(batch.xp, mask.dtype, "bool"):
        raise UnsupportedTypeError(
            f"mask has the type {mask.dtype}; expected booleans, True where a sample counts: pass mask != 0"
        )
    return spread(batch.xp, mask, shape, "mask")


def kept_scores(batch: Batch, keep: Array | None) -> Array:
    """The scores with 0 in the place of masked ones, so that not even their NaN reaches a gradient.

    ``keep`` has the shape of the scores, or lacks the last axis (the classes).
    """
    if keep is None:
        return batch.scores
    keep = keep if len(keep.shape) == len(batch.scores.shape) else keep[..., None]
    return batch.xp.where(keep, batch.scores, batch.xp.zeros_like(batch.scores))


def sample_weights(batch: Batch, keep: Array | None, shape: tuple[int, ...]) -> Array | None:
    """The weights of the call, one a sample in the working type, 0 where masked; None where all are 1.

    Raises
    ------
    ShapeError, UnsupportedTypeError
    InvalidWeightError
        For a weight that is negative, infinite or NaN; where values cannot be looked at it becomes NaN.
    """
    weight = batch.others.get("sample_weight")
    if weight is None:
        return None
    xp = batch.xp
    if is_kind(xp, weight.dtype, "complex floating"):
        raise UnsupportedTypeError(f"sample_weight has the type {weight.dtype}; expected real numbers")
    weight = spread(xp, batch.cast(weight), shape, "sample_weight")
    if keep is not None:
        weight = xp.where(keep, weight, xp.zeros_like(weight))
    message = "sample_weight is {value} at {place}; expected finite numbers ≥ 0 (mask= removes samples)"
    valid = batch.check((weight >= 0) & (weight < float("inf")), InvalidWeightError, message, weight)
    return batch.poison(weight, valid)


def reduce_samples(
    batch: Batch, losses: Array, reduction: Reduction, *, weight: Array | None = None, factor: Array | None = None,
    keep: Array | None = None, valid: Array | None = None,
) -> Array:  # fmt: skip
    """The losses, one a sample in the working type, as the result of the call in the type of the scores.

    ``weight`` (of samples) and ``factor`` (of classes) are multiplied; ``keep`` is False where a sample is masked; ``valid``
    is False where its label is not one: such a sample gives NaN unless it is masked.
    """
    xp = batch.xp
    losses = batch.poison(losses, valid)
    weight = _joined(xp, weight, factor, keep)
    weighted = losses if weight is None else losses * weight
    if keep is not None:
        weighted = xp.where(keep, weighted, xp.zeros_like(weighted))
    if reduction == "none":
        return batch.give_back(weighted)
    return batch.give_back(sum_of(xp, weighted) / _divisor(batch, losses, reduction, weight, keep))


def sample_coefficients(
    batch: Batch, losses: Array, reduction: Reduction, *, weight: Array | None = None, factor: Array | None = None,
    keep: Array | None = None,
) -> Array:  # fmt: skip
    """The derivative of what `reduce_samples` gives with respect to the loss of each sample, in the working type."""
    xp = batch.xp
    weight = _joined(xp, weight, factor, keep)
    one = xp.ones_like(losses) if weight is None else weight
    one = one if keep is None else xp.where(keep, one, xp.zeros_like(one))
    return one / _divisor(batch, losses, reduction, weight, keep)


def _joined(xp: Namespace, weight: Array | None, factor: Array | None, keep: Array | None) -> Array | None:
    """The weight of each sample, that of its class included, 0 where masked; None where all are 1."""
    if factor is not None:
        weight = factor if weight is None else weight * factor
    if keep is not None and weight is not None:
        weight = xp.where(keep, weight, xp.zeros_like(weight))
    return weight


def _divisor(batch: Batch, losses: Array, reduction: Reduction, weight: Array | None, keep: Array | None) -> Any:
    """What the sum is divided by; never 0."""
    xp = batch.xp
    if reduction in ("none", "sum"):
        return 1.0
    if reduction == "weighted_mean" and weight is not None:
        mass = sum_of(xp, weight)
        return xp.where(mass == 0, xp.ones_like(mass), mass)
    return _count(batch, losses, keep)


def _count(batch: Batch, losses: Array, keep: Array | None) -> Any:
    """How many samples are not masked, and 1 where none is; counted in integers, which float32 could not beyond 2²⁴."""
    if keep is None:
        count = 1
        for size in losses.shape:
            count *= size
        return float(max(count, 1))
    count = batch.xp.sum(batch.xp.astype(keep, batch.xp.int32))
    return batch.cast(batch.xp.where(count == 0, batch.xp.ones_like(count), count))
