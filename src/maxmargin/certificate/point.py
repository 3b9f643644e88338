"""What a point is worth: primal, dual and gap of any (w, b, α), in float64, from the problem alone.

With margins mᵢ = yᵢ(⟨w, xᵢ⟩ + b), z = 1 − m, feasible multipliers α and w_α = Σ αᵢyᵢxᵢ,

    gap = ½‖w − w_α‖² + Σᵢ tᵢ
    tᵢ = (cᵢ − αᵢ)·max(0, zᵢ) + αᵢ·max(0, −zᵢ)                                      (hinge)
    tᵢ = (√cᵢ·zᵢ − αᵢ/(2√cᵢ))²  where zᵢ > 0,  αᵢ²/(4cᵢ) − αᵢzᵢ  elsewhere             (squared hinge)

Every term is ≥ 0, so nothing cancels and a gap of 1e-12 is as trustworthy as one of 1. No solver is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.problem import Problem

__all__ = [
    "LOSSES",
    "PointCertificate",
    "RowTerms",
    "certify_point",
    "certify_rows",
    "multipliers_from_margins",
]

LOSSES = ("hinge", "squared_hinge")

_TINY = 1e-300
_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PointCertificate:
    """Objectives of one binary problem at one point. ``gap`` ≥ primal(w, b) − optimum ≥ 0."""

    primal: float
    dual: float
    gap: float

    @property
    def relative_gap(self) -> float:
        """``gap / max(|dual|, tiny)``; infinite where the gap is."""
        return self.gap / max(abs(self.dual), _TINY) if math.isfinite(self.gap) else math.inf

    @property
    def radius(self) -> float:
        """``√(2·gap)``: a decision value without intercept is within radius·‖x‖ of the exact optimum's."""
        return math.sqrt(2.0 * self.gap)


@dataclass(frozen=True, slots=True, eq=False)
class RowTerms:
    """For each row its term of the gap and its margin."""

    terms: _Vector
    margins: _Vector


def certify_point(
    problem: Problem, coef: _Vector, intercept: float, multipliers: _Vector, n_threads: int = 1
) -> PointCertificate:
    """Primal, dual and gap at any point; multipliers that are not feasible are made so first.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (d,)
    intercept : float
    multipliers : ndarray of shape (n,)
        Clipped to 0 ≤ αᵢ (≤ cᵢ for the hinge); with an intercept the heavier class is scaled down until Σ
        αᵢyᵢ = 0.

    Returns
    -------
    PointCertificate
        An undefined gap (overflow) is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin._validation import validate_design
    >>> X = np.array([[1.0], [-1.0]])
    >>> problem = Problem(validate_design(X), np.array([1.0, -1.0]), np.ones(2), "hinge", fit_intercept=True)
    >>> certify_point(problem, np.array([1.0]), 0.0, np.array([0.5, 0.5])).gap
    0.0
    """
    return certify_rows(problem, coef, intercept, multipliers, n_threads, None)


def certify_rows(
    problem: Problem,
    coef: _Vector,
    intercept: float,
    multipliers: _Vector,
    n_threads: int,
    rows: RowTerms | None,
) -> PointCertificate:
    """`certify_point` that also fills ``rows``, where given."""
    loss_sum, dual_sum, term_sum, coef_alpha, terms, margins = _native.evaluate_point(
        problem.design, problem.y, problem.c, loss=problem.loss, fit_intercept=problem.fit_intercept,
        coef=coef, intercept=intercept, multipliers=multipliers, rows=rows is not None, n_threads=n_threads,
    )  # fmt: skip
    if rows is not None:
        rows.terms[:] = terms
        rows.margins[:] = margins
    with np.errstate(all="ignore"):
        difference = coef - coef_alpha
        gap = 0.5 * _dot(difference, difference) + term_sum
        primal = 0.5 * _dot(coef, coef) + loss_sum
        dual = dual_sum - 0.5 * _dot(coef_alpha, coef_alpha)
    return _defined(primal, dual, gap)


def _dot(a: _Vector, b: _Vector) -> float:
    # Not a BLAS call: its threads would make the bits depend on their number, and wait for ours.
    return float((a * b).sum())


def _defined(primal: float, dual: float, gap: float) -> PointCertificate:
    if math.isnan(primal):
        primal = math.inf
    if not math.isfinite(dual):
        dual = -math.inf
    if not (math.isfinite(primal) and math.isfinite(dual) and math.isfinite(gap)):
        gap = math.inf
    return PointCertificate(primal, dual, gap)


def multipliers_from_margins(problem: Problem, coef: _Vector, intercept: float, n_threads: int = 1) -> _Vector:
    """Squared hinge: the multipliers αᵢ = 2cᵢ·max(0, zᵢ) that belong to a point, optimal if it is."""
    z = 1.0 - problem.y * problem.design.decision(coef, intercept, n_threads)
    return np.asarray(2.0 * problem.c * np.maximum(z, 0.0))
