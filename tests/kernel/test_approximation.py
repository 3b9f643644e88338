"""Kernels of few components: the error is met, the approximate problem is solved and proved."""

from __future__ import annotations

import numpy as np
import pytest
from approximate_cases import HOW, LARGE, MACHINES, X2, X3, XR, Y2, Y3, YR, approximate, components
from sklearn.base import clone
from sklearn.svm import SVC as SklearnSVC

from maxmargin import SVC, SVR, certify
from maxmargin.exceptions import ApproximationWarning, NotConvergedWarning
from maxmargin.kernels import RBF, Rows


def relative_error(K, K_approximate):
    return np.linalg.norm(K - K_approximate) / np.linalg.norm(K)


# --- the error -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("tol", [0.2, 0.05])
def test_of_few_rows_the_error_is_exactly_that_of_their_kernel_values(how, tol):
    model = SVC(gamma=0.1, approximation=how, approximation_tol=tol).fit(X3, Y3)
    Z = components(model.kernel_, X3)
    assert Z.shape[1] == model.n_components_
    assert model.approximation_error_ == pytest.approx(relative_error(RBF(gamma=0.1)(X3), Z @ Z.T), rel=1e-6)
    assert model.approximation_error_ <= tol


@pytest.mark.parametrize("how", HOW)
def test_of_many_rows_it_is_estimated(how):
    X = np.random.default_rng(0).normal(size=(3000, 3))
    y = (X[:, 0] > 0).astype(int)
    model = SVC(gamma=0.3, approximation=how, approximation_tol=0.1).fit(X, y)
    Z = components(model.kernel_, X)
    truth = relative_error(RBF(gamma=0.3)(X), Z @ Z.T)
    assert model.approximation_error_ == pytest.approx(truth, rel=0.5)
    assert truth <= 0.15


@pytest.mark.parametrize("how", HOW)
def test_a_smaller_error_takes_more_components(how):
    found = [SVC(gamma=0.1, approximation=how, approximation_tol=tol).fit(X2, Y2) for tol in (0.3, 0.1, 0.05)]
    sizes = [model.n_components_ for model in found]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_with_every_independent_row_for_a_landmark_the_problem_is_the_exact_one():
    exact = SVC(gamma=0.5, tol=1e-8).fit(X2, Y2)
    model = SVC(gamma=0.5, tol=1e-8, approximation="nystroem", approximation_tol=1e-9).fit(X2, Y2)
    assert np.allclose(model.decision_function(X2), exact.decision_function(X2), rtol=0.0, atol=1e-3)
    assert model.primal_ == pytest.approx(exact.primal_, rel=1e-6)


def test_a_linear_kernel_has_as_many_components_as_features():
    model = SVC(kernel="linear", approximation="nystroem", approximation_tol=1e-6).fit(X2, Y2)
    exact = SVC(kernel="linear").fit(X2, Y2)
    assert model.n_components_ == 4
    assert model.primal_ == pytest.approx(exact.primal_, rel=2e-3)


@pytest.mark.parametrize("how", HOW)
def test_more_components_than_allowed_are_not_taken_and_the_error_is_told(how):
    with pytest.warns(ApproximationWarning, match="max_components allows no more"):
        model = SVC(gamma=2.0, approximation=how, approximation_tol=1e-4, max_components=20).fit(X3, Y3)
    assert model.n_components_ <= 20
    assert model.approximation_error_ > 1e-4


# --- the problem -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", MACHINES)
def test_the_approximate_problem_is_solved_and_proved(name, how):
    machine, X, y = MACHINES[name]
    model = approximate(machine, how, approximation_tol=0.1).fit(X, y)
    assert model.status_ == "optimal"
    proof = certify(model, X, y)
    assert proof.relative_gap <= 1.01 * model.tol
    # What α and α* of one row have in common is left out of the coefficients, which makes the point a little better.
    assert model.dual_ - 1e-6 * abs(model.dual_) <= proof.dual <= model.primal_ + 1e-6 * abs(model.primal_)
    assert proof.approximation == model.certificate_.approximation
    assert f"of the approximate problem ({how}, {model.n_components_} components" in str(proof)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", MACHINES)
def test_it_is_the_machine_on_its_kernel_values(name, how):
    machine, X, y = MACHINES[name]
    model = approximate(machine, how, approximation_tol=0.1, tol=1e-6).fit(X, y)
    Z = components(model.kernel_, X)
    exact = clone(machine).set_params(kernel="precomputed", tol=1e-6).fit(Z @ Z.T, y)
    assert model.primal_ == pytest.approx(exact.primal_, rel=1e-5)
    assert model.intercept_ == pytest.approx(exact.intercept_, abs=0.02 * np.abs(exact.intercept_).max() + 0.02)


