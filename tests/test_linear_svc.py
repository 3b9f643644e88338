"""LinearSVC: optimal over the whole grid, same bits for any number of threads, and what a fit leaves."""

from __future__ import annotations

import multiprocessing
import os
import threading
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from joblib import Parallel, delayed
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.svm import LinearSVC as SklearnLinearSVC

from maxmargin import LinearSVC, certify
from maxmargin.exceptions import NotConvergedWarning
from maxmargin.testing import make_known_svm

LOSSES = ["hinge", "squared_hinge"]
STORAGE = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "csr": sp.csr_array,
    "csr int64": lambda a: _with_long_indices(sp.csr_array(a)),
    "csc": sp.csc_array,
}


def _with_long_indices(matrix):
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    return matrix


# --- optimality -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("storage", STORAGE)
@pytest.mark.parametrize("loss", LOSSES)
def test_optimal_over_the_whole_grid(loss, storage, dtype, fit_intercept, weighted, n_jobs):
    X, y = make_classification(150, 8, flip_y=0.1, random_state=0)
    X = STORAGE[storage](np.where(np.abs(X) > 0.3, X, 0.0).astype(dtype))
    weights = np.random.default_rng(1).uniform(0, 2, 150) if weighted else None
    model = LinearSVC(loss=loss, fit_intercept=fit_intercept, tol=1e-8, n_jobs=n_jobs)
    model.fit(X, y, sample_weight=weights)
    assert model.status_ == "optimal"
    assert model.relative_gap_ <= 1e-8
    proof = certify(model, X, y, sample_weight=weights)
    assert proof.relative_gap <= 1e-8


@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("shape", [(60, 4), (400, 20), (30, 200)])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_known_solutions_are_found(loss, fit_intercept, shape, C):
    known = make_known_svm(*shape, loss=loss, fit_intercept=fit_intercept, C=C, random_state=2)
    model = LinearSVC(loss=loss, fit_intercept=fit_intercept, C=C, tol=1e-11).fit(known.X, known.y)
    assert model.status_ == "optimal"
    assert model.primal_ == pytest.approx(known.objective, rel=1e-10)
    radius = np.sqrt(2 * model.gap_) + 1e-12
    assert np.linalg.norm(model.coef_[0] - known.coef) <= radius + 1e-9 * np.linalg.norm(known.coef)
    np.testing.assert_allclose(model.intercept_[0], known.intercept, atol=1e-3)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_agrees_with_a_general_solver(fit_intercept):
    X, y = make_classification(60, 4, flip_y=0.1, random_state=5)
    sign = np.where(y == 1, 1.0, -1.0)

    def objective(v):
        z = np.maximum(0.0, 1.0 - sign * (X @ v[:4] + v[4] * fit_intercept))
        gradient = -2.0 * (z * sign) @ X
        return 0.5 * v[:4] @ v[:4] + z @ z, np.append(v[:4] + gradient, -2.0 * (z @ sign) * fit_intercept)

    best = minimize(objective, np.zeros(5), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10})
    model = LinearSVC(fit_intercept=fit_intercept, tol=1e-10).fit(X, y)
    assert model.primal_ <= best.fun * (1 + 1e-9)
    np.testing.assert_allclose(model.coef_[0], best.x[:4], atol=1e-4)


def test_agrees_with_libsvm_which_leaves_the_intercept_free():
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    theirs = SVC(kernel="linear", C=0.5, tol=1e-8).fit(X, y)
    ours = LinearSVC(loss="hinge", C=0.5, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-4)
    assert set(theirs.support_) <= set(ours.support_)


@pytest.mark.parametrize("loss", LOSSES)
def test_agrees_with_liblinear_without_intercept(loss):
    X, y = load_iris(return_X_y=True)
    theirs = SklearnLinearSVC(loss=loss, fit_intercept=False, dual=True, tol=1e-10, max_iter=10**6).fit(X, y)
    ours = LinearSVC(loss=loss, fit_intercept=False, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-3)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


# --- threads and order ----------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("loss", LOSSES)
def test_same_bits_for_any_number_of_threads(loss, n_classes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6000, 12))
    y = (X @ rng.normal(size=(12, n_classes)) + rng.normal(size=(6000, n_classes))).argmax(axis=1)
    fits = [LinearSVC(loss=loss, n_jobs=n_jobs, random_state=7).fit(X, y) for n_jobs in (1, 2, 3, 8)]
    for model in fits[1:]:
        np.testing.assert_array_equal(model.coef_, fits[0].coef_)
        np.testing.assert_array_equal(model.intercept_, fits[0].intercept_)
        assert model.gap_ == fits[0].gap_
        np.testing.assert_array_equal(model.decision_function(X), fits[0].decision_function(X))


