"""Dual coordinate descent with conjugate gradients on the free multipliers: for data of many features.

One multiplier at a time is moved to where the dual objective is best, the others held:

    αᵢ ← clip(αᵢ + zᵢ / ‖xᵢ‖², 0, cᵢ),    w ← w + Δαᵢ·yᵢ·xᵢ,    zᵢ = 1 − yᵢ(⟨w, xᵢ⟩ + b)        (hinge)

1. An epoch visits the active rows in a new random order; each step costs one row of X.
2. Rows at a bound that want to stay there are set aside until the others have converged.
3. The intercept's constraint Σ αᵢyᵢ = 0 is kept by an augmented Lagrangian: b moves once an epoch.
4. The gap is summed on the way; once it is within ``tol`` it is confirmed over all rows.
5. Once the rows at bounds have settled, conjugate gradients move all free multipliers together (Moré and Toraldo, SIAM
   J. Optim. 1, 1991), with a few epochs in between that set the bounds right; the longer the better the face holds.
6. Where even so the last third of the work promises no end soon, Newton's method goes on from there.

Epochs are cheap and the first digits come fast; the free multipliers give the last ones where C is large.
"""

from __future__ import annotations

from maxmargin import _native
from maxmargin.problem import Problem
from maxmargin.solvers.newton import arguments
from maxmargin.solvers.settings import Monitor, Settings, Solution, Start, to_solution

__all__ = ["solve_coordinate"]


def solve_coordinate(
    problem: Problem, settings: Settings, start: Start | None = None, monitor: Monitor | None = None
) -> Solution:
    """Solve ``problem`` by dual coordinate descent, with Newton's method for the last digits."""
    return to_solution(_native.solve_coordinate(**arguments(problem, settings, start, monitor)), "coordinate")
