"""maxmargin: hinge loss and support vector machines with a proof of optimality in every fit.

    >>> from maxmargin import LinearSVC, certify
    >>> model = LinearSVC().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> model.status_
    'optimal'

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maxmargin import callbacks, exceptions, io, kernels, losses, testing
    from maxmargin.certificate import Certificate, certify
    from maxmargin.config import show_config
    from maxmargin.estimators import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM
    from maxmargin.io import load, save
    from maxmargin.model import KernelModel, LinearModel

__version__ = "0.1.0"

__all__ = [
    "SVC",
    "SVR",
    "Certificate",
    "KernelModel",
    "LinearModel",
    "LinearSVC",
    "NuSVC",
    "NuSVR",
    "OneClassSVM",
    "__version__",
    "callbacks",
    "certify",
    "exceptions",
    "io",
    "kernels",
    "load",
    "losses",
    "save",
    "show_config",
    "testing",
]

_HOME = {
    "Certificate": "maxmargin.certificate",
    "KernelModel": "maxmargin.model",
    "LinearModel": "maxmargin.model",
    "LinearSVC": "maxmargin.estimators",
    "NuSVC": "maxmargin.estimators",
    "NuSVR": "maxmargin.estimators",
    "OneClassSVM": "maxmargin.estimators",
    "SVC": "maxmargin.estimators",
    "SVR": "maxmargin.estimators",
    "certify": "maxmargin.certificate",
    "load": "maxmargin.io",
    "save": "maxmargin.io",
    "show_config": "maxmargin.config",
}
_MODULES = frozenset({"callbacks", "exceptions", "io", "kernels", "losses", "testing"})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"maxmargin.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'maxmargin' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
