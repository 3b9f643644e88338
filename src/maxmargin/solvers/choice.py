"""Which solver suits a problem. The choice depends on the problem alone, never on the machine."""

from __future__ import annotations

from collections.abc import Callable

from maxmargin.problem import Problem
from maxmargin.solvers.coordinate import solve_coordinate
from maxmargin.solvers.newton import solve_newton
from maxmargin.solvers.settings import Monitor, Settings, Solution, Start

__all__ = ["choose_solver"]

Solver = Callable[[Problem, Settings, "Start | None", "Monitor | None"], Solution]

# Measured on text (2800 to 11000 rows, 7000 to 130000 features) and on tables (8 to 300 features): with many
# features coordinate descent is 2 to 10 times faster, with few of them Newton's method is 1.5 to 5 times.
_MANY_FEATURES = 1000


def choose_solver(problem: Problem, start: Start | None = None) -> Solver:
    """The solver for ``problem``; a start without multipliers is of use to Newton's method only."""
    known_coef_only = start is not None and start.multipliers is None
    if problem.design.sparse and problem.n_features >= _MANY_FEATURES and not known_coef_only:
        return solve_coordinate
    return solve_newton