@pytest.mark.parametrize("name", LARGE)
def test_programmes_of_many_variables_are_solved_and_proved_too(name):
    machine, X, y = LARGE[name]
    weights = np.where(np.arange(X.shape[0]) % 3, 1.0, 0.5)
    model = approximate(machine, "nystroem", approximation_tol=0.2, tol=1e-5).fit(X, y, sample_weight=weights)
    assert model.status_ == "optimal"
    assert 1 <= model.history_.size < 60
    assert certify(model, X, y, weights).relative_gap <= 1.01 * model.tol
    Z = components(model.kernel_, X)
    exact = clone(machine).set_params(kernel="precomputed", tol=1e-5).fit(Z @ Z.T, y, sample_weight=weights)
    assert model.primal_ == pytest.approx(exact.primal_, rel=3e-5)
    assert model.support_.size < X.shape[0]


@pytest.mark.parametrize("how", HOW)
def test_an_independent_oracle_finds_the_same_optimum(how):
    model = SVC(C=2.0, gamma=0.1, tol=1e-6, approximation=how, approximation_tol=0.1).fit(X2, Y2)
    Z = components(model.kernel_, X2)
    y = np.where(Y2 == 1, 1.0, -1.0)
    w = model.component_coef_[0]
    primal = 0.5 * w @ w + 2.0 * np.maximum(0.0, 1.0 - y * (Z @ w + model.intercept_[0])).sum()
    theirs = SklearnSVC(C=2.0, kernel="linear", tol=1e-6).fit(Z, Y2)
    alpha = np.abs(theirs.dual_coef_[0])
    dual = alpha.sum() - 0.5 * (theirs.coef_[0] @ theirs.coef_[0])
    assert dual * (1.0 - 1e-5) <= primal <= dual * (1.0 + 1e-4)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", MACHINES)
def test_decision_values_are_those_of_the_components_and_of_the_support_vectors(name, how):
    machine, X, y = MACHINES[name]
    model = approximate(machine, how, approximation_tol=0.1).fit(X, y)
    rows = np.random.default_rng(0).normal(0.0, 2.0, (50, 4))
    by_components = components(model.kernel_, rows) @ model.component_coef_.T + model.intercept_
    assert np.allclose(model._values(rows), by_components, rtol=0.0, atol=1e-7 * np.abs(by_components).max())
    if model.dual_coef_.shape[0] == model.intercept_.size:
        K = model.kernel_.values(Rows(rows), Rows(model.support_vectors_))
        by_vectors = K @ model.dual_coef_.T + model.intercept_
        assert np.allclose(model._values(rows), by_vectors, rtol=0.0, atol=1e-7 * np.abs(by_vectors).max())
    assert np.array_equal(model.support_vectors_, X[model.support_])


@pytest.mark.parametrize("how", HOW)
def test_weights_are_copies_and_zero_is_absence(how):
    machine = SVR(gamma=0.1, epsilon=0.02, tol=1e-7, approximation=how, approximation_tol=0.1)
    far = np.concatenate([XR, XR + 100.0])
    weights = np.concatenate([np.full(300, 2.0), np.zeros(300)])
    weighted = clone(machine).fit(far, np.concatenate([YR, YR]), weights)
    plain = clone(machine).set_params(C=2.0).fit(XR, YR)
    assert weighted.primal_ == pytest.approx(plain.primal_, rel=0.05)  # other rows are drawn, from the same 300
    if how == "nystroem":
        assert weighted.kernel_.landmarks.max() < 50.0


@pytest.mark.parametrize("how", HOW)
def test_growth_ends_with_half_of_the_time(how):
    with pytest.warns(ApproximationWarning, match="half of max_time"), pytest.warns(NotConvergedWarning):
        model = SVC(gamma=2.0, approximation=how, approximation_tol=1e-4, max_time=1e-6).fit(X3, Y3)
    assert 1 <= model.n_components_ <= 32
    assert model.approximation_error_ > 1e-4


@pytest.mark.parametrize("name", ["nu", "nu-svr", "one class"])
def test_a_start_whose_sum_is_long_costs_no_kernel_values(monkeypatch, name):
    monkeypatch.setattr("maxmargin.solvers.components._LONG_SUM", 0.0)
    machine, X, y = LARGE[name]
    model = approximate(machine, "nystroem").fit(X, y)
    assert model.status_ == "optimal"
    assert model.kernel_evaluations_ == 0.0
    assert certify(model, X, y).gap == pytest.approx(model.gap_, rel=1e-6, abs=1e-9 * abs(model.primal_))
    with pytest.warns(NotConvergedWarning):
        stopped = approximate(machine, "nystroem", max_iter=1).fit(X, y)
    assert stopped.status_ == "stopped_by_max_iter"
    assert stopped.kernel_evaluations_ > 0.0  # that of a block
