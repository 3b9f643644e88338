"""What the fields of a `KernelModel` must be that was approximated or compressed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from maxmargin.kernels import RBF, ApproximateKernel, FourierKernel, Laplacian, NystroemKernel
from maxmargin.model.fields import check_choice, check_floats, check_integer, check_number, kind_of, refuse
from maxmargin.model.reduced import ApproximationNote, Compression

if TYPE_CHECKING:
    from maxmargin.model.kernel import KernelModel

__all__ = ["check_compression", "check_note", "check_reduced"]


def check_reduced(model: KernelModel) -> None:
    """Raise InvalidModelError unless components, landmarks, approximation and compression fit each other."""
    compression, note = model.compression, model.approximation
    if compression is not None:
        check_compression(compression)
        if compression.n_support != model.support.size:
            refuse("compression", f"{compression.n_support} support vectors", str(model.support.size))
    if note is not None:
        check_note(note)
    if isinstance(model.kernel, ApproximateKernel):
        _check_components(model)
        return
    if note is not None and compression is None:
        refuse("approximation", str(note), "nothing, for the kernel is exact and the model not compressed")
    for name in ("component_coef", "landmark_rows", "landmark_classes"):
        if getattr(model, name) is not None:
            refuse(name, kind_of(getattr(model, name)), "nothing, for the model has no components")


def check_note(note: Any) -> None:
    """Raise unless ``note`` says which approximation it is."""
    if not isinstance(note, ApproximationNote):
        refuse("approximation", kind_of(note), "an ApproximationNote, or nothing")
    check_choice("approximation", note.name, ("nystroem", "fourier"))
    check_integer("approximation", note.n_components, 1)
    check_number("approximation", note.error, "≥ 0")
    check_number("approximation", note.tol, "> 0")


def check_compression(compression: Any) -> None:
    """Raise unless ``compression`` says what was done."""
    if not isinstance(compression, Compression):
        refuse("compression", kind_of(compression), "a Compression, or nothing")
    for field in fields(compression):
        value = getattr(compression, field.name)
        if field.name == "everywhere":
            if not isinstance(value, bool):
                refuse("compression", f"everywhere = {value!r:.60}", "true or false")
        elif field.name.startswith("n_"):
            check_integer("compression", value, 0)
        else:
            check_number("compression", value, "≥ 0")


def _check_components(model: KernelModel) -> None:
    kernel, note = model.kernel, model.approximation
    assert isinstance(kernel, ApproximateKernel)
    if model.compression is not None:
        refuse("compression", "a compression", "nothing, for a compressed model has no components")
    if note is None or note.name != kernel.approximation:
        refuse("approximation", repr(note), kernel.approximation)
    k, m = model.n_problems, note.n_components
    check_floats("component_coef", model.component_coef, (k, m))
    if isinstance(kernel, NystroemKernel):
        check_floats("whitening", kernel.whitening, (m, m))
        _check_landmarks(model, m)
        return
    assert isinstance(kernel, FourierKernel)
    if type(kernel.kernel) not in (RBF, Laplacian):
        refuse("kernel", repr(kernel.kernel), "rbf or laplacian, whose spectra are known")
    if m % 2:
        refuse("approximation", f"{m} components", "a cosine and a sine for each frequency")
    check_floats("frequencies", kernel.frequencies, (m // 2, model.n_features))
    for name in ("landmark_rows", "landmark_classes"):
        if getattr(model, name) is not None:
            refuse(name, kind_of(getattr(model, name)), "nothing, for waves have no landmarks")


def _check_landmarks(model: KernelModel, m: int) -> None:
    """Rows of the training data, and their classes; the landmarks themselves are checked like support vectors."""
    n_blocks = 1 if model.classes is None else model.classes.size
    for name, end in (("landmark_rows", model.n_rows), ("landmark_classes", n_blocks)):
        numbers = getattr(model, name)
        if not isinstance(numbers, np.ndarray) or numbers.dtype != np.int64 or numbers.shape != (m,):
            refuse(name, kind_of(numbers), f"int64 of shape ({m},)")
        if numbers.min() < 0 or numbers.max() >= end:
            refuse(name, f"numbers from {numbers.min()} to {numbers.max()}", f"numbers from 0 to {end - 1}")
        if name == "landmark_rows" and np.unique(numbers).size != m:
            refuse(name, "the same row twice", "distinct rows")
