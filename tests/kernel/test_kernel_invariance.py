"""What must not change an answer: the order of rows and labels, other rows, threads, blocks, processes."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from joblib import Parallel, delayed
from kernel_cases import FIVE, KERNELS, NUMBERS, make_data, target_of
from sklearn.datasets import load_iris, make_classification

from maxmargin import SVC, NuSVC

X, LABELS, TARGETS = make_data(120, 4, seed=2)
IRIS, SPECIES = load_iris(return_X_y=True)


def values(model, rows):
    return model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly"])
@pytest.mark.parametrize("machine", FIVE)
def test_the_order_of_rows_changes_no_decision_value(machine, kernel):
    order = np.random.default_rng(0).permutation(120)
    y = target_of(machine, LABELS, TARGETS)
    a = FIVE[machine](kernel=kernel, tol=1e-10, **NUMBERS).fit(X, y)
    b = FIVE[machine](kernel=kernel, tol=1e-10, **NUMBERS).fit(X[order], None if y is None else y[order])
    np.testing.assert_allclose(values(a, X), values(b, X), atol=2e-4 * np.abs(values(a, X)).max())
    assert a.dual_ == pytest.approx(b.dual_, rel=1e-8)


@pytest.mark.parametrize("make", [SVC, NuSVC])
@pytest.mark.parametrize("labels", [("no", "yes"), (0, 1), (-1, 1), (False, True), (3.0, 8.0)])
def test_the_positive_class_is_the_last_one_in_order(make, labels):
    a = make(tol=1e-9).fit(X, np.array(labels)[(LABELS == "yes") * 1])
    b = make(tol=1e-9).fit(X, np.array(labels)[(LABELS == "no") * 1])
    assert a.classes_.tolist() == list(labels)
    np.testing.assert_allclose(a.decision_function(X), -b.decision_function(X), atol=1e-4)
    assert (a.predict(X)[a.decision_function(X) > 0] == labels[1]).all()


@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_the_names_of_classes_permute_the_scores(multi_class):
    names = np.array(["c", "a", "b"])
    by_number = SVC(tol=1e-9, multi_class=multi_class).fit(IRIS, SPECIES).decision_function(IRIS)
    by_name = SVC(tol=1e-9, multi_class=multi_class).fit(IRIS, names[SPECIES]).decision_function(IRIS)
    np.testing.assert_allclose(by_name[:, [2, 0, 1]], by_number, atol=1e-4)


@pytest.mark.parametrize("kernel", [k for k in KERNELS if k != "precomputed"])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
def test_a_row_is_predicted_alike_whatever_is_beside_it(kernel, store):
    if kernel == "callable" and store is not np.asarray:
        pytest.skip("the function of the tests makes its rows dense: the same case")
    model = SVC(kernel=KERNELS[kernel][0], **NUMBERS)
    with np.errstate(all="raise"):
        model.fit(store(X), LABELS) if kernel != "sigmoid" else model.set_params(kernel="rbf").fit(store(X), LABELS)
    together = model.decision_function(store(X))
    assert together.tolist() == [model.decision_function(store(X[i : i + 1]))[0] for i in range(120)]
    assert together[::-1].tolist() == model.decision_function(store(X[::-1].copy())).tolist()


@pytest.mark.parametrize("store", [np.asarray, np.asfortranarray, sp.csr_array], ids=["C", "F", "csr"])
@pytest.mark.parametrize("machine", FIVE)
def test_same_bits_for_any_number_of_threads(machine, store):
    Z, labels = make_classification(1200, 8, flip_y=0.1, random_state=0)
    y = target_of(machine, labels, Z[:, 0] + 0.1 * labels)
    models = [FIVE[machine](n_jobs=n).set_params(gamma=0.1).fit(store(Z), y) for n in (1, 2, 3)]
    for other in models[1:]:
        assert other.support_.tolist() == models[0].support_.tolist()
        assert other.intercept_.tolist() == models[0].intercept_.tolist()
        np.testing.assert_array_equal(np.asarray((other.dual_coef_ != models[0].dual_coef_).sum()), 0)
        assert values(other, store(Z)).tolist() == values(models[0], store(Z)).tolist()


@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_same_bits_of_many_classes_for_any_number_of_threads(multi_class):
    Z, labels = make_classification(900, 8, n_informative=6, n_classes=5, random_state=0)
    models = [SVC(n_jobs=n, multi_class=multi_class).fit(Z, labels) for n in (1, 2, 3)]
    for other in models[1:]:
        assert other.dual_coef_.tolist() == models[0].dual_coef_.tolist()
        assert other.intercept_.tolist() == models[0].intercept_.tolist()


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("kernel", ["rbf", "linear", "sum"])
def test_predictions_past_a_block_of_rows(kernel, n_jobs):
    model = SVC(kernel=KERNELS[kernel][0], n_jobs=n_jobs, **NUMBERS).fit(X, LABELS)
    many = np.tile(X, (110, 1))
    np.testing.assert_array_equal(model.decision_function(many), np.tile(model.decision_function(X), 110))


def _dual(model, rows, labels):
    return model.fit(rows, labels).dual_coef_.tolist()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking with threads is what is tested
def test_fits_survive_fork():
    Z, labels = make_classification(1500, 8, n_classes=3, n_informative=5, random_state=0)
    expected = _dual(SVC(n_jobs=2), Z, labels)  # the pool of threads exists now
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for found in pool.starmap(_dual, [(SVC(n_jobs=2), Z, labels)] * 3):
            assert found == expected


@pytest.mark.parametrize("backend", [pytest.param("loky", marks=pytest.mark.slow), "threading"])
def test_fits_run_inside_joblib(backend):
    expected = _dual(SVC(), IRIS, SPECIES)
    for found in Parallel(n_jobs=2, backend=backend)(delayed(_dual)(SVC(), IRIS, SPECIES) for _ in range(4)):
        assert found == expected


def test_fits_run_side_by_side_in_threads():
    cases = [(machine, seed) for machine in FIVE for seed in range(3)]

    def fit(case):
        machine, seed = case
        rows, labels, targets = make_data(150, 4, seed)
        return FIVE[machine](**NUMBERS).fit(rows, target_of(machine, labels, targets)).dual_coef_.tolist()

    expected = [fit(case) for case in cases]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(fit, cases)) == expected
