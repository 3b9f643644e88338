"""What one call works on: its arrays, their namespace, the type to compute in, and which values may be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from maxmargin.exceptions import InvalidParameterError, MaxMarginError, ShapeError, TracingError, UnsupportedTypeError
from maxmargin.losses._arrays import (
    Array,
    Namespace,
    Validate,
    all_of,
    as_array,
    common_namespace,
    device_of,
    is_concrete,
    is_kind,
    is_on_host,
    working_dtype,
)

__all__ = ["Batch", "open_batch", "spread"]


@dataclass(frozen=True, slots=True)
class Batch:
    """The scores, ready to compute with, and the arrays that came with them.

    ``scores`` is in the working type, ``dtype`` is the type to give back, ``others`` holds what was passed beside the scores
    (None where it was not).
    """

    xp: Namespace
    scores: Array
    dtype: Any
    others: dict[str, Array]
    validate: Validate

    def cast(self, array: Array) -> Array:
        """The array in the working type."""
        return self._as(array, self.scores.dtype)

    def give_back(self, array: Array) -> Array:
        """The result in the type that the scores had."""
        return self._as(array, self.dtype)

    def _as(self, array: Array, dtype: Any) -> Array:
        return array if array.dtype == dtype else self.xp.astype(array, dtype)

    def parameter(self, value: Any, name: str, *shapes: tuple[int, ...]) -> Array:
        """A parameter that is a number, nested sequences, or an array of the framework, of one of these shapes."""
        if isinstance(value, Real):
            array = self.constant(float(value))
        elif isinstance(value, (list, tuple)):
            # Plain numbers do not pass through NumPy, which torch.compile would have to follow.
            plain = all(type(number) in (int, float) for number in value)
            array = self.constant(list(value) if plain else as_array(value, name).tolist())
        else:
            array = as_array(value, name)
            common_namespace({"scores": self.scores, name: array})
        if not is_kind(self.xp, array.dtype, "real floating", "integral"):
            raise UnsupportedTypeError(f"{name} has the type {array.dtype}; expected numbers")
        if array.shape not in shapes:
            expected = " or ".join(str(shape) if shape else "a number" for shape in shapes)
            raise ShapeError(f"{name} has the shape {tuple(array.shape)}; expected {expected}")
        return self.cast(array)

    def constant(self, value: Any) -> Array:
        """A number or nested list as an array beside the scores."""
        return self.xp.asarray(value, dtype=self.scores.dtype, device=device_of(self.scores))

    def check(self, valid: Array, error: type[MaxMarginError], message: str, values: Array) -> Array | None:
        """Raise for the first value that is not valid; where no value may be looked at, hand on ``valid`` for `poison`.

        ``message`` may name ``{value}``, the first that is not valid, and its ``{place}``.
        """
        if not self.may_look(valid):
            return valid
        if bool(all_of(self.xp, valid)):
            return None
        first = int(self.xp.argmax(self.xp.astype(self.xp.reshape(~valid, (-1,)), self.xp.int32)))
        value = self.xp.reshape(values, (-1,))[first]
        raise error(message.format(value=self._number(value), place=_place(first, valid.shape)))

    def _number(self, value: Array) -> Any:
        """The only number of an array, as one of Python."""
        if hasattr(value, "item"):
            return value.item()
        return int(value) if is_kind(self.xp, value.dtype, "integral") else float(value)

    def poison(self, array: Array, valid: Array | None) -> Array:
        """The array with NaN, in value and gradient, where an input was not valid and could not be reported."""
        if valid is None:
            return array
        # Made from the scores, because a loss that is flat there would pass no NaN on to the gradient. The inner choice
        # keeps the gradient of the other entries, which would be 0·NaN.
        source, shape = self.scores, tuple(array.shape)
        if tuple(source.shape[:-1]) == shape and source.shape[-1:] > (0,):
            source = source[..., 0]
        source = source if tuple(source.shape) == shape else array
        return self.xp.where(valid, array, self.xp.where(valid, self.xp.zeros_like(source), source) * float("nan"))

    def may_look(self, array: Array) -> bool:
        """Whether the values of a result may be looked at.

        Raises
        ------
        TracingError
            Where they must be (``validate=True``) and cannot.
        """
        # The question is put to a result, not to an input: under jax.jit what is computed from a constant is traced as well.
        if self.validate is False:
            return False
        concrete = is_concrete(array)
        if self.validate is True and not concrete:
            raise TracingError(
                "validate=True needs values, and this code is being traced, compiled or mapped; use validate='auto' "
                "there (invalid labels then give NaN) and check the labels before"
            )
        return concrete and (self.validate is True or is_on_host(array))


def open_batch(scores: Any, *, validate: Validate = "auto", name: str = "scores", **others: Any) -> Batch:
    """Recognise the arrays of a call and check what needs no values: framework, device and type of the scores.

    ``name`` is what messages call the first array.

    Raises
    ------
    NamespaceError, UnsupportedTypeError, ComplexInputError, InvalidParameterError
    """
    if not (validate is True or validate is False or validate == "auto"):
        raise InvalidParameterError(f"validate must be 'auto', True or False. Got {validate!r} instead.")
    scores = as_array(scores, name)
    arrays = {key: None if value is None else as_array(value, key) for key, value in others.items()}
    xp = common_namespace({name: scores, **{key: array for key, array in arrays.items() if array is not None}})
    working = working_dtype(xp, scores, name)
    dtype = scores.dtype
    return Batch(xp, scores if dtype == working else xp.astype(scores, working), dtype, arrays, validate)


def spread(xp: Namespace, array: Array, shape: Sequence[int], name: str) -> Array:
    """An array with one entry a sample, made to fit ``shape``: its own shape must be the beginning of that one.

    Raises
    ------
    ShapeError
    """
    own, shape = tuple(array.shape), tuple(shape)
    if own == shape:
        return array
    if own != shape[: len(own)]:
        expected = f"{shape}" if len(shape) < 2 else f"{shape} or {shape[:1]}"
        raise ShapeError(f"{name} has the shape {own}; expected {expected}, one entry a sample")
    return xp.broadcast_to(xp.reshape(array, own + (1,) * (len(shape) - len(own))), shape)


def _place(position: int, shape: Sequence[int]) -> str:
    """Where the entry stands, in words."""
    indices: list[int] = []
    for size in reversed(tuple(shape)):
        position, index = divmod(position, size)
        indices.insert(0, index)
    return f"position {', '.join(map(str, indices))}" if indices else "the only position"
