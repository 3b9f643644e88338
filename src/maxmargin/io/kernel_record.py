"""A `KernelModel` as a header and arrays, and back with every field checked. ``docs/model-file.md`` has the schema."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

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
from maxmargin.io.kernel_tree import decode_kernel, encode_kernel
from maxmargin.model import KernelModel

__all__ = ["ARRAYS", "FIELDS", "KIND", "VECTOR_ARRAYS", "decode_kernel_model", "encode_kernel_model"]

KIND = "kernel_machine"
ARRAYS = {
    "support": "I64", "n_support": "I32", "dual_coef": "F64", "intercept": "F64", "scale": "F64", "tube": "F64",
    "primal": "F64", "dual": "F64", "gap": "F64", "n_iter": "I64",
}  # fmt: skip
VECTOR_ARRAYS = {
    "dense": {"support_vectors": "F32 or F64"},
    "sparse": {"support_data": "F32 or F64", "support_indices": "I32 or I64", "support_indptr": "I32 or I64"},
    "none": {},
}

_SCALARS: dict[str, type] = {
    "machine": str, "C": float, "fit_intercept": bool, "tol": float, "status": str, "fit_time": float,
    "kernel_evaluations": float, "n_rows": int, "n_features": int,
}  # fmt: skip
_OPTIONAL: dict[str, type] = {"nu": float, "epsilon": float, "multi_class": str, "decision_function_shape": str}
FIELDS = {
    "format", "schema_version", "kind", "library_version", "label_type", "classes", "feature_names", "kernel",
    "support_storage", *_SCALARS, *_OPTIONAL,
}  # fmt: skip


def encode_kernel_model(model: KernelModel) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of ``model``; raises UnsupportedTypeError for labels that JSON cannot hold."""
    import maxmargin

    label_type, labels = (None, None) if model.classes is None else encode_labels(model.classes)
    optional = {name: getattr(model, name) for name in _OPTIONAL}
    storage, vectors = _encode_vectors(model.support_vectors)
    header = {
        "format": FORMAT, "schema_version": KINDS[KIND], "kind": KIND, "library_version": maxmargin.__version__,
        "label_type": label_type, "classes": labels, "feature_names": encode_names(model.feature_names),
        "kernel": encode_kernel(model.kernel), "support_storage": storage, **optional,
        **{name: kind(getattr(model, name)) for name, kind in _SCALARS.items()},
    }  # fmt: skip
    arrays = {name: np.ascontiguousarray(getattr(model, name)) for name in ARRAYS}
    if model.class_weight is not None:
        arrays["class_weight"] = np.ascontiguousarray(model.class_weight)
    return header, arrays | vectors


def decode_kernel_model(header: dict[str, Any], arrays: Arrays) -> KernelModel:
    """The model.

    Raises
    ------
    ModelFileError
        A field is missing, unknown, or not of its type.
    InvalidModelError
        It is out of its range, or does not fit the others.
    """
    check_fields(header, FIELDS)
    fields = {name: scalar(name, header[name], kind) for name, kind in _SCALARS.items()}
    for name, kind in _OPTIONAL.items():
        fields[name] = None if header[name] is None else scalar(name, header[name], kind)
    fields["feature_names"] = decode_names(header["feature_names"])
    fields["kernel"] = decode_kernel(header["kernel"])
    classes, storage = header["classes"], header["support_storage"]
    if classes is None:
        expect(header["label_type"] is None, "label_type", header["label_type"], "null, for there are no classes")
    fields["classes"] = None if classes is None else decode_labels(header["label_type"], classes)
    known = isinstance(storage, str) and storage in VECTOR_ARRAYS
    expect(known, "support_storage", storage, "one of " + ", ".join(map(repr, VECTOR_ARRAYS)))
    weights = {} if classes is None else {"class_weight": "F64"}
    check_arrays(arrays, ARRAYS | weights | VECTOR_ARRAYS[storage])
    fields |= {name: arrays[name] for name in (*ARRAYS, *weights)}
    return KernelModel(**fields, support_vectors=_decode_vectors(storage, arrays, fields["n_features"]))


def _encode_vectors(vectors: Any) -> tuple[str, Arrays]:
    if vectors is None:
        return "none", {}
    if isinstance(vectors, np.ndarray):
        return "dense", {"support_vectors": np.ascontiguousarray(vectors)}
    parts = {"support_data": vectors.data, "support_indices": vectors.indices, "support_indptr": vectors.indptr}
    return "sparse", {name: np.ascontiguousarray(part) for name, part in parts.items()}


def _decode_vectors(storage: str, arrays: Arrays, n_features: int) -> Any:
    """The support vectors; whether they are rows at all is for the model to say."""
    if storage == "none":
        return None
    if storage == "dense":
        return arrays["support_vectors"]
    for name in VECTOR_ARRAYS["sparse"]:
        if arrays[name].ndim != 1:
            raise ModelFileError(f"array {name!r}: got {arrays[name].ndim} dimensions, expected 1; {REMEDY}")
    data, indices, indptr = (arrays[name] for name in VECTOR_ARRAYS["sparse"])
    if indices.dtype != indptr.dtype:
        raise ModelFileError(f"array 'support_indptr': got the type {indptr.dtype}, expected {indices.dtype}; {REMEDY}")
    if indptr.size == 0 or not 0 < n_features < 2**63:
        raise ModelFileError(f"array 'support_indptr': got nothing, expected one entry a row and one more; {REMEDY}")
    matrix = csr_matrix((indptr.size - 1, n_features), dtype=data.dtype)
    # Not through the constructor, which would narrow wide indices and raise errors of its own.
    matrix.data, matrix.indices, matrix.indptr = data, indices, indptr
    return matrix
