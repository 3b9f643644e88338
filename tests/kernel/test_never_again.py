"""What users of other libraries ran into: each a test here, with the reason in a line.

That the class of the largest probability need not be the one that is predicted is so here too where the deprecated
probability=True is asked for (test_probability.py says where they differ, docs/migrating.md why that is better than worse
probabilities). Of what takes its place, CalibratedClassifierCV, it is tested.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import dense, gram, judge
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.preprocessing import StandardScaler

from maxmargin import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM, certify
from maxmargin.exceptions import InfeasibleNuError, InvalidModelError, NotConvergedWarning
from maxmargin.kernels import RBF, Rows

IRIS, SPECIES = load_iris(return_X_y=True)
ENDS = {"max_time": 60.0}  # of fits that never returned elsewhere; to be stopped by it is a failure here
# In which each is over: most take hundredths of one, the slowest (a polynomial of unscaled columns) 0.3 on one of two busy
# cores. How fast Ctrl-C ends one is in test_kernel_control.py.
SECONDS = 3.0
rng = np.random.default_rng(0)


def ends(model, X, y=None):
    """Fit; it ends by itself, within 3 seconds, with a gap that certify confirms."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model.set_params(**ENDS).fit(X, y)
    assert model.fit_time_ < SECONDS
    assert model.status_ in {"optimal", "numerical_limit"}
    assert model.gap_ >= 0
    if model.status_ == "optimal":
        assert certify(model, X, y).gap == pytest.approx(model.gap_, rel=1e-6, abs=rounding(model, X))
    assert np.isfinite(model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)).all()
    return model


def rounding(model, X):
    """What float64 can be wrong by in a gap: in each f by its sum, times what each row can cost."""
    largest = float(np.abs(model.kernel_.diagonal(Rows(X))).max())
    costs = getattr(model, "C", 1.0) * X.shape[0]
    return 4e-16 * largest * float(np.abs(model.dual_coef_).sum()) * costs + 1e-9 * abs(model.dual_)


@pytest.mark.parametrize("degree", [7, 8])
@pytest.mark.parametrize("gamma", [0.1, 4e3])
def test_polynomials_of_high_degree_on_unscaled_flowers(degree, gamma):
    # Never returned: kernel values span thirty orders of magnitude.
    ends(SVC(kernel="poly", degree=degree, gamma=gamma, C=100.0), IRIS, SPECIES)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly"])
def test_six_rows_and_nu(kernel):
    # Six rows of thirteen numbers kept NuSVC busy for ever.
    for seed in range(20):
        X = np.random.default_rng(seed).normal(size=(6, 13)) * np.logspace(0, 4, 13)
        for nu in (0.1, 0.5, 1.0):
            ends(NuSVC(kernel=kernel, nu=nu), X, [0, 1, 0, 1, 0, 1])


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly"])
@pytest.mark.parametrize("C", [1.0, 1e6])
def test_two_rows_with_a_number_of_99999(kernel, C):
    # Two rows and two columns hung for want of scaling.
    X = np.array([[99999.0, 0.0], [99998.0, 1.0]])
    model = ends(SVC(kernel=kernel, C=C), X, [0, 1])
    assert model.status_ == "optimal"
    assert model.predict(X).tolist() == [0, 1]


def test_linear_nu_regression_of_unscaled_columns():
    # 547 rows of 22 columns took more than three hours.
    X = rng.gamma(1.0, 1.0, size=(547, 22)) * np.logspace(-2, 3, 22)
    y = X @ rng.normal(size=22) / 50.0 + rng.normal(size=547)
    model = ends(NuSVR(kernel="linear", C=10.0), X, y)
    assert model.status_ == "optimal"
    assert judge(model, gram("linear", X), y).certifies(1e-3, slack=1e-9)


def test_a_polynomial_of_unscaled_columns():
    # The poly kernel on columns of very different sizes never returned.
    X, y = make_classification(300, 8, flip_y=0.2, random_state=0)
    ends(SVC(kernel="poly", gamma=1.0, C=1e3), X * np.logspace(0, 3, 8), y)


