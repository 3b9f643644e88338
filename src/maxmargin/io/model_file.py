"""Model files: arrays in the safetensors format, everything else in a JSON header. Never pickle.

    save(model, "spam.model")
    model = load("spam.model")          # a fitted estimator; nothing in the file is executed

A file is written atomically, and every field is checked when it is read: a file that loads is a model that works.
``docs/model-file.md`` has the schema. ``read_model`` and ``write_model`` do the same for a bare `LinearModel`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from maxmargin.estimators import LinearSVC
from maxmargin.exceptions import InvalidModelError, ModelFileError, UnsupportedTypeError
from maxmargin.io.atomic import write_atomically
from maxmargin.io.model_header import check_version, decode_header, encode_header
from maxmargin.model import LinearModel

__all__ = ["load", "read_model", "save", "write_model"]

_KEY = "maxmargin"  # of the safetensors metadata; the only one, because safetensors writes several in random order
_LONGEST_HEADER = 40_000_000  # safetensors refuses headers above 100 MB, and escapes ours once more
_ARRAYS = ("coef", "intercept", "class_weight", "primal", "dual", "gap")
_PROOF = {"multiplier_starts": "I64", "multiplier_rows": "I64", "multiplier_values": "F64"}
_DTYPES = {"F64": np.float64, "I64": np.int64}
_REMEDY = "the file is damaged or was changed by hand; fit again and save it with maxmargin.save"

_Arrays = dict[str, NDArray[Any]]


def save(model: Any, path: str | os.PathLike[str], *, proof: bool = True) -> None:
    """Write a fitted estimator, or a `LinearModel`, to a file.

    Parameters
    ----------
    model : fitted LinearSVC, or LinearModel
    path : path
        An existing file is replaced in one step: nobody ever sees half a model there.
    proof : bool
        Whether to store the multipliers. Without them the file is smaller and predicts the same; `maxmargin.certify`
        then has to derive them (squared hinge) or to solve the problem anew (hinge).

    Raises
    ------
    UnsupportedTypeError
        ``model`` is not one that a model file can hold.
    NotFittedError
        It has not been fitted.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> from maxmargin import LinearSVC, load, save
    >>> model = LinearSVC().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "first.model")
    ...     save(model, path)
    ...     load(path).predict([[0.5]]).tolist()
    ['no']
    """
    if isinstance(model, LinearModel):
        write_model(model, path, proof=proof)
    elif hasattr(model, "_to_model"):
        write_model(model._to_model(), path, proof=proof)
    else:
        remedy = "save its last step, and keep the steps before it" if hasattr(model, "steps") else "pass a fitted LinearSVC"
        raise UnsupportedTypeError(f"model is a {type(model).__name__}, which a model file cannot hold; {remedy}")


def load(path: str | os.PathLike[str]) -> LinearSVC:
    """Read a model file as the fitted estimator that was saved.

    The estimator has the parameters that shape the problem (loss, C, intercept, class weights, tol); those that only shape
    the fit (max_time, n_jobs, ...) have their defaults. What is in the file is data, never code: reading one that a
    stranger made is safe.

    Parameters
    ----------
    path : path

    Returns
    -------
    LinearSVC

    Raises
    ------
    ModelFileError
        The file is no model file, is truncated or corrupted, or comes from a newer version; the message names the field.
    OSError
        The file cannot be read.
    """
    return LinearSVC._from_model(read_model(path))


def write_model(model: LinearModel, path: str | os.PathLike[str], *, proof: bool = True) -> None:
    """Write a `LinearModel` as `save` does."""
    from safetensors.numpy import save as to_bytes

    arrays: _Arrays = {name: np.ascontiguousarray(getattr(model, name)) for name in _ARRAYS}
    keep = proof and model.multipliers is not None
    if keep and model.multipliers is not None:
        arrays |= _pack(model.multipliers)
    header = encode_header(model, proof=keep)
    header["sha256"] = _digest(header, arrays)
    text = _json(header)
    if len(text) > _LONGEST_HEADER:
        raise InvalidModelError(
            f"model field 'feature_names': the names take {len(text) / 1e6:.0f} MB, expected at most "
            f"{_LONGEST_HEADER / 1e6:.0f} MB; fit on an array without names"
        )
    write_atomically(path, [to_bytes(arrays, {_KEY: text})])


def read_model(path: str | os.PathLike[str]) -> LinearModel:
    """Read a `LinearModel` as `load` does."""
    with open(path, "rb") as stream:
        content = stream.read()
    try:
        return _parse(content)
    except ModelFileError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}") from error.__cause__
    except InvalidModelError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}; {_REMEDY}") from error


def _parse(content: bytes) -> LinearModel:
    header, arrays = _open(content)
    check_version(header)
    claimed = header.pop("sha256", None)
    if claimed != _digest(header, arrays):
        raise ModelFileError(f"header field 'sha256': the contents are not those that were written; {_REMEDY}")
    fields = decode_header(header)
    proof = fields.pop("proof")
    _check_arrays(arrays, proof=proof)
    multipliers = _unpack(arrays, len(arrays["intercept"])) if proof else None
    fields |= {name: arrays[name] for name in _ARRAYS}
    return LinearModel(**fields, multipliers=multipliers)


def _open(content: bytes) -> tuple[Any, _Arrays]:
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
        header = json.loads(metadata[_KEY], parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"header: got text that is not JSON ({error}), expected a JSON object; {_REMEDY}") from error
    arrays = {}
    for name, tensor in tensors:
        if tensor["dtype"] not in _DTYPES:
            raise ModelFileError(f"array {name!r:.60}: got the type {tensor['dtype']}, expected F64 or I64; {_REMEDY}")
        arrays[name] = np.frombuffer(tensor["data"], dtype=_DTYPES[tensor["dtype"]]).reshape(tensor["shape"])
    return header, arrays


def _what_else(content: bytes) -> str:
    """What a file that is no safetensors file seems to be."""
    if not content:
        return "the file is empty, expected a model file; write one with maxmargin.save"
    if content[:1] == b"\x80":
        return "looks like pickle, which maxmargin never reads, expected a model file; write one with maxmargin.save"
    if len(content) > 9 and content[8:9] == b"{":
        return f"a truncated or corrupted model file; {_REMEDY}"
    return "not a model file; write one with maxmargin.save"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"the number {name}")


def _check_arrays(arrays: Mapping[str, NDArray[Any]], *, proof: bool) -> None:
    expected = dict.fromkeys(_ARRAYS, "F64") | (_PROOF if proof else {})
    for name in expected.keys() - arrays.keys():
        raise ModelFileError(f"array {name!r}: got nothing, expected {expected[name]}; {_REMEDY}")
    for name in arrays.keys() - expected.keys():
        raise ModelFileError(f"array {name!r:.60}: got an array that the header does not announce; {_REMEDY}")
    for name, dtype in expected.items():
        if arrays[name].dtype != _DTYPES[dtype]:
            raise ModelFileError(f"array {name!r}: got the type {arrays[name].dtype}, expected {dtype}; {_REMEDY}")
    for name in ("intercept", *(_PROOF if proof else ())):
        if arrays[name].ndim != 1:
            raise ModelFileError(f"array {name!r}: got {arrays[name].ndim} dimensions, expected 1; {_REMEDY}")


def _pack(multipliers: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]) -> _Arrays:
    sizes = [rows.size for rows, _ in multipliers]
    return {
        "multiplier_starts": np.cumsum([0, *sizes], dtype=np.int64),
        "multiplier_rows": np.concatenate([rows for rows, _ in multipliers]),
        "multiplier_values": np.concatenate([values for _, values in multipliers]),
    }


def _unpack(arrays: _Arrays, k: int) -> tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]:
    starts, rows, values = (arrays[name] for name in _PROOF)
    if values.size != rows.size:
        raise ModelFileError(
            f"array 'multiplier_values': got {values.size} values, expected {rows.size}, one a row; {_REMEDY}"
        )
    ordered = starts.size == k + 1 and starts[0] == 0 and starts[-1] == rows.size and bool((starts[:-1] <= starts[1:]).all())
    if not ordered:
        raise ModelFileError(
            f"array 'multiplier_starts': got {starts.size} entries, expected {k + 1} ascending ones from 0 to {rows.size}; "
            f"{_REMEDY}"
        )
    return tuple((rows[a:b], values[a:b]) for a, b in pairwise(starts))


def _json(header: Mapping[str, Any]) -> str:
    return json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the header and of all arrays: not one flipped bit goes unnoticed."""
    digest = hashlib.sha256(_json(header).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
