"""The certificate: right where the answer is known, a bound everywhere else, and readable."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris, make_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.svm import LinearSVC as SklearnLinearSVC

from maxmargin import LinearSVC, certify, exceptions
from maxmargin._validation import validate_design
from maxmargin.certificate import certify_point
from maxmargin.problem import Problem, sign_target
from maxmargin.testing import make_known_svm

LOSSES = ["hinge", "squared_hinge"]


def problem_of(known, storage=np.asarray):
    c = known.C * known.sample_weight
    return Problem(validate_design(storage(known.X)), known.y.astype(float), c, known.loss, known.fit_intercept)


def plain_objectives(problem, X, w, b, alpha):
    """The textbook formulas, with their cancellation."""
    z = np.maximum(0.0, 1.0 - problem.y * (X @ w + b))
    v = X.T @ (alpha * problem.y)
    if problem.loss == "hinge":
        return 0.5 * w @ w + problem.c @ z, alpha.sum() - 0.5 * v @ v
    used = problem.c > 0
    quadratic = (alpha[used] ** 2 / (4.0 * problem.c[used])).sum()
    return 0.5 * w @ w + problem.c @ z**2, alpha.sum() - 0.5 * v @ v - quadratic


@pytest.mark.parametrize("storage", [np.asarray, np.asfortranarray, sp.csr_array])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_gap_is_zero_at_the_known_solution(loss, fit_intercept, storage):
    known = make_known_svm(90, 7, loss=loss, fit_intercept=fit_intercept, weighted=True, C=3.0)
    point = certify_point(problem_of(known, storage), known.coef, known.intercept, known.multipliers)
    assert point.relative_gap < 1e-13
    assert point.primal == pytest.approx(known.objective, rel=1e-13)
    assert point.dual == pytest.approx(known.objective, rel=1e-13)


def feasible_multipliers(problem, multipliers):
    """Clipped, and the heavier class scaled down until the classes weigh the same."""
    upper = problem.c if problem.loss == "hinge" else np.inf
    alpha = np.clip(multipliers, 0.0, upper)
    if problem.fit_intercept:
        positive, negative = alpha[problem.y > 0].sum(), alpha[problem.y < 0].sum()
        alpha[problem.y > 0] *= min(1.0, negative / positive)
        alpha[problem.y < 0] *= min(1.0, positive / negative)
    return alpha


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(LOSSES), st.booleans(), st.floats(1e-3, 1e3), st.floats(0, 3))
def test_gap_is_primal_minus_dual_and_bounds_the_optimum(seed, loss, fit_intercept, C, noise):
    known = make_known_svm(40, 5, loss=loss, fit_intercept=fit_intercept, C=C, weighted=True, random_state=seed)
    problem, rng = problem_of(known), np.random.default_rng(seed)
    w = known.coef + noise * rng.normal(size=5)
    b = known.intercept + noise * rng.normal() if fit_intercept else 0.0
    alpha = feasible_multipliers(problem, known.multipliers + noise * C * rng.normal(size=40))
    point = certify_point(problem, w, b, alpha)
    primal, dual = plain_objectives(problem, known.X, w, b, alpha)
    scale = abs(primal) + abs(dual)
    assert point.primal == pytest.approx(primal, rel=1e-12)
    assert point.dual == pytest.approx(dual, abs=1e-12 * scale)
    assert point.gap == pytest.approx(primal - dual, abs=1e-11 * scale)
    assert point.dual <= known.objective + 1e-11 * scale
    assert known.objective <= point.primal + 1e-11 * scale
    # strong convexity: the decision values' statement
    shift = np.abs(known.X @ (w - known.coef))
    assert np.all(shift <= point.radius * np.linalg.norm(known.X, axis=1) + 1e-6 * np.sqrt(scale))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_any_multipliers_are_made_feasible(loss, fit_intercept):
    known = make_known_svm(30, 4, loss=loss, fit_intercept=fit_intercept)
    problem = problem_of(known)
    wild = np.random.default_rng(0).normal(size=30) * 10
    alpha = feasible_multipliers(problem, wild)
    assert alpha.min() >= 0
    assert not fit_intercept or abs(alpha @ problem.y) < 1e-12
    ours = certify_point(problem, known.coef, known.intercept, wild)
    primal, dual = plain_objectives(problem, known.X, known.coef, known.intercept, alpha)
    assert ours.dual == pytest.approx(dual, rel=1e-12)
    assert ours.gap == pytest.approx(primal - dual, rel=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_rows_without_cost_do_not_count(loss):
    known = make_known_svm(30, 4, loss=loss)
    X = np.vstack([known.X, 100 * np.ones((5, 4))])
    y = np.concatenate([known.y, [1, 1, -1, -1, 1]]).astype(float)
    c = np.concatenate([np.full(30, known.C), np.zeros(5)])
    problem = Problem(validate_design(X), y, c, loss, True)
    multipliers = np.concatenate([known.multipliers, np.full(5, 9.0)])
    assert certify_point(problem, known.coef, known.intercept, multipliers).relative_gap < 1e-13


def test_overflow_is_an_infinite_gap():
    problem = Problem(validate_design(np.full((2, 1), 1e200)), np.array([1.0, -1.0]), np.ones(2), "hinge", True)
    point = certify_point(problem, np.array([1e200]), 0.0, np.ones(2))
    assert point.gap == np.inf
    assert point.relative_gap == np.inf


# --- certify --------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [None, "random"])
@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 2.0, 1: 0.5}])
@pytest.mark.parametrize("loss", LOSSES)
def test_certify_agrees_with_the_fit(loss, class_weight, weight):
    X, y = load_iris(return_X_y=True)
    w = None if weight is None else np.random.default_rng(0).uniform(0.0, 3.0, len(y))
    model = LinearSVC(loss=loss, class_weight=class_weight, tol=1e-8).fit(X, y, sample_weight=w)
    proof = certify(model, X, y, sample_weight=w)
    assert proof.relative_gap == pytest.approx(model.relative_gap_, rel=1e-9, abs=1e-15)
    assert proof.primal == pytest.approx(model.primal_, rel=1e-12)
    assert proof.relative_gap <= 1e-8
    assert [problem.label for problem in proof.problems] == [0, 1, 2]


def test_worst_rows_hold_the_gap():
    X, y = make_classification(200, 6, flip_y=0.2, random_state=0)
    model = LinearSVC(loss="hinge", max_iter=3, tol=1e-12)
    with pytest.warns(exceptions.NotConvergedWarning):
        model.fit(X, y)
    proof = certify(model, X, y, worst_rows=200)
    rows = proof.problems[0].worst_rows
    terms = [row.term for row in rows]
    assert terms == sorted(terms, reverse=True)
    assert sum(terms) <= proof.gap * (1 + 1e-12)
    first = rows[0]
    sign = 1 if y[first.row] == 1 else -1
    assert first.margin == pytest.approx(sign * model.decision_function(X[[first.row]])[0])
    assert first.share == pytest.approx(first.term / proof.gap)
    assert certify(model, X, y, worst_rows=0).problems[0].worst_rows == ()
    printed = str(certify(model, X, y, worst_rows=8)).partition("Rows with the largest part of the gap:")[2]
    assert [int(line.split()[0]) for line in printed.splitlines()[2:]] == [row.row for row in rows[:8]]


def test_prints_as_a_table_and_turns_into_json():
    X, y = load_iris(return_X_y=True)
    model = LinearSVC().fit(X, y)
    text = str(certify(model, X, y))
    assert "150 rows, 4 features, squared hinge, C = 1" in text
    assert "relative" in text
    assert "exact optimum" in text
    assert "\n" in str(model.certificate_)
    facts = json.loads(json.dumps(certify(model, X, np.array(y)).to_dict()))
    assert facts["relative_gap"] == pytest.approx(model.relative_gap_, abs=1e-15)
    assert [problem["label"] for problem in facts["problems"]] == [0, 1, 2]


@pytest.mark.parametrize("loss", LOSSES)
def test_foreign_models_are_judged(loss):
    X, y = make_classification(150, 5, random_state=1)
    foreign = SklearnLinearSVC(loss=loss, dual=True, max_iter=200000, tol=1e-8, fit_intercept=False).fit(X, y)
    proof = certify(foreign, X, y)
    assert proof.relative_gap < 1e-3
    assert proof.multipliers_from == ("margins" if loss == "squared_hinge" else "solver")
    optimum = LinearSVC(loss=loss, fit_intercept=False, tol=1e-9).fit(X, y).primal_
    assert proof.dual <= optimum * (1 + 1e-8)
    assert optimum <= proof.primal * (1 + 1e-8)


def test_pipelines_are_opened():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), LinearSVC(tol=1e-7)).fit(X, y)
    assert certify(model, X, y).relative_gap <= 1e-7


def test_other_data_are_refused():
    X, y = load_iris(return_X_y=True)
    model = LinearSVC().fit(X, y)
    with pytest.raises(exceptions.ShapeError, match="has 149 rows, but the model was trained on 150"):
        certify(model, X[1:], y[1:])
    with pytest.raises(exceptions.ShapeError, match="3 features"):
        certify(model, X[:, :3], y)
    with pytest.raises(exceptions.ShapeError, match="149 labels"):
        certify(model, X, y[1:])
    with pytest.raises(exceptions.InvalidTargetError, match="the label 5 at row 0"):
        certify(model, X, y + 5)
    with pytest.raises(exceptions.InvalidTargetError):
        certify(model, X, y.astype(str))


def test_unreadable_models_are_refused():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(exceptions.NotCertifiableError, match="coef_"):
        certify(StandardScaler().fit(X), X, y)
    with pytest.raises(exceptions.NotCertifiableError, match="loss None"):
        certify(SVC(kernel="linear").fit(X, y), X, y)
    with pytest.raises(exceptions.InvalidParameterError, match="worst_rows"):
        certify(LinearSVC().fit(X, y), X, y, worst_rows=-1)


def test_other_weights_give_another_gap():
    X, y = load_iris(return_X_y=True)
    model = LinearSVC(tol=1e-8).fit(X, y)
    assert certify(model, X, y, sample_weight=np.arange(150.0)).relative_gap > 1e-3


def test_sign_target():
    assert sign_target(np.array([0, 1, 2, 1]), 1).tolist() == [-1.0, 1.0, -1.0, 1.0]
