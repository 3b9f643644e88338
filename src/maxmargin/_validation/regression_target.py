"""Targets of a regression to finite float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation.finite import raise_nonfinite_vector
from maxmargin._validation.target import warn_column
from maxmargin.exceptions import ComplexInputError, InvalidTargetError, ShapeError

__all__ = ["validate_regression_target"]


def validate_regression_target(y: Any, n_rows: int, estimator: str) -> NDArray[np.float64]:
    """``y`` as float64 of shape (n_rows,), all finite.

    Raises
    ------
    InvalidTargetError, NonFiniteError, ComplexInputError, ShapeError

    Examples
    --------
    >>> validate_regression_target([1, 2], 2, "SVR").tolist()
    [1.0, 2.0]
    """
    if y is None:
        raise InvalidTargetError(f"{estimator} requires y to be passed, but the target y is None; pass one number a row")
    if hasattr(y, "tocsr"):
        raise InvalidTargetError("y is sparse; pass a 1-D array with one number a row")
    try:
        target = np.asarray(y)
    except ValueError as error:
        raise ShapeError(f"y should be a 1d array with one number a row: {error}") from error
    if target.ndim == 2 and target.shape[1] == 1:
        warn_column(target.shape)
        target = target.ravel()
    if target.ndim != 1:
        raise ShapeError(f"y should be a 1d array with one number a row, got an array of shape {target.shape} instead")
    if target.size != n_rows:
        raise ShapeError(
            f"X has {n_rows} rows but y has {target.size} targets (inconsistent numbers of samples); pass one number a row"
        )
    if target.dtype.kind == "c":
        raise ComplexInputError("Complex data not supported: y has complex targets; pass real numbers")
    if target.dtype.kind in "mM":
        raise InvalidTargetError(
            f"y has values of type {target.dtype}; expected numbers. Convert them to a number of days or seconds first"
        )
    try:
        numbers = target.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidTargetError(f"y has values of type {target.dtype} that are not numbers: {error}") from error
    raise_nonfinite_vector(numbers, "y", "drop these rows")
    return numbers