def test_concurrent_fits_do_not_disturb_each_other():
    X, y = make_classification(3000, 20, random_state=0)
    expected = LinearSVC(random_state=0).fit(X, y).coef_
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(LinearSVC(random_state=0).fit(X, y).coef_)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for coef in found:
        np.testing.assert_array_equal(coef, expected)


@pytest.mark.parametrize("loss", LOSSES)
def test_order_of_rows_does_not_turn_the_sign(loss):
    X, y = make_classification(100, 5, random_state=0)
    a = LinearSVC(loss=loss, tol=1e-10).fit(X, y)
    b = LinearSVC(loss=loss, tol=1e-10).fit(X[::-1], y[::-1])
    np.testing.assert_allclose(a.coef_, b.coef_, atol=1e-4)
    assert a.score(X, y) > 0.5
    assert a.classes_.tolist() == [0, 1]
    names = np.where(y == 1, "a", "b")  # now the other class is classes_[1]
    np.testing.assert_allclose(LinearSVC(loss=loss, tol=1e-10).fit(X, names).coef_, -a.coef_, atol=1e-4)


def test_decision_of_a_row_does_not_depend_on_its_neighbours():
    X, y = load_iris(return_X_y=True)
    for storage in (np.asarray, np.asfortranarray, sp.csr_array):
        model = LinearSVC().fit(storage(X), y)
        whole = model.decision_function(np.ascontiguousarray(X))
        single = np.vstack([model.decision_function(X[i : i + 1]) for i in range(150)])
        np.testing.assert_array_equal(whole, single)


# --- what a fit leaves behind ---------------------------------------------------------------------


def test_attributes_of_a_fit():
    X, y = load_iris(return_X_y=True)
    model = LinearSVC(loss="hinge").fit(X, y)
    assert model.coef_.shape == (3, 4)
    assert model.intercept_.shape == (3,)
    assert model.coef_.dtype == np.float64
    assert model.n_features_in_ == 4
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.gap_ == pytest.approx(model.primal_ - model.dual_, rel=1e-6)
    assert 0 < model.fit_time_ < 60
    assert model.n_iter_ >= 1
    assert model.certificate_.relative_gap == model.relative_gap_ <= model.tol
    duals = model.dual_coef_
    assert duals.shape == (3, 150)
    assert duals.data.min() > 0
    assert duals.data.max() <= 1.0
    np.testing.assert_array_equal(model.support_, np.unique(duals.indices))


def test_multipliers_rebuild_the_coefficients():
    X, y = make_classification(100, 5, random_state=0)
    model = LinearSVC(loss="hinge", tol=1e-12).fit(X, y)
    np.testing.assert_allclose(model.dual_coef_ @ (X * np.where(y == 1, 1, -1)[:, None]), model.coef_, atol=1e-5)


def test_two_classes_and_more_have_scikit_learn_shapes():
    X, y = load_iris(return_X_y=True)
    binary = LinearSVC().fit(X[:100], y[:100])
    assert binary.decision_function(X).shape == (150,)
    assert binary.coef_.shape == (1, 4)
    np.testing.assert_array_equal(binary.predict(X) == 1, binary.decision_function(X) > 0)
    several = LinearSVC().fit(X, y)
    np.testing.assert_array_equal(several.predict(X), several.decision_function(X).argmax(axis=1))


def test_no_intercept_is_zero():
    X, y = load_iris(return_X_y=True)
    assert LinearSVC(fit_intercept=False).fit(X, y).intercept_.tolist() == [0.0, 0.0, 0.0]


def test_intercept_is_not_penalised():
    X, y = make_classification(200, 5, random_state=0)
    far = LinearSVC(tol=1e-11, fit_intercept=True).fit(X + 1000.0, y)
    near = LinearSVC(tol=1e-11).fit(X, y)
    np.testing.assert_allclose(far.coef_, near.coef_, rtol=1e-5, atol=1e-6)


def test_sparsify_and_densify():
    X, y = load_iris(return_X_y=True)
    model = LinearSVC().fit(X, y)
    before = model.decision_function(X)
    assert sp.issparse(model.sparsify().coef_)
    np.testing.assert_array_equal(model.decision_function(X), before)
    assert isinstance(model.densify().coef_, np.ndarray)


