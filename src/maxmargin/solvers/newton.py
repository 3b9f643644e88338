"""Semismooth Newton augmented Lagrangian method: second order, for dense or low-dimensional data.

The multipliers α and a step σ define the smooth function

    φ(w, b) = ½‖w‖² + Σᵢ ψᵢ(1 − yᵢ(⟨w, xᵢ⟩ + b)),        ψᵢ′(z) = clip(αᵢ + σz, 0, cᵢ)        (hinge)

whose minimiser gives better multipliers, αᵢ ← ψᵢ′(zᵢ). For the squared hinge the problem is smooth already
and ψᵢ′(z) = 2cᵢ·max(0, z). The algorithm:

1. zᵢ = 1 − yᵢ(⟨w, xᵢ⟩ + b); a = ψ′(z); stop if the gap of (w, b, a) is within ``tol``.
2. J = rows where ψ″ ≠ 0: the only ones that the second derivative sees.
3. Solve (I + X_Jᵀ D_J X_J) δ = −∇φ by Cholesky.
4. Search along δ exactly: φ is piecewise quadratic, its slope one pass over z.
5. Where (w, b) minimises φ well enough, α ← a and σ grows; repeat from 1.

Each round is one native pass over X and one d×d system, so a fit takes tens of rounds, whatever C is.
"""

from __future__ import annotations

from typing import Any

from maxmargin import _native
from maxmargin.problem import Problem
from maxmargin.solvers.settings import Monitor, Settings, Solution, Start, to_solution

__all__ = ["arguments", "solve_newton"]


def solve_newton(
    problem: Problem, settings: Settings, start: Start | None = None, monitor: Monitor | None = None
) -> Solution:
    """Solve ``problem`` by the semismooth Newton augmented Lagrangian method."""
    return to_solution(_native.solve_newton(**arguments(problem, settings, start, monitor)), "newton")


def arguments(problem: Problem, settings: Settings, start: Start | None, monitor: Monitor | None) -> dict[str, Any]:
    """The arguments that every native solver takes."""
    return {
        "design": problem.design,
        "y": problem.y,
        "c": problem.c,
        "loss": problem.loss,
        "fit_intercept": problem.fit_intercept,
        "tol": settings.tol,
        "max_iter": settings.max_iter,
        "max_time": settings.max_time,
        "n_threads": settings.n_threads,
        "seed": settings.seed,
        "matrix_bytes": settings.matrix_bytes,
        "monitor": monitor,
        "coef": None if start is None else start.coef,
        "intercept": 0.0 if start is None else start.intercept,
        "multipliers": None if start is None else start.multipliers,
    }