@pytest.mark.parametrize("make", [lambda: SVC(tol=1e-9), lambda: NuSVC(nu=0.2, tol=1e-9)])
@pytest.mark.parametrize("labels", [(0, 1), (-1, 1), ("a", "b"), (7, 3)])
def test_the_order_of_rows_does_not_flip_the_sign(make, labels):
    # The first label that was seen became the positive one.
    X, y = make_classification(80, 4, flip_y=0.1, random_state=1)
    names = np.array(labels)[y]
    forward, backward = make().fit(X, names), make().fit(X[::-1], names[::-1])
    np.testing.assert_allclose(forward.decision_function(X), backward.decision_function(X), atol=1e-5)
    positive = forward.decision_function(X) > 0
    assert (forward.predict(X)[positive] == forward.classes_[1]).all()
    assert ((forward.decision_function(X) > 0) == (names == max(labels))).mean() > 0.8


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("make", [SVC, lambda: NuSVC(nu=0.2)])
def test_the_largest_value_and_the_largest_probability_are_of_the_predicted_class(make, classes):
    # They were of another class.
    X, y = make_classification(300, 6, n_informative=5, n_redundant=0, n_classes=classes, flip_y=0.1, random_state=0)
    model = make().fit(X, y)
    values = model.decision_function(X)
    largest = (values > 0.0).astype(int) if classes == 2 else values.argmax(axis=1)
    np.testing.assert_array_equal(largest, model.predict(X))
    calibrated = CalibratedClassifierCV(make(), ensemble=False).fit(X, y)
    P = calibrated.predict_proba(X)
    np.testing.assert_array_equal(P.argmax(axis=1), calibrated.predict(X))
    if classes == 2:
        assert (np.diff(P[np.argsort(values), 1]) >= 0.0).all()


@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_scores_of_a_row_do_not_depend_on_the_other_rows(multi_class):
    # One-vs-rest scores were scaled by the largest score of the batch.
    X, y = load_digits(return_X_y=True)
    model = SVC(multi_class=multi_class).fit(X[:300], y[:300])
    together = model.decision_function(X[300:340])
    alone = np.vstack([model.decision_function(X[i : i + 1]) for i in range(300, 340)])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
def test_predictions_past_4096_rows(store):
    # Rows past the first block were predicted wrongly.
    X, y = make_classification(9000, 6, random_state=2)
    model = SVC().fit(store(X[:500]), y[:500])
    all_at_once = model.decision_function(store(X))
    some = [0, 4094, 4095, 4096, 4097, 8191, 8192, 8193, 8999]
    one_by_one = [model.decision_function(store(X[i : i + 1]))[0] for i in some]
    np.testing.assert_array_equal(all_at_once[some], one_by_one)
    K = gram("rbf", X, X[model.support_], gamma=model.kernel_.gamma)
    np.testing.assert_allclose(all_at_once, K @ dense(model.dual_coef_)[0] + model.intercept_, atol=1e-9)


@pytest.mark.parametrize("C", [1e3, 1e6, 1e9])
def test_large_C_in_float32(C):
    # Accuracy collapsed for large C: the gradient was kept in float32.
    X, y = make_classification(400, 8, flip_y=0.05, class_sep=0.8, random_state=3)
    X = X.astype(np.float32)
    model = SVC(C=C, gamma=0.1).fit(X, y)
    assert model.status_ == "optimal"
    assert judge(model, gram("rbf", X, gamma=0.1), y).certifies(1e-3)
    double = SVC(C=C, gamma=0.1).fit(X.astype(np.float64), y)
    assert model.dual_ == pytest.approx(double.dual_, rel=2e-3)
    assert model.score(X, y) == pytest.approx(double.score(X, y), abs=0.01)


@pytest.mark.parametrize("counts", [[-1, 200], [0, 0], [10**9, 0], [1, 1], [10**6, 10**6]])
def test_a_corrupted_count_of_support_vectors(counts):
    # An edited count read beyond the end of memory.
    X, y = make_classification(60, 3, n_redundant=0, random_state=0)
    model = SVC().fit(X, y)
    model._n_support = np.array(counts, dtype=np.int32)
    with pytest.raises(InvalidModelError, match="altered"):
        model.predict(X)


