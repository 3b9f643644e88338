"""The native kernels and their solver: values against NumPy, optimality over the grid, the same bits for any threads."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_classification
from sklearn.metrics.pairwise import chi2_kernel, laplacian_kernel, polynomial_kernel, rbf_kernel, sigmoid_kernel
from sklearn.svm import SVC as SklearnSVC

from maxmargin import _native
from maxmargin._validation import validate_design

KINDS = {
    "linear": lambda X, Z: X @ Z.T,
    "poly": lambda X, Z: polynomial_kernel(X, Z, degree=3, gamma=0.3, coef0=0.7),
    "sigmoid": lambda X, Z: sigmoid_kernel(X, Z, gamma=0.3, coef0=0.7),
    "rbf": lambda X, Z: rbf_kernel(X, Z, gamma=0.3),
    "laplacian": lambda X, Z: laplacian_kernel(X, Z, gamma=0.3),
    "chi2": lambda X, Z: chi2_kernel(X, Z, gamma=0.3),
}
PARAMETERS = (0.3, 0.7, 3.0)  # gamma, coef0, degree
STORAGES = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32),
    "csr": sp.csr_matrix,
    "csr float32": lambda X: sp.csr_matrix(X.astype(np.float32)),
}


def data(n, d, density=1.0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.random((n, d)) * (rng.random((n, d)) < density)
    return X.astype(np.float32).astype(np.float64)  # the same numbers in both precisions


def solve(kernel, y, C=1.0, tol=1e-6, **settings):
    """The dual of the SVC: multipliers a = yα."""
    n = y.size
    lower, upper = np.where(y > 0, 0.0, -C), np.where(y > 0, C, 0.0)
    given = {"group": np.zeros(n, dtype=np.int64), "max_iter": 10_000, "max_time": 60.0, "start": np.zeros(n)} | settings
    return _native.solve_kernel(kernel, -y, lower, upper, np.arange(n), given.pop("group"), tol=tol, **given)


def gap_of(K, y, C, a, b):
    """The certificate's formula, in NumPy."""
    margins, alpha = y * (K @ a + b), y * a
    return float(np.sum((C - alpha) * np.maximum(0, 1 - margins) + alpha * np.maximum(0, margins - 1)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize(("d", "density"), [(1, 1.0), (5, 1.0), (37, 0.1), (1500, 0.01)])
def test_values(kind, storage, d, density):
    X, Z = data(70, d, density), data(45, d, density, seed=1)
    expected = KINDS[kind](X, Z)
    store = STORAGES[storage]
    designs = validate_design(store(X)), validate_design(store(Z))
    np.testing.assert_allclose(_native.kernel_matrix(*designs, (kind, *PARAMETERS)), expected, rtol=1e-12, atol=1e-13)
    coef = np.random.default_rng(2).normal(size=(3, 45))
    values = _native.kernel_decision(*designs, (kind, *PARAMETERS), coef=coef, n_threads=2)
    np.testing.assert_allclose(values, expected @ coef.T, rtol=1e-10, atol=1e-11)


def texts(n, d, seed):
    """Counts of words, few of which are frequent."""
    rng = np.random.default_rng(seed)
    frequency = np.minimum(0.9, 4.0 / np.arange(1, d + 1))
    return sp.csr_matrix((rng.random((n, d)) < frequency) * rng.integers(1, 4, (n, d)), dtype=float)


@pytest.mark.parametrize("m", [1, 7, 90, 1001])
@pytest.mark.parametrize("function", [("rbf", 0.02, 0.0, 3.0), ("sum", ("rbf", 0.02, 0.0, 3.0), ("linear", 1.0, 0.0, 3.0))])
def test_sums_of_texts(m, function):
    X, S = texts(150, 3000, 0), texts(m, 3000, 1)
    designs, coef = [validate_design(X), validate_design(S)], np.random.default_rng(2).normal(size=(2, m))
    expected = rbf_kernel(X, S, gamma=0.02) + (function[0] == "sum") * (X @ S.T).toarray()
    for storage in (
        S,
        S.astype(np.float32),
        sp.csr_matrix((S.data, S.indices.astype(np.int64), S.indptr.astype(np.int64)), S.shape),
    ):
        values = _native.kernel_decision(validate_design(X), validate_design(storage), function, coef, 2)
        np.testing.assert_allclose(values, expected @ coef.T, rtol=1e-11, atol=1e-11)
    assert values.tolist() == _native.kernel_decision(*designs, function, coef, 1).tolist()
    alone = _native.kernel_decision(validate_design(X[33:34]), designs[1], function, coef, 1)
    assert alone.tolist() == values[33:34].tolist()


def test_powers_to_the_last_digits():
    x = np.concatenate([np.linspace(0.0, 26.0, 20001), np.linspace(0.0, 1e-3, 2001), [1e3, 1e150]])[:, None]
    values = _native.kernel_matrix(validate_design(x), validate_design(np.zeros((1, 1))), ("rbf", 1.0, 0.0, 3.0))[:, 0]
    square = x[:, 0] ** 2
    expected = np.exp(-np.minimum(square, 599.0))
    near = square < 590.0
    # Of e^-t: two roundings of t, and two more.
    assert (np.abs(values - expected)[near] <= 2.0**-52 * (1.0 + square[near]) * expected[near]).all()
    assert values[0] == 1.0
    assert (values[~near] <= 1e-255).all()
    assert (values > 0.0).all()


@pytest.mark.parametrize("kind", ["rbf", "laplacian"])
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize(("m", "d"), [(45, 5), (3000, 300)])  # of the latter several pieces are packed
def test_sums_over_blocks_of_support_vectors(kind, storage, m, d):
    X, Z = data(70, d, 0.2), data(m, d, 0.2, seed=1)
    designs = validate_design(STORAGES[storage](X)), validate_design(STORAGES[storage](Z))
    sizes = np.array([13, 0, m - 20, 7])
    coef = np.random.default_rng(2).normal(size=(2, m))
    function = (kind, *PARAMETERS)
    found = _native.kernel_decision(*designs, function, coef, 2, sizes)
    K, starts = KINDS[kind](X, Z), np.concatenate([[0], np.cumsum(sizes)])
    expected = [K[:, i:j] @ coef[:, i:j].T for i, j in itertools.pairwise(starts)]
    np.testing.assert_allclose(found, np.hstack(expected), rtol=1e-10, atol=1e-11)
    assert found.tolist() == _native.kernel_decision(*designs, function, coef, 1, sizes).tolist()
    with pytest.raises(ValueError, match="sizes"):
        _native.kernel_decision(*designs, function, coef, 1, np.array([m, 1]))


@pytest.mark.parametrize(("kind", "storage"), itertools.product(["linear", "poly", "rbf", "laplacian", "chi2"], STORAGES))
@pytest.mark.parametrize("C", [0.1, 1.0, 100.0])
def test_optimal_over_the_grid(kind, storage, C):
    X = data(150, 8, 0.2 if "csr" in storage else 1.0)
    y = np.where(np.random.default_rng(3).random(150) < 0.5 + 0.4 * (X[:, 0] > X[:, 1]), 1.0, -1.0)
    K = KINDS[kind](X, X)
    kernel = _native.DesignKernel(validate_design(STORAGES[storage](X)), (kind, *PARAMETERS))
    result = solve(kernel, y, C)
    assert result.status == "optimal"
    a, b = result.multipliers, result.offsets[0]
    assert abs(a.sum()) <= 1e-10 * np.abs(a).sum()
    assert (a * y >= 0).all()
    assert (a * y <= C).all()
    gap, dual = gap_of(K, y, C, a, b), float(np.abs(a).sum() - 0.5 * a @ K @ a)
    assert result.dual == pytest.approx(dual, rel=1e-9)
    assert result.gap == pytest.approx(gap, rel=1e-3, abs=1e-9 * abs(dual))
    assert gap <= 1.001e-6 * abs(dual)
    f = K @ a
    np.testing.assert_allclose(result.decision, f, rtol=1e-4, atol=1e-6 * np.abs(a).sum())
    matters = (a != 0) | (y * (f + b) < 1)  # elsewhere a row adds nothing to the gap, and float32 may have said so
    np.testing.assert_allclose(result.decision[matters], f[matters], rtol=1e-8, atol=1e-8 * np.abs(a).sum())
    assert all(gap_of(K, y, C, a, b + step) >= gap - 1e-12 * dual for step in (-1e-3, -1e-6, 1e-6, 1e-3))


def test_without_groups_there_is_no_offset():
    X = data(120, 4)
    y = np.where(X[:, 0] > 0.4, 1.0, -1.0)
    result = solve(_native.DesignKernel(validate_design(X), ("rbf", *PARAMETERS)), y, 10.0, group=None)
    assert result.status == "optimal"
    assert result.offsets.tolist() == [0.0]
    assert gap_of(rbf_kernel(X, gamma=0.3), y, 10.0, result.multipliers, 0.0) <= 1.001e-6 * result.dual


def test_each_group_keeps_its_sum():
    X = data(100, 3)
    y = np.where(X[:, 0] > 0.5, 1.0, -1.0)
    start = np.where(y > 0, 0.3 / (y > 0).sum(), -0.3 / (y < 0).sum()) * 50
    kernel = _native.DesignKernel(validate_design(X), ("rbf", *PARAMETERS))
    result = _native.solve_kernel(
        kernel, np.zeros(100), np.where(y > 0, 0.0, -1.0), np.where(y > 0, 1.0, 0.0), np.arange(100),
        (y > 0).astype(np.int64), start=start, tol=1e-6, max_iter=1000, max_time=60.0,
    )  # fmt: skip
    assert result.status == "optimal"
    assert result.offsets.shape == (2,)
    assert result.multipliers[y > 0].sum() == pytest.approx(15.0)
    assert result.multipliers[y < 0].sum() == pytest.approx(-15.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_precomputed_matrix_is_the_same_problem(dtype, order):
    X = data(200, 6)
    y = np.where(X[:, 0] + 0.3 * X[:, 1] > 0.6, 1.0, -1.0)
    K = rbf_kernel(X, gamma=2.0)
    result = solve(_native.MatrixKernel(np.asarray(K, dtype=dtype, order=order)), y, 5.0)
    assert result.status == "optimal"
    theirs = SklearnSVC(kernel="precomputed", C=5.0, tol=1e-8).fit(K, y)
    objective = -0.5 * theirs.dual_coef_[0] @ K[np.ix_(theirs.support_, theirs.support_)] @ theirs.dual_coef_[0]
    assert result.dual == pytest.approx(objective + np.abs(theirs.dual_coef_).sum(), rel=2e-6)


@pytest.mark.parametrize("storage", ["C", "csr"])
def test_same_bits_for_any_number_of_threads(storage):
    X = data(5000, 30, 0.1 if storage == "csr" else 1.0)
    y = np.where(np.random.default_rng(0).random(5000) < 0.3 + 0.4 * (X[:, 0] > 0.5), 1.0, -1.0)
    kernels = [_native.DesignKernel(validate_design(STORAGES[storage](X)), ("rbf", 0.5, 0.0, 3.0), t) for t in (1, 3)]
    first, second = (solve(k, y, 3.0, 1e-3, n_threads=t, max_iter=4) for k, t in zip(kernels, (1, 3), strict=True))
    assert np.array_equal(first.multipliers, second.multipliers)
    assert np.array_equal(first.decision, second.decision)
    assert first.gap == second.gap


def rare_words(n, d, mean, seed=0):
    """Rows of ones and zeros, a third of them equal to others, and labels that a few of the columns explain."""
    rng = np.random.default_rng(seed)
    share = 1.0 / (1.0 + np.arange(d))
    X = sp.csr_matrix((rng.random((n, d)) < np.minimum(mean * share / share.sum(), 0.6)).astype(np.float32))
    score = X @ rng.normal(size=d)
    y = np.where(score > np.quantile(score, 0.8), 1.0, -1.0) * np.where(rng.random(n) < 0.03, -1.0, 1.0)
    return X, y


@pytest.mark.parametrize("C", [8.0, 100.0])
def test_equal_rows_and_multipliers_next_to_bounds_do_not_hold_up_the_last_digits(C):
    X, y = rare_words(4000, 60, 3.0)
    result = solve(_native.DesignKernel(validate_design(X), ("rbf", 0.2, 0.0, 3.0)), y, C, 1e-9)
    assert result.status == "optimal"
    rows = validate_design(X)
    f = _native.kernel_decision(rows, rows, ("rbf", 0.2, 0.0, 3.0), result.multipliers[None, :])[:, 0]
    margins, alpha = y * (f + result.offsets[0]), y * result.multipliers
    gap = np.sum((C - alpha) * np.maximum(0, 1 - margins) + alpha * np.maximum(0, margins - 1))
    assert gap <= 1.001e-9 * result.dual
    assert result.n_iter < 40


def test_the_best_point_is_returned_where_the_last_one_is_worse():
    X, y = rare_words(3000, 60, 3.0)
    K = rbf_kernel(X.toarray().astype(np.float64), gamma=0.2)
    kernel = _native.DesignKernel(validate_design(X), ("rbf", 0.2, 0.0, 3.0))
    first = solve(kernel, y, 100.0, 1e-9)
    rounding = 1e-11 * first.dual
    for most in (3, 5):
        rest = solve(kernel, y, 100.0, 1e-17, start=first.multipliers, max_iter=most)
        assert rest.history[1:, 3].max() > 1e3 * (first.gap + rounding)  # else this shows nothing
        assert rest.gap <= first.gap + rounding
        assert gap_of(K, y, 100.0, rest.multipliers, rest.offsets[0]) <= first.gap + rounding


def test_larger_than_one_block():
    X, y = make_classification(6000, 10, flip_y=0.2, random_state=0)
    y = np.where(y > 0, 1.0, -1.0)
    result = solve(_native.DesignKernel(validate_design(X), ("rbf", 0.1, 0.0, 3.0), 2), y, 1.0, 1e-6, n_threads=2)
    assert result.status == "optimal"
    assert result.n_iter > 1
    f = _native.kernel_decision(
        validate_design(X), validate_design(X), ("rbf", 0.1, 0.0, 3.0), result.multipliers[None, :], 2
    )[:, 0]
    margins, alpha = y * (f + result.offsets[0]), y * result.multipliers
    gap = np.sum((1 - alpha) * np.maximum(0, 1 - margins) + alpha * np.maximum(0, margins - 1))
    assert gap <= 1.001e-6 * result.dual


@pytest.mark.parametrize("how", ["max_iter", "max_time", "callback"])
def test_a_stopped_solver_returns_a_point_with_its_gap(how):
    X, y = make_classification(4000, 10, flip_y=0.3, random_state=0)
    y = np.where(y > 0, 1.0, -1.0)
    limits = {"max_iter": {"max_iter": 1}, "max_time": {"max_time": 1e-9}, "callback": {"monitor": lambda *_: True}}[how]
    result = solve(_native.DesignKernel(validate_design(X), ("rbf", 0.1, 0.0, 3.0)), y, 10.0, 1e-9, **limits)
    assert result.status == f"stopped_by_{how}"
    assert np.isfinite(result.gap)
    assert result.primal >= result.dual
    assert abs(result.multipliers.sum()) <= 1e-9 * max(1.0, np.abs(result.multipliers).sum())


def test_an_error_in_the_monitor_reaches_the_caller():
    def monitor(*_):
        raise RuntimeError("mine")

    X = data(300, 3)
    kernel = _native.DesignKernel(validate_design(X), ("rbf", *PARAMETERS))
    with pytest.raises(RuntimeError, match="mine"):
        solve(kernel, np.where(X[:, 0] > 0.5, 1.0, -1.0), monitor=monitor)


@pytest.mark.parametrize(
    "values", [np.full((4, 4), np.inf), np.full((4, 4), np.nan), -np.eye(4), np.array([[0, 1, 0, 0]] * 4, dtype=float)]
)
def test_matrices_that_are_no_kernels_end_in_a_status(values):
    result = solve(_native.MatrixKernel(values), np.array([1.0, -1.0, 1.0, -1.0]), max_iter=50)
    assert result.status in {"optimal", "numerical_limit", "stopped_by_max_iter"}


@pytest.mark.parametrize("isa", _native.available_instruction_sets())
def test_every_instruction_set(isa):
    code = """
import numpy as np
from maxmargin import _native
from maxmargin._validation import validate_design
rng = np.random.default_rng(0)
X = rng.normal(size=(333, 7)); y = np.where(X[:, 0] + rng.normal(size=333) > 0, 1.0, -1.0)
for design in (X, X.astype(np.float32)):
    kernel = _native.DesignKernel(validate_design(design), ("rbf", 0.2, 0.0, 3.0))
    r = _native.solve_kernel(kernel, -y, np.where(y > 0, 0.0, -2.0), np.where(y > 0, 2.0, 0.0), np.arange(333),
        np.zeros(333, dtype=np.int64), start=np.zeros(333), tol=1e-6, max_iter=1000, max_time=60.0)
    assert r.status == "optimal", r.status
    assert r.gap <= 1e-6 * r.dual
"""
    environment = os.environ | {"MAXMARGIN_INSTRUCTION_SET": isa}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=120)
