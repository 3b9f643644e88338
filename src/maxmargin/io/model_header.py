"""The header of a model file: every field of a model that is no array, as JSON, and back with every field checked.

Nothing here reads or writes files; ``docs/model-file.md`` has the schema.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import ModelFileError, UnsupportedTypeError
from maxmargin.model import LinearModel

__all__ = ["FORMAT", "KIND", "SCHEMA_VERSION", "check_version", "decode_header", "encode_header"]

FORMAT = "maxmargin"
KIND = "linear_classifier"
SCHEMA_VERSION = 1

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_FLOATS = ("float16", "float32", "float64")
_LABEL_TYPES = ("str", "bytes", "bool", *_INTEGERS, *_FLOATS, "object")
_SCALARS: dict[str, type] = {
    "loss": str, "C": float, "fit_intercept": bool, "tol": float, "status": str,
    "n_iter": int, "fit_time": float, "n_rows": int,
}  # fmt: skip
_FIELDS = {
    "format", "schema_version", "kind", "library_version", "label_type", "classes", "feature_names", "proof", *_SCALARS,
}  # fmt: skip


def encode_header(model: LinearModel, *, proof: bool) -> dict[str, Any]:
    """The header of ``model``; raises UnsupportedTypeError for labels that JSON cannot hold."""
    import maxmargin

    label_type, labels = _encode_labels(model.classes)
    scalars = {name: kind(getattr(model, name)) for name, kind in _SCALARS.items()}
    names = None if model.feature_names is None else list(model.feature_names)
    return {
        "format": FORMAT, "schema_version": SCHEMA_VERSION, "kind": KIND, "library_version": maxmargin.__version__,
        "label_type": label_type, "classes": labels, "feature_names": names, "proof": proof, **scalars,
    }  # fmt: skip


def check_version(header: Any) -> None:
    """Raise ModelFileError unless ``header`` is one that this version of the library reads."""
    if not isinstance(header, dict):
        raise ModelFileError(f"header: got {_shown(header)}, expected a JSON object")
    _expect(header.get("format") == FORMAT, "format", header.get("format"), repr(FORMAT))
    version: Any = header.get("schema_version")
    _expect(_is_integer(version) and version >= 1, "schema_version", version, "an integer ≥ 1")
    if version > SCHEMA_VERSION:
        raise ModelFileError(
            f"header field 'schema_version': got {version}, expected at most {SCHEMA_VERSION}; the file comes from a newer "
            f"maxmargin ({header.get('library_version')!s:.20}), upgrade to read it"
        )
    _expect(header.get("kind") == KIND, "kind", header.get("kind"), repr(KIND))


def decode_header(header: dict[str, Any]) -> dict[str, Any]:
    """The fields of a `LinearModel` that the header holds, and ``proof``. Ranges are the model's own business.

    Raises
    ------
    ModelFileError
        A field is missing, unknown, or not of its type.
    """
    for name in sorted(_FIELDS - header.keys()):
        raise ModelFileError(f"header field {name!r}: got nothing, expected a value")
    for name in sorted(header.keys() - _FIELDS):
        raise ModelFileError(f"header field {name!r}: got a field that schema version {SCHEMA_VERSION} does not have")
    _expect(isinstance(header["library_version"], str), "library_version", header["library_version"], "a string")
    _expect(isinstance(header["proof"], bool), "proof", header["proof"], "true or false")
    fields = {name: _scalar(name, header[name], kind) for name, kind in _SCALARS.items()}
    fields["classes"] = _decode_labels(header["label_type"], header["classes"])
    fields["feature_names"] = _decode_names(header["feature_names"])
    fields["proof"] = header["proof"]
    return fields


def _scalar(name: str, value: Any, kind: type) -> Any:
    if kind is float:
        number = isinstance(value, float) or (_is_integer(value) and abs(value) < 2**53)
        _expect(number, name, value, "a number")
        return float(value)
    if kind is int:
        _expect(_is_integer(value), name, value, "an integer")
        return value
    _expect(isinstance(value, kind), name, value, "a string" if kind is str else "true or false")
    return value


def _encode_labels(classes: NDArray[Any]) -> tuple[str, list[Any]]:
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


def _decode_labels(label_type: Any, labels: Any) -> NDArray[Any]:
    known = isinstance(label_type, str) and label_type in _LABEL_TYPES
    _expect(known, "label_type", label_type, "one of " + ", ".join(_LABEL_TYPES))
    _expect(isinstance(labels, list) and len(labels) >= 2, "classes", labels, "a list of at least 2 labels")
    for label in labels:
        _expect(_is_label(label_type, label), "classes", label, f"labels of the type {label_type}")
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
        return _is_integer(label) and limits.min <= label <= limits.max
    if label_type in _FLOATS:
        return isinstance(label, float)
    return isinstance(label, (str, bool, int, float))


def _decode_names(names: Any) -> tuple[str, ...] | None:
    if names is None:
        return None
    _expect(isinstance(names, list), "feature_names", names, "a list of strings, or null")
    for name in names:
        _expect(isinstance(name, str), "feature_names", name, "strings")
    return tuple(names)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _expect(holds: bool, field: str, got: Any, expected: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise ModelFileError(f"header field {field!r}: got {_shown(got)}, expected {expected}")


def _shown(value: Any) -> str:
    """A short form of anything: a damaged header must not become a message of a million letters."""
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "an integer of more than 30 digits"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:60] + "…")
    return f"a {'list' if isinstance(value, list) else 'JSON object'} of {len(value)} entries"