@pytest.mark.parametrize("weights", [None, "copies"])
def test_an_infeasible_nu_is_named_before_any_kernel_value(weights):
    # The kernel of all rows was computed first, and the error did not say what would do.
    def never(left, right):
        raise AssertionError("a kernel value was asked for")

    y = np.array([0] * 90 + [1] * 10)
    w = None if weights is None else np.where(y == 1, 2.0, 1.0)
    largest = 0.2 if weights is None else 2 * 20 / 110
    with pytest.raises(InfeasibleNuError, match=f"the largest feasible nu is {largest:.6g}"):
        NuSVC(nu=0.5, kernel=never).fit(list(range(100)), y, sample_weight=w)
    X = rng.normal(size=(100, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        assert NuSVC(nu=largest).fit(X, y, sample_weight=w).gap_ >= 0
    with pytest.raises(InfeasibleNuError):
        NuSVC(nu=largest * 1.001).fit(X, y, sample_weight=w)


@pytest.mark.parametrize("make", [SVC, NuSVC, SVR, NuSVR, OneClassSVM])
def test_sparse_rows_with_wide_indices(make):
    # int64 indices were refused, or narrowed until they overflowed.
    A = sp.random(60, 40, density=0.2, random_state=0, format="csr")
    y = (np.arange(60) % 2).astype(float)
    narrow = make().fit(A, y)
    wide = sp.csr_array(A)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    model = make().fit(wide, y)
    np.testing.assert_array_equal(model.dual_coef_.toarray(), narrow.dual_coef_.toarray())
    assert wide.indices.dtype == np.int64


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_columns_that_int32_cannot_number(kernel):
    # More columns than 2³¹: text hashed to wide tables.
    rows, columns = np.repeat(np.arange(20), 3), rng.integers(0, 2**40, size=60)
    A = sp.coo_array((np.ones(60), (rows, columns)), shape=(20, 2**40)).tocsr()
    model = SVC(kernel=kernel, gamma=0.5).fit(A, np.arange(20) % 2)
    assert model.status_ == "optimal"
    K = gram(kernel, sp.csr_array((A.data, np.unique(A.indices, return_inverse=True)[1], A.indptr)), gamma=0.5)
    assert judge(model, K, np.arange(20) % 2).certifies(1e-3)
    if kernel == "rbf":
        assert model.predict(A).tolist() == (np.arange(20) % 2).tolist()


def test_class_weights_count_in_nu_classification():
    # NuSVC took class_weight and ignored it.
    X, y = make_classification(100, 4, flip_y=0.2, random_state=0)
    plain, weighted = NuSVC(nu=0.3).fit(X, y), NuSVC(nu=0.3, class_weight={1: 0.5}).fit(X, y)
    assert np.abs(plain.decision_function(X) - weighted.decision_function(X)).max() > 0.01
    assert (weighted.predict(X) == 1).sum() <= (plain.predict(X) == 1).sum()


def test_precomputed_predictions_need_only_the_columns_of_the_support_vectors():
    # Kernel values with every training row had to be computed to predict.
    K = gram("rbf", IRIS)
    model = SVC(kernel="precomputed").fit(K, SPECIES)
    wild = np.full_like(K, np.nan)
    wild[:, model.support_] = K[:, model.support_]
    np.testing.assert_array_equal(model.predict(wild), model.predict(K))
    np.testing.assert_array_equal(model.predict(K[:, model.support_]), model.predict(K))


def test_support_vectors_of_python_kernels_are_there():
    # They were empty, so that models could not be moved.
    model = SVC(kernel=lambda left, right: left @ right.T).fit(IRIS, SPECIES)
    np.testing.assert_array_equal(model.support_vectors_, IRIS[model.support_])


def test_a_linear_kernel_is_the_linear_machine():
    # The intercept was penalised in one and not in the other.
    X, y = make_classification(150, 5, flip_y=0.1, random_state=0)
    kernel = SVC(kernel="linear", C=0.3, tol=1e-9).fit(X + 3.0, y)
    linear = LinearSVC(loss="hinge", C=0.3, tol=1e-9).fit(X + 3.0, y)
    np.testing.assert_allclose(kernel.coef_, linear.coef_, atol=1e-5)
    assert kernel.primal_ == pytest.approx(linear.primal_, rel=1e-8)


def test_twenty_classes():
    # Four of twenty classes were ever predicted.
    X, y = make_classification(1000, 12, n_informative=10, n_classes=20, n_clusters_per_class=1, random_state=0)
    predicted = SVC(C=10.0).fit(StandardScaler().fit_transform(X), y).predict(StandardScaler().fit_transform(X))
    assert np.unique(predicted).size == 20
    assert (predicted == y).mean() > 0.8


@pytest.mark.parametrize("nu", [0.01, 0.1, 0.5])
def test_nu_bounds_the_outliers_of_one_class(nu):
    # A small nu declared every row an outlier.
    X = rng.normal(size=(500, 3))
    model = OneClassSVM(nu=nu, tol=1e-8).fit(X)
    outside = (model.decision_function(X) < -1e-9).mean()
    assert outside <= nu + 1e-12
    assert model.support_.size / 500 >= nu - 1e-12


def test_weights_of_zero_in_sparse_rows():
    # Rows of weight 0 in sparse data raised an error.
    A = sp.random(50, 8, density=0.4, random_state=0, format="csr")
    y, w = np.arange(50) % 2, (np.arange(50) % 5 > 0).astype(float)
    for make in (SVC, NuSVC, SVR, NuSVR, OneClassSVM):
        assert not np.isin(np.flatnonzero(w == 0), make(kernel=RBF(gamma=1.0)).fit(A, y, sample_weight=w).support_).any()


def test_a_model_of_dense_rows_predicts_sparse_ones_and_the_other_way_round():
    # A model of sparse rows predicted sparse rows only.
    of_dense, of_sparse = SVC().fit(IRIS, SPECIES), SVC().fit(sp.csr_array(IRIS), SPECIES)
    values = of_dense.decision_function(IRIS)
    for model in (of_dense, of_sparse):
        for store in (np.asarray, sp.csr_array, sp.csc_array):
            np.testing.assert_allclose(model.decision_function(store(IRIS)), values, atol=1e-2)