def test_not_fitted():
    for use in ("predict", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(LinearSVC(), use)([[1.0]])
    for name in ("support_", "dual_coef_"):
        with pytest.raises(NotFittedError):
            getattr(LinearSVC(), name)


def test_labels_of_every_kind_come_back():
    X, _ = make_classification(40, 4, random_state=0)
    for low, high in ((0, 1), (-1, 1), (-7.0, 3.0), (False, True), ("no", "yes"), (10**12, 10**13)):
        y = np.where(np.arange(40) % 2, low, high)
        model = LinearSVC().fit(X, y)
        assert model.classes_.tolist() == sorted([low, high])
        assert model.predict(X).dtype == y.dtype


# --- warm start -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("loss", LOSSES)
def test_warm_start_from_the_answer_is_at_once_there(loss, n_classes):
    X, y = load_iris(return_X_y=True)
    y = np.minimum(y, n_classes - 1)
    model = LinearSVC(loss=loss, warm_start=True, tol=1e-8).fit(X, y)
    cold = model.n_iter_
    model.fit(X, y)
    assert model.n_iter_ <= 1 < cold
    assert model.relative_gap_ <= 1e-8


@pytest.mark.parametrize("loss", LOSSES)
def test_warm_start_survives_any_change(loss):
    X, y = load_iris(return_X_y=True)
    model = LinearSVC(loss=loss, warm_start=True, tol=1e-8).fit(X, y)
    for data, labels, C in (
        (X, y, 0.01),
        (X, y, 100.0),
        (X[20:], y[20:], 1.0),
        (X[:, :2], y, 1.0),
        (X, y == 1, 1.0),
    ):
        model.set_params(C=C).fit(data, labels)
        assert model.relative_gap_ <= 1e-8
        cold = LinearSVC(loss=loss, C=C, tol=1e-8).fit(data, labels)
        assert model.primal_ == pytest.approx(cold.primal_, rel=1e-7)


@pytest.mark.parametrize("random_state", [3, np.random.RandomState(0), np.random.default_rng(0)])
def test_every_kind_of_seed(random_state):
    X, y = load_iris(return_X_y=True)
    assert LinearSVC(random_state=random_state).fit(X, y).status_ == "optimal"


# --- the choice of the solver ---------------------------------------------------------------------


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_text_like_data_with_many_features(loss, fit_intercept, warm_start):
    X = sp.random(300, 5000, density=0.01, format="csr", random_state=0)
    y = np.asarray(X @ np.random.default_rng(0).normal(size=5000) + 0.1 > 0).astype(int)
    for C in (0.1, 100.0):
        model = LinearSVC(loss=loss, fit_intercept=fit_intercept, C=C, tol=1e-8, warm_start=warm_start)
        for rows in (slice(None), slice(None), slice(20, None)):
            model.fit(X[rows], y[rows])
            assert certify(model, X[rows], y[rows]).relative_gap <= 1e-8


# --- other processes ------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking with threads is what is tested
def test_fits_survive_fork():
    X, y = make_classification(20000, 30, random_state=0)
    expected = LinearSVC(n_jobs=2).fit(X, y).coef_  # the pool of threads exists now
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for coef in pool.starmap(_coef, [(X, y)] * 4):
            np.testing.assert_array_equal(coef, expected)


def _coef(X, y):
    return LinearSVC(n_jobs=2).fit(X, y).coef_


@pytest.mark.parametrize("backend", [pytest.param("loky", marks=pytest.mark.slow), "threading"])
def test_fits_run_inside_joblib(backend):
    X, y = make_classification(500, 10, random_state=0)
    expected = LinearSVC().fit(X, y).coef_
    for coef in Parallel(n_jobs=2, backend=backend)(delayed(_coef)(X, y) for _ in range(4)):
        np.testing.assert_array_equal(coef, expected)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("max_iter", [3, 1000])
def test_multipliers_are_feasible(loss, max_iter):
    X, y = make_classification(400, 30, flip_y=0.2, weights=[0.8], random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model = LinearSVC(loss=loss, C=10.0, tol=1e-6, max_iter=max_iter).fit(X, y)
    alpha = model.dual_coef_.toarray()[0]
    signs = np.where(y == 1, 1.0, -1.0)
    assert alpha.sum() > 0
    assert abs(alpha @ signs) <= 1e-12 * alpha.sum()
    assert alpha.min() >= 0
    if loss == "hinge":
        assert alpha.max() <= 10.0
