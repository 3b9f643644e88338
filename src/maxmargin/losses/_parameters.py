"""Parameters of losses: Python numbers, checked once, with the range in the message.

They leave here as Python numbers, because those never change the type of an array.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from maxmargin.exceptions import InvalidParameterError

__all__ = ["finite", "integer", "non_negative", "one_of", "positive", "within"]


def _raise(name: str, value: Any, expected: str) -> None:
    raise InvalidParameterError(f"{name} must be {expected}. Got {value!r} instead.")


def finite(name: str, value: Any, expected: str = "a finite number") -> float:
    """The number as a float."""
    if type(value) is not float and (isinstance(value, bool) or not isinstance(value, Real)):
        _raise(name, value, expected)
    # Compared, not asked of math.isfinite, which torch.compile cannot follow for numbers that it takes for variables.
    if not -math.inf < value < math.inf:
        _raise(name, value, expected)
    return float(value)


def positive(name: str, value: Any) -> float:
    """The number > 0 as a float."""
    return within(name, value, "a finite number > 0", 0.0, math.inf, open_low=True)


def non_negative(name: str, value: Any) -> float:
    """The number ≥ 0 as a float."""
    return within(name, value, "a finite number ≥ 0", 0.0, math.inf)


def within(
    name: str, value: Any, expected: str, low: float, high: float, *, open_low: bool = False, open_high: bool = False
) -> float:
    """The number between the bounds, of which each may be excluded, as a float."""
    number = finite(name, value, expected)
    if not low <= number <= high or (open_low and number == low) or (open_high and number == high):
        _raise(name, value, expected)
    return number


def integer(name: str, value: Any, low: int, high: float = math.inf) -> int:
    """The integer in low … high."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        _raise(name, value, f"an integer ≥ {low}" if high == math.inf else f"an integer from {low} to {high}")
    return int(value)


def one_of(name: str, value: Any, choices: tuple[Any, ...]) -> None:
    """Raise unless the value is one of the choices and of its type."""
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return
    _raise(name, value, "one of " + ", ".join(map(repr, choices)))
