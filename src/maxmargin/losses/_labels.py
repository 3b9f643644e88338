"""Labels: signs for two classes, indices for more. A label is never guessed, wrapped or taken for another.

What is masked or carries ``ignore_index`` is replaced by a valid label before anything is computed from it. What is not
valid raises, or, where values cannot be looked at, makes its loss NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from maxmargin.exceptions import ClassRangeError, InvalidTargetError, InvalidWeightError, ShapeError, UnsupportedTypeError
from maxmargin.losses._arrays import Array, index_dtype, is_kind, is_torch
from maxmargin.losses._batch import Batch
from maxmargin.losses._parameters import integer, one_of
from maxmargin.losses._reduction import kept_by_mask

__all__ = ["BinaryLabels", "Targets", "binary_factors", "class_factors", "class_targets", "real_targets", "sign_targets"]

BinaryLabels: TypeAlias = Literal["signed", "01"]


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels to compute with, and what became of the rest.

    ``values`` holds signs −1.0 and +1.0, class indices, or numbers; ``keep`` is False where the sample is masked and
    ``valid`` is False where its label is not one (each None where there is no such sample).
    """

    values: Array
    keep: Array | None
    valid: Array | None


def sign_targets(batch: Batch, labels: BinaryLabels = "signed", ignore_index: int | None = None) -> Targets:
    """The labels ``y`` of the call as −1.0 and +1.0; they must have the shape of the scores.

    ``labels="signed"`` takes −1 and +1 of a signed type, and booleans; ``labels="01"`` takes 0 and 1 of any type.

    Raises
    ------
    ShapeError, InvalidTargetError, InvalidParameterError
    """
    one_of("labels", labels, ("signed", "01"))
    xp, y = batch.xp, batch.others["y"]
    _same_shape(batch, y, "a column (N, 1) and a vector (N,) would give N × N losses")
    keep = kept_by_mask(batch, tuple(y.shape))
    if is_kind(xp, y.dtype, "bool"):
        return Targets(2.0 * batch.cast(y) - 1.0, keep, None)
    if labels == "signed" and is_kind(xp, y.dtype, "unsigned integer"):
        raise InvalidTargetError(f"y has the type {y.dtype}, which cannot hold −1; pass labels='01' if it holds 0 and 1")
    if not _is_real(batch, y):
        raise InvalidTargetError(f"y has the type {y.dtype}; expected numbers −1 and +1, or booleans")
    keep, y = _without_ignored(batch, y, keep, ignore_index, as_signs=not is_kind(xp, y.dtype, "unsigned integer"))
    y = _where_kept(batch, y, keep, 1)
    signs = 2.0 * batch.cast(y) - 1.0 if labels == "01" else batch.cast(y)
    if _are_all_labels(batch, y, signs, labels):
        return Targets(signs, keep, None)
    is_label = (y == 0) | (y == 1) if labels == "01" else xp.abs(y) == 1
    return Targets(signs, keep, batch.check(is_label, InvalidTargetError, _sign_message(labels), y))


def _are_all_labels(batch: Batch, y: Array, signs: Array, labels: BinaryLabels) -> bool:
    """Whether all labels are known to be valid, found in a third of the time of comparing them; for PyTorch."""
    if not is_torch(y) or 0 in y.shape or not batch.may_look(y):
        return False
    whole = is_kind(batch.xp, y.dtype, "integral")
    if labels == "01":
        low, high = y.aminmax() if whole else (-1, -1)
        return bool(low >= 0) and bool(high <= 1)
    low, high = (signs if whole else y).abs().aminmax()
    return bool(low == 1) and bool(high == 1)


def _sign_message(labels: BinaryLabels) -> str:
    if labels == "01":
        return "y has the label {value} at {place}; expected 0 and 1, as labels='01' says"
    return (
        "y has the label {value} at {place}; expected −1 and +1 (pass labels='01' for 0 and 1, mask= to leave samples out)"
    )


