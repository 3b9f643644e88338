"""Model files: arrays in the safetensors format, everything else in a JSON header. Never pickle.

    save(model, "spam.model")
    model = load("spam.model")          # a fitted estimator; nothing in the file is executed

A file is written atomically, and every field is checked when it is read: a file that loads is a model that works.
``docs/model-file.md`` has the schema. ``read_model`` and ``write_model`` do the same for a bare `LinearModel` or
`KernelModel`. ``container`` has the bytes, ``linear_record`` and ``kernel_record`` the fields of each.
"""

from __future__ import annotations

import os
from typing import Any

from maxmargin.estimators import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM
from maxmargin.exceptions import InvalidInputError, InvalidParameterError, ModelFileError, UnsupportedTypeError
from maxmargin.io.atomic import write_atomically
from maxmargin.io.container import REMEDY, pack, unpack
from maxmargin.io.kernel_record import decode_kernel_model, encode_kernel_model
from maxmargin.io.linear_record import KIND as LINEAR
from maxmargin.io.linear_record import decode_linear, encode_linear
from maxmargin.model import KernelModel, LinearModel

__all__ = ["Estimator", "load", "read_model", "save", "to_estimator", "write_model"]

Estimator = LinearSVC | SVC | NuSVC | SVR | NuSVR | OneClassSVM
_MACHINES: dict[str, Any] = {
    "svc": SVC,
    "nu_svc": NuSVC,
    "svr": SVR,
    "nu_svr": NuSVR,
    "one_class": OneClassSVM,
}


def save(model: Any, path: str | os.PathLike[str], *, proof: bool = True) -> None:
    """Write a fitted estimator, a `LinearModel` or a `KernelModel` to a file.

    Parameters
    ----------
    model : fitted estimator of this library, LinearModel or KernelModel
    path : path
        An existing file is replaced in one step: nobody ever sees half a model there.
    proof : bool
        Whether to store the multipliers of a linear model. Without them the file is smaller and predicts the same;
        `maxmargin.certify` then has to derive them (squared hinge) or to solve the problem anew (hinge). A kernel
        machine predicts from its multipliers, so they are always there.

    Raises
    ------
    UnsupportedTypeError
        ``model`` is not one that a model file can hold: something else, or its kernel is Python code.
    InvalidParameterError
        ``proof=False`` for a kernel machine.
    NotFittedError
        It has not been fitted.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> from maxmargin import SVC, load, save
    >>> model = SVC().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "first.model")
    ...     save(model, path)
    ...     load(path).predict([[0.5]]).tolist()
    ['no']
    """
    if isinstance(model, (LinearModel, KernelModel)):
        write_model(model, path, proof=proof)
    elif hasattr(model, "_to_model"):
        write_model(model._to_model(), path, proof=proof)
    else:
        steps = hasattr(model, "steps")
        remedy = "save its last step, and keep the steps before it" if steps else "pass a fitted estimator of maxmargin"
        raise UnsupportedTypeError(f"model is a {type(model).__name__}, which a model file cannot hold; {remedy}")


def load(path: str | os.PathLike[str]) -> Estimator:
    """Read a model file as the fitted estimator that was saved.

    A kernel machine has the parameters it was saved with, but for those that are no plain values: a ``callback``, and a
    generator as ``random_state``, are None. A linear machine, and a kernel machine of a file before schema version 3, has
    the parameters that shape the problem (loss, kernel, C, intercept, class weights, tol); those that only shape the fit
    (max_time, n_jobs, ...) have their defaults. What is in the file is data, never code: reading one that a stranger made
    is safe.

    Parameters
    ----------
    path : path

    Returns
    -------
    LinearSVC, SVC, NuSVC, SVR, NuSVR or OneClassSVM

    Raises
    ------
    ModelFileError
        The file is no model file, is truncated or corrupted, or comes from a newer version; the message names the field.
    OSError
        The file cannot be read.
    """
    return to_estimator(read_model(path))


def to_estimator(model: LinearModel | KernelModel) -> Estimator:
    """The fitted estimator with the numbers of ``model``."""
    if isinstance(model, LinearModel):
        return LinearSVC._from_model(model)
    estimator: Estimator = _MACHINES[model.machine]._from_model(model)
    return estimator


def write_model(model: LinearModel | KernelModel, path: str | os.PathLike[str], *, proof: bool = True) -> None:
    """Write a `LinearModel` or `KernelModel` as `save` does."""
    if isinstance(model, KernelModel) and not proof:
        raise InvalidParameterError(
            "proof=False is for linear models: a kernel machine predicts from its multipliers, and they are the proof; "
            "leave it out"
        )
    encoded = encode_linear(model, proof=proof) if isinstance(model, LinearModel) else encode_kernel_model(model)
    write_atomically(path, [pack(*encoded)])


def read_model(path: str | os.PathLike[str]) -> LinearModel | KernelModel:
    """Read a `LinearModel` or `KernelModel` as `load` does."""
    with open(path, "rb") as stream:
        content = stream.read()
    try:
        header, arrays = unpack(content)
        return decode_linear(header, arrays) if header["kind"] == LINEAR else decode_kernel_model(header, arrays)
    except ModelFileError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}") from error.__cause__
    except InvalidInputError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}; {REMEDY}") from error
