"""What is made of support vectors for the next prediction: the numbers are those of a prediction that begins anew."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random
from sklearn.datasets import load_digits, make_classification

from maxmargin import SVC, SVR, OneClassSVM, _native
from maxmargin.exceptions import InvalidModelError
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Rows, block_sums, support_sums


def _rows(storage, n=400, d=40, dtype=np.float64):
    rng = np.random.default_rng(3)
    if storage == "dense":
        return np.abs(rng.normal(size=(n, d))).astype(dtype)
    if storage == "mostly_zero":
        return random(n, d, 0.1, random_state=3, dtype=dtype).toarray()
    if storage == "words":  # by postings
        return csr_matrix(random(n, 3000, 0.004, random_state=3, dtype=dtype))
    return csr_matrix(random(n, d, 0.5 if storage == "half_empty" else 0.2, random_state=3, dtype=dtype))


@pytest.mark.parametrize("kernel", [RBF(0.1), Laplacian(0.1), Chi2(0.1), RBF(0.1) + Linear(), RBF(0.1) * RBF(0.2)])
@pytest.mark.parametrize("storage", ["dense", "mostly_zero", "sparse", "half_empty", "words"])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_sums_are_the_same_bits(kernel, storage, n_threads):
    rows = Rows(_rows(storage))
    support = rows.take(np.arange(0, 400, 2))
    coef = np.random.default_rng(1).normal(size=(2, 200))
    sizes = [50, 0, 150]
    made = support_sums(kernel, support, coef, sizes, n_threads)
    assert made is not None
    for data in (rows, rows.block(7, 8), rows.block(0, 100)):
        now = block_sums(kernel, data, support, coef, sizes, n_threads)
        kept = block_sums(kernel, data, support, coef, sizes, n_threads, made)
        assert len(now) == len(kept) == 3
        for a, b in zip(now, kept, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dense", [True, False])
def test_large_ones_are_not_kept(dense):
    X = np.random.default_rng(0).normal(size=(1500, 400))
    support = Rows(X if dense else csr_matrix(np.where(X > 0.0, X, 0.0)))
    assert support_sums(RBF(0.1), support, np.ones((1, 1500)), [1500]) is None
    assert support_sums(RBF(0.1), support.block(0, 100), np.ones((1, 100)), [100]) is not None


def test_rows_of_other_columns_are_refused():
    made = support_sums(RBF(0.1), Rows(np.eye(4)), np.ones((1, 4)), [4])
    with pytest.raises(ValueError, match="as many features"):
        made.at(Rows(np.eye(5)).design)
    with pytest.raises(ValueError, match="sizes"):
        _native.support_sums(Rows(np.eye(4)).design, RBF(0.1).native, np.ones((1, 4)), 1, np.array([5]))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_a_row_has_the_values_that_it_has_among_others(sparse, multi_class):
    X, y = load_digits(return_X_y=True)
    X = csr_matrix(X[:300]) if sparse else X[:300]
    model = SVC(multi_class=multi_class, decision_function_shape="ovr", gamma=1e-3).fit(X, y[:300])
    every = model.decision_function(X)  # of 300 rows nothing is kept
    for k in (0, 17, 299):
        np.testing.assert_array_equal(model.decision_function(X[k : k + 1])[0], every[k])
    np.testing.assert_array_equal(model.decision_function(X), every)  # and now it is used
    np.testing.assert_array_equal(model.predict(X[:5]), model.predict(X)[:5])


@pytest.mark.parametrize("machine", [SVC(), SVR(), OneClassSVM(), SVC(kernel="linear")])
def test_attributes_that_are_assigned_anew_count(machine):
    X, y = make_classification(120, 5, random_state=0)
    model = machine.fit(X, y)
    before = model.decision_function(X[:3]) if hasattr(model, "decision_function") else model.predict(X[:3])
    model.dual_coef_ = 2.0 * model.dual_coef_
    after = model.decision_function(X[:3]) if hasattr(model, "decision_function") else model.predict(X[:3])
    np.testing.assert_allclose(after - model.intercept_, 2.0 * (before - model.intercept_), rtol=1e-12)
    model.dual_coef_ = np.array(model.dual_coef_)  # that anybody may write to
    model.predict(X[:1])
    model.dual_coef_[:] = 0.0
    value = model.decision_function(X[:1]) if hasattr(model, "decision_function") else model.predict(X[:1])
    if machine.kernel != "linear":  # whose coef_ is known by its dual_coef_
        np.testing.assert_array_equal(value, model.intercept_)


@pytest.mark.parametrize("sparse", [False, True])
def test_what_is_kept_cannot_be_written_to(sparse):
    X, y = make_classification(120, 5, random_state=0)
    model = SVC().fit(csr_matrix(X) if sparse else X, y)
    for made in (model, pickle.loads(pickle.dumps(model)), copy.deepcopy(model), model.compress(tol=1e-3)):
        values = [made.support_vectors_, made.dual_coef_]
        for array in [v.data for v in values] if sparse else values:
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1.0


def test_support_that_was_altered_is_seen_after_a_prediction():
    X, y = make_classification(120, 5, random_state=0)
    model = SVC().fit(X, y)
    model.predict(X[:1])
    model.n_support_[0] += 1
    with pytest.raises(InvalidModelError, match="altered"):
        model.predict(X[:1])


def test_copies_keep_nothing_and_predict_the_same():
    X, y = make_classification(120, 5, random_state=0)
    model = SVC().fit(X, y)
    values, size = model.decision_function(X[:1]), len(pickle.dumps(SVC().fit(X, y)))
    assert abs(len(pickle.dumps(model)) - size) < 200  # fit times have more digits or less
    for copied in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(copied.decision_function(X[:1]), values)


def test_refitted_models_begin_anew():
    X, y = make_classification(120, 5, random_state=0)
    model = SVC().fit(X, y)
    model.predict(X[:1])
    model.fit(X[:60], 1 - y[:60])
    np.testing.assert_array_equal(model.decision_function(X[:2]), SVC().fit(X[:60], 1 - y[:60]).decision_function(X)[:2])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_of_given_values_do_not_depend_on_each_other(order, dtype):
    X, y = load_digits(return_X_y=True)
    K = np.array(np.exp(-1e-3 * ((X[:200, None] - X[None, :200]) ** 2).sum(axis=2)), dtype=dtype, order=order)
    model = SVC(kernel="precomputed", decision_function_shape="ovo").fit(K, y[:200])
    every = model.decision_function(K)
    for n in (1, 2, 9):
        np.testing.assert_array_equal(model.decision_function(K[5 : 5 + n]), every[5 : 5 + n])


def test_a_large_array_of_a_sparse_dual_coef_is_not_kept(monkeypatch):
    X, y = make_classification(120, 5, random_state=0)
    model, kept = SVC().fit(csr_matrix(X), y), SVC().fit(csr_matrix(X), y)
    with monkeypatch.context() as patch:
        patch.setattr("maxmargin.estimators.kernel.prediction._MOST_OF_DUAL", 0)
        values = model.decision_function(X[:1])
        assert model._support_vectors() is not model._support_vectors()
    np.testing.assert_array_equal(kept.decision_function(X[:1]), values)
    assert kept._support_vectors() is kept._support_vectors()
