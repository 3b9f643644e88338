"""The contestants, one file each. A file gives two names:

- ``ladders(loss)``: its ways to solve the problem, each a `Ladder` of settings from loose to tight (none: the loss is
  not offered);
- ``fit(X, y, loss, C, settings)``: the coefficients, shape (n_features,). All of it is timed, so conversions count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["OURS", "PEERS", "Ladder", "Peer", "installed_version", "module", "package"]

OURS = "maxmargin"
PEERS = {
    "liblinear": "liblinear",
    "sklearn": "scikit_learn_linear_svc",
    "snapml": "snapml",
    "skglm": "skglm",
    "sgd": "scikit_learn_sgd",
    OURS: "maxmargin_linear_svc",
}
_PACKAGES = {"liblinear": "liblinear-official", "sklearn": "scikit-learn", "sgd": "scikit-learn"}


@dataclass(frozen=True)
class Ladder:
    """One way to solve: fixed settings, and one that goes from loose to tight step by step."""

    fixed: dict[str, Any]
    knob: str
    steps: list[float] = field(default_factory=list)

    def settings(self, step: float) -> dict[str, Any]:
        return {**self.fixed, self.knob: step}


class Peer(Protocol):
    """What a file of this folder offers."""

    def ladders(self, loss: str, /) -> list[Ladder]: ...

    def fit(
        self, X: Any, y: NDArray[np.float64], loss: str, C: float, settings: dict[str, Any], /
    ) -> NDArray[np.float64]: ...


def module(name: str) -> Peer:
    """The file of a peer, imported; its library is imported with it."""
    return import_module(f"benchmarks.peers.{PEERS[name]}")  # type: ignore[return-value]  # a module is the peer


def package(name: str) -> str:
    """The distribution that a peer comes with."""
    return _PACKAGES.get(name, name)


def installed_version(package: str) -> str | None:
    """The version of a distribution, None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
