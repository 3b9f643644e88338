"""A `LinearModel` as a header and arrays, and back with every field checked. ``docs/model-file.md`` has the schema."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from maxmargin.exceptions import ModelFileError
from maxmargin.io.container import FORMAT, KINDS, REMEDY, Arrays, check_arrays
from maxmargin.io.header_fields import (
    check_fields,
    decode_labels,
    decode_names,
    encode_labels,
    encode_names,
    expect,
    scalar,
)
from maxmargin.model import LinearModel, Multipliers

__all__ = ["FIELDS", "FLOAT_ARRAYS", "KIND", "PROOF_ARRAYS", "decode_linear", "encode_linear"]

KIND = "linear_classifier"
FLOAT_ARRAYS = ("coef", "intercept", "class_weight", "primal", "dual", "gap")
PROOF_ARRAYS = {"multiplier_starts": "I64", "multiplier_rows": "I64", "multiplier_values": "F64"}

_SCALARS: dict[str, type] = {
    "loss": str, "C": float, "fit_intercept": bool, "tol": float, "status": str,
    "n_iter": int, "fit_time": float, "n_rows": int,
}  # fmt: skip
FIELDS = {
    "format", "schema_version", "kind", "library_version", "label_type", "classes", "feature_names", "proof", *_SCALARS,
}  # fmt: skip


def encode_linear(model: LinearModel, *, proof: bool) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of ``model``; raises UnsupportedTypeError for labels that JSON cannot hold."""
    import maxmargin

    arrays: Arrays = {name: np.ascontiguousarray(getattr(model, name)) for name in FLOAT_ARRAYS}
    if proof and model.multipliers is not None:
        arrays |= _pack_multipliers(model.multipliers)
    label_type, labels = encode_labels(model.classes)
    scalars = {name: kind(getattr(model, name)) for name, kind in _SCALARS.items()}
    header = {
        "format": FORMAT, "schema_version": KINDS[KIND][-1], "kind": KIND, "library_version": maxmargin.__version__,
        "label_type": label_type, "classes": labels, "feature_names": encode_names(model.feature_names),
        "proof": proof and model.multipliers is not None, **scalars,
    }  # fmt: skip
    return header, arrays


def decode_linear(header: dict[str, Any], arrays: Arrays) -> LinearModel:
    """The model.

    Raises
    ------
    ModelFileError
        A field is missing, unknown, or not of its type.
    InvalidModelError
        It is out of its range.
    """
    check_fields(header, FIELDS)
    proof = header["proof"]
    expect(isinstance(proof, bool), "proof", proof, "true or false")
    fields = {name: scalar(name, header[name], kind) for name, kind in _SCALARS.items()}
    fields["classes"] = decode_labels(header["label_type"], header["classes"])
    fields["feature_names"] = decode_names(header["feature_names"])
    check_arrays(arrays, dict.fromkeys(FLOAT_ARRAYS, "F64") | (PROOF_ARRAYS if proof else {}))
    for name in ("intercept", *(PROOF_ARRAYS if proof else ())):
        if arrays[name].ndim != 1:
            raise ModelFileError(f"array {name!r}: got {arrays[name].ndim} dimensions, expected 1; {REMEDY}")
    fields |= {name: arrays[name] for name in FLOAT_ARRAYS}
    return LinearModel(**fields, multipliers=_unpack_multipliers(arrays, len(arrays["intercept"])) if proof else None)


def _pack_multipliers(multipliers: tuple[Multipliers, ...]) -> Arrays:
    sizes = [rows.size for rows, _ in multipliers]
    return {
        "multiplier_starts": np.cumsum([0, *sizes], dtype=np.int64),
        "multiplier_rows": np.concatenate([rows for rows, _ in multipliers]),
        "multiplier_values": np.concatenate([values for _, values in multipliers]),
    }


def _unpack_multipliers(arrays: Arrays, k: int) -> tuple[Multipliers, ...]:
    starts, rows, values = (arrays[name] for name in PROOF_ARRAYS)
    if values.size != rows.size:
        raise ModelFileError(
            f"array 'multiplier_values': got {values.size} values, expected {rows.size}, one a row; {REMEDY}"
        )
    ordered = starts.size == k + 1 and starts[0] == 0 and starts[-1] == rows.size and bool((starts[:-1] <= starts[1:]).all())
    if not ordered:
        raise ModelFileError(
            f"array 'multiplier_starts': got {starts.size} entries, expected {k + 1} ascending ones from 0 to {rows.size}; "
            f"{REMEDY}"
        )
    return tuple((rows[a:b], values[a:b]) for a, b in pairwise(starts))
