"""Every kernel machine as one quadratic programme in signed multipliers, and back from its solution to a decision function.

    minimise over a    ½ Σᵤᵥ aᵤaᵥ K(r(u), r(v)) + Σᵥ pᵥaᵥ        lᵥ ≤ aᵥ ≤ uᵥ,    Σ_{v in group g} aᵥ = s_g

``programme`` has the problem, ``point`` what a point of it is worth, ``classification``, ``regression`` and ``one_class``
the machines. No label is in K, so one kernel serves every pair of classes.
"""

from __future__ import annotations

from maxmargin.machines.classification import nu_pair_problems, pair_problems
from maxmargin.machines.one_class import one_class_problem
from maxmargin.machines.point import (
    Worth,
    feasible_point,
    gap_at,
    gap_terms,
    rounding_of_gap,
    steadiest_offsets,
    worth_at,
)
from maxmargin.machines.programme import Decision, Machine, Programme
from maxmargin.machines.regression import nu_regression_problem, regression_problem

__all__ = [
    "Decision",
    "Machine",
    "Programme",
    "Worth",
    "feasible_point",
    "gap_at",
    "gap_terms",
    "nu_pair_problems",
    "nu_regression_problem",
    "one_class_problem",
    "pair_problems",
    "regression_problem",
    "rounding_of_gap",
    "steadiest_offsets",
    "worth_at",
]
