"""Arrays of any framework: recognised, never imported.

An array's namespace comes from ``array_api_compat``; torch and JAX are looked up only after an array of theirs was seen.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import array_api_compat as compat
import array_api_compat.numpy as numpy_namespace
import numpy as np

from maxmargin.exceptions import ComplexInputError, NamespaceError, UnsupportedTypeError

__all__ = [
    "Array",
    "Namespace",
    "Validate",
    "all_of",
    "as_array",
    "at_most",
    "common_namespace",
    "device_of",
    "index_dtype",
    "is_concrete",
    "is_kind",
    "is_on_host",
    "is_torch",
    "namespace_of",
    "positive_part",
    "running_sum",
    "softplus",
    "sum_of",
    "working_dtype",
]

Array: TypeAlias = Any
Namespace: TypeAlias = Any
Validate: TypeAlias = bool | Literal["auto"]
Kind: TypeAlias = Literal["bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating"]

_LETTERS = {
    "bool": "b", "signed integer": "i", "unsigned integer": "u", "integral": "iu", "real floating": "f",
    "complex floating": "c",
}  # fmt: skip


def as_array(value: Any, name: str) -> Array:
    """The array itself; Python numbers and lists become arrays of NumPy. What no framework knows raises."""
    if type(value) is np.ndarray or is_torch(value):  # first, because small batches pay for every question
        return value
    if isinstance(value, (int, float, list, tuple)):
        return _from_python(value, name)
    if isinstance(value, (np.ma.MaskedArray, np.matrix)):
        raise UnsupportedTypeError(f"{name} is a {_type_name(value)}, whose rules are its own; pass a plain array and mask=")
    if not compat.is_array_api_obj(value):
        raise UnsupportedTypeError(
            f"{name} is a {_type_name(value)}; expected an array of NumPy, PyTorch, JAX or CuPy (a column has .to_numpy())"
        )
    return value


def _from_python(value: Any, name: str) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise UnsupportedTypeError(f"{name} is a {_type_name(value)} that is no rectangle of numbers: {error}") from error
    if array.dtype.kind not in "biuf":
        raise UnsupportedTypeError(f"{name} is a {_type_name(value)} of {array.dtype}; expected numbers")
    # A list has no type of its own, so [2, -1] may stand for scores too.
    return array.astype(np.float64) if name == "scores" and array.dtype.kind in "iu" else array


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def is_torch(array: Any) -> bool:
    """Whether it is a tensor of PyTorch. Asked first, in words that torch.compile follows without a warning."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def namespace_of(array: Array) -> Namespace:
    """The module with the functions for this array."""
    if is_torch(array):
        from array_api_compat import torch as xp

        return xp
    if type(array) is np.ndarray and array.dtype.kind != "V":  # JAX's gradients of integers are such arrays
        return numpy_namespace
    return compat.array_namespace(array)


def common_namespace(arrays: dict[str, Array]) -> Namespace:
    """The namespace of all arrays, which must be of one framework and on one device; nothing is moved silently."""
    (first, reference), *others = arrays.items()
    xp = namespace_of(reference)
    for name, array in others:
        if namespace_of(array) is not xp:
            raise NamespaceError(
                f"{first} is a {_type_name(reference)} and {name} a {_type_name(array)}; "
                f"expected arrays of one framework: convert {name} first"
            )
        # JAX places and checks its arrays itself, and traced ones have no device.
        if is_torch(array) or compat.is_cupy_array(array):
            here, there = reference.device, array.device
            if here != there:
                raise NamespaceError(f"{first} is on {here} and {name} on {there}; expected one device: move {name} first")
    return xp


def is_kind(xp: Namespace, dtype: Any, *kinds: Kind) -> bool:
    """Whether a type is of one of these kinds, as ``xp.isdtype`` tells, which takes its time; bfloat16 is a real one."""
    letter = _letter(xp, dtype)
    if letter is None:
        return bool(xp.isdtype(dtype, kinds))
    return any(letter in _LETTERS[kind] for kind in kinds)


def _letter(xp: Namespace, dtype: Any) -> str | None:
    """The letter of NumPy for the kind of a type, in a few questions; None where they do not tell."""
    if isinstance(dtype, np.dtype):
        return dtype.kind if dtype.kind != "V" else "f" if "bfloat16" in str(dtype) else None
    if not hasattr(dtype, "is_floating_point"):
        return None
    if dtype.is_floating_point:
        return "f"
    if dtype.is_complex:
        return "c"
    return "b" if dtype == xp.bool else "i" if dtype.is_signed else "u"


