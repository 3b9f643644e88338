"""Which solver suits a problem. The choice depends on the problem alone, never on the machine."""

from __future__ import annotations

from collections.abc import Callable

from maxmargin.problem import Problem
from maxmargin.solvers.coordinate import solve_coordinate
from maxmargin.solvers.newton import solve_newton
from maxmargin.solvers.settings import Monitor, Settings, Solution, Start

__all__ = ["choose_solver"]

Solver = Callable[[Problem, Settings, "Start | None", "Monitor | None"], Solution]

# Measured on tables of 3 to 784 features and on texts of 7000 to 130000. From this many features on, a few epochs
# of coordinate descent save more Newton systems than they cost; below, they do so only where they converge at once.
_MANY_FEATURES = 200
_SOME_FEATURES = 32
_SYSTEMS_PAY = 500  # with so many features at most, Newton's systems of sparse rows pay for a squared hinge that is not easy
_EASY = 1.0  # mean cᵢ · mean ‖xᵢ‖², up to which the hinge is all but strongly convex in its dual


def choose_solver(problem: Problem, start: Start | None = None) -> Solver:
    """The solver for ``problem``; a start without multipliers is of use to Newton's method only."""
    d, n = problem.n_features, problem.n_rows
    if start is not None and start.multipliers is None:
        return solve_newton
    if n < d and not problem.design.sparse:  # the n × n system is small
        return solve_newton
    if d <= _SYSTEMS_PAY and problem.design.sparse and problem.loss == "squared_hinge" and not _is_easy(problem):
        return solve_newton
    if d >= _MANY_FEATURES or (d >= _SOME_FEATURES and problem.loss == "hinge" and _is_easy(problem)):
        return solve_coordinate
    return solve_newton


def _is_easy(problem: Problem) -> bool:
    return float(problem.c.mean()) * float(problem.design.squared_norms().mean()) <= _EASY
