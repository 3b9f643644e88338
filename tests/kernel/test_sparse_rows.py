"""Kernel values of sparse rows come from the columns that two rows have in common: the same values as from all columns."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import gram

from maxmargin import SVC, _native
from maxmargin._validation import validate_design
from maxmargin.kernels import Chi2, Laplacian, Rows, plan_kernel
from maxmargin.kernels.sums import kernel_sums

GAMMA = 0.3
KERNELS = {"laplacian": Laplacian(gamma=GAMMA), "chi2": Chi2(gamma=GAMMA)}
# Columns and values a row: panels of all columns, numbered columns, frequent and rare columns.
SHAPES = {"few columns": (40, 5), "numbered": (3000, 6), "frequent and rare": (6000, 90)}


def rows_of(kernel, d, per_row, n=120, seed=0):
    """Rows of skewed columns; some are equal, some empty, some have columns of their own or zeros that are stored."""
    rng = np.random.default_rng(seed)
    X = np.zeros((n, d))
    for row in X:
        columns = (d * rng.random(per_row) ** 3).astype(int)
        row[columns] = rng.choice([0.25, 1.0, 3.5], columns.size) * (rng.random(columns.size) + 0.01)
    if kernel == "laplacian":
        X *= rng.choice([-1.0, 1.0], X.shape)
        X[9] = -X[2]
    X[3], X[5], X[7], X[8] = X[2], 0.0, 0.0, 2.0 * X[2]
    X[:, d - 1] = 0.0
    X[11, d - 1] = 4.0
    A = sp.csr_array(X)
    A.data[A.indptr[20] : A.indptr[22]] = 0.0
    X[20:22] = 0.0
    return X, A


def by_sums(kernel, left, right):
    """Float64 kernel values as predictions have them."""
    right = Rows(right)
    return kernel_sums(kernel, Rows(left), right, np.eye(len(right)))


def skips_zeros(kernel, X):
    return plan_kernel(kernel, Rows(X)).skips_zeros


@pytest.mark.parametrize("n_support", [4, 40])
@pytest.mark.parametrize(("kernel", "shape"), itertools.product(KERNELS, SHAPES))
def test_values_are_those_of_the_formula(kernel, shape, n_support):
    X, A = rows_of(kernel, *SHAPES[shape])
    assert skips_zeros(KERNELS[kernel], A)
    used = X.any(axis=0)
    expected = gram(kernel, X[:, used], X[:n_support, used], gamma=GAMMA)
    for rows in (A, X):  # dense storage of few numbers is treated alike
        K = by_sums(KERNELS[kernel], rows, rows[:n_support])
        np.testing.assert_allclose(K, expected, rtol=0, atol=1e-10)
        np.testing.assert_allclose(K, KERNELS[kernel](rows, rows[:n_support]), rtol=0, atol=1e-10)
    assert K[2, 3] == pytest.approx(1.0, abs=1e-12)
    assert K.max() <= 1.0


@pytest.mark.parametrize("kernel", KERNELS)
def test_large_and_small_numbers(kernel):
    scale = np.array([1e-30, 1e-12, 1.0, 1e12, 1e30])
    X = np.zeros((5 * 12, 40))
    X[np.arange(60), np.arange(60) % 40] = np.repeat(scale, 12)
    X[np.arange(60), np.arange(60) % 7] += 2.0 * np.repeat(scale, 12)
    for gamma in (1e-30, 1.0, 1e30):
        expected = gram(kernel, X, gamma=gamma)
        K = by_sums(type(KERNELS[kernel])(gamma=gamma), sp.csr_array(X), sp.csr_array(X))
        np.testing.assert_allclose(K, expected, rtol=0, atol=1e-10)
    for scale in (1e-290, 1e290):  # whose squares are 0, or no numbers
        far = np.array([[scale, 0.0, 0.0], [0.5 * scale, 0.0, 2.0 * scale]])
        near = type(KERNELS[kernel])(gamma=1.0 / scale)
        expected = np.exp(-2.5 if kernel == "laplacian" else -1.0 / 6.0 - 2.0)
        assert near(far)[0, 1] == pytest.approx(expected, rel=1e-12)
        assert by_sums(near, sp.csr_array(far), sp.csr_array(far))[0, 1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scale", [1.0, 1e-25, 1e25])
def test_fits_of_sparse_and_dense_storage_agree_whatever_the_unit(kernel, scale):
    X, A = rows_of(kernel, 60, 6, n=600, seed=4)
    y = np.where(X[:, :4].sum(axis=1) > np.median(X[:, :4].sum(axis=1)), 1, -1)
    model = type(KERNELS[kernel])(gamma=GAMMA / scale)
    fits = [SVC(kernel=model, tol=1e-8).fit(rows * scale, y) for rows in (A, X, X.astype(np.float32))]
    assert [fit.status_ for fit in fits] == ["optimal"] * 3
    assert fits[1].dual_ == pytest.approx(fits[0].dual_, rel=2e-8)
    assert fits[2].dual_ == pytest.approx(fits[0].dual_, rel=1e-4)
    np.testing.assert_allclose(fits[1].decision_function(X * scale), fits[0].decision_function(A * scale), atol=1e-3)


def test_dense_rows_of_usual_values_are_seen_from_them():
    X, _ = rows_of("laplacian", 60, 6, n=600, seed=5)
    moved = X + np.linspace(-3.0, 3.0, 60)
    assert skips_zeros(KERNELS["laplacian"], moved)
    assert not skips_zeros(KERNELS["chi2"], np.abs(moved) + 1.0)
    np.testing.assert_allclose(
        by_sums(KERNELS["laplacian"], moved, moved[:50]), gram("laplacian", X, X[:50], gamma=GAMMA), rtol=0, atol=1e-10
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_of_several_sums_are_of_all_columns(kernel):
    X, A = rows_of(kernel, 60, 6)
    mixed = KERNELS[kernel] + Laplacian(gamma=0.1) * Chi2(gamma=0.1)
    assert not skips_zeros(mixed, abs(A))
    assert skips_zeros(KERNELS[kernel] * KERNELS[kernel], A)
    X = np.abs(X)
    expected = gram(kernel, X, gamma=GAMMA) + gram("laplacian", X, gamma=0.1) * gram("chi2", X, gamma=0.1)
    np.testing.assert_allclose(by_sums(mixed, abs(A), abs(A)), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kernel", KERNELS)
def test_memory_follows_the_numbers_that_are_stored(kernel):
    n, d, stored = 2000, 200_000, 20
    rng = np.random.default_rng(0)
    columns = np.sort((d // stored) * np.arange(stored) + (d // stored * rng.random((n, stored)) ** 6).astype(int), axis=1)
    values = rng.random((n, stored))
    A = sp.csr_array((values.ravel(), columns.ravel(), np.arange(n + 1) * stored), shape=(n, d))
    y = np.where((columns < d // stored * np.arange(stored) + 10).sum(axis=1) + rng.normal(size=n) > 6, 1, -1)
    held, least, read, _ = _native.kernel_footprint(validate_design(A), KERNELS[kernel].native)
    assert read == stored
    assert held + least < 16e6  # panels of all columns are 1.6e9
    model = SVC(kernel=KERNELS[kernel], memory_limit=64e6).fit(A, y)
    assert model.status_ == "optimal"
    assert model.certificate_.gap <= 1e-3 * abs(model.dual_)
    np.testing.assert_array_equal(model.predict(A[:100]), model.predict(A)[:100])
