"""What single fields of a model must be, and which columns it predicts from: what all models have in common."""

from __future__ import annotations

import math
from typing import Any, NoReturn, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin.exceptions import InvalidModelError, ShapeError
from maxmargin.solvers import Status

__all__ = [
    "check_choice", "check_classes", "check_floats", "check_integer", "check_names", "check_not_negative", "check_number",
    "check_objectives", "check_status", "frozen", "is_floats", "is_read_only", "kind_of",
    "match_names", "read_only", "refuse",
]  # fmt: skip

_STATUSES = tuple(status for status in get_args(Status) if status != "interrupted")
_LABEL_KINDS = "biufUSO"


class _Named(Protocol):
    """A model that may know the names of its columns."""

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The names, in the order of the columns."""


def refuse(field: str, got: str, expected: str) -> NoReturn:
    """Raise InvalidModelError for a field."""
    raise InvalidModelError(f"model field {field!r}: got {got}, expected {expected}")


def check_choice(field: str, value: Any, choices: tuple[Any, ...]) -> None:
    """Raise unless ``value`` is one of ``choices``."""
    if value not in choices:
        refuse(field, repr(value), "one of " + ", ".join(map(repr, choices)))


def check_status(status: Any) -> None:
    """Raise unless a fit may end so."""
    check_choice("status", status, _STATUSES)


def check_classes(classes: Any) -> None:
    """Raise unless ``classes`` are at least two distinct labels, ascending."""
    if not isinstance(classes, np.ndarray) or classes.ndim != 1 or classes.dtype.kind not in _LABEL_KINDS:
        refuse("classes", kind_of(classes), "a 1-D array of integers, strings, booleans or numbers")
    if classes.size < 2:
        refuse("classes", f"{classes.size} classes", "at least 2")
    if classes.dtype.kind == "f" and not np.isfinite(classes).all():
        refuse("classes", "a label that is not finite", "finite labels")
    try:
        ascending = bool((classes[:-1] < classes[1:]).all())
    except TypeError as error:
        raise InvalidModelError(f"model field 'classes': the labels have no common order ({error})") from error
    if not ascending:
        refuse("classes", "labels out of order or repeated", "ascending, distinct labels")


def check_floats(field: str, array: Any, shape: tuple[int, ...], *, finite: bool = True) -> None:
    """Raise unless ``array`` is float64 of that shape; with ``finite``, without NaN and infinity, else without NaN."""
    if not is_floats(array) or array.shape != shape:
        refuse(field, kind_of(array), f"float64 of shape {shape}")
    if finite and not np.isfinite(array).all():
        refuse(field, "NaN or infinity", "finite numbers")
    if np.isnan(array).any():
        refuse(field, "NaN", "numbers")


def check_not_negative(field: str, array: NDArray[Any]) -> None:
    """Raise where a number is negative."""
    if (array < 0).any():
        refuse(field, "a negative number", "numbers ≥ 0")


def check_objectives(model: Any, k: int) -> None:
    """Raise unless primal, dual and gap of ``k`` problems are numbers; one that overflows is infinite."""
    for field in ("primal", "dual", "gap"):
        check_floats(field, getattr(model, field), (k,), finite=False)
    check_not_negative("gap", model.gap)


def check_number(field: str, value: Any, low: str) -> None:
    """Raise unless ``value`` is a finite float; ``low`` is "> 0" or "≥ 0"."""
    known = isinstance(value, float) and math.isfinite(value) and value >= 0 and (value > 0 or low == "≥ 0")
    if not known:
        refuse(field, repr(value), f"a finite number {low}")


def check_integer(field: str, value: Any, least: int) -> None:
    """Raise unless ``value`` is an integer of 64 bits, at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**63:
        refuse(field, repr(value), f"an integer ≥ {least}")


def check_names(names: Any, n_features: int) -> None:
    """Raise unless ``names`` is None, or has a string for each column."""
    if names is None:
        return
    if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
        refuse("feature_names", type(names).__name__, "a tuple of strings")
    if len(names) != n_features:
        refuse("feature_names", f"{len(names)} names", f"{n_features}, one for each column")


def is_floats(array: Any) -> bool:
    """Whether ``array`` is an array of float64."""
    return isinstance(array, np.ndarray) and array.dtype == np.float64


def kind_of(value: Any) -> str:
    """Type and shape of an array, type of anything else."""
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view: a frozen model stays frozen, and the array it was made from is left alone."""
    view: NDArray[Any] = array.view()
    view.flags.writeable = False
    return view


def read_only(values: Any) -> Any:
    """The same, whose numbers nobody can write to any more."""
    for array in _arrays_of(values):
        array.flags.writeable = False
    return values


def is_read_only(values: Any) -> bool:
    """Whether that has been done, of an array or a sparse matrix."""
    arrays = _arrays_of(values)
    return bool(arrays) and not any(array.flags.writeable for array in arrays)


def _arrays_of(values: Any) -> list[NDArray[Any]]:
    if issparse(values):
        return [values.data, values.indices, values.indptr] if values.format == "csr" else []
    return [values] if isinstance(values, np.ndarray) else []


def match_names(model: _Named, X: Any) -> None:
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