def class_targets(
    batch: Batch, ignore_index: int | None = None, *, n_classes: int | None = None, shape: tuple[int, ...] | None = None
) -> Targets:
    """The labels ``y`` of the call as class indices 0 … n_classes − 1.

    The last axis of the scores is that of the classes, unless ``n_classes`` and the ``shape`` of y say otherwise.
    Indices that are not valid are replaced by 0 before any gather: negative ones would wrap, and in some frameworks
    the others do.

    Raises
    ------
    ShapeError, InvalidTargetError
    ClassRangeError
        For an index outside the range.
    """
    xp, y, of_scores = batch.xp, batch.others["y"], tuple(batch.scores.shape)
    if n_classes is None or shape is None:
        if not of_scores or not of_scores[-1]:
            raise ShapeError(f"scores have the shape {of_scores}; expected (…, n_classes), one column for each class")
        shape, n_classes = of_scores[:-1], of_scores[-1]
    if tuple(y.shape) != shape:
        raise ShapeError(
            f"scores have the shape {of_scores} and y {tuple(y.shape)}; expected y of {shape}, one class a sample"
        )
    if not is_kind(xp, y.dtype, "integral"):
        raise InvalidTargetError(
            f"y has the type {y.dtype}; expected class indices, integers (of one-hot rows: their argmax)"
        )
    keep, y = _without_ignored(batch, y, kept_by_mask(batch, shape), ignore_index)
    y = _where_kept(batch, y, keep, 0)
    inside = (y >= 0) & (y < n_classes)
    message = (
        f"y has the class {{value}} at {{place}}; expected 0 to {n_classes - 1} (ignore_index= or mask= leave samples out)"
    )
    valid = batch.check(inside, ClassRangeError, message, y)
    return Targets(y if valid is None else xp.where(inside, y, xp.zeros_like(y)), keep, valid)


def real_targets(batch: Batch) -> Targets:
    """The targets ``y`` of a regression in the working type; they must have the shape of the scores.

    Raises
    ------
    ShapeError, UnsupportedTypeError
    """
    y = batch.others["y"]
    _same_shape(batch, y, "a column (N, 1) and a vector (N,) would give N × N residuals")
    if not _is_real(batch, y):
        raise UnsupportedTypeError(f"y has the type {y.dtype}; expected real numbers")
    keep = kept_by_mask(batch, tuple(y.shape))
    return Targets(_where_kept(batch, batch.cast(y), keep, 0.0), keep, None)


def _same_shape(batch: Batch, y: Array, trap: str) -> None:
    if tuple(y.shape) != tuple(batch.scores.shape):
        raise ShapeError(
            f"scores have the shape {tuple(batch.scores.shape)} and y {tuple(y.shape)}; expected equal shapes ({trap}): "
            "reshape one of them"
        )


def _is_real(batch: Batch, y: Array) -> bool:
    return is_kind(batch.xp, y.dtype, "real floating", "integral")


def _without_ignored(
    batch: Batch, y: Array, keep: Array | None, ignore_index: int | None, *, as_signs: bool = False
) -> tuple[Array | None, Array]:
    """The mask joined with the labels that are not ignored, and integers in the type of indices, unless they are signs."""
    xp = batch.xp
    if is_kind(xp, y.dtype, "integral") and not (ignore_index is None and as_signs):
        # First, so that no number is compared in a type that cannot hold it; what does not fit becomes negative.
        index = index_dtype(xp)
        y = y if y.dtype == index else xp.astype(y, index)
    if ignore_index is None:
        return keep, y
    counted = y != integer("ignore_index", ignore_index, -(2**31), 2**31 - 1)
    return counted if keep is None else keep & counted, y


def _where_kept(batch: Batch, y: Array, keep: Array | None, otherwise: float) -> Array:
    return y if keep is None else batch.xp.where(keep, y, batch.xp.ones_like(y) * otherwise)


def binary_factors(batch: Batch, signs: Array, class_weight: Any, pos_weight: Any) -> Array | None:
    """The factor of each sample: class_weight = (of −1, of +1), and pos_weight for +1, a number or one for each column.

    Raises
    ------
    ShapeError, InvalidWeightError
    """
    if class_weight is None and pos_weight is None:
        return None
    xp, factor = batch.xp, batch.xp.ones_like(batch.scores)
    if class_weight is not None:
        pair = _weights(batch, class_weight, "class_weight", (2,))
        factor = xp.where(signs > 0, pair[1], pair[0])
    if pos_weight is not None:
        columns = tuple(batch.scores.shape[-1:]) if len(batch.scores.shape) > 1 else ()
        factor = xp.where(signs > 0, factor * _weights(batch, pos_weight, "pos_weight", (), columns), factor)
    return factor


def class_factors(batch: Batch, index: Array, n_classes: int, class_weight: Any) -> Array | None:
    """The factor of each sample: that of its class in ``class_weight`` of shape (n_classes,).

    Raises
    ------
    ShapeError, InvalidWeightError
    """
    if class_weight is None:
        return None
    weights = _weights(batch, class_weight, "class_weight", (n_classes,))
    flat = batch.xp.take(weights, batch.xp.reshape(index, (-1,)), axis=0)
    return batch.xp.reshape(flat, tuple(index.shape))


def _weights(batch: Batch, value: Any, name: str, *shapes: tuple[int, ...]) -> Array:
    weights = batch.parameter(value, name, *shapes)
    message = name + " has {value} at {place}; expected finite numbers ≥ 0"
    valid = batch.check((weights >= 0) & (weights < float("inf")), InvalidWeightError, message, weights)
    return batch.poison(weights, valid)
