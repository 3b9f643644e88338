"""Many classes: layouts, names, weights, absent classes, pairs and each against the rest."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import dense, gram, judge_svc
from sklearn.datasets import load_iris, make_classification

from maxmargin import SVC, NuSVC, certify
from maxmargin.exceptions import InfeasibleNuError, InvalidParameterError, NotConvergedWarning

Z, NUMBERS = make_classification(
    160, 5, n_informative=4, n_redundant=1, n_classes=4, n_clusters_per_class=1, flip_y=0.1, random_state=0
)
NAMES = np.array(["delta", "alpha", "charlie", "bravo"])[NUMBERS]
PAIRS = [(i, j) for i in range(4) for j in range(i + 1, 4)]


@pytest.mark.parametrize("store", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("make", [SVC, lambda **p: NuSVC(nu=0.7, **p)], ids=["SVC", "NuSVC"])
def test_shapes(make, kernel, store):
    model = make(kernel=kernel).fit(store(Z), NAMES)
    n = model.support_.size
    assert model.classes_.tolist() == sorted(set(NAMES))
    assert model.n_support_.tolist() == [(NAMES[model.support_] == name).sum() for name in model.classes_]
    assert (np.diff(np.searchsorted(model.classes_, NAMES[model.support_])) >= 0).all()
    assert model.dual_coef_.shape == (3, n)
    assert sp.issparse(model.dual_coef_) == (store is not np.asarray)
    assert model.support_vectors_.shape == (n, 5)
    np.testing.assert_array_equal(dense(model.support_vectors_), Z[model.support_])
    assert model.intercept_.shape == model.n_iter_.shape == (6,)
    assert model.shape_fit_ == (160, 5)
    assert model.decision_function(store(Z)).shape == (160, 4)
    assert model.pairwise_decision_function(store(Z)).shape == (160, 6)
    assert (model.classes_[model.decision_function(store(Z)).argmax(axis=1)] == model.predict(store(Z))).all()
    if kernel == "linear":
        assert model.coef_.shape == (6, 5)
        pairwise = Z @ dense(model.coef_).T + model.intercept_
        np.testing.assert_allclose(pairwise, model.pairwise_decision_function(store(Z)), atol=1e-10)


def test_each_pair_is_optimal_by_the_published_layout():
    # A support vector of class i has its coefficient against j in row j − 1 where j > i, else in row j.
    weights = np.random.default_rng(0).uniform(0.2, 2.0, 160)
    model = SVC(C=2.0, gamma=0.3, tol=1e-7, class_weight={"alpha": 0.5}).fit(Z, NAMES, sample_weight=weights)
    K, codes = gram("rbf", Z, gamma=0.3), np.searchsorted(model.classes_, NAMES)
    for k, (i, j) in enumerate(PAIRS):
        a = np.zeros(160)
        for own, row in ((i, j - 1), (j, i)):
            mine = codes[model.support_] == own
            a[model.support_[mine]] = model.dual_coef_[row, mine]
        rows = np.flatnonzero((codes == i) | (codes == j))
        y = np.where(codes[rows] == i, 1.0, -1.0)
        c = 2.0 * model.class_weight_[codes[rows]] * weights[rows]
        assert judge_svc(K[np.ix_(rows, rows)], y, c, a[rows], model.intercept_[k]).certifies(1e-7)
        np.testing.assert_allclose(model.pairwise_decision_function(Z)[:, k], K @ a + model.intercept_[k], atol=1e-9)


def test_each_class_against_the_rest_is_optimal():
    weights = np.random.default_rng(0).uniform(0.2, 2.0, 160)
    model = SVC(C=2.0, gamma=0.3, tol=1e-7, multi_class="ovr").fit(Z, NAMES, sample_weight=weights)
    K = gram("rbf", Z, gamma=0.3)
    assert model.dual_coef_.shape == (4, model.support_.size)
    for k, name in enumerate(model.classes_):
        a = np.zeros(160)
        a[model.support_] = model.dual_coef_[k]
        assert judge_svc(K, np.where(name == NAMES, 1.0, -1.0), 2.0 * weights, a, model.intercept_[k]).certifies(1e-7)
        np.testing.assert_allclose(model.decision_function(Z)[:, k], K @ a + model.intercept_[k], atol=1e-9)
    assert (model.classes_[model.decision_function(Z).argmax(axis=1)] == model.predict(Z)).all()
    with pytest.raises(InvalidParameterError, match="no pairs"):
        model.pairwise_decision_function(Z)
    with pytest.raises(InvalidParameterError, match="ovo"):
        model.set_params(decision_function_shape="ovo").fit(Z, NAMES)


@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
@pytest.mark.parametrize("make", [SVC, lambda **p: NuSVC(nu=0.2, **p)], ids=["SVC", "NuSVC"])
@pytest.mark.parametrize("absent", ["alpha", "delta"])
def test_a_class_whose_rows_all_weigh_nothing_is_absent(make, multi_class, absent):
    weights = (absent != NAMES).astype(float)
    model = make(multi_class=multi_class, tol=1e-9, gamma=0.3).fit(Z, NAMES, sample_weight=weights)
    plain = make(multi_class=multi_class, tol=1e-9, gamma=0.3).fit(Z[weights > 0], NAMES[weights > 0])
    assert model.classes_.tolist() == sorted(set(NAMES) - {absent})
    np.testing.assert_allclose(model.decision_function(Z), plain.decision_function(Z), atol=1e-4)
    assert certify(model, Z, NAMES, sample_weight=weights).relative_gap <= 1e-8
    assert len(model.n_support_) == 3


def test_two_classes_left_by_weights_are_a_binary_problem():
    weights = np.isin(NAMES, ["alpha", "delta"]).astype(float)
    model = SVC(gamma=0.3).fit(Z, NAMES, sample_weight=weights)
    assert model.classes_.tolist() == ["alpha", "delta"]
    assert model.decision_function(Z).shape == (160,)
    assert model.dual_coef_.shape == (1, model.support_.size)


@pytest.mark.parametrize("kernel", ["precomputed", "callable", "rbf"])
@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_all_ways_to_a_kernel_give_one_model(multi_class, kernel):
    expected = SVC(gamma=0.3, tol=1e-9, multi_class=multi_class).fit(Z, NAMES)
    K = gram("rbf", Z, gamma=0.3)
    how = {"precomputed": "precomputed", "callable": lambda a, b: gram("rbf", a, b, gamma=0.3), "rbf": "rbf"}[kernel]
    rows = K if kernel == "precomputed" else Z
    model = SVC(kernel=how, gamma=0.3, tol=1e-9, multi_class=multi_class).fit(rows, NAMES)
    np.testing.assert_allclose(model.decision_function(rows), expected.decision_function(Z), atol=1e-4)
    assert certify(model, rows, NAMES).relative_gap <= 1.001e-9
    assert [p.label for p in certify(model, rows, NAMES).problems] == [p.label for p in expected.certificate_.problems]


def test_the_shape_of_the_decision_function_changes_no_prediction():
    X, y = load_iris(return_X_y=True)
    ovr, ovo = SVC().fit(X, y), SVC(decision_function_shape="ovo").fit(X, y)
    assert ovr.decision_function(X).shape == ovo.decision_function(X).shape == (150, 3)
    np.testing.assert_array_equal(ovr.predict(X), ovo.predict(X))
    np.testing.assert_array_equal(ovo.decision_function(X), ovr.pairwise_decision_function(X))


@pytest.mark.parametrize("labels", [[True, False], ["b", "a"], [5, -5], [2.0, 1.0]])
def test_labels_of_any_kind_come_back_as_they_were(labels):
    y = np.array(labels)[(NUMBERS < 2) * 1]
    model = SVC().fit(Z, y)
    assert model.predict(Z).dtype == y.dtype
    assert set(model.predict(Z).tolist()) == set(labels)


@pytest.mark.parametrize(
    ("multi_class", "weight", "largest", "problem"),
    [
        ("ovo", 1.0, 20 / 110, "'a / c'"),
        ("ovo", 3.0, 60 / 130, "'a / c'"),
        ("ovo", 8.0, 100 / 150, "'a / b'"),
        ("ovr", 1.0, 20 / 160, "'c'"),
        ("ovr", 3.0, 60 / 180, "'c'"),
    ],
)
@pytest.mark.parametrize("how", ["rows", "class"])
def test_the_nu_that_is_said_to_be_feasible_is_so_for_every_problem(multi_class, weight, largest, problem, how):
    y = np.repeat(["a", "b", "c"], [100, 50, 10])
    rows = np.random.default_rng(0).normal(size=(160, 3)) + (y == "b")[:, None]
    weights = np.where(y == "c", weight, 1.0) if how == "rows" else None
    model = NuSVC(nu=0.9, multi_class=multi_class, class_weight={"c": weight} if how == "class" else None)
    with pytest.raises(InfeasibleNuError, match=re.escape(f"by the problem of {problem}:")) as caught:
        model.fit(rows, y, sample_weight=weights)
    said = float(re.search(r"the largest feasible nu is (\S+), by", str(caught.value))[1])
    assert largest * (1.0 - 1e-5) <= said <= largest * (1.0 + 1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)  # nothing is said of a margin
        assert np.isfinite(model.set_params(nu=said).fit(rows, y, sample_weight=weights).intercept_).all()
