"""Parameters that the kernel machines share: each checked once per fit, with the range in the message.

Kernels check their own numbers when they are resolved.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from maxmargin.exceptions import InvalidParameterError

__all__ = ["machine_parameter_defect", "validate_machine_parameters"]


def validate_machine_parameters(estimator: Any) -> None:
    """Raise InvalidParameterError for the first parameter of a kernel machine that is outside its range."""
    name = type(estimator).__name__
    given = vars(estimator)  # get_params asks for the signature, which takes as long as a small fit
    for parameter, check in _CHECKS.items():
        if parameter in given:
            expected = check(given[parameter])
            if expected is not None:
                raise InvalidParameterError(
                    f"The {parameter!r} parameter of {name} must be {expected}. Got {given[parameter]!r} instead."
                )


def machine_parameter_defect(parameter: str, value: Any) -> str | None:
    """What a parameter must be, where ``value`` is something else; of those that are checked here."""
    expected: str | None = _CHECKS[parameter](value)
    return expected


def _is_real(value: Any) -> bool:
    if type(value) is float:  # asking an abstract class takes ten times as long
        return not math.isnan(value)
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_)) and not math.isnan(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, (bool, np.bool_))


def _within(low: float, high: float, expected: str, *, open_low: bool = True, open_high: bool = True) -> Any:
    def check(value: Any) -> str | None:
        if not _is_real(value):
            return expected
        above = low < value or (value == low and not open_low)
        below = value < high or (value == high and not open_high)
        return None if above and below else expected

    return check


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, (bool, np.bool_)) else "a boolean"


def _one_of(*choices: Any) -> Any:
    def check(value: Any) -> str | None:
        known = any(type(value) is type(choice) and value == choice for choice in choices)
        return None if known else "one of " + ", ".join(map(repr, choices))

    return check


def _max_iter(value: Any) -> str | None:
    return None if _is_integer(value) and value >= -1 else "an integer ≥ 0, or -1 for no limit"


def _max_time(value: Any) -> str | None:
    return None if value is None or (_is_real(value) and value > 0) else "seconds > 0, or None for no limit"


def _n_jobs(value: Any) -> str | None:
    known = value is None or (_is_integer(value) and value != 0)
    return None if known else "None, a positive number of threads, or -1 for all cores"


def _memory_limit(value: Any) -> str | None:
    known = value is None or (_is_real(value) and value > 0)
    return None if known else "bytes > 0, or None for three quarters of what is free"


def _max_components(value: Any) -> str | None:
    return None if _is_integer(value) and value >= 1 else "an integer ≥ 1"


def _callback(value: Any) -> str | None:
    return None if value is None or callable(value) else "None or a function of one Progress"


def _verbose(value: Any) -> str | None:
    known = isinstance(value, (bool, np.bool_)) or (_is_real(value) and value >= 0)
    return None if known else "a boolean or an integer ≥ 0"


_CHECKS = {
    "C": _within(0.0, math.inf, "a number > 0 (infinity is a hard margin)", open_high=False),
    "nu": _within(0.0, 1.0, "a number in (0, 1]", open_high=False),
    "epsilon": _within(0.0, math.inf, "a finite number ≥ 0", open_low=False),
    "tol": _within(0.0, math.inf, "a finite number > 0"),
    "fit_intercept": _boolean,
    "shrinking": _boolean,
    "probability": lambda value: None if value == "deprecated" else _boolean(value),
    "cache_size": _within(0.0, math.inf, "a number of megabytes > 0"),
    "verbose": _verbose,
    "max_iter": _max_iter,
    "max_time": _max_time,
    "decision_function_shape": _one_of("ovr", "ovo"),
    "break_ties": _boolean,
    "multi_class": _one_of("ovo", "ovr"),
    "warm_start": _boolean,
    "n_jobs": _n_jobs,
    "memory_limit": _memory_limit,
    "callback": _callback,
    "approximation": _one_of(None, "nystroem", "fourier"),
    "approximation_tol": _within(0.0, math.inf, "a finite number > 0"),
    "max_components": _max_components,
}
