"""Parameters of an estimator: each checked once per fit, with the range in the message."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError, InvalidWeightError

__all__ = ["class_factors", "resolve_seed", "validate_parameters"]

_LOSSES = ("hinge", "squared_hinge")


def validate_parameters(estimator: Any) -> None:
    """Raise InvalidParameterError for the first parameter of a linear machine that is outside its range."""
    name = type(estimator).__name__
    _one_of(name, "loss", estimator.loss, _LOSSES)
    _penalty(name, estimator.penalty)
    _multi_class(name, estimator.multi_class)
    _positive(name, "C", estimator.C)
    _positive(name, "tol", estimator.tol)
    _positive(name, "intercept_scaling", estimator.intercept_scaling)
    _boolean(name, "fit_intercept", estimator.fit_intercept)
    _boolean(name, "warm_start", estimator.warm_start)
    if not (isinstance(estimator.dual, str) and estimator.dual == "auto"):
        _boolean(name, "dual", estimator.dual)
    if not _is_integer(estimator.max_iter) or estimator.max_iter < 0:
        _raise(name, "max_iter", estimator.max_iter, "an integer ≥ 0")
    if estimator.max_time is not None and not (_is_real(estimator.max_time) and estimator.max_time > 0):
        _raise(name, "max_time", estimator.max_time, "seconds > 0, or None for no limit")
    if estimator.n_jobs is not None and not (_is_integer(estimator.n_jobs) and estimator.n_jobs != 0):
        _raise(name, "n_jobs", estimator.n_jobs, "None, a positive number of threads, or -1 for all cores")
    if estimator.memory_limit is not None and not (_is_real(estimator.memory_limit) and estimator.memory_limit > 0):
        _raise(name, "memory_limit", estimator.memory_limit, "bytes > 0, or None for three quarters of what is free")
    if estimator.callback is not None and not callable(estimator.callback):
        _raise(name, "callback", estimator.callback, "None or a function of one Progress")
    if not (_is_real(estimator.verbose) or isinstance(estimator.verbose, (bool, np.bool_))) or estimator.verbose < 0:
        _raise(name, "verbose", estimator.verbose, "a boolean or an integer ≥ 0")


def _raise(estimator: str, parameter: str, value: Any, expected: str) -> None:
    raise InvalidParameterError(f"The {parameter!r} parameter of {estimator} must be {expected}. Got {value!r} instead.")


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_)) and not math.isnan(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, (bool, np.bool_))


def _positive(estimator: str, parameter: str, value: Any) -> None:
    if type(value) is float and 0.0 < value < math.inf:
        return
    if not _is_real(value) or not 0 < value < math.inf:
        _raise(estimator, parameter, value, "a finite number > 0")


def _boolean(estimator: str, parameter: str, value: Any) -> None:
    if value is not True and value is not False and not isinstance(value, np.bool_):
        expected = "a boolean or 'auto'" if parameter == "dual" else "a boolean"
        _raise(estimator, parameter, value, expected)


def _one_of(estimator: str, parameter: str, value: Any, choices: tuple[str, ...]) -> None:
    if not (isinstance(value, str) and value in choices):
        _raise(estimator, parameter, value, "one of " + ", ".join(map(repr, choices)))


def _penalty(estimator: str, value: Any) -> None:
    _one_of(estimator, "penalty", value, ("l2", "l1"))
    if value == "l1":
        raise InvalidParameterError(f"{estimator} has no penalty='l1' yet; the penalty that is available is 'l2'")


def _multi_class(estimator: str, value: Any) -> None:
    _one_of(estimator, "multi_class", value, ("ovr", "crammer_singer"))
    if value == "crammer_singer":
        raise InvalidParameterError(
            f"{estimator} has no multi_class='crammer_singer' yet; what is available is 'ovr' (one class against the rest)"
        )


def class_factors(
    class_weight: Any, classes: NDArray[Any], codes: NDArray[np.intp], weights: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Factor of C for each class; None where all are 1.

    ``"balanced"`` gives class k the factor ``total weight / (n_classes · weight of class k)``.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, str) and class_weight == "balanced":
        mass = np.bincount(codes, weights=weights, minlength=classes.size)
        return np.asarray(mass.sum() / (classes.size * mass), dtype=np.float64)
    if not isinstance(class_weight, dict):
        raise InvalidParameterError(
            f"The 'class_weight' parameter must be None, 'balanced' or a dict. Got {class_weight!r} instead."
        )
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown and any(label not in class_weight for label in labels):
        raise InvalidParameterError(f"class_weight names {unknown!r}, which are not classes of y: {labels!r}")
    factors = [class_weight.get(label, 1.0) for label in labels]
    for label, factor in zip(labels, factors, strict=True):
        if not _is_real(factor) or not 0 < factor < math.inf:
            raise InvalidWeightError(
                f"class_weight of class {label!r} is {factor!r}; expected a finite number > 0 (drop a class by its rows)"
            )
    return np.array(factors, dtype=np.float64)


def resolve_seed(random_state: Any) -> int:
    """A seed for the native solvers; None is a fixed one, because no generator is shared."""
    if random_state is None:
        return 0
    if _is_integer(random_state):
        if random_state < 0:
            _raise("the estimator", "random_state", random_state, "an integer ≥ 0, a generator or None")
        return int(random_state)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31 - 1))
    raise InvalidParameterError(
        f"The 'random_state' parameter must be an integer ≥ 0, a NumPy generator or None. Got {random_state!r} instead."
    )
