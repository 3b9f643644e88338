"""A linear head: the features, weights and labels of one call, checked. Its scores are never stored whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from maxmargin.exceptions import ShapeError
from maxmargin.losses._arrays import Array, Namespace, Validate, is_on_host
from maxmargin.losses._batch import Batch, open_batch
from maxmargin.losses._labels import Targets, class_factors, class_targets
from maxmargin.losses._parameters import finite, integer, one_of
from maxmargin.losses._reduction import (
    Reduction,
    check_reduction,
    kept_scores,
    reduce_samples,
    sample_coefficients,
    sample_weights,
)

__all__ = ["Call", "Head", "open_call"]

_BLOCK_ON_HOST = 1 << 18  # numbers of a block of scores: a megabyte of float32, which stays in the cache
_BLOCK_ON_DEVICE = 1 << 25
_FEWEST_CLASSES = 128  # narrower blocks waste the matrix product


@dataclass(frozen=True, slots=True)
class Head:
    """Scores ``features · weightᵀ + bias`` of N samples and K classes, of which C at a time are computed."""

    xp: Namespace
    features: Array  # (N, d)
    weight: Array  # (K, d)
    bias: Array | None  # (K,)
    y: Array  # (N,)
    chunk: int  # C

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.weight.shape[0])

    def scores_of(self, classes: Array) -> Array:
        """The scores of M classes of each sample; (N, M)."""
        xp, flat = self.xp, self.xp.reshape(classes, (-1,))
        rows = xp.reshape(xp.take(self.weight, flat, axis=0), (*classes.shape, self.weight.shape[1]))
        scores = xp.sum(self.features[:, None, :] * rows, axis=-1)
        return scores if self.bias is None else scores + xp.reshape(xp.take(self.bias, flat, axis=0), tuple(classes.shape))

    def true_scores(self) -> Array:
        """The score of the true class of each sample; (N,)."""
        return self.scores_of(self.y[:, None])[:, 0]

    def all_scores(self) -> Array:
        """The scores, N × K of them: what this module exists to avoid."""
        scores = self.features @ self.weight.T
        return scores if self.bias is None else scores + self.bias[None, :]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a fused loss: the head with one row a sample, and what `reduce_samples` wants."""

    batch: Batch
    head: Head
    targets: Targets
    margins: Array  # (N,)
    power: int
    reduction: Reduction
    weights: dict[str, Array | None]

    def reduced(self, losses: Array) -> Array:
        """The result of the call, from the losses of the rows."""
        return reduce_samples(self.batch, self._in_shape(losses), self.reduction, valid=self.targets.valid, **self.weights)

    def coefficients(self) -> Array:
        """The derivative of the result with respect to the losses of the rows; NaN where the label is not valid."""
        found = sample_coefficients(self.batch, self._in_shape(self.margins), self.reduction, **self.weights)
        return self.batch.xp.reshape(self.batch.poison(found, self.targets.valid), (-1,))

    def _in_shape(self, losses: Array) -> Array:
        return self.batch.xp.reshape(losses, tuple(self.targets.values.shape))


def open_call(
    features: Array, weight: Array, y: Array, *, bias: Array | None = None, margin: Any = 1.0, power: int = 1,
    chunk: int | None = None, class_weight: Any = None, sample_weight: Array | None = None, mask: Array | None = None,
    ignore_index: int | None = None, reduction: Reduction = "mean", validate: Validate = "auto",
) -> Call:  # fmt: skip
    """Check the arguments and lay out the head."""
    check_reduction(reduction)
    one_of("power", power, (1, 2))
    batch = open_batch(
        features, y=y, weight=weight, bias=bias, sample_weight=sample_weight, mask=mask, validate=validate, name="features"
    )
    n_classes, shape = _check_shapes(batch), tuple(batch.scores.shape[:-1])
    targets = class_targets(batch, ignore_index, n_classes=n_classes, shape=shape)
    weights = {
        "weight": sample_weights(batch, targets.keep, shape),
        "factor": class_factors(batch, targets.values, n_classes, class_weight),
        "keep": targets.keep,
    }
    xp, bias, n_rows = batch.xp, batch.others["bias"], math.prod(shape)
    head = Head(
        xp,
        features=xp.reshape(kept_scores(batch, targets.keep), (n_rows, batch.scores.shape[-1])),
        weight=batch.cast(batch.others["weight"]),
        bias=None if bias is None else batch.cast(bias),
        y=xp.reshape(targets.values, (n_rows,)),
        chunk=_chunk(batch, chunk, n_rows, n_classes),
    )
    return Call(batch, head, targets, _margins(batch, head, margin), power, reduction, weights)


def _check_shapes(batch: Batch) -> int:
    """The number of classes."""
    features, weight, bias = tuple(batch.scores.shape), tuple(batch.others["weight"].shape), batch.others["bias"]
    if not features or len(weight) != 2 or weight[-1] != features[-1] or not weight[0]:
        raise ShapeError(
            f"features have the shape {features} and weight {weight}; expected (…, n_features) and (n_classes, n_features)"
        )
    if bias is not None and tuple(bias.shape) != weight[:1]:
        raise ShapeError(f"bias has the shape {tuple(bias.shape)}; expected {weight[:1]}, one number a class")
    return int(weight[0])


def _margins(batch: Batch, head: Head, margin: Any) -> Array:
    """The margin of each sample."""
    if isinstance(margin, (int, float)):
        return batch.xp.full_like(batch.xp.zeros_like(head.features[:, 0]), finite("margin", margin))
    margins = batch.parameter(margin, "margin", (), (head.n_classes,))
    return (
        batch.xp.take(margins, head.y, axis=0) if len(margins.shape) else batch.xp.zeros_like(head.features[:, 0]) + margins
    )


def _chunk(batch: Batch, chunk: int | None, n_rows: int, n_classes: int) -> int:
    if chunk is not None:
        return min(integer("chunk", chunk, 1), n_classes)
    block = _BLOCK_ON_HOST if _is_on_host(batch) else _BLOCK_ON_DEVICE
    return min(max(_FEWEST_CLASSES, block // max(n_rows, 1)), n_classes)


def _is_on_host(batch: Batch) -> bool:
    try:
        return is_on_host(batch.scores)
    except Exception:  # what is traced may have no device: then the size that is right for processors is never far wrong
        return True
