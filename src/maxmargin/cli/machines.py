"""Which machine ``fit`` trains, and which of its options that machine has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from maxmargin.cli.options import Approximation, KernelName, Machine

__all__ = ["bytes_of", "choose_machine", "estimator_of", "is_supervised"]

_KERNEL_MACHINES = (Machine.svc, Machine.nusvc, Machine.svr, Machine.nusvr, Machine.oneclass)
_MACHINES_WITH: dict[str, tuple[Machine, ...]] = {
    "loss": (Machine.linear,),
    "no_proof": (Machine.linear,),
    "C": (Machine.linear, Machine.svc, Machine.svr, Machine.nusvr),
    "nu": (Machine.nusvc, Machine.nusvr, Machine.oneclass),
    "epsilon": (Machine.svr,),
    "no_intercept": (Machine.linear, Machine.svc, Machine.svr),
    "class_weight": (Machine.linear, Machine.svc, Machine.nusvc),
    "multi_class": (Machine.svc, Machine.nusvc),
    **dict.fromkeys(("kernel", "gamma", "degree", "coef0", "approximation"), _KERNEL_MACHINES),
}
_KERNELS_WITH: dict[str, tuple[KernelName, ...]] = {
    "gamma": (KernelName.rbf, KernelName.poly, KernelName.sigmoid, KernelName.laplacian, KernelName.chi2),
    "degree": (KernelName.poly,),
    "coef0": (KernelName.poly, KernelName.sigmoid),
}
_UNITS = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40}


def choose_machine(machine: Machine | None, options: Mapping[str, Any]) -> Machine:
    """The machine that was asked for: linear, or svc where there is a kernel and nothing else is said.

    Raises
    ------
    InvalidParameterError
        An option, one that was given, does not belong to the machine or to its kernel; the message names both.
    """
    chosen = machine or (Machine.linear if options["kernel"] is None else Machine.svc)
    for name, machines in _MACHINES_WITH.items():
        given = options[name] is not None and options[name] is not False
        if given and chosen not in machines:
            _refuse(name, f"--machine {chosen.value}", "--machine", machines, said=machine is not None)
    kernel = options["kernel"] or KernelName.rbf
    for name, kernels in _KERNELS_WITH.items():
        if chosen is not Machine.linear and options[name] is not None and kernel not in kernels:
            _refuse(name, f"--kernel {kernel.value}", "--kernel", kernels, said=options["kernel"] is not None)
    for name in ("approximation_tol", "max_components"):
        if options[name] is not None and options["approximation"] is None:
            _refuse(name, "the kernel itself", "--approximation", tuple(Approximation), said=False)
    return chosen


def _refuse(name: str, chosen: str, switch: str, others: Sequence[Enum], *, said: bool) -> None:
    from maxmargin.exceptions import InvalidParameterError

    option = "--" + name.replace("_", "-")
    words = [str(other.value) for other in others]
    remedy = f"{switch} {words[0]}" if len(words) == 1 else f"{switch} with one of {', '.join(words)}"
    default = "" if said else ", which is the default"
    raise InvalidParameterError(f"{option} has no meaning for {chosen}{default}; leave it out, or say {remedy}")


def is_supervised(machine: Machine) -> bool:
    """Whether its data need a target."""
    return machine is not Machine.oneclass


def estimator_of(machine: Machine, options: Mapping[str, Any]) -> Any:
    """The estimator with the options that were given; what was not given has its default."""
    import maxmargin

    kinds = {
        Machine.linear: maxmargin.LinearSVC, Machine.svc: maxmargin.SVC, Machine.nusvc: maxmargin.NuSVC,
        Machine.svr: maxmargin.SVR, Machine.nusvr: maxmargin.NuSVR, Machine.oneclass: maxmargin.OneClassSVM,
    }  # fmt: skip
    parameters = {name: _plain(value) for name, value in options.items() if value is not None}
    if parameters.pop("no_intercept"):
        parameters["fit_intercept"] = False
    parameters.pop("no_proof")
    seed = parameters.pop("seed")
    if machine is Machine.linear or "approximation" in parameters:
        parameters["random_state"] = seed  # nothing else is random
    if "gamma" in parameters:
        parameters["gamma"] = _number_or_word(parameters["gamma"])
    if "memory_limit" in parameters:
        parameters["memory_limit"] = bytes_of(parameters["memory_limit"])
    return kinds[machine](**parameters)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # "scale", "auto", or something that the estimator refuses by name


def bytes_of(text: str) -> float:
    """A number of bytes, such as ``500MB`` or ``2GiB``; raises InvalidParameterError for anything else.

    Examples
    --------
    >>> bytes_of("2GiB"), bytes_of("1e6")
    (2147483648.0, 1000000.0)
    """
    from maxmargin.exceptions import InvalidParameterError

    compact = text.strip().lower()
    unit = next((unit for unit in _UNITS if compact.endswith(unit)), "")
    try:
        return float(compact.removesuffix(unit)) * _UNITS.get(unit, 1.0)
    except ValueError:
        raise InvalidParameterError(
            f"--memory-limit is {text!r}, expected a number of bytes, or a number with kB, MB, GB, KiB, MiB or GiB"
        ) from None
