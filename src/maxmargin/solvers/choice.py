"""Which solver suits a problem. The choice depends on the problem alone, never on the machine."""

from __future__ import annotations

from collections.abc import Callable

from maxmargin.problem import Problem
from maxmargin.solvers.newton import solve_newton
from maxmargin.solvers.settings import Monitor, Settings, Solution, Start

__all__ = ["choose_solver"]

Solver = Callable[[Problem, Settings, "Start | None", "Monitor | None"], Solution]


def choose_solver(problem: Problem) -> Solver:
    """The solver for ``problem``."""
    return solve_newton
