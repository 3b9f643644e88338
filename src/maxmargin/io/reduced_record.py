"""What a file says of a model that was approximated or compressed, and the arrays of its components."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any, TypeVar

import numpy as np

from maxmargin.exceptions import ModelFileError
from maxmargin.io.container import Arrays
from maxmargin.io.header_fields import expect, scalar
from maxmargin.io.vector_record import arrays_of_vectors, decode_vectors, encode_vectors
from maxmargin.kernels import ApproximateKernel, FourierKernel, Kernel, NystroemKernel
from maxmargin.model import ApproximationNote, Compression, KernelModel

__all__ = [
    "LANDMARK_ARRAYS", "WAVE_ARRAYS", "arrays_of_components", "decode_components", "decode_compression", "decode_note",
    "encode_components",
]  # fmt: skip

LANDMARK_ARRAYS = {"component_coef": "F64", "whitening": "F64", "landmark_rows": "I64", "landmark_classes": "I64"}
WAVE_ARRAYS = {"component_coef": "F64", "frequencies": "F64"}
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}

RecordT = TypeVar("RecordT", ApproximationNote, Compression)


def decode_note(given: Any) -> ApproximationNote | None:
    """The approximation; None where there was none."""
    note = None if given is None else _decode(ApproximationNote, given, "approximation")
    if note is not None:
        expect(note.name in ("nystroem", "fourier"), "approximation", note.name, "one of 'nystroem', 'fourier'")
    return note


def decode_compression(given: Any) -> Compression | None:
    """The compression; None where there was none."""
    return None if given is None else _decode(Compression, given, "compression")


def encode_components(model: KernelModel) -> tuple[str, Arrays]:
    """How the landmarks are stored, and the arrays of a model of components; ``none`` and nothing of any other."""
    kernel = model.kernel
    if not isinstance(kernel, ApproximateKernel):
        return "none", {}
    own = {name: getattr(model, name) for name in ("component_coef", "landmark_rows", "landmark_classes")}
    own |= {name: getattr(kernel, name, None) for name in ("whitening", "frequencies")}
    storage, landmarks = encode_vectors(getattr(kernel, "landmarks", None), "landmark")
    return storage, landmarks | {name: np.ascontiguousarray(part) for name, part in own.items() if part is not None}


def arrays_of_components(header: dict[str, Any], fields: dict[str, Any]) -> dict[str, str]:
    """Names and types of the arrays of a model with these fields."""
    storage, note = header["landmark_storage"], fields["approximation"]
    nystroem = note is not None and note.name == "nystroem" and fields["compression"] is None
    if not nystroem:
        expect(storage == "none", "landmark_storage", storage, "'none', for there are no landmarks")
        return dict(WAVE_ARRAYS) if note is not None and fields["compression"] is None else {}
    return LANDMARK_ARRAYS | arrays_of_vectors(storage, "landmark", field="landmark_storage", without=False)


def decode_components(header: dict[str, Any], fields: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
    """The kernel of components in the place of ``fields["kernel"]``, and what else the model has for them."""
    exact: Kernel = fields["kernel"]
    note = fields["approximation"]
    if note is None or fields["compression"] is not None:
        return {}
    kernel: ApproximateKernel
    if note.name == "fourier":
        return {"kernel": FourierKernel(exact, arrays["frequencies"]), "component_coef": arrays["component_coef"]}
    landmarks = decode_vectors(header["landmark_storage"], "landmark", arrays, fields["n_features"])
    kernel = NystroemKernel(exact, landmarks, arrays["whitening"])
    return {"kernel": kernel, **{name: arrays[name] for name in LANDMARK_ARRAYS if name != "whitening"}}


def _decode(kind: type[RecordT], given: Any, field: str) -> RecordT:
    """A record whose every field is there with its type; ranges are the model's own business."""
    expect(isinstance(given, dict), field, given, "a JSON object, or null")
    types = {part.name: _TYPES[str(part.type)] for part in fields_of(kind)}
    for name in sorted(types.keys() - given.keys()):
        raise ModelFileError(f"header field {field!r}: got nothing for {name!r}, expected a value")
    for name in sorted(given.keys() - types.keys()):
        raise ModelFileError(f"header field {field!r}: got {name!r:.60}, which it does not have")
    return kind(**{name: scalar(field, given[name], kind) for name, kind in types.items()})
