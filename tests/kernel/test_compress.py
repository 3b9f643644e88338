"""Fewer support vectors: the bound holds, the model goes on working, what is exact is exact."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, make_classification, make_regression
from sklearn.exceptions import NotFittedError

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify
from maxmargin.exceptions import InvalidParameterError, MemoryLimitError, NotCertifiableError, ShapeError
from maxmargin.kernels import RBF, Laplacian, Linear, Polynomial

X3, Y3 = make_classification(240, 4, n_informative=3, n_redundant=0, n_classes=3, flip_y=0.1, random_state=0)
X2, Y2 = X3[Y3 < 2], Y3[Y3 < 2]
XR, YR = make_regression(150, 3, noise=5.0, random_state=0)
YR = YR / np.abs(YR).max()
ELSEWHERE = np.random.default_rng(1).normal(0.0, 3.0, (400, 4))

MACHINES = {
    "pairs": (SVC(C=5.0, gamma=0.1), X3, Y3),
    "rest": (SVC(C=5.0, gamma=0.1, multi_class="ovr"), X3, Y3),
    "two classes": (SVC(C=5.0, gamma=0.1), X2, Y2),
    "nu": (NuSVC(nu=0.3, gamma=0.1), X3, Y3),
    "svr": (SVR(epsilon=0.02, gamma=0.1), XR, YR),
    "nu-svr": (NuSVR(gamma=0.1), XR, YR),
    "one class": (OneClassSVM(gamma=0.1, nu=0.3), X3, Y3),
}


def values(model, X):
    """Decision values, one column for each problem where there are pairs."""
    if hasattr(model, "pairwise_decision_function"):
        return model.pairwise_decision_function(X) if model.multi_class == "ovo" else model.decision_function(X)
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)


def norm_of_change(model, small, kernel, X):
    """‖w − w′‖ of each problem, from the textbook formula on the training rows."""

    def dense(fitted):
        found = np.zeros((fitted.intercept_.size, X.shape[0]))
        for k in range(fitted.intercept_.size):
            found[k] = fitted._coefficients(k)
        return found

    rest = dense(model) - dense(small)
    return np.sqrt(np.maximum(np.einsum("pi,ij,pj->p", rest, kernel(X), rest), 0.0))


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("tol", [0.02, 0.5])
def test_no_decision_value_moves_further_than_the_bound(name, tol):
    machine, X, y = MACHINES[name]
    model = clone(machine).fit(X, y)
    small = model.compress(tol=tol)
    done = small.compression_
    assert done.bound <= tol
    assert done.everywhere
    assert done.n_support == small.support_.size <= model.support_.size == done.n_support_before
    rows = ELSEWHERE[:, : X.shape[1]]
    rounding = 1e-15 * np.abs(model.dual_coef_).sum()  # of float64, in another order
    assert np.abs(values(small, rows) - values(model, rows)).max() <= done.bound + rounding
    assert done.distance >= norm_of_change(model, small, RBF(gamma=0.1), X).max() * (1.0 - 1e-9)


def test_a_larger_change_leaves_fewer_and_most_can_go():
    model = SVC(C=5.0, gamma=0.02).fit(X2, Y2)
    sizes = [model.compress(tol=tol).support_.size for tol in (1e-3, 1e-2, 0.1, 1.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.7 * model.support_.size
    assert sizes[3] < 0.3 * model.support_.size


def test_what_is_kept_are_support_vectors_in_the_order_of_their_classes():
    model = SVC(C=5.0, gamma=0.1).fit(X3, Y3)
    small = model.compress(tol=0.3)
    assert set(small.support_) <= set(model.support_)
    assert np.array_equal(small.support_vectors_, X3[small.support_])
    assert np.array_equal(np.repeat(small.classes_, small.n_support_), Y3[small.support_])
    assert small.dual_coef_.shape == (3, small.support_.size)


def test_the_model_itself_stays_as_it_is():
    model = SVC(C=5.0, gamma=0.1).fit(X3, Y3)
    before = model.decision_function(X3)
    small = model.compress(tol=0.5)
    assert np.array_equal(model.decision_function(X3), before)
    assert not hasattr(model, "compression_")
    assert certify(model, X3, Y3).relative_gap <= model.tol
    assert small.get_params() == model.get_params()


def test_the_change_is_measured_where_it_is_asked_for():
    model = SVC(C=5.0, gamma=0.1).fit(X3, Y3)
    done = model.compress(ELSEWHERE, tol=0.3).compression_
    moved = np.abs(values(model.compress(tol=0.3), ELSEWHERE) - values(model, ELSEWHERE)).max()
    assert done.largest_change == pytest.approx(moved, rel=1e-6)
    assert done.n_measured == ELSEWHERE.shape[0]
    assert done.largest_change <= done.bound


def test_equal_support_vectors_become_one_exactly():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (200, 2)).astype(float)
    y = (X.sum(axis=1) + rng.normal(0.0, 1.0, 200) > 2).astype(int)
    for table in (X, csr_matrix(X)):
        model = SVC(gamma=0.5).fit(table, y)
        small = model.compress(tol=0.0)
        assert small.support_.size <= 9 < model.support_.size
        assert np.allclose(small.decision_function(table), model.decision_function(table), rtol=0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("kernel", "rank"),
    [(Linear(), 4), (Polynomial(degree=2, gamma=1.0), 10), (Polynomial(degree=2, gamma=1.0, coef0=1.0), 15)],
)
def test_a_kernel_of_few_dimensions_needs_no_more_support_vectors_than_these(kernel, rank):
    model = SVC(kernel=kernel, C=0.1).fit(X3, Y3)
    small = model.compress(tol=0.0)
    assert small.support_.size <= rank < model.support_.size
    before = values(model, ELSEWHERE)
    assert np.allclose(values(small, ELSEWHERE), before, rtol=0.0, atol=1e-8 * np.abs(before).max())
    assert not small.compression_.everywhere


def test_without_a_bounded_kernel_the_bound_grows_with_the_row():
    model = SVR(kernel="linear", epsilon=0.02).fit(XR, YR)
    small = model.compress(tol=0.05)
    done = small.compression_
    assert done.bound <= 0.05
    longest = np.linalg.norm(model.support_vectors_, axis=1).max()
    assert done.largest_norm == pytest.approx(longest)
    rows = 10.0 * ELSEWHERE[:, :3]
    moved = np.abs(small.predict(rows) - model.predict(rows))
    assert (moved <= done.distance * np.linalg.norm(rows, axis=1) + 1e-12).all()


def test_a_linear_model_keeps_its_coefficients():
    model = SVC(kernel="linear").fit(X3, Y3)
    small = model.compress(tol=0.0)
    assert np.allclose(small.coef_, model.coef_, rtol=0.0, atol=1e-8)


@pytest.mark.parametrize("everything", [True, False])
def test_kernel_values_that_the_user_brings(everything):
    K = RBF(gamma=0.1)(X3)
    model = SVC(C=5.0, kernel="precomputed").fit(K, Y3)
    small = model.compress(K if everything else K[np.ix_(model.support_, model.support_)], tol=0.3)
    other = SVC(C=5.0, gamma=0.1).fit(X3, Y3).compress(tol=0.3)
    assert small.support_.size == pytest.approx(other.support_.size, abs=3)
    change = np.abs(values(small, K) - values(model, K)).max()
    assert change <= small.compression_.distance * small.compression_.largest_norm <= 0.3
    assert np.array_equal(values(small, K), values(small, K[:, small.support_]))


def test_kernel_values_are_needed_and_looked_at():
    K = RBF(gamma=0.1)(X3)
    model = SVC(C=5.0, kernel="precomputed").fit(K, Y3)
    with pytest.raises(InvalidParameterError, match="pass those of the fit"):
        model.compress(tol=0.3)
    with pytest.raises(ShapeError, match="expected the kernel values of the fit"):
        model.compress(K[:7], tol=0.3)
    with pytest.raises(ShapeError):
        model.compress(K[:, :7], tol=0.3)


def test_objects_of_any_kind():
    words = ["".join(np.random.default_rng(k).choice(list("abcd"), 4)) for k in range(60)]
    y = [int(word.count("a") > word.count("b")) for word in words]

    def same_letters(left, right):
        return np.array([[float(sum(a == b for a, b in zip(u, v, strict=True))) for v in right] for u in left])

    model = SVC(kernel=same_letters, C=10.0).fit(words, y)
    small = model.compress(tol=0.0)
    assert small.support_.size <= 13  # four places of four letters: 16 indicators, three of which depend on the others
    assert np.allclose(small.decision_function(words), model.decision_function(words), rtol=0.0, atol=1e-7)
    assert small.support_vectors_ == [words[i] for i in small.support_]


@pytest.mark.parametrize("kernel", [Laplacian(gamma=0.1) + 0.5 * RBF(gamma=0.1), RBF(gamma=0.1) * Laplacian(gamma=0.05)])
def test_sums_and_products_of_bounded_kernels_are_bounded(kernel):
    model = SVC(kernel=kernel, C=2.0).fit(X2, Y2)
    done = model.compress(ELSEWHERE, tol=0.4).compression_
    assert done.everywhere
    assert done.largest_norm == pytest.approx(np.sqrt(kernel(X2[:1])[0, 0]))
    assert done.largest_change <= done.bound <= 0.4


def test_sparse_rows_stay_sparse():
    model = SVC(C=5.0, gamma=0.1).fit(csr_matrix(X2), Y2)
    small = model.compress(tol=0.2)
    assert small.support_vectors_.format == small.dual_coef_.format == "csr"
    assert small.support_.size < model.support_.size
    moved = np.abs(small.decision_function(ELSEWHERE) - model.decision_function(ELSEWHERE)).max()
    assert moved <= small.compression_.bound


def test_a_compressed_model_is_no_longer_certified_but_says_which_one_is():
    small = SVC(C=5.0, gamma=0.1).fit(X2, Y2).compress(tol=0.2)
    with pytest.raises(NotCertifiableError, match="Certify the model that it came from"):
        certify(small, X2, Y2)


def test_a_compressed_model_can_be_compressed_pickled_cloned_and_fitted_again():
    small = SVC(C=5.0, gamma=0.1, warm_start=True).fit(X3, Y3).compress(tol=0.1)
    smaller = small.compress(tol=0.5)
    assert smaller.support_.size < small.support_.size
    again = pickle.loads(pickle.dumps(smaller))
    assert np.array_equal(again.decision_function(X3), smaller.decision_function(X3))
    assert again.compression_ == smaller.compression_
    assert not hasattr(clone(smaller), "dual_coef_")
    assert not hasattr(smaller.fit(X3, Y3), "compression_")
    assert smaller.status_ == "optimal"
    assert certify(smaller, X3, Y3).relative_gap <= smaller.tol


def test_where_everything_may_change_nothing_is_left():
    model = SVC(gamma=0.1).fit(X2, Y2)
    small = model.compress(tol=1e6)
    assert small.support_.size == 0
    assert np.allclose(small.decision_function(X2), model.intercept_[0])


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
def test_a_kernel_that_is_no_inner_product_loses_copies_only():
    X = np.concatenate([X2, X2])
    y = np.concatenate([Y2, Y2])
    model = SVC(kernel="sigmoid", gamma=2.0, coef0=-1.0, C=5.0, tol=0.5, max_iter=100).fit(X, y)
    small = model.compress(tol=0.5)
    assert small.compression_.bound == 0.0
    assert small.support_.size <= X2.shape[0]
    before = model.decision_function(X2)
    assert np.allclose(small.decision_function(X2), before, rtol=0.0, atol=1e-9 * np.abs(before).max())


def test_the_same_model_whatever_the_threads():
    X, y = load_breast_cancer(return_X_y=True)
    one, two = (SVC(C=10.0, n_jobs=n).fit(X, y).compress(tol=0.05) for n in (1, 2))
    assert np.array_equal(one.support_, two.support_)
    assert np.array_equal(one.dual_coef_, two.dual_coef_)


@pytest.mark.parametrize("tol", [-1.0, np.nan, np.inf, "small", True])
def test_a_bad_tolerance_is_named(tol):
    model = SVC(gamma=0.1).fit(X2, Y2)
    with pytest.raises(InvalidParameterError, match="'tol' parameter of compress"):
        model.compress(tol=tol)


def test_a_model_must_be_fitted():
    with pytest.raises(NotFittedError):
        SVC().compress(tol=0.1)


def test_memory_is_limited():
    model = SVC(C=100.0, gamma=10.0).fit(X2, Y2).set_params(memory_limit=20000)
    with pytest.raises(MemoryLimitError, match="raise memory_limit, or allow a larger change"):
        model.compress(tol=0.01)


@pytest.mark.parametrize("kernel", ["precomputed", "rbf"])
def test_a_model_of_no_support_vectors_is_as_short_as_can_be(kernel):
    X, t = np.eye(4), np.zeros(4)  # all within the tube
    model = SVR(kernel=kernel, epsilon=1.0).fit(X, t)
    assert model.support_.size == 0
    short = model.compress(tol=0.1, X=X)
    assert short.support_.size == 0
    np.testing.assert_array_equal(short.predict(X), model.predict(X))
