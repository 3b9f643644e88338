"""Peers on small problems: LIBSVM through scikit-learn, and a general solver of quadratic programmes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.svm
from kernel_cases import FIVE, KERNELS, NUMBERS, make_data, target_of
from kernel_oracle import dense, gram, judge
from scipy.optimize import minimize
from sklearn.datasets import load_iris, load_wine
from sklearn.preprocessing import StandardScaler

import maxmargin

SETS = {"small": make_data(70, 5, seed=0), "more": make_data(110, 3, seed=9)}
THEIRS = ["linear", "rbf", "poly", "precomputed"]  # the kernels that both have, and that are inner products
NAMES = ["SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM"]


def of_theirs(model):
    """scikit-learn's machine with the parameters of ours, as exact as it can be."""
    theirs = getattr(sklearn.svm, type(model).__name__)()
    shared = {k: v for k, v in model.get_params(deep=False).items() if k in theirs.get_params() and k != "probability"}
    return theirs.set_params(**{**shared, "tol": 1e-7, "max_iter": -1, "verbose": False})


def fit_both(machine, kernel, name, **more):
    rows, labels, targets = SETS[name]
    given = gram("rbf", rows, gamma=2.0) if kernel == "precomputed" else rows
    y = target_of(machine, labels, targets)
    ours = FIVE[machine](kernel=kernel, tol=1e-9, **NUMBERS).set_params(**more).fit(given, y)
    return ours, of_theirs(ours).fit(given, y), KERNELS[kernel][1](rows), given, y


def values(model, rows):
    return model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)


@pytest.mark.peer
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kernel", THEIRS)
@pytest.mark.parametrize("machine", NAMES)
def test_libsvm_has_the_same_optimum(machine, kernel, name):
    ours, theirs, K, given, y = fit_both(machine, kernel, name)
    mine = judge(ours, K, y)
    assert mine.certifies(1e-9)
    if machine != "NuSVR":  # whose tube they do not tell
        theirs.fit_intercept = True
        other = judge(theirs, K, y)
        assert mine.primal <= other.primal + 1e-9 * abs(other.primal)
        assert mine.dual == pytest.approx(other.dual, rel=1e-6)
    mine, other = values(ours, given), values(theirs, given)
    if machine == "NuSVC":  # whose offset and margin are not unique where no row of a side is free
        mine, other = mine - mine.mean(), other - other.mean()
    np.testing.assert_allclose(mine, other, atol=(5e-2 if machine == "NuSVC" else 2e-4) * np.abs(other).max())


@pytest.mark.parametrize("store", [np.asarray, sp.csr_matrix], ids=["dense", "sparse"])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("machine", NAMES)
def test_attributes_have_their_shapes_and_types(machine, kernel, store):
    rows, labels, targets = SETS["small"]
    y = target_of(machine, labels, targets)
    ours = FIVE[machine](kernel=kernel, tol=1e-9, **NUMBERS).fit(store(rows), y)
    theirs = of_theirs(ours).fit(store(rows), y)
    for name in ("support_", "n_support_", "dual_coef_", "intercept_", "support_vectors_", "coef_"):
        if name == "coef_" and kernel != "linear":
            assert not hasattr(ours, "coef_")
            continue
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert type(mine).__name__.split("_")[0] == type(other).__name__.split("_")[0]
        assert len(mine.shape) == len(other.shape)
        if name in ("n_support_", "intercept_", "coef_"):
            assert mine.shape == other.shape
            assert np.dtype(mine.dtype).kind == np.dtype(other.dtype).kind
    assert ours.shape_fit_ == theirs.shape_fit_
    assert ours.fit_status_ == theirs.fit_status_ == 0
    assert ours.n_features_in_ == theirs.n_features_in_
    if kernel == "linear":
        np.testing.assert_allclose(dense(ours.coef_), dense(theirs.coef_), atol=1e-4 * np.abs(dense(theirs.coef_)).max())


