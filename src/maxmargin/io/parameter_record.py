"""Constructor parameters as JSON, and back: what they must be is for the model to say.

Numbers, strings, booleans and null are themselves. What JSON lacks is an object with one key:

{"infinity": 1} or {"infinity": -1}    {"bytes": "Latin-1 text"}    {"pairs": [[label, factor], ...]}    {"kernel": tree}
"""

from __future__ import annotations

import math
from typing import Any

from maxmargin.io.header_fields import expect, is_integer
from maxmargin.io.kernel_tree import decode_kernel, encode_kernel
from maxmargin.kernels import Kernel

__all__ = ["decode_parameters", "encode_parameters"]

_FIELD = "parameters"


def encode_parameters(parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """The parameters of a model; None where it has none."""
    return None if parameters is None else {name: _encode(value) for name, value in parameters.items()}


def decode_parameters(given: Any) -> dict[str, Any] | None:
    """The parameters; raises ModelFileError where one is nothing that was ever encoded."""
    expect(given is None or isinstance(given, dict), _FIELD, given, "a JSON object, or null")
    return None if given is None else {name: _decode(value) for name, value in given.items()}


def _encode(value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return {"infinity": 1 if value > 0 else -1}
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, dict):
        return {"pairs": [[_encode(key), _encode(factor)] for key, factor in value.items()]}
    return {"kernel": encode_kernel(value, _encode)} if isinstance(value, Kernel) else value


def _decode(value: Any) -> Any:
    if not isinstance(value, (dict, list)):
        return value
    kind, content = _entry(_FIELD, value)
    if kind == "kernel":
        return decode_kernel(content, number=_decode_scalar, field=_FIELD)
    if kind == "pairs":
        pairs = isinstance(content, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in content)
        expect(pairs, _FIELD, content, "a list of pairs")
        return {_decode_scalar(_FIELD, key): _decode_scalar(_FIELD, factor) for key, factor in content}
    return _decode_scalar(_FIELD, value)


def _decode_scalar(field: str, value: Any) -> Any:
    """A value that is no kernel and no dict."""
    if not isinstance(value, (dict, list)):
        return value
    kind, content = _entry(field, value)
    if kind == "infinity":
        expect(is_integer(content) and abs(content) == 1, field, content, "1 or -1")
        return math.inf * content
    latin = kind == "bytes" and isinstance(content, str) and all(ord(letter) < 256 for letter in content)
    expect(latin, field, value, "a plain value")
    return content.encode("latin-1")


def _entry(field: str, value: Any) -> tuple[str, Any]:
    """The one key of an object, and what it has."""
    expect(isinstance(value, dict) and len(value) == 1, field, value, "a plain value, or an object with one key")
    ((kind, content),) = value.items()
    return kind, content
