"""Sums, products and multiples in the native core: the answers that matrices of values give, without the matrices."""

from __future__ import annotations

import os
import tracemalloc

import numpy as np
import pytest
from kernel_cases import DTYPES, STORAGES
from kernel_oracle import dense, gram, judge
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from test_kernel_control import MANY, PROMPT, seconds_to_answer_ctrl_c

from maxmargin import SVC, SVR, OneClassSVM, certify, load, save
from maxmargin.exceptions import InvalidInputError, MemoryLimitError, NotConvergedWarning
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Polynomial, Rows, Sigmoid

MIB = 1 << 20
RNG = np.random.default_rng(0)
X = (RNG.random((600, 7)) * (RNG.random((600, 7)) < 0.6)).astype(np.float32).astype(np.float64)
LABELS = X[:, 0] + 0.3 * RNG.normal(size=600) > 0.3
TARGETS = np.sin(3.0 * X[:, 0]) + 0.3 * RNG.normal(size=600)


def rbf(gamma):
    return lambda A, B: gram("rbf", A, B, gamma=gamma)


def named(name, **numbers):
    return lambda A, B: gram(name, A, B, **numbers)


# The kernel, and the same in NumPy.
KERNELS = {
    "multiple": (2.5 * RBF(gamma=0.5), lambda A, B: 2.5 * rbf(0.5)(A, B)),
    "sum": (0.5 * RBF(gamma=0.5) + Linear(), lambda A, B: 0.5 * rbf(0.5)(A, B) + A @ B.T),
    "product": (RBF(gamma=0.2) * RBF(gamma=0.3), rbf(0.5)),
    "product of a polynomial": (
        RBF(gamma=0.2) * Polynomial(degree=2, gamma=0.5, coef0=1.0),
        lambda A, B: rbf(0.2)(A, B) * (0.5 * A @ B.T + 1.0) ** 2,
    ),
    "all there are": (
        3.0 * (Laplacian(gamma=0.2) + Linear()) * Chi2(gamma=0.4) + 0.01 * Sigmoid(gamma=0.1) + RBF(gamma=1.0),
        lambda A, B: (
            3.0 * (named("laplacian", gamma=0.2)(A, B) + A @ B.T) * named("chi2", gamma=0.4)(A, B)
            + 0.01 * np.tanh(0.1 * A @ B.T)
            + rbf(1.0)(A, B)
        ),
    ),
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gap_is_certified_and_values_are_those_of_the_parts(name, storage, dtype):
    kernel, of_rows = KERNELS[name]
    rows = STORAGES[storage](X.astype(DTYPES[dtype]))
    K = of_rows(X, X)
    np.testing.assert_allclose(kernel(rows), K, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(kernel.diagonal(Rows(rows)), K.diagonal(), rtol=1e-11)
    model = SVC(kernel=kernel, C=3.0, tol=1e-6).fit(rows, LABELS)
    found = judge(model, K, LABELS)
    assert model.status_ == "optimal"
    assert found.gap <= 1.001e-6 * abs(found.dual)
    assert model.gap_ == pytest.approx(found.gap, rel=1e-3, abs=1e-9 * abs(found.dual))
    again = certify(model, rows, LABELS)
    assert again.gap == pytest.approx(model.gap_, rel=1e-3, abs=1e-9 * abs(found.dual))


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("make", [lambda **p: SVR(C=2.0, epsilon=0.05, **p), lambda **p: OneClassSVM(nu=0.3, **p)])
def test_a_matrix_has_the_same_answer(name, make):
    kernel, of_rows = KERNELS[name]
    native = make(kernel=kernel, tol=1e-8).fit(X, TARGETS)
    matrix = make(kernel=of_rows, tol=1e-8).fit(X, TARGETS)
    assert native.primal_ == pytest.approx(matrix.primal_, rel=1e-7)
    # Two points with gaps ≤ tol |dual| are no further apart than their radii say.
    radius = native.certificate_.radius + matrix.certificate_.radius
    length = np.sqrt(of_rows(X, X).diagonal().max())
    f, g = (of_rows(X, X[m.support_]) @ m.dual_coef_.ravel() for m in (native, matrix))
    assert np.abs(f - g).max() <= 1.01 * radius * length + 1e-9


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("storage", ["dense C", "csr int32"])
def test_the_same_bits_for_any_number_of_threads(name, storage):
    more = np.concatenate([X, X[::-1, ::-1]])  # enough for several chunks of them
    rows, labels = STORAGES[storage](more), np.concatenate([LABELS, LABELS[::-1]])
    models = [SVC(kernel=KERNELS[name][0], tol=1e-5, n_jobs=n).fit(rows, labels) for n in (1, 2, 3)]
    for other in models[1:]:
        assert dense(other.dual_coef_).tolist() == dense(models[0].dual_coef_).tolist()
        assert other.gap_ == models[0].gap_
        assert other.decision_function(rows).tolist() == models[0].decision_function(rows).tolist()


@pytest.mark.parametrize("name", KERNELS)
def test_a_row_is_predicted_as_among_others(name):
    model = SVC(kernel=KERNELS[name][0]).fit(X, LABELS)
    values = model.decision_function(X)
    alone = np.concatenate([model.decision_function(row[None, :]) for row in X[:40]])
    np.testing.assert_allclose(alone, values[:40], rtol=0, atol=1e-12)
    f = KERNELS[name][1](X, X[model.support_]) @ model.dual_coef_[0]
    np.testing.assert_allclose(values, f + model.intercept_[0], rtol=1e-10, atol=1e-10)


def test_nothing_of_the_size_of_a_matrix_is_needed():
    rows, labels = make_classification(9000, 10, flip_y=0.05, random_state=0)
    kernel = RBF(gamma=0.05) + 0.1 * Linear()
    with pytest.raises(MemoryLimitError, match="9000 x 9000"):
        SVC(kernel=kernel + np.inner, memory_limit=64 * MIB).fit(rows, labels)
    tracemalloc.start()
    try:
        model = SVC(kernel=kernel, memory_limit=64 * MIB).fit(rows, labels)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert model.status_ == "optimal"
    assert peak < 64 * MIB


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_ends_a_fit():
    model = SVC(kernel=RBF(gamma=0.5) + Laplacian(gamma=0.1), C=1e4, tol=1e-14)
    rows = np.tile(MANY, (4, 1)) + 1e-3 * RNG.normal(size=(4 * MANY.shape[0], MANY.shape[1]))
    assert seconds_to_answer_ctrl_c(lambda: model.fit(rows, RNG.integers(0, 2, rows.shape[0]))) < PROMPT
    assert model.status_ == "stopped_by_callback"


@pytest.mark.parametrize("name", ["sum", "product of a polynomial", "all there are"])
def test_a_model_file_compression_and_a_search_take_them(name, tmp_path):
    model = SVC(kernel=KERNELS[name][0], C=3.0).fit(X, LABELS)
    save(model, tmp_path / "a.model")
    loaded = load(tmp_path / "a.model")
    assert loaded.decision_function(X).tolist() == model.decision_function(X).tolist()
    assert clone(loaded).kernel == model.kernel_
    short = model.compress(tol=0.05)
    assert np.abs(short.decision_function(X) - model.decision_function(X)).max() <= 0.05 * 1.001
    assert short.support_.size <= model.support_.size


def test_a_search_changes_parts():
    grid = {"kernel__k1__factor": [0.1, 1.0], "kernel__k1__kernel__gamma": [0.1, 1.0]}
    search = GridSearchCV(SVC(kernel=1.0 * RBF() + Linear()), grid, cv=3).fit(X, LABELS)
    best = search.best_estimator_.kernel_
    assert best.k1.factor == search.best_params_["kernel__k1__factor"]
    assert best.native[1][1] == best.k1.factor


def test_a_sum_takes_components_for_rows():
    few = SVC(kernel=0.5 * RBF(gamma=0.5) + Linear(), approximation="nystroem", approximation_tol=1e-3).fit(X, LABELS)
    whole = SVC(kernel=0.5 * RBF(gamma=0.5) + Linear()).fit(X, LABELS)
    assert (few.predict(X) == whole.predict(X)).mean() > 0.98


def test_parts_say_which_rows_they_cannot_take():
    model = SVC(kernel=RBF(gamma=1.0) + Chi2(gamma=1.0)).fit(X, LABELS)
    with pytest.raises(InvalidInputError, match="negative values"):
        model.predict(-X)
    with pytest.raises(InvalidInputError, match="negative values"):
        SVC(kernel=2.0 * Chi2() * Linear()).fit(-X, LABELS)


def test_sums_of_many_are_evaluated_and_deep_ones_in_python():
    many = RBF(gamma=0.5)
    for k in range(60):
        many = many + RBF(gamma=0.5 + k)
    assert len(many.native) == 62
    deep = RBF(gamma=0.5)
    for _ in range(40):
        deep = 0.5 * deep + RBF(gamma=0.25) if deep.native is not None else 0.5 * deep
    assert deep.native is None
    for kernel in (many, deep):
        assert SVC(kernel=kernel).fit(X[:200], LABELS[:200]).status_ == "optimal"


@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_rows_far_from_the_origin(offset):
    rows = X + offset
    model = SVC(kernel=RBF(gamma=0.5) + 1e-6 * Linear(), tol=1e-6).fit(rows, LABELS)
    assert model.status_ == "optimal"
    K = rbf(0.5)(rows, rows) + 1e-6 * rows @ rows.T
    found = judge(model, K, LABELS)
    assert found.gap <= 1.001e-6 * abs(found.dual)


def test_huge_values_end_with_a_status():
    with pytest.warns(NotConvergedWarning, match="Scale the features"):
        model = SVC(kernel=1e30 * Linear() * Linear() + RBF(gamma=1.0), max_iter=50).fit(X[:100] * 1e6, LABELS[:100])
    assert model.status_ == "numerical_limit"
