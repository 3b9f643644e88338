"""Labels to classes and codes; sample weights to non-negative float64."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation.finite import raise_nonfinite_vector
from maxmargin.exceptions import (
    ComplexInputError,
    InvalidTargetError,
    InvalidWeightError,
    NonFiniteError,
    ShapeError,
    SingleClassError,
)

__all__ = ["Target", "encode_target", "validate_target", "validate_weights", "warn_column"]

_COUNTABLE_RANGE = 1 << 16  # integer labels within such a range are found by counting, not by sorting


@dataclass(frozen=True, slots=True)
class Target:
    """The classes, sorted, and for each row the position of its class in them (one byte, where there are few classes)."""

    classes: NDArray[Any]
    codes: NDArray[Any]


def validate_target(y: Any, n_rows: int, weights: NDArray[np.float64] | None = None, estimator: str = "LinearSVC") -> Target:
    """Find the classes of ``y``, counting rows of positive weight only: a row of weight 0 is absent.

    Raises
    ------
    InvalidTargetError, SingleClassError, NonFiniteError, ComplexInputError, ShapeError

    Examples
    --------
    >>> target = validate_target(["no", "yes", "no"], 3)
    >>> target.classes.tolist(), target.codes.tolist()
    (['no', 'yes'], [0, 1, 0])
    """
    labels = _to_labels(y, n_rows, estimator)
    present = None if weights is None or weights.min() > 0 else weights > 0
    classes = _classes(labels if present is None else labels[present])
    if classes.size < 2:
        rest = "" if present is None else " among the rows of positive weight"
        raise SingleClassError(
            f"y has one class{rest}: {classes[:1].tolist()}; {estimator} needs at least 2 classes to tell apart"
        )
    return Target(classes, _codes(labels, classes))


def encode_target(
    y: Any, n_rows: int, classes: NDArray[Any], weights: NDArray[np.float64] | None, estimator: str
) -> NDArray[Any]:
    """Positions of the labels ``y`` in known ``classes``; raises where a row of positive weight has another label."""
    labels = _to_labels(y, n_rows, estimator)
    try:
        codes = _codes(labels, classes)
        known = classes[codes] == labels
        unknown = np.flatnonzero(~known if weights is None else ~known & (weights > 0))
    except TypeError as error:
        raise InvalidTargetError(f"y has {labels.dtype} labels; the classes are {classes.tolist()}") from error
    if unknown.size:
        raise InvalidTargetError(
            f"y has the label {_shown(labels[unknown[0]])} at row {unknown[0]}; the classes are {classes.tolist()}"
        )
    return codes


def _to_labels(y: Any, n_rows: int, estimator: str) -> NDArray[Any]:
    if y is None:
        raise InvalidTargetError(f"{estimator} requires y to be passed, but the target y is None; pass one label a row")
    if hasattr(y, "tocsr"):
        raise InvalidTargetError("y is sparse; pass a 1-D array with one label a row")
    try:
        labels = np.asarray(y)
    except ValueError as error:
        raise ShapeError(f"y should be a 1d array with one label a row: {error}") from error
    if labels.ndim == 2 and labels.shape[1] == 1:
        warn_column(labels.shape)
        labels = labels.ravel()
    if labels.ndim != 1:
        raise ShapeError(f"y should be a 1d array with one label a row, got an array of shape {labels.shape} instead")
    if labels.size != n_rows:
        raise ShapeError(
            f"X has {n_rows} rows but y has {labels.size} labels (inconsistent numbers of samples); pass one label a row"
        )
    _check_kind(labels)
    return labels


def _shown(label: Any) -> str:
    return repr(label.item() if hasattr(label, "item") else label)


def warn_column(shape: tuple[int, ...]) -> None:
    """Warn that y is a column."""
    from sklearn.exceptions import DataConversionWarning

    warnings.warn(
        f"A column-vector y was passed when a 1d array was expected: y has the shape {shape}; pass y.ravel()",
        DataConversionWarning,
        stacklevel=2,
    )


def _check_kind(labels: NDArray[Any]) -> None:
    kind = labels.dtype.kind
    if kind in "biuUSM":
        return
    if kind == "c":
        raise ComplexInputError("Complex data not supported: y has complex labels; pass integers or strings")
    if kind == "f":
        raise_nonfinite_vector(labels, "y", "drop these rows")
        fractional = np.flatnonzero(labels != np.trunc(labels))
        if fractional.size:
            raise InvalidTargetError(
                f"Unknown label type: continuous. y has the fractional value "
                f"{_shown(labels[fractional[0]])} at row "
                f"{fractional[0]}; a classifier needs classes (integers or strings)"
            )
        return
    if kind == "O":
        _check_objects(labels)
        return
    raise InvalidTargetError(f"Unknown label type: {labels.dtype}; pass integers or strings")


def _check_objects(labels: NDArray[Any]) -> None:
    for row, label in enumerate(labels):
        if label is None or type(label).__name__ in ("NAType", "NaTType"):
            raise InvalidTargetError(f"y has a missing label at row {row}; drop the rows without a label")
        if isinstance(label, (complex, np.complexfloating)):
            raise ComplexInputError(f"Complex data not supported: y has a complex label at row {row}")
        if isinstance(label, (float, np.floating)):
            if not math.isfinite(label):
                raise NonFiniteError(f"y has the label {label!r} at row {row}; drop the rows without a label")
            if not float(label).is_integer():
                raise InvalidTargetError(f"Unknown label type: continuous. y has the value {label!r} at row {row}")


def _classes(labels: NDArray[Any]) -> NDArray[Any]:
    """Sorted distinct labels; without sorting all rows where the labels are numbers."""
    if labels.size and labels.dtype.kind in "biuf":
        low, high = labels.min(), labels.max()
        if low == high:
            return np.array(labels[:1])
        if bool(((labels == low) | (labels == high)).all()):
            return np.array([low, high], dtype=labels.dtype)
        countable = labels.dtype.kind in "iu" and labels.dtype != np.uint64
        if countable and int(high) - int(low) < _COUNTABLE_RANGE:
            seen = np.bincount(labels.astype(np.int64) - int(low))
            return (np.flatnonzero(seen) + int(low)).astype(labels.dtype)
    try:
        return np.asarray(np.unique(labels))
    except TypeError as error:
        raise InvalidTargetError(f"y mixes types of labels that have no common order: {error}") from error


def _codes(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    if classes.size == 2 and labels.dtype.kind in "biuf":
        return np.asarray(labels == classes[1]).view(np.uint8)
    found: NDArray[np.intp] = np.searchsorted(classes, labels)
    np.minimum(found, classes.size - 1, out=found)
    return found.astype(np.uint8) if classes.size <= 256 else found


def validate_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64] | None:
    """Weights as float64 of shape (n_rows,); None where all rows weigh 1. A number weighs every row alike.

    Raises
    ------
    InvalidWeightError, NonFiniteError
    """
    if sample_weight is None:
        return None
    if hasattr(sample_weight, "tocsr"):
        raise InvalidWeightError("sample_weight is sparse; pass a 1-D array with one number a row")
    try:
        given = np.asarray(sample_weight)
        if given.dtype.kind in "cmM":
            raise TypeError(f"they are of type {given.dtype}")
        weights = given.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise InvalidWeightError(f"sample_weight cannot be read as numbers: {error}") from error
    if weights.ndim == 0:
        weights = np.full(n_rows, float(weights))
    if weights.ndim != 1:
        raise InvalidWeightError(f"Sample weights must be 1D array or scalar, got an array of shape {weights.shape}")
    if weights.size != n_rows:
        raise InvalidWeightError(f"X has {n_rows} rows but sample_weight has {weights.size} entries; pass one a row")
    raise_nonfinite_vector(weights, "sample_weight", "drop these rows or give them the weight 0")
    if weights.size and not weights.max() > 0:
        raise InvalidWeightError(
            f"Invalid input - all samples have zero or negative weights: the largest is {weights.max():g}, so no row "
            "is left; give some rows a positive weight"
        )
    negative = np.flatnonzero(weights < 0)
    if negative.size:
        raise InvalidWeightError(
            f"sample_weight has {negative.size} negative entries (first {weights[negative[0]]:g} at row "
            f"{negative[0]}); "
            "weights count copies of a row, use 0 to drop one"
        )
    with np.errstate(over="ignore"):
        if not np.isfinite(weights.sum()):
            raise InvalidWeightError(
                "the sum of sample_weight is more than float64 holds; divide all weights by the largest"
            )
    return weights
