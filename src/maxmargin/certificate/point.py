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

from maxmargin.problem import Problem

__all__ = [
    "LOSSES",
    "PointCertificate",
    "RowTerms",
    "certify_point",
    "certify_rows",
    "feasible_multipliers",
    "multipliers_from_margins",
]

_BLOCK = 1 << 14  # rows evaluated together, so that temporaries stay in cache whatever n is
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
    with np.errstate(all="ignore"):
        alpha = feasible_multipliers(problem, multipliers)
        decision = problem.design.decision(coef, intercept, n_threads)
        coef_alpha = problem.design.combine(alpha * problem.y, n_threads)
        loss_sum = dual_sum = term_sum = 0.0
        for start in range(0, problem.n_rows, _BLOCK):
            block = slice(start, start + _BLOCK)
            z = 1.0 - problem.y[block] * decision[block]
            terms, losses, duals = _EVALUATE[problem.loss](z, problem.c[block], alpha[block])
            loss_sum += losses
            dual_sum += duals
            term_sum += float(terms.sum())
            if rows is not None:
                rows.terms[block] = terms
                rows.margins[block] = 1.0 - z
        difference = coef - coef_alpha
        gap = 0.5 * _dot(difference, difference) + term_sum
        primal = 0.5 * _dot(coef, coef) + loss_sum
        dual = dual_sum - 0.5 * _dot(coef_alpha, coef_alpha)
    return _defined(primal, dual, gap)


def _dot(a: _Vector, b: _Vector) -> float:
    # Not a BLAS call: its threads would make the bits depend on their number, and wait for ours.
    return float((a * b).sum())


def _hinge(z: _Vector, c: _Vector, alpha: _Vector) -> tuple[_Vector, float, float]:
    violation = np.maximum(z, 0.0)
    # c·max(0, z) − α·z, written so that no term cancels: where z > 0 it is (c − α)z, elsewhere α·(−z).
    terms = (c - alpha) * violation + alpha * (violation - z)
    return terms, _dot(c, violation), float(alpha.sum())


def _squared_hinge(z: _Vector, c: _Vector, alpha: _Vector) -> tuple[_Vector, float, float]:
    violation = np.maximum(z, 0.0)
    root = np.sqrt(c)
    # α = 0 wherever c = 0, so that any divisor will do there.
    half = alpha / (2.0 * np.where(c > 0.0, root, 1.0))
    residual = root * violation - half
    terms = residual * residual + alpha * (violation - z)
    return terms, _dot(c, violation * violation), float(alpha.sum()) - _dot(half, half)


_EVALUATE = {"hinge": _hinge, "squared_hinge": _squared_hinge}
LOSSES = tuple(_EVALUATE)


def _defined(primal: float, dual: float, gap: float) -> PointCertificate:
    if math.isnan(primal):
        primal = math.inf
    if not math.isfinite(dual):
        dual = -math.inf
    if not (math.isfinite(primal) and math.isfinite(dual) and math.isfinite(gap)):
        gap = math.inf
    return PointCertificate(primal, dual, gap)


def feasible_multipliers(problem: Problem, multipliers: _Vector) -> _Vector:
    """A new array near ``multipliers`` that satisfies every constraint of the dual problem."""
    if problem.loss == "hinge":
        alpha = np.clip(multipliers, 0.0, problem.c)
    else:
        alpha = np.where(problem.c > 0.0, np.maximum(multipliers, 0.0), 0.0)
    if not math.isfinite(float(alpha.sum())):
        return np.zeros_like(alpha)
    if problem.fit_intercept:
        surplus, total = _dot(alpha, problem.y), float(alpha.sum())
        positive, negative = 0.5 * (total + surplus), 0.5 * (total - surplus)
        if surplus > 0.0:
            alpha *= np.where(problem.y > 0.0, max(negative, 0.0) / positive, 1.0)
        elif surplus < 0.0:
            alpha *= np.where(problem.y > 0.0, 1.0, max(positive, 0.0) / negative)
    return alpha


def multipliers_from_margins(problem: Problem, coef: _Vector, intercept: float, n_threads: int = 1) -> _Vector:
    """Squared hinge: the multipliers αᵢ = 2cᵢ·max(0, zᵢ) that belong to a point, optimal if it is."""
    z = 1.0 - problem.y * problem.design.decision(coef, intercept, n_threads)
    return np.asarray(2.0 * problem.c * np.maximum(z, 0.0))
