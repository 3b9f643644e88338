"""What every field of a `LinearModel` must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from maxmargin.model.fields import (
    check_choice,
    check_classes,
    check_floats,
    check_integer,
    check_names,
    check_not_negative,
    check_number,
    check_objectives,
    check_status,
    is_floats,
    kind_of,
    refuse,
)
from maxmargin.problem import Loss

if TYPE_CHECKING:
    from maxmargin.model.linear import LinearModel

__all__ = ["check_model"]


def check_model(model: LinearModel) -> None:
    """Raise InvalidModelError for the first field that is not what it must be."""
    check_classes(model.classes)
    _check_arrays(model)
    _check_scalars(model)
    _check_multipliers(model)
    check_names(model.feature_names, model.n_features)


def _check_arrays(model: LinearModel) -> None:
    n_classes = model.classes.size
    k = 1 if n_classes == 2 else n_classes
    if not is_floats(model.coef) or model.coef.ndim != 2 or model.coef.shape[0] != k or model.coef.shape[1] == 0:
        refuse("coef", kind_of(model.coef), f"float64 of shape ({k}, n_features ≥ 1) for {n_classes} classes")
    check_floats("coef", model.coef, model.coef.shape)
    check_floats("intercept", model.intercept, (k,))
    check_floats("class_weight", model.class_weight, (n_classes,))
    check_not_negative("class_weight", model.class_weight)
    check_objectives(model, k)
    check_not_negative("primal", model.primal)


def _check_scalars(model: LinearModel) -> None:
    check_choice("loss", model.loss, get_args(Loss))
    check_status(model.status)
    if not isinstance(model.fit_intercept, bool):
        refuse("fit_intercept", repr(model.fit_intercept), "true or false")
    if not model.fit_intercept and model.intercept.any():
        refuse("intercept", "a value that is not 0", "0, because fit_intercept is false")
    for name, low in (("C", "> 0"), ("tol", "> 0"), ("fit_time", "≥ 0")):
        check_number(name, getattr(model, name), low)
    for name, least in (("n_iter", 0), ("n_rows", 1)):
        check_integer(name, getattr(model, name), least)


def _check_multipliers(model: LinearModel) -> None:
    if model.multipliers is None:
        return
    if len(model.multipliers) != model.n_problems:
        refuse("multipliers", f"{len(model.multipliers)} problems", f"{model.n_problems}, one for each row of coef")
    for k, (rows, values) in enumerate(model.multipliers):
        field = f"multipliers[{k}]"
        if not isinstance(rows, np.ndarray) or rows.dtype != np.int64 or rows.ndim != 1:
            refuse(field, kind_of(rows), "row numbers, int64 of shape (n_support,)")
        if not is_floats(values) or values.shape != rows.shape:
            refuse(field, kind_of(values), f"float64 values of shape {rows.shape}, one for each row number")
        if rows.size and (rows[0] < 0 or rows[-1] >= model.n_rows):
            refuse(field, f"row numbers from {rows[0]} to {rows[-1]}", f"row numbers from 0 to {model.n_rows - 1}")
        if not (rows[:-1] < rows[1:]).all():
            refuse(field, "row numbers out of order or repeated", "ascending, distinct row numbers")
        if not np.isfinite(values).all() or not (values > 0).all():
            refuse(field, "a multiplier that is not positive and finite", "finite multipliers > 0")
