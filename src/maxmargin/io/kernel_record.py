"""A `KernelModel` as a header and arrays, and back with every field checked. ``docs/model-file.md`` has the schema."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from maxmargin.io.container import FORMAT, KINDS, Arrays, check_arrays
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
from maxmargin.io.parameter_record import decode_parameters, encode_parameters
from maxmargin.io.reduced_record import (
    arrays_of_components,
    decode_components,
    decode_compression,
    decode_note,
    encode_components,
)
from maxmargin.io.vector_record import arrays_of_vectors, decode_vectors, encode_vectors
from maxmargin.model import KernelModel

__all__ = ["ARRAYS", "FIELDS", "KIND", "decode_kernel_model", "encode_kernel_model"]

KIND = "kernel_machine"
ARRAYS = {
    "support": "I64", "n_support": "I32", "dual_coef": "F64", "intercept": "F64", "scale": "F64", "tube": "F64",
    "primal": "F64", "dual": "F64", "gap": "F64", "n_iter": "I64",
}  # fmt: skip

_SCALARS: dict[str, type] = {
    "machine": str, "C": float, "fit_intercept": bool, "tol": float, "status": str, "fit_time": float,
    "kernel_evaluations": float, "n_rows": int, "n_features": int,
}  # fmt: skip
_OPTIONAL: dict[str, type] = {"nu": float, "epsilon": float, "multi_class": str, "decision_function_shape": str}
FIELDS = {
    "format", "schema_version", "kind", "library_version", "label_type", "classes", "feature_names", "kernel",
    "support_storage", "approximation", "landmark_storage", "compression", "parameters", *_SCALARS, *_OPTIONAL,
}  # fmt: skip
_SINCE_VERSION_3 = {"parameters"}


def encode_kernel_model(model: KernelModel) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of ``model``; raises UnsupportedTypeError for labels that JSON cannot hold."""
    import maxmargin

    label_type, labels = (None, None) if model.classes is None else encode_labels(model.classes)
    optional = {name: getattr(model, name) for name in _OPTIONAL}
    storage, vectors = encode_vectors(model.support_vectors, "support")
    landmark_storage, components = encode_components(model)
    reduced: dict[str, Any] = {"approximation": model.approximation, "compression": model.compression}
    header = {
        "format": FORMAT, "schema_version": KINDS[KIND][-1], "kind": KIND, "library_version": maxmargin.__version__,
        "label_type": label_type, "classes": labels, "feature_names": encode_names(model.feature_names),
        "kernel": encode_kernel(model.exact_kernel), "support_storage": storage, **optional,
        "landmark_storage": landmark_storage, "parameters": encode_parameters(model.parameters),
        **{name: part if part is None else asdict(part) for name, part in reduced.items()},
        **{name: kind(getattr(model, name)) for name, kind in _SCALARS.items()},
    }  # fmt: skip
    arrays = {name: np.ascontiguousarray(getattr(model, name)) for name in ARRAYS}
    if model.class_weight is not None:
        arrays["class_weight"] = np.ascontiguousarray(model.class_weight)
    return header, arrays | vectors | components


def decode_kernel_model(header: dict[str, Any], arrays: Arrays) -> KernelModel:
    """The model.

    Raises
    ------
    ModelFileError
        A field is missing, unknown, or not of its type.
    InvalidModelError
        It is out of its range, or does not fit the others.
    """
    old = header["schema_version"] < 3
    check_fields(header, FIELDS - _SINCE_VERSION_3 if old else FIELDS)
    fields = {name: scalar(name, header[name], kind) for name, kind in _SCALARS.items()}
    for name, kind in _OPTIONAL.items():
        fields[name] = None if header[name] is None else scalar(name, header[name], kind)
    fields["feature_names"] = decode_names(header["feature_names"])
    fields["kernel"] = decode_kernel(header["kernel"])
    classes, storage = header["classes"], header["support_storage"]
    if classes is None:
        expect(header["label_type"] is None, "label_type", header["label_type"], "null, for there are no classes")
    fields["classes"] = None if classes is None else decode_labels(header["label_type"], classes)
    fields["approximation"] = decode_note(header["approximation"])
    fields["compression"] = decode_compression(header["compression"])
    fields["parameters"] = None if old else decode_parameters(header["parameters"])
    vectors = arrays_of_vectors(storage, "support", field="support_storage", without=True)
    weights = {} if classes is None else {"class_weight": "F64"}
    check_arrays(arrays, ARRAYS | weights | vectors | arrays_of_components(header, fields))
    fields |= {name: arrays[name] for name in (*ARRAYS, *weights)}
    fields |= decode_components(header, fields, arrays)
    return KernelModel(**fields, support_vectors=decode_vectors(storage, "support", arrays, fields["n_features"]))
