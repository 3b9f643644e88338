"""What every field of a `LinearModel` must be, and which columns it predicts from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from maxmargin.exceptions import InvalidModelError, ShapeError
from maxmargin.problem import Loss
from maxmargin.solvers import Status

if TYPE_CHECKING:
    from maxmargin.model.linear import LinearModel

__all__ = ["check_model", "match_names"]

_STATUSES = tuple(status for status in get_args(Status) if status != "interrupted")
_LABEL_KINDS = "biufUSO"


def check_model(model: LinearModel) -> None:
    """Raise InvalidModelError for the first field that is not what it must be."""
    _check_classes(model.classes)
    _check_arrays(model)
    _check_scalars(model)
    _check_multipliers(model)
    _check_names(model)


def _raise(field: str, got: str, expected: str) -> None:
    raise InvalidModelError(f"model field {field!r}: got {got}, expected {expected}")


def _check_classes(classes: Any) -> None:
    if not isinstance(classes, np.ndarray) or classes.ndim != 1 or classes.dtype.kind not in _LABEL_KINDS:
        _raise("classes", _kind(classes), "a 1-D array of integers, strings, booleans or numbers")
    if classes.size < 2:
        _raise("classes", f"{classes.size} classes", "at least 2")
    if classes.dtype.kind == "f" and not np.isfinite(classes).all():
        _raise("classes", "a label that is not finite", "finite labels")
    try:
        ascending = bool((classes[:-1] < classes[1:]).all())
    except TypeError as error:
        raise InvalidModelError(f"model field 'classes': the labels have no common order ({error})") from error
    if not ascending:
        _raise("classes", "labels out of order or repeated", "ascending, distinct labels")


def _check_arrays(model: LinearModel) -> None:
    n_classes = model.classes.size
    k = 1 if n_classes == 2 else n_classes
    if not _is_floats(model.coef) or model.coef.ndim != 2 or model.coef.shape[0] != k or model.coef.shape[1] == 0:
        _raise("coef", _kind(model.coef), f"float64 of shape ({k}, n_features ≥ 1) for {n_classes} classes")
    for name, size in (("intercept", k), ("class_weight", n_classes), ("primal", k), ("dual", k), ("gap", k)):
        array = getattr(model, name)
        if not _is_floats(array) or array.shape != (size,):
            _raise(name, _kind(array), f"float64 of shape ({size},)")
    for name in ("coef", "intercept", "class_weight"):
        if not np.isfinite(getattr(model, name)).all():
            _raise(name, "NaN or infinity", "finite numbers")
    for name in ("primal", "dual", "gap"):
        if np.isnan(getattr(model, name)).any():
            _raise(name, "NaN", "numbers")
    for name in ("class_weight", "primal", "gap"):
        if (getattr(model, name) < 0).any():
            _raise(name, "a negative number", "numbers ≥ 0")


def _check_scalars(model: LinearModel) -> None:
    if model.loss not in get_args(Loss):
        _raise("loss", repr(model.loss), "one of " + ", ".join(map(repr, get_args(Loss))))
    if model.status not in _STATUSES:
        _raise("status", repr(model.status), "one of " + ", ".join(map(repr, _STATUSES)))
    if not isinstance(model.fit_intercept, bool):
        _raise("fit_intercept", repr(model.fit_intercept), "true or false")
    if not model.fit_intercept and model.intercept.any():
        _raise("intercept", "a value that is not 0", "0, because fit_intercept is false")
    for name, low in (("C", "> 0"), ("tol", "> 0"), ("fit_time", "≥ 0")):
        value = getattr(model, name)
        if not isinstance(value, float) or not math.isfinite(value) or value < 0 or (value == 0 and low == "> 0"):
            _raise(name, repr(value), f"a finite number {low}")
    for name, least in (("n_iter", 0), ("n_rows", 1)):
        value = getattr(model, name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**63:
            _raise(name, repr(value), f"an integer ≥ {least}")


def _check_multipliers(model: LinearModel) -> None:
    if model.multipliers is None:
        return
    if len(model.multipliers) != model.n_problems:
        _raise("multipliers", f"{len(model.multipliers)} problems", f"{model.n_problems}, one for each row of coef")
    for k, (rows, values) in enumerate(model.multipliers):
        field = f"multipliers[{k}]"
        if not isinstance(rows, np.ndarray) or rows.dtype != np.int64 or rows.ndim != 1:
            _raise(field, _kind(rows), "row numbers, int64 of shape (n_support,)")
        if not _is_floats(values) or values.shape != rows.shape:
            _raise(field, _kind(values), f"float64 values of shape {rows.shape}, one for each row number")
        if rows.size and (rows[0] < 0 or rows[-1] >= model.n_rows):
            _raise(field, f"row numbers from {rows[0]} to {rows[-1]}", f"row numbers from 0 to {model.n_rows - 1}")
        if not (rows[:-1] < rows[1:]).all():
            _raise(field, "row numbers out of order or repeated", "ascending, distinct row numbers")
        if not np.isfinite(values).all() or not (values > 0).all():
            _raise(field, "a multiplier that is not positive and finite", "finite multipliers > 0")


def _check_names(model: LinearModel) -> None:
    names = model.feature_names
    if names is None:
        return
    if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
        _raise("feature_names", type(names).__name__, "a tuple of strings")
    if len(names) != model.n_features:
        _raise("feature_names", f"{len(names)} names", f"{model.n_features}, one for each column of coef")


def _is_floats(array: Any) -> bool:
    return isinstance(array, np.ndarray) and array.dtype == np.float64


def _kind(value: Any) -> str:
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def match_names(model: LinearModel, X: Any) -> None:
    """Raise ShapeError unless the frame ``X`` brings the columns of the training data, in order. Other X pass."""
    columns = getattr(X, "columns", None)
    if model.feature_names is None or columns is None:
        return
    got = tuple(columns)
    if not all(isinstance(name, str) for name in got) or got == model.feature_names:
        return
    missing = _absent(model.feature_names, got)
    if missing:
        raise ShapeError(f"X lacks the columns {missing}; pass the columns of the training data")
    extra = _absent(got, model.feature_names)
    if extra:
        raise ShapeError(f"X has the columns {extra}, which the model does not know; drop them")
    raise ShapeError("X has the columns of the training data in another order; pass X[list(model.feature_names)]")


def _absent(names: tuple[str, ...], others: tuple[str, ...]) -> str:
    """Those of ``names`` that are none of ``others``, quoted; empty where there are none."""
    known = set(others)
    absent = [name for name in names if name not in known]
    return ", ".join(map(repr, absent[:5])) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
