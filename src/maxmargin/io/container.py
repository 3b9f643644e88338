"""The bytes of a model file: a JSON header and arrays in the safetensors format, with a checksum over both."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidModelError, ModelFileError
from maxmargin.io.header_fields import expect, is_integer, shown

__all__ = ["FORMAT", "KINDS", "REMEDY", "SCHEMA_VERSION", "Arrays", "check_arrays", "digest", "pack", "to_json", "unpack"]

FORMAT = "maxmargin"
KINDS = {"linear_classifier": (1,), "kernel_machine": (2, 3)}  # and its schema versions; the last one is written
SCHEMA_VERSION = max(map(max, KINDS.values()))
REMEDY = "the file is damaged or was changed by hand; fit again and save it with maxmargin.save"

Arrays = dict[str, NDArray[Any]]

_KEY = "maxmargin"  # of the safetensors metadata; the only one, because safetensors writes several in random order
_LONGEST_HEADER = 40_000_000  # safetensors refuses headers above 100 MB, and escapes ours once more
_DTYPES = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64}


def pack(header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The bytes of a file; raises InvalidModelError where the format cannot hold the header."""
    from safetensors.numpy import save as to_bytes

    text = to_json({**header, "sha256": digest(header, arrays)})
    if len(text) > _LONGEST_HEADER:
        raise InvalidModelError(
            f"model field 'feature_names': the names take {len(text) / 1e6:.0f} MB, expected at most "
            f"{_LONGEST_HEADER / 1e6:.0f} MB; fit on an array without names"
        )
    content: bytes = to_bytes(arrays, {_KEY: text})
    return content


def unpack(content: bytes) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays, of a kind and version that is known, and whole; else ModelFileError."""
    header, arrays = _open(content)
    _check_version(header)
    claimed = header.pop("sha256", None)
    if claimed != digest(header, arrays):
        raise ModelFileError(f"header field 'sha256': the contents are not those that were written; {REMEDY}")
    return header, arrays


def check_arrays(arrays: Arrays, expected: Mapping[str, str]) -> None:
    """Raise ModelFileError unless there are these arrays and no others; types are spelt as in ``"F32 or F64"``."""
    for name in sorted(expected.keys() - arrays.keys()):
        raise ModelFileError(f"array {name!r}: got nothing, expected {expected[name]}; {REMEDY}")
    for name in sorted(arrays.keys() - expected.keys()):
        raise ModelFileError(f"array {name!r:.60}: got an array that the header does not announce; {REMEDY}")
    for name, dtypes in expected.items():
        if arrays[name].dtype not in [_DTYPES[dtype] for dtype in dtypes.split(" or ")]:
            raise ModelFileError(f"array {name!r}: got the type {arrays[name].dtype}, expected {dtypes}; {REMEDY}")


def digest(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the header and of all arrays: not one flipped bit goes unnoticed."""
    result = hashlib.sha256(to_json(header).encode())
    for name in sorted(arrays):
        array = arrays[name]
        result.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        result.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return result.hexdigest()


def to_json(header: Mapping[str, Any]) -> str:
    """The header as the checksum sees it."""
    return json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _open(content: bytes) -> tuple[Any, Arrays]:
    """The JSON header and the arrays; ModelFileError where the container itself is broken."""
    from safetensors import SafetensorError, deserialize

    try:
        tensors = deserialize(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{_what_else(content)} ({error})") from error
    if _KEY not in metadata:
        raise ModelFileError("a safetensors file, but not written by maxmargin; write model files with maxmargin.save")
    try:
        header = json.loads(metadata[_KEY], parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"header: got text that is not JSON ({error}), expected a JSON object; {REMEDY}") from error
    arrays = {}
    for name, tensor in tensors:
        if tensor["dtype"] not in _DTYPES:
            known = ", ".join(_DTYPES)
            raise ModelFileError(f"array {name!r:.60}: got the type {tensor['dtype']}, expected one of {known}; {REMEDY}")
        arrays[name] = np.frombuffer(tensor["data"], dtype=_DTYPES[tensor["dtype"]]).reshape(tensor["shape"])
    return header, arrays


def _check_version(header: Any) -> None:
    """Raise ModelFileError unless ``header`` is one that this version of the library reads."""
    if not isinstance(header, dict):
        raise ModelFileError(f"header: got {shown(header)}, expected a JSON object")
    expect(header.get("format") == FORMAT, "format", header.get("format"), repr(FORMAT))
    version: Any = header.get("schema_version")
    expect(is_integer(version) and version >= 1, "schema_version", version, "an integer ≥ 1")
    if version > SCHEMA_VERSION:
        raise ModelFileError(
            f"header field 'schema_version': got {version}, expected at most {SCHEMA_VERSION}; the file comes from a newer "
            f"maxmargin ({header.get('library_version')!s:.20}), upgrade to read it"
        )
    kind: Any = header.get("kind")
    known = isinstance(kind, str) and kind in KINDS
    expect(known, "kind", kind, "one of " + ", ".join(map(repr, KINDS)))
    expect(version in KINDS[kind], "schema_version", version, f"{' or '.join(map(str, KINDS[kind]))} for a {kind}")


def _what_else(content: bytes) -> str:
    """What a file that is no safetensors file seems to be."""
    if not content:
        return "the file is empty, expected a model file; write one with maxmargin.save"
    if content[:1] == b"\x80":
        return "looks like pickle, which maxmargin never reads, expected a model file; write one with maxmargin.save"
    if len(content) > 9 and content[8:9] == b"{":
        return f"a truncated or corrupted model file; {REMEDY}"
    return "not a model file; write one with maxmargin.save"


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"the number {name}")
