"""`certify`: the independent proof for any model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin._validation import encode_target, resolve_n_jobs, validate_design, validate_weights
from maxmargin.certificate.claim import Claim, read_claim
from maxmargin.certificate.machine import certify_machine
from maxmargin.certificate.point import PointCertificate, RowTerms, certify_rows, multipliers_from_margins
from maxmargin.certificate.report import Certificate, ClassCertificate, WorstRow
from maxmargin.exceptions import InvalidParameterError, ShapeError
from maxmargin.problem import Problem, row_costs, sign_target
from maxmargin.solvers import Settings, Start, solve

__all__ = ["certify"]

_FRESH_DUAL_TOL = 1e-6  # how well the problem is solved for a model that brings no dual point
_FRESH_DUAL_SECONDS = 600.0


def certify(
    model: Any, X: Any, y: Any = None, sample_weight: Any = None, *, worst_rows: int = 5, n_jobs: int | None = None
) -> Certificate:
    """Prove how far a model is from the exact optimum of its training problem.

    Primal, dual and gap are recomputed in float64 from the data as given; no state of any solver is used.
    With the certified gap g, the model's objective is at most g above the optimum, and for every x, ::

        |f(x) − f*(x)| ≤ √(2·g) · ‖x‖        (decision values without intercept; √K(x, x) for ‖x‖ with a kernel)

    Parameters
    ----------
    model : fitted estimator of this library, LinearModel, pipeline that ends in one, or any linear estimator like them
        A foreign estimator needs ``coef_``, ``intercept_``, ``classes_``, ``C`` and ``loss``. It stores no
        multipliers: for the squared hinge they follow from its margins; for the hinge the problem is solved
        anew for a dual bound.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The training data.
    y : array-like of shape (n_samples,)
        The training labels or targets; not needed for `OneClassSVM`.
    sample_weight : array-like of shape (n_samples,), optional
        The weights of the fit.
    worst_rows : int
        How many of the rows with the largest part of the gap to name, for each class; printed are as many in all.
    n_jobs : int, optional
        Threads, as for the estimators.

    Returns
    -------
    Certificate
        Prints as a table; ``to_dict()`` gives plain numbers.

    Raises
    ------
    NotCertifiableError
        The model lacks something the proof needs.
    ShapeError
        The data are not those of the fit.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from maxmargin import LinearSVC, certify
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LinearSVC(tol=1e-6).fit(X, y)
    >>> certify(model, X, y).relative_gap <= 1e-6
    True
    """
    if not isinstance(worst_rows, int) or worst_rows < 0:
        raise InvalidParameterError(f"worst_rows must be an integer ≥ 0. Got {worst_rows!r} instead.")
    model, X = _open_pipeline(model, X)
    n_threads = resolve_n_jobs(n_jobs)
    if hasattr(model, "_machine_claim"):
        return certify_machine(model._machine_claim(X, y, sample_weight, n_threads), worst_rows, n_threads)
    claim = read_claim(model)
    design = validate_design(X, n_threads)
    _check_data(claim, design)
    weights = validate_weights(sample_weight, design.n_rows)
    codes = encode_target(y, design.n_rows, claim.classes, weights, claim.name)
    c = row_costs(claim.C, codes, claim.factors(codes, weights), weights)
    problems, source = [], "model"
    for k in range(claim.coef.shape[0]):
        positive = 1 if claim.coef.shape[0] == 1 else k
        problem = Problem(design, sign_target(codes, positive), c, claim.loss, claim.fit_intercept)
        multipliers, source = _multipliers(claim, k, problem, n_threads)
        point, rows = _prove(claim, k, problem, multipliers, n_threads, worst_rows)
        problems.append(ClassCertificate(claim.classes[positive], point, rows))
    largest_norm = math.sqrt(float(design.squared_norms(n_threads).max()))
    return Certificate(
        tuple(problems), design.n_rows, design.n_features, claim.loss, claim.C, source, largest_norm,
        claim.fit_intercept,
    )  # fmt: skip


def _open_pipeline(model: Any, X: Any) -> tuple[Any, Any]:
    if not hasattr(model, "steps"):
        return model, X
    return model[-1], model[:-1].transform(X) if len(model.steps) > 1 else X


def _check_data(claim: Claim, design: _native.Design) -> None:
    if design.n_features != claim.coef.shape[1]:
        raise ShapeError(
            f"X has {design.n_features} features, but the model has {claim.coef.shape[1]} coefficients for each class"
        )
    if claim.n_rows is not None and design.n_rows != claim.n_rows:
        raise ShapeError(
            f"X has {design.n_rows} rows, but the model was trained on {claim.n_rows}; certify proves a "
            f"model on its own "
            "training data"
        )


def _multipliers(claim: Claim, k: int, problem: Problem, n_threads: int) -> tuple[NDArray[np.float64], str]:
    if claim.multipliers is not None:
        indices, values = claim.multipliers[k]
        dense = np.zeros(problem.n_rows)
        dense[indices] = values
        return dense, "model"
    if claim.loss == "squared_hinge":
        return multipliers_from_margins(problem, claim.coef[k], float(claim.intercept[k]), n_threads), "margins"
    settings = Settings(tol=_FRESH_DUAL_TOL, max_time=_FRESH_DUAL_SECONDS, n_threads=n_threads)
    start = Start(np.ascontiguousarray(claim.coef[k]), float(claim.intercept[k]), None)
    solution = solve(problem, settings, start)
    if solution.status == "interrupted":
        raise KeyboardInterrupt
    return solution.multipliers, "solver"


def _prove(
    claim: Claim, k: int, problem: Problem, multipliers: NDArray[np.float64], n_threads: int, worst: int
) -> tuple[PointCertificate, tuple[WorstRow, ...]]:
    rows = RowTerms(np.empty(problem.n_rows), np.empty(problem.n_rows)) if worst else None
    coef, intercept = np.ascontiguousarray(claim.coef[k]), float(claim.intercept[k])
    point = certify_rows(problem, coef, intercept, multipliers, n_threads, rows)
    return point, () if rows is None else _worst_rows(rows, point.gap, worst)


def _worst_rows(rows: RowTerms, gap: float, count: int) -> tuple[WorstRow, ...]:
    count = min(count, rows.terms.size)
    found = np.argpartition(-rows.terms, count - 1)[:count]
    found = found[np.lexsort((found, -rows.terms[found]))]
    return tuple(
        WorstRow(
            int(i),
            float(rows.terms[i]) / gap if gap > 0 else 0.0,
            float(rows.terms[i]),
            float(rows.margins[i]),
        )
        for i in found
        if rows.terms[i] > 0
    )
