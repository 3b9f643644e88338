"""Rows of numbers, support vectors or landmarks, as arrays of a file: dense, or the three of compressed rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from maxmargin.exceptions import ModelFileError
from maxmargin.io.container import REMEDY, Arrays
from maxmargin.io.header_fields import expect

__all__ = ["TYPES", "arrays_of_vectors", "decode_vectors", "encode_vectors"]

_DENSE, _SPARSE = ("vectors",), ("data", "indices", "indptr")
TYPES = {"vectors": "F32 or F64", "data": "F32 or F64", "indices": "I32 or I64", "indptr": "I32 or I64"}


def encode_vectors(vectors: Any, prefix: str) -> tuple[str, Arrays]:
    """How they are stored, and arrays with names that begin with ``prefix``."""
    if vectors is None:
        return "none", {}
    storage, names = ("dense", _DENSE) if isinstance(vectors, np.ndarray) else ("sparse", _SPARSE)
    parts = (vectors,) if storage == "dense" else (vectors.data, vectors.indices, vectors.indptr)
    return storage, {f"{prefix}_{name}": np.ascontiguousarray(part) for name, part in zip(names, parts, strict=True)}


def arrays_of_vectors(storage: Any, prefix: str, *, field: str, without: bool) -> dict[str, str]:
    """Names and types of the arrays of a storage; ModelFileError where there is none such, or ``none`` not ``without``."""
    names = {"dense": _DENSE, "sparse": _SPARSE, **({"none": ()} if without else {})}
    known = isinstance(storage, str) and storage in names
    expect(known, field, storage, "one of " + ", ".join(map(repr, names)))
    return {f"{prefix}_{name}": TYPES[name] for name in names[storage]}


def decode_vectors(storage: str, prefix: str, arrays: Arrays, n_features: int) -> Any:
    """The vectors; whether they are rows at all is for the model to say."""
    if storage == "none":
        return None
    if storage == "dense":
        return arrays[f"{prefix}_vectors"]
    names = [f"{prefix}_{name}" for name in _SPARSE]
    for name in names:
        if arrays[name].ndim != 1:
            raise ModelFileError(f"array {name!r}: got {arrays[name].ndim} dimensions, expected 1; {REMEDY}")
    data, indices, indptr = (arrays[name] for name in names)
    if indices.dtype != indptr.dtype:
        raise ModelFileError(f"array {names[2]!r}: got the type {indptr.dtype}, expected {indices.dtype}; {REMEDY}")
    if indptr.size == 0 or not 0 < n_features < 2**63:
        raise ModelFileError(f"array {names[2]!r}: got nothing, expected one entry a row and one more; {REMEDY}")
    matrix = csr_matrix((indptr.size - 1, n_features), dtype=data.dtype)
    # Not through the constructor, which would narrow wide indices and raise errors of its own.
    matrix.data, matrix.indices, matrix.indptr = data, indices, indptr
    return matrix