@pytest.mark.peer
@pytest.mark.parametrize("load", [load_iris, load_wine], ids=["iris", "wine"])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("make", [lambda **p: maxmargin.SVC(C=0.8, **p), lambda **p: maxmargin.NuSVC(nu=0.3, **p)])
def test_many_classes_are_laid_out_as_theirs(make, kernel, load):
    rows, y = load(return_X_y=True)
    rows = StandardScaler().fit_transform(rows)
    ours = make(kernel=kernel, tol=1e-10, decision_function_shape="ovo").fit(rows, y)
    theirs = of_theirs(ours).fit(rows, y)
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert ours.class_weight_.tolist() == theirs.class_weight_.tolist()
    size = np.abs(theirs.decision_function(rows)).max()
    np.testing.assert_allclose(ours.decision_function(rows), theirs.decision_function(rows), atol=1e-3 * size)
    spread = np.zeros((2, theirs.dual_coef_.shape[0], len(y)))
    for k, model in enumerate((ours, theirs)):
        spread[k][:, model.support_] = model.dual_coef_
    np.testing.assert_allclose(rows.T @ spread[0].T, rows.T @ spread[1].T, atol=2e-2 * np.abs(rows.T @ spread[1].T).max())
    np.testing.assert_array_equal(ours.predict(rows), theirs.predict(rows))
    ovr = [m.set_params(decision_function_shape="ovr").fit(rows, y).decision_function(rows) for m in (ours, theirs)]
    np.testing.assert_allclose(ovr[0], ovr[1], atol=2e-2)


# --- a general solver -----------------------------------------------------------------------------


def by_a_general_solver(K, p, low, high, sums):
    """min ½a'Ka + p'a by SLSQP."""
    constraints = [{"type": "eq", "fun": lambda a, r=row, s=s: r @ a - s, "jac": lambda a, r=row: r} for row, s in sums]
    start = np.clip(np.zeros(len(p)), low, high)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = minimize(
            lambda a: 0.5 * a @ K @ a + p @ a, start, jac=lambda a: K @ a + p, bounds=list(zip(low, high, strict=True)),
            constraints=constraints, method="SLSQP", options={"maxiter": 500, "ftol": 1e-13},
        )  # fmt: skip
    assert found.success
    return -found.fun


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("machine", NAMES)
def test_a_general_solver_finds_the_same_objective(machine, seed):
    rows, labels, targets = make_data(20, 3, seed=seed)
    K = gram("rbf", rows, gamma=1.0)
    weights = np.random.default_rng(seed).uniform(0.3, 2.0, 20)
    y = target_of(machine, labels, targets)
    nu = {"nu": 0.4} if machine == "NuSVC" else {}
    model = FIVE[machine](gamma=1.0, tol=1e-10).set_params(**nu).fit(rows, y, sample_weight=weights)
    ones, zeros = np.ones(20), np.zeros(20)
    if machine in ("SVC", "NuSVC"):
        sign = np.where(labels == "yes", 1.0, -1.0)
        c = (model.C if machine == "SVC" else 1.0) * weights
        low, high = np.minimum(sign * c, 0), np.maximum(sign * c, 0)
        half = 0.5 * getattr(model, "nu", 0.0) * weights.sum()
        nu_sums = [((sign > 0) * 1.0, half), ((sign < 0) * 1.0, -half)]
        dual = by_a_general_solver(K, -sign if machine == "SVC" else zeros, low, high,
                                   [(ones, 0.0)] if machine == "SVC" else nu_sums)  # fmt: skip
    elif machine == "OneClassSVM":
        dual = by_a_general_solver(K, zeros, zeros, weights, [(ones, model.nu * weights.sum())])
    else:
        c, twice = model.C * weights, np.block([[K, K], [K, K]])
        epsilon = model.epsilon if machine == "SVR" else 0.0
        sums = [(np.ones(40), 0.0)]
        if machine == "NuSVR":
            half = 0.5 * model.nu * c.sum()
            sums = [(np.repeat([1.0, 0.0], 20), half), (np.repeat([0.0, 1.0], 20), -half)]
        p = np.concatenate([epsilon - targets, -epsilon - targets])
        dual = by_a_general_solver(twice, p, np.append(zeros, -c), np.append(c, zeros), sums)
    assert model.dual_ == pytest.approx(dual, rel=1e-5)
