"""Fields of the JSON header of a model file: to JSON, and back with every type checked.

Nothing here reads or writes files; ``docs/model-file.md`` has the schema.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import ModelFileError, UnsupportedTypeError

__all__ = [
    "check_fields", "decode_labels", "decode_names", "encode_labels", "encode_names", "expect", "is_integer", "scalar",
    "shown",
]  # fmt: skip

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_FLOATS = ("float16", "float32", "float64")
_LABEL_TYPES = ("str", "bytes", "bool", *_INTEGERS, *_FLOATS, "object")


def check_fields(header: dict[str, Any], fields: Set[str]) -> None:
    """Raise ModelFileError unless the header has these fields and no others."""
    for name in sorted(fields - header.keys()):
        raise ModelFileError(f"header field {name!r}: got nothing, expected a value")
    for name in sorted(header.keys() - fields):
        raise ModelFileError(
            f"header field {name!r}: got a field that schema version {header['schema_version']} does not have"
        )
    expect(isinstance(header["library_version"], str), "library_version", header["library_version"], "a string")


def scalar(name: str, value: Any, kind: type) -> Any:
    """``value`` as ``kind``: a float (also written as an integer), an integer, a string or a boolean."""
    if kind is float:
        number = isinstance(value, float) or (is_integer(value) and abs(value) < 2**53)
        expect(number, name, value, "a number")
        return float(value)
    if kind is int:
        expect(is_integer(value), name, value, "an integer")
        return value
    expect(isinstance(value, kind), name, value, "a string" if kind is str else "true or false")
    return value


def encode_labels(classes: NDArray[Any]) -> tuple[str, list[Any]]:
    """The type of labels, and the labels; raises UnsupportedTypeError for those that JSON cannot hold."""
    kind = classes.dtype.kind
    if kind == "U":
        return "str", classes.tolist()
    if kind == "S":
        return "bytes", [label.decode("latin-1") for label in classes.tolist()]
    if kind == "O":
        return "object", [_plain(label) for label in classes]
    if classes.dtype.name not in _LABEL_TYPES:
        raise UnsupportedTypeError(
            f"classes have the type {classes.dtype}, which a model file cannot hold; train on integers or strings"
        )
    return classes.dtype.name, classes.tolist()


def _plain(label: Any) -> Any:
    value = label.item() if isinstance(label, np.generic) else label
    if not isinstance(value, (str, bool, int, float)):
        raise UnsupportedTypeError(
            f"classes have a label of type {type(label).__name__}, which a model file cannot hold; train on integers or "
            "strings"
        )
    return str(value) if isinstance(value, str) else value


def decode_labels(label_type: Any, labels: Any) -> NDArray[Any]:
    """The array of labels."""
    known = isinstance(label_type, str) and label_type in _LABEL_TYPES
    expect(known, "label_type", label_type, "one of " + ", ".join(_LABEL_TYPES))
    expect(isinstance(labels, list) and len(labels) >= 2, "classes", labels, "a list of at least 2 labels")
    for label in labels:
        expect(_is_label(label_type, label), "classes", label, f"labels of the type {label_type}")
    if label_type == "object":
        objects = np.empty(len(labels), dtype=object)
        objects[:] = labels
        return objects
    if label_type == "bytes":
        return np.array([label.encode("latin-1") for label in labels])
    with np.errstate(over="ignore"):
        return np.array(labels, dtype=label_type)


def _is_label(label_type: str, label: Any) -> bool:
    if label_type == "str":
        return isinstance(label, str)
    if label_type == "bytes":
        return isinstance(label, str) and all(ord(letter) < 256 for letter in label)
    if label_type == "bool":
        return isinstance(label, bool)
    if label_type in _INTEGERS:
        limits = np.iinfo(label_type)
        return is_integer(label) and limits.min <= label <= limits.max
    if label_type in _FLOATS:
        return isinstance(label, float)
    return isinstance(label, (str, bool, int, float))


def encode_names(names: tuple[str, ...] | None) -> list[str] | None:
    """The names of the columns as a list."""
    return None if names is None else list(names)


def decode_names(names: Any) -> tuple[str, ...] | None:
    """The names of the columns."""
    if names is None:
        return None
    expect(isinstance(names, list), "feature_names", names, "a list of strings, or null")
    for name in names:
        expect(isinstance(name, str), "feature_names", name, "strings")
    return tuple(names)


def is_integer(value: Any) -> bool:
    """Whether ``value`` is an integer and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def expect(holds: bool, field: str, got: Any, expected: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Raise ModelFileError with what was got and expected unless something holds."""
    if not holds:
        raise ModelFileError(f"header field {field!r}: got {shown(got)}, expected {expected}")


def shown(value: Any) -> str:
    """A short form of anything: a damaged header must not become a message of a million letters."""
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "an integer of more than 30 digits"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:60] + "…")
    return f"a {'list' if isinstance(value, list) else 'JSON object'} of {len(value)} entries"