def working_dtype(xp: Namespace, array: Array, name: str) -> Any:
    """The type to compute in: that of a floating array, and float32 for the 16-bit ones."""
    if array.dtype in (xp.float32, xp.float64):
        return array.dtype
    if "bfloat16" in str(array.dtype):  # NumPy's finfo does not know the one of ml_dtypes
        return xp.float32
    if is_kind(xp, array.dtype, "real floating"):
        return xp.float32 if xp.finfo(array.dtype).bits < 32 else array.dtype
    if is_kind(xp, array.dtype, "complex floating"):
        raise ComplexInputError(f"{name} has complex numbers ({array.dtype}); pass a real part or a modulus")
    raise UnsupportedTypeError(f"{name} has the type {array.dtype}; expected floating-point numbers: cast {name} to float32")


def device_of(array: Array) -> Any:
    """Where to put a new array beside this one; None for JAX, which decides itself and has no device for what it traces."""
    if is_torch(array):
        return array.device
    return None if compat.is_jax_array(array) else compat.device(array)


def index_dtype(xp: Namespace) -> Any:
    """The integers that the framework indexes with: int64, or int32 for JAX without 64 bits."""
    return xp.int64 if xp is numpy_namespace or xp.__name__ == "array_api_compat.torch" else xp.arange(1).dtype


def sum_of(xp: Namespace, array: Array) -> Array:
    """The sum of all numbers, in their own type."""
    return array.sum() if type(array) is np.ndarray or is_torch(array) else xp.sum(array, dtype=array.dtype)


def all_of(xp: Namespace, array: Array) -> Array:
    """Whether all booleans are true."""
    return array.all() if type(array) is np.ndarray or is_torch(array) else xp.all(array)


def positive_part(xp: Namespace, z: Array) -> Array:
    """``max(0, z)`` with the minimum-norm subgradient: 0 at 0. NaN stays NaN, −inf gives 0.

    The comparison is this way round because ``z > 0`` would turn a NaN into a loss of zero. One pass where there is one that
    does the same: NumPy differentiates nothing, and torch's relu has this slope, unlike its clamp and its maximum.
    """
    if isinstance(z, (np.ndarray, np.generic)):
        return np.maximum(z, 0)
    return xp.relu(z) if is_torch(z) else xp.where(z <= 0, xp.zeros_like(z), z)


def at_most(xp: Namespace, z: Array, high: float) -> Array:
    """``min(z, high)``, with the slope 0 beyond it, at infinity too; NaN stays NaN."""
    if isinstance(z, (np.ndarray, np.generic)):
        return np.minimum(z, high)
    return xp.clamp(z, max=high) if is_torch(z) else xp.where(z > high, xp.full_like(z, high), z)


def softplus(xp: Namespace, z: Array) -> Array:
    """``log(1 + exp(z))`` without overflow, with all its derivatives."""
    if isinstance(z, (np.ndarray, np.generic)):
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    if is_torch(z):
        # Beyond the threshold it is z; the default of 20 would be wrong in the tenth digit.
        return sys.modules["torch"].nn.functional.softplus(z, threshold=50.0)
    # Both branches by one question, so that the derivatives at 0 are those of one branch.
    above = z > 0
    return xp.where(above, z, xp.zeros_like(z)) + xp.log1p(xp.exp(xp.where(above, -z, z)))


def running_sum(xp: Namespace, array: Array) -> Array:
    """The sums of the first entries of each row, the empty one left out; shape as the array."""
    if is_torch(array):  # torch.compile warns of what array_api_compat does around it
        return xp.cumsum(array, dim=-1)
    return xp.cumulative_sum(array, axis=-1)


def is_concrete(array: Array) -> bool:
    """Whether the array holds values that Python can branch on; not while a framework traces or maps the code."""
    if is_torch(array):
        return not _torch_is_tracing(array)
    if compat.is_jax_array(array):
        return not isinstance(array, sys.modules["jax"].core.Tracer)
    return not compat.is_dask_array(array)


def _torch_is_tracing(tensor: Array) -> bool:
    torch = sys.modules["torch"]
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return True
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        return True  # fake tensors and other subclasses: no promise that they hold values
    try:
        return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))
    except AttributeError:  # the name is not public
        return True


def is_on_host(array: Array) -> bool:
    """Whether looking at the values is cheap: they are in the main memory, so no device has to be waited for."""
    if is_torch(array):
        return bool(array.device.type == "cpu")
    if compat.is_jax_array(array):
        devices: Sequence[Any] = list(array.devices())
        return all(device.platform == "cpu" for device in devices)
    return bool(compat.is_numpy_array(array) or compat.is_array_api_strict_namespace(namespace_of(array)))
