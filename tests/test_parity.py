"""Peers on small problems: nobody's objective is lower than ours, and exact solvers agree with it.

Every answer is judged by the same formulas, those of `oracle`. scikit-learn's LinearSVC penalises its
intercept, so it is only asked without one; its SVC (LIBSVM) leaves the intercept free, as we do.
"""

from __future__ import annotations

import warnings

import numpy as np
import oracle
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_breast_cancer, load_wine, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.svm import LinearSVC as TheirLinearSVC

from maxmargin import LinearSVC

pytestmark = pytest.mark.peer
LOSSES = ["hinge", "squared_hinge"]


def _wine():
    X, y = load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), (y == 1).astype(int)


def _cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X)[:150], y[:150]


PROBLEMS = {
    "wine": _wine,
    "cancer": _cancer,
    "noisy": lambda: make_classification(120, 6, flip_y=0.3, random_state=1),
    "unbalanced": lambda: make_classification(200, 5, weights=[0.95], flip_y=0.05, random_state=2),
    "wide": lambda: make_classification(40, 100, random_state=3),
    "shifted": lambda: (lambda X, y: (X + 20.0, y))(*make_classification(100, 4, random_state=4)),
}


def primal(X, y, C, loss, w, b):
    return oracle.primal_objective(X, np.where(y == 1, 1.0, -1.0), np.full(len(y), C), loss, w, b)


# --- scikit-learn ---------------------------------------------------------------------------------


@pytest.mark.parametrize("storage", [np.asarray, sp.csr_matrix])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_liblinear_is_not_better(name, loss, C, storage):
    X, y = PROBLEMS[name]()
    ours = LinearSVC(loss=loss, C=C, fit_intercept=False, tol=1e-9).fit(storage(X), y)
    theirs = TheirLinearSVC(loss=loss, C=C, fit_intercept=False, dual=True, tol=1e-8, max_iter=50_000, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(storage(X), y)
    found = primal(X, y, C, loss, ours.coef_[0], 0.0)
    assert found == pytest.approx(ours.primal_, rel=1e-10)
    assert found <= primal(X, y, C, loss, theirs.coef_[0], 0.0) * (1 + 2e-9)


@pytest.mark.parametrize("C", [0.01, 1.0, 10.0])
@pytest.mark.parametrize("name", PROBLEMS)
def test_libsvm_is_not_better_and_near(name, C):
    X, y = PROBLEMS[name]()
    ours = LinearSVC(loss="hinge", C=C, tol=1e-9).fit(X, y)
    theirs = SVC(kernel="linear", C=C, tol=1e-6).fit(X, y)
    found = primal(X, y, C, "hinge", ours.coef_[0], ours.intercept_[0])
    reference = primal(X, y, C, "hinge", theirs.coef_[0], theirs.intercept_[0])
    assert found <= reference * (1 + 2e-9)
    assert found == pytest.approx(reference, rel=1e-2)  # LIBSVM's last digits are poor where C is large


@pytest.mark.parametrize("loss", LOSSES)
def test_more_classes_are_so_many_times_liblinear(loss):
    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    ours = LinearSVC(loss=loss, fit_intercept=False, tol=1e-9).fit(X, y)
    theirs = TheirLinearSVC(loss=loss, fit_intercept=False, dual=True, tol=1e-9, max_iter=10**6, random_state=0).fit(X, y)
    for k in range(3):
        one = (y == k).astype(int)
        assert primal(X, one, 1.0, loss, ours.coef_[k], 0.0) <= primal(X, one, 1.0, loss, theirs.coef_[k], 0.0) * (1 + 2e-9)


# --- general solvers of quadratic programs ----------------------------------------------------------


def primal_program(X, sign, c, loss, fit_intercept):
    """½vᵀPv + qᵀv subject to Av ≤ r over v = (w, b, ξ), with ξ ≥ 0 and ξᵢ ≥ 1 − yᵢ(⟨w, xᵢ⟩ + b)."""
    n, d = X.shape
    free = d + fit_intercept
    P = np.zeros((free + n, free + n))
    P[:d, :d] = np.eye(d)
    q = np.zeros(free + n)
    if loss == "hinge":
        q[free:] = c
    else:
        P[free:, free:] = np.diag(2.0 * c)
    rows = np.hstack([X, np.ones((n, 1))]) if fit_intercept else X
    A = np.vstack([np.hstack([-sign[:, None] * rows, -np.eye(n)]), np.hstack([np.zeros((n, free)), -np.eye(n)])])
    return P, q, A, np.concatenate([-np.ones(n), np.zeros(n)])


def solve_with_clarabel(P, q, A, r):
    clarabel = pytest.importorskip("clarabel")
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-13
    settings.static_regularization_constant = 1e-12  # its default of 1e-8 moves the solution of the squared hinge
    settings.reduced_tol_gap_abs = settings.reduced_tol_gap_rel = settings.reduced_tol_feas = 1e-10
    cones = [clarabel.NonnegativeConeT(len(r))]
    return np.array(clarabel.DefaultSolver(sp.csc_matrix(P), q, sp.csc_matrix(A), r, cones, settings).solve().x)


def solve_with_cvxopt(P, q, A, r):
    cvxopt = pytest.importorskip("cvxopt")
    options = {"show_progress": False, "abstol": 1e-13, "reltol": 1e-13, "feastol": 1e-12, "maxiters": 200}
    found = cvxopt.solvers.qp(*(cvxopt.matrix(part) for part in (P, q, A, r)), options=options)
    return np.array(found["x"]).ravel()


@pytest.mark.parametrize("solver", [solve_with_clarabel, solve_with_cvxopt])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("C", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ["wine", "noisy", "unbalanced", "wide", "shifted"])
def test_agrees_with_a_quadratic_program(name, loss, fit_intercept, C, weighted, solver):
    X, y = PROBLEMS[name]()
    sign = np.where(y == 1, 1.0, -1.0)
    weights = np.random.default_rng(0).uniform(0.2, 2.0, len(y)) if weighted else np.ones(len(y))
    v = solver(*primal_program(X, sign, C * weights, loss, fit_intercept))
    d = X.shape[1]
    w, b = v[:d], (v[d] if fit_intercept else 0.0)
    model = LinearSVC(loss=loss, C=C, fit_intercept=fit_intercept, tol=1e-12).fit(X, y, sample_weight=weights)
    assert model.status_ == "optimal"
    ours = oracle.primal_objective(X, sign, C * weights, loss, model.coef_[0], model.intercept_[0])
    theirs = oracle.primal_objective(X, sign, C * weights, loss, w, b)
    assert ours == pytest.approx(theirs, rel=1e-8)
    scale = 1.0 + np.abs(X @ w).max()
    np.testing.assert_allclose(X @ model.coef_[0], X @ w, atol=1e-5 * scale)  # w is unique; b need not be
    if loss == "squared_hinge":
        np.testing.assert_allclose(model.intercept_[0], b, atol=1e-5 * scale)
