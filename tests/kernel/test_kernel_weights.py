"""A weight of k is k copies of the row, a weight of 0 no row, in all five machines; class weights are weights of rows."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_cases import FIVE, make_data, target_of
from kernel_oracle import dense
from sklearn.datasets import load_iris

from maxmargin import SVC, SVR, NuSVC, NuSVR, certify
from maxmargin.exceptions import NotConvergedWarning
from maxmargin.kernels.gamma import variance

X, LABELS, TARGETS = make_data(90, 4, seed=3)
COUNTS = np.random.default_rng(1).integers(0, 4, 90)
EXACT = {"tol": 1e-10, "gamma": 0.7}


def values(model, rows=X):
    return model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)


def same(a, b, atol=2e-4):
    """Two models with the same optimum."""
    assert a.dual_ == pytest.approx(b.dual_, rel=1e-8)
    assert a.primal_ == pytest.approx(b.primal_, rel=1e-8)
    np.testing.assert_allclose(values(a), values(b), atol=atol * np.abs(values(b)).max())


@pytest.mark.parametrize("store", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("kernel", ["rbf", "linear", "laplacian"])
@pytest.mark.parametrize("machine", FIVE)
def test_weights_are_copies(machine, kernel, store):
    nu = {"nu": 0.5} if machine == "NuSVC" else {}
    y = target_of(machine, LABELS, TARGETS)
    weighted = FIVE[machine](kernel=kernel, **EXACT).set_params(**nu).fit(store(X), y, sample_weight=COUNTS)
    copies = FIVE[machine](kernel=kernel, **EXACT).set_params(**nu)
    copies.fit(store(np.repeat(X, COUNTS, axis=0)), None if y is None else np.repeat(y, COUNTS))
    same(weighted, copies)
    if machine == "NuSVR":
        assert weighted.epsilon_ == pytest.approx(copies.epsilon_, abs=1e-5)


@pytest.mark.parametrize("machine", FIVE)
def test_the_default_gamma_counts_copies(machine):
    y = target_of(machine, LABELS, TARGETS)
    weighted = FIVE[machine](tol=1e-10).fit(X, y, sample_weight=COUNTS)
    copies = FIVE[machine](tol=1e-10).fit(np.repeat(X, COUNTS, axis=0), None if y is None else np.repeat(y, COUNTS))
    assert weighted.kernel_.gamma == pytest.approx(copies.kernel_.gamma, rel=1e-12)
    same(weighted, copies)


@pytest.mark.parametrize("kernel", ["rbf", "precomputed", "callable"])
@pytest.mark.parametrize("machine", FIVE)
def test_rows_of_weight_zero_are_absent_whatever_they_hold(machine, kernel):
    wild = np.vstack([X, 1e5 * np.ones((3, 4))])
    weights = np.append(np.ones(90), np.zeros(3))
    y = target_of(machine, np.append(LABELS, ["yes", "no", "other"]), np.append(TARGETS, [1e6, -1e6, 0.0]))
    function = lambda left, right: dense(left) @ dense(right).T + 1.0  # noqa: E731
    given, kept = (wild @ wild.T, X @ X.T) if kernel == "precomputed" else (wild, X)
    kernel = function if kernel == "callable" else kernel
    dropped = FIVE[machine](kernel=kernel, **EXACT).fit(given, y, sample_weight=weights)
    plain = FIVE[machine](kernel=kernel, **EXACT).fit(kept, None if y is None else y[:90])
    assert dropped.support_.max() < 90
    assert dropped.dual_ == pytest.approx(plain.dual_, rel=1e-8)
    if "SVC" in machine:
        assert dropped.classes_.tolist() == ["no", "yes"]
    assert certify(dropped, given, y, sample_weight=weights).relative_gap <= 1e-9


@pytest.mark.parametrize("make", [SVC, SVR, NuSVR], ids=["SVC", "SVR", "NuSVR"])
def test_scale_of_weights_is_scale_of_C(make):
    y = LABELS if make is SVC else TARGETS
    a = make(C=3.0, **EXACT).fit(X, y)
    same(a, make(C=1.0, **EXACT).fit(X, y, sample_weight=np.full(90, 3.0)))
    same(a, make(C=1.0, **EXACT).fit(X, y, sample_weight=3.0))


@pytest.mark.parametrize("make", [SVC, lambda **p: NuSVC(nu=0.4, **p)], ids=["SVC", "NuSVC"])
@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_class_weights_are_weights_of_rows_in_every_problem(make, multi_class):
    Z, species = load_iris(return_X_y=True)
    factors = {0: 0.7, 1: 1.4}
    rows = np.array([factors.get(label, 1.0) for label in species])
    nu = {"nu": 0.3} if make is not SVC else {}
    a = make(class_weight=factors, multi_class=multi_class, **EXACT).set_params(**nu).fit(Z, species)
    b = make(multi_class=multi_class, **EXACT).set_params(**nu).fit(Z, species, sample_weight=rows)
    for mine, theirs in zip(a.certificate_.problems, b.certificate_.problems, strict=True):
        assert mine.point.dual == pytest.approx(theirs.point.dual, rel=1e-8)
    assert a.class_weight_.tolist() == [0.7, 1.4, 1.0]
    np.testing.assert_allclose(a.decision_function(Z), b.decision_function(Z), atol=1e-3)


def test_balanced_counts_sample_weights():
    a = SVC(class_weight="balanced", **EXACT).fit(X, LABELS, sample_weight=COUNTS)
    b = SVC(class_weight="balanced", **EXACT).fit(np.repeat(X, COUNTS, axis=0), np.repeat(LABELS, COUNTS))
    np.testing.assert_allclose(a.class_weight_, b.class_weight_)
    same(a, b)


def test_fractions_are_weights_too():
    halves = SVC(C=2.0, **EXACT).fit(np.vstack([X, X]), np.append(LABELS, LABELS), sample_weight=np.full(180, 0.5))
    same(halves, SVC(C=2.0, **EXACT).fit(X, LABELS))


@pytest.mark.parametrize("machine", FIVE)
def test_weights_of_very_different_sizes_end_optimal(machine):
    weights = np.logspace(-6, 6, 90)
    y = target_of(machine, LABELS, TARGETS)
    nu = {"nu": 1e-3} if machine == "NuSVC" else {}
    model = FIVE[machine](gamma=0.7).set_params(**nu).fit(X, y, sample_weight=weights)
    assert model.status_ == "optimal"
    assert certify(model, X, y, sample_weight=weights).relative_gap <= 1.001e-3


@pytest.mark.parametrize("seed", range(40))
def test_what_cancels_is_proved_as_the_model_has_it(seed):
    """NuSVR of two rows, one of them 10⁵ times as heavy: the multipliers of a row are 10⁶ times their difference."""
    rng = np.random.default_rng(seed)
    X = (rng.integers(-3, 4, size=(2, rng.integers(1, 3))) / np.float32(3.0)).astype(np.float32)
    y, weights = rng.choice([0.0, 1.0, -1.0, 1e-3, 5.0], 2), rng.permutation([1e-3, 100.0])
    kernel, nu = ("rbf", "linear")[seed % 2], (1e-3, 0.5)[seed // 2 % 2]
    if seed % 3 == 0:  # rows of weight 0 are absent
        X, y, weights = np.pad(X, ((6, 0), (0, 0))), np.pad(y, (6, 0)), np.pad(weights, (6, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)  # some have no better point in float64
        model = NuSVR(C=1e4, nu=nu, kernel=kernel, tol=1e-6).fit(X, y, sample_weight=weights)
    certificate = certify(model, X, y, sample_weight=weights)
    assert certificate.primal == pytest.approx(model.primal_, rel=1e-6, abs=1e-9)
    assert certificate.dual == pytest.approx(model.dual_, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("weights", [None, np.random.default_rng(2).integers(0, 4, 40_000).astype(float)])
@pytest.mark.parametrize("density", [0.0005, 0.4])
def test_the_variance_of_sparse_rows_is_that_of_dense_ones(density, weights):
    rows = sp.random_array((40_000, 30), density=density, rng=np.random.default_rng(0), format="csr")
    copies = rows.toarray() if weights is None else np.repeat(rows.toarray(), weights.astype(int), axis=0)
    assert variance(rows, weights) == pytest.approx(copies.var(), rel=1e-12)
    assert variance(rows.toarray(), weights) == pytest.approx(copies.var(), rel=1e-12)
