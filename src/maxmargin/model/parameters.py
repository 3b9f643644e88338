"""Constructor parameters of a kernel machine that plain values can say: what of them a model keeps, and must be.

Functions (``callback``) and generators (``random_state``) are no values: a model leaves them out, and an estimator made of
it has their defaults. ``kernel`` may be a kernel of `maxmargin.kernels`, whose own parameters are plain values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from maxmargin._validation import machine_parameter_defect
from maxmargin.exceptions import UnsupportedTypeError
from maxmargin.kernels import KERNEL_NAMES, Kernel
from maxmargin.model.fields import refuse
from maxmargin.model.kernel_checks import CLASSIFIERS, PARAMETERS, check_storable

if TYPE_CHECKING:
    from maxmargin.model.kernel import KernelModel

__all__ = ["check_parameters", "parameter_names", "plain_parameters"]

_SHARED = frozenset({
    "kernel", "degree", "gamma", "coef0", "tol", "shrinking", "cache_size", "verbose", "max_iter", "max_time", "n_jobs",
    "warm_start", "memory_limit", "approximation", "approximation_tol", "max_components", "random_state",
})  # fmt: skip
_OF_CLASSES = frozenset({"class_weight", "decision_function_shape", "break_ties", "multi_class", "probability"})
_NOTHING = object()  # where no plain value says the same


def parameter_names(machine: str) -> frozenset[str]:
    """What a model of this machine may keep."""
    return _SHARED.union(PARAMETERS[machine], _OF_CLASSES if machine in CLASSIFIERS else ())


def plain_parameters(given: Mapping[str, Any], machine: str) -> dict[str, Any]:
    """Those of the parameters ``given`` that plain values can say, as these."""
    plain = {name: _plain(value) for name, value in given.items() if name in parameter_names(machine)}
    return {name: value for name, value in plain.items() if value is not _NOTHING}


def check_parameters(model: KernelModel) -> None:
    """Raise InvalidModelError unless the parameters are those of the machine, each within its range."""
    given = model.parameters
    if given is None:
        return
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        refuse("parameters", type(given).__name__, "a dict of the constructor's parameters, or nothing")
    known = parameter_names(model.machine)
    for name, value in given.items():
        if name not in known:
            refuse("parameters", f"{name!r:.60}", f"parameters of {model.machine}")
        expected = _defect(name, value)
        if expected is not None:
            refuse("parameters", f"{name} = {value!r:.60}", expected)


def _defect(name: str, value: Any) -> str | None:
    """What a parameter must be, where it is something else."""
    plain = _plain(value)
    if plain is _NOTHING or type(plain) is not type(value):
        return "a plain value"
    if name == "kernel":
        known = isinstance(value, Kernel) or (isinstance(value, str) and value in KERNEL_NAMES)
        return None if known else "the name of a kernel, or a kernel of maxmargin.kernels"
    if name in ("degree", "gamma", "coef0"):
        known = _is_number(value) or (name == "gamma" and value in ("scale", "auto"))
        return None if known else "a number" + (", 'scale' or 'auto'" if name == "gamma" else "")
    if name == "class_weight":
        known = value is None or value == "balanced" or (isinstance(value, dict) and all(map(_is_number, value.values())))
        return None if known else "None, 'balanced' or a dict of numbers"
    if name == "random_state":
        known = value is None or (_is_number(value) and isinstance(value, int) and value >= 0)
        return None if known else "None or an integer ≥ 0"
    return machine_parameter_defect(name, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    """The same as a value of Python, or nothing."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return None if value is None else bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value) if -(2**63) <= value < 2**63 else _NOTHING
    if isinstance(value, (float, np.floating)):
        return _NOTHING if math.isnan(value) else float(value)
    if isinstance(value, (str, bytes)):
        return str(value) if isinstance(value, str) else bytes(value)
    if isinstance(value, dict):
        pairs = [(_plain(key), _plain(factor)) for key, factor in value.items()]
        return _NOTHING if any(_NOTHING in pair for pair in pairs) else dict(pairs)
    return _plain_kernel(value) if isinstance(value, Kernel) else _NOTHING


def _plain_kernel(kernel: Kernel) -> Any:
    try:
        check_storable(kernel)
    except UnsupportedTypeError:
        return _NOTHING
    parts = {name: _plain(part) for name, part in kernel.get_params(deep=False).items()}
    return _NOTHING if _NOTHING in parts.values() else type(kernel)(**parts)
