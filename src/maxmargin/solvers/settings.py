"""What a solver is told and what it answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Monitor", "Settings", "Solution", "Start", "Status", "to_solution"]

Monitor = Callable[[int, float, float, float, int, float], bool]

Status = Literal[
    "optimal",
    "stopped_by_max_iter",
    "stopped_by_max_time",
    "stopped_by_callback",
    "numerical_limit",
    "interrupted",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """When to stop, and with how many threads.

    ``tol`` is the relative gap. ``n_threads`` changes the time, never the bits of the answer. ``matrix_bytes`` is what
    the matrices of second-order systems may take; with less, other ways are found.
    """

    tol: float = 1e-4
    max_iter: int = 1000
    max_time: float = math.inf
    n_threads: int = 1
    seed: int = 0
    matrix_bytes: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A point to start from. ``multipliers`` may be None where only the coefficients are known."""

    coef: NDArray[np.float64]
    intercept: float
    multipliers: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A point, how the solver ended, and its record.

    ``history`` has one line (iteration, primal, dual, gap, active rows, seconds) for each report. What the
    solver believes of its last point is left out. ``certified`` is (primal, dual, gap) where the last thing that the
    solver did was to have exactly this point evaluated as the certificate evaluates it, from problem and point alone;
    where it is None, that is still to be done.
    """

    status: Status
    coef: NDArray[np.float64]
    intercept: float
    multipliers: NDArray[np.float64]
    n_iter: int
    history: NDArray[np.float64]
    solver: str
    certified: tuple[float, float, float] | None = None


def to_solution(result: Any, solver: str) -> Solution:
    """The native result as a `Solution`."""
    return Solution(
        result.status,
        result.coef,
        result.intercept,
        result.multipliers,
        result.n_iter,
        result.history,
        solver,
        (result.primal, result.dual, result.gap) if result.certified else None,
    )
