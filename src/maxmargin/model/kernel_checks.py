"""What every field of a `KernelModel` must be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from maxmargin.exceptions import InvalidInputError, InvalidModelError, UnsupportedTypeError
from maxmargin.kernels import (
    RBF,
    Chi2,
    Kernel,
    Laplacian,
    Linear,
    NystroemKernel,
    Polynomial,
    Precomputed,
    Product,
    PythonKernel,
    Rows,
    Scaled,
    Sigmoid,
    Sum,
)
from maxmargin.model.fields import (
    check_choice,
    check_classes,
    check_floats,
    check_integer,
    check_names,
    check_not_negative,
    check_number,
    check_objectives,
    check_status,
    kind_of,
    refuse,
)
from maxmargin.model.reduced_checks import check_reduced

if TYPE_CHECKING:
    from maxmargin.model.kernel import KernelModel

__all__ = ["CLASSIFIERS", "PARAMETERS", "check_kernel_model", "check_storable"]

PARAMETERS = {
    "svc": ("C", "fit_intercept"),
    "nu_svc": ("nu",),
    "svr": ("C", "epsilon", "fit_intercept"),
    "nu_svr": ("C", "nu"),
    "one_class": ("nu",),
}
CLASSIFIERS = ("svc", "nu_svc")
_STORABLE = (Linear, RBF, Polynomial, Sigmoid, Laplacian, Chi2, Precomputed, Sum, Product, Scaled)
_DEEPEST = 100  # kernels within kernels


def check_kernel_model(model: KernelModel) -> None:
    """Raise InvalidModelError for the first field that is not what it must be."""
    check_storable(model.exact_kernel)
    check_choice("machine", model.machine, tuple(PARAMETERS))
    _check_scalars(model)
    _check_classes(model)
    _check_support(model)
    _check_problems(model)
    check_reduced(model)
    _check_vectors(model)
    check_names(model.feature_names, model.n_features)


def _check_scalars(model: KernelModel) -> None:
    check_status(model.status)
    for name, low in (("C", "> 0"), ("tol", "> 0"), ("fit_time", "≥ 0"), ("kernel_evaluations", "≥ 0")):
        check_number(name, getattr(model, name), low)
    for name in ("n_rows", "n_features"):
        check_integer(name, getattr(model, name), 1)
    known = PARAMETERS[model.machine]
    if not isinstance(model.fit_intercept, bool) or ("fit_intercept" not in known and not model.fit_intercept):
        refuse("fit_intercept", repr(model.fit_intercept), "true, or for svc and svr false")
    for name in ("nu", "epsilon"):
        value = getattr(model, name)
        if name not in known and value is not None:
            refuse(name, repr(value), f"nothing, for {model.machine} has no {name}")
        if name in known:
            check_number(name, value, "> 0" if name == "nu" else "≥ 0")
    if "C" not in known and model.C != 1.0:
        refuse("C", repr(model.C), f"1, for {model.machine} has no C")
    if model.nu is not None and model.nu > 1.0:
        refuse("nu", repr(model.nu), "a number in (0, 1]")


def _check_classes(model: KernelModel) -> None:
    if model.machine not in CLASSIFIERS:
        for name in ("classes", "class_weight", "multi_class", "decision_function_shape"):
            if getattr(model, name) is not None:
                refuse(name, kind_of(getattr(model, name)), f"nothing, for {model.machine} has no classes")
        return
    check_classes(model.classes)
    assert model.classes is not None
    check_floats("class_weight", model.class_weight, (model.classes.size,))
    assert model.class_weight is not None
    check_not_negative("class_weight", model.class_weight)
    check_choice("multi_class", model.multi_class, ("ovo", "ovr"))
    check_choice("decision_function_shape", model.decision_function_shape, ("ovo", "ovr"))


def _check_support(model: KernelModel) -> None:
    """Which rows support the model, and how many of each class."""
    n_blocks = 1 if model.classes is None else model.classes.size
    sizes, rows = model.n_support, model.support
    if not isinstance(sizes, np.ndarray) or sizes.dtype != np.int32 or sizes.shape != (n_blocks,):
        refuse("n_support", kind_of(sizes), f"int32 of shape ({n_blocks},)")
    check_not_negative("n_support", sizes)
    if not isinstance(rows, np.ndarray) or rows.dtype != np.int64 or rows.ndim != 1:
        refuse("support", kind_of(rows), "row numbers, int64 of shape (number of support vectors,)")
    counted = int(sizes.sum(dtype=np.int64))
    if counted != rows.size:
        refuse("n_support", f"counts of {counted} support vectors", f"{rows.size}, one for each entry of support")
    if rows.size and (rows.min() < 0 or rows.max() >= model.n_rows):
        refuse("support", f"row numbers from {rows.min()} to {rows.max()}", f"row numbers from 0 to {model.n_rows - 1}")
    starts = np.cumsum(sizes, dtype=np.int64)[:-1]
    rising = np.ones(rows.size, dtype=bool)
    rising[1:] = rows[:-1] < rows[1:]
    rising[starts[starts < rows.size]] = True
    if not rising.all() or np.unique(rows).size != rows.size:
        refuse("support", "row numbers out of order or repeated", "distinct row numbers, ascending within each class")


def _check_problems(model: KernelModel) -> None:
    """One coefficient for each support vector and line, one offset for each problem."""
    n_classes = 0 if model.classes is None else model.classes.size
    k = model.n_problems
    height = n_classes - 1 if model.layout_pairs is not None else k
    check_floats("dual_coef", model.dual_coef, (height, model.support.size))
    for name in ("intercept", "scale", "tube"):
        check_floats(name, getattr(model, name), (k,))
    if not (model.scale > 0.0).all():
        refuse("scale", "a number that is not positive", "numbers > 0")
    if model.machine != "nu_svc" and (model.scale != 1.0).any():
        refuse("scale", "a number that is not 1", f"1, for {model.machine} does not divide by a margin")
    if model.machine not in ("nu_svc", "nu_svr") and model.tube.any():
        refuse("tube", "a number that is not 0", f"0, for {model.machine} finds neither tube nor margin")
    if not model.fit_intercept and model.intercept.any():
        refuse("intercept", "a value that is not 0", "0, because fit_intercept is false")
    check_objectives(model, k)
    if not isinstance(model.n_iter, np.ndarray) or model.n_iter.dtype != np.int64 or model.n_iter.shape != (k,):
        refuse("n_iter", kind_of(model.n_iter), f"int64 of shape ({k},)")
    check_not_negative("n_iter", model.n_iter)


def _check_vectors(model: KernelModel) -> None:
    """Support vectors and landmarks that the kernel can compare with rows."""
    kernel = model.exact_kernel
    if kernel.pairwise:
        if model.support_vectors is not None:
            refuse(
                "support_vectors", kind_of(model.support_vectors), "nothing, for precomputed kernel values have no vectors"
            )
        if model.n_features != model.n_rows:
            refuse("n_features", str(model.n_features), f"{model.n_rows}, a column of kernel values for each row")
        if kernel is not model.kernel:
            refuse("kernel", "precomputed kernel values with components", "a kernel of rows")
        return
    _check_rows(kernel, "support_vectors", model.support_vectors, (model.support.size, model.n_features))
    if isinstance(model.kernel, NystroemKernel):
        _check_rows(kernel, "landmarks", model.kernel.landmarks, (model.kernel.n_components, model.n_features))


def _check_rows(kernel: Kernel, field: str, vectors: Any, shape: tuple[int, int]) -> None:
    stored = isinstance(vectors, np.ndarray) or issparse(vectors)
    if not stored or vectors.dtype not in (np.float32, np.float64) or vectors.shape != shape:
        got = f"{vectors.dtype} of shape {vectors.shape}" if stored else kind_of(vectors)
        refuse(field, got, f"float32 or float64 of shape {shape}")
    rows = Rows(vectors if shape[0] else np.zeros((1, 1)))  # not as wide as a damaged file may say
    wrong = field
    try:
        ordered = rows.table is rows.given and (not issparse(vectors) or bool(vectors.has_canonical_format))
        wrong = "kernel"
        resolved = kernel.resolve(rows)
    except InvalidInputError as error:
        raise InvalidModelError(f"model field {wrong!r}: {error}") from error
    if not ordered:
        refuse(field, "column indices out of order or repeated", "compressed rows with ascending columns")
    if not _resolved(kernel) or resolved != kernel:
        refuse("kernel", repr(kernel), "a kernel whose parameters are finite numbers")


def check_storable(kernel: Any, depth: int = 0) -> None:
    """Raise UnsupportedTypeError unless numbers say all there is to say about a kernel."""
    if isinstance(kernel, PythonKernel):
        raise UnsupportedTypeError(
            f"{kernel.name} is Python code, and a model file holds numbers, never code; use a kernel of maxmargin.kernels "
            "or sums and products of them, or fit with kernel='precomputed' on the values of your function"
        )
    if type(kernel) not in _STORABLE:
        what = f"{type(kernel).__name__} is not" if isinstance(kernel, Kernel) else f"{kernel!r:.60} is not"
        raise UnsupportedTypeError(
            f"kernel: {what} one of maxmargin.kernels, and a model file holds numbers, never code; use one of these, or fit "
            "with kernel='precomputed' on its values"
        )
    if depth > _DEEPEST:
        raise UnsupportedTypeError(
            f"kernel: more than {_DEEPEST} kernels within each other, which a model file cannot hold; combine fewer"
        )
    for part in _parts(kernel):
        check_storable(part, depth + 1)


def _parts(kernel: Kernel) -> list[Any]:
    return [getattr(kernel, name) for name in ("k1", "k2", "kernel") if hasattr(kernel, name)]


def _resolved(kernel: Kernel) -> bool:
    numbers = [getattr(kernel, name) for name in ("gamma", "coef0", "degree", "factor") if hasattr(kernel, name)]
    plain = all(isinstance(number, float) and math.isfinite(number) for number in numbers)
    return plain and all(map(_resolved, _parts(kernel)))
