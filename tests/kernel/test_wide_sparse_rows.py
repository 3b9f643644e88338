"""Sparse rows whose positions and columns int32 cannot number, and more stored values than it can count."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import gram, judge

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, _native
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Polynomial, Sigmoid

COLUMNS = 2**40
KERNELS = [
    RBF(gamma=0.5),
    Linear(),
    Polynomial(gamma=0.5, coef0=1.0),
    Sigmoid(gamma=0.1),
    Laplacian(gamma=0.2),
    Chi2(gamma=0.2),
]


def wide_and_narrow(n=40, seed=0):
    """Rows of three ones in 2⁴⁰ columns, some of which differ by 2³² alone, and the same without empty columns."""
    rng = np.random.default_rng(seed)
    low = rng.integers(0, 1000, size=12)
    pool = np.unique(np.concatenate([low, low + 2**32, low + 2**31, COLUMNS - 1 - low]))
    rows = np.repeat(np.arange(n), 3)
    columns = np.concatenate([rng.choice(pool, size=3, replace=False) for _ in range(n)])
    wide = sp.coo_array((np.ones(3 * n), (rows, columns)), shape=(n, COLUMNS)).tocsr()
    assert wide.indices.dtype == np.int64
    narrow = np.unique(wide.indices, return_inverse=True)[1]
    return wide, sp.csr_array((wide.data, narrow, wide.indptr)), np.arange(n) % 2


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: type(kernel).__name__)
def test_kernel_values_tell_columns_apart_that_int32_does_not(kernel):
    wide, narrow, _ = wide_and_narrow()
    np.testing.assert_array_equal(kernel(wide), kernel(narrow))
    few = kernel(wide[:7], wide)
    np.testing.assert_array_equal(few, kernel(narrow)[:7])


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
@pytest.mark.parametrize("make", [SVC, lambda **p: NuSVC(nu=0.3, **p), SVR, NuSVR, OneClassSVM])
@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: type(kernel).__name__)
def test_models_of_such_rows_are_those_of_narrow_ones(kernel, make):
    wide, narrow, y = wide_and_narrow()
    of_wide, of_narrow = make(kernel=kernel).fit(wide, y), make(kernel=kernel).fit(narrow, y)
    np.testing.assert_allclose(of_wide.dual_coef_.toarray(), of_narrow.dual_coef_.toarray(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(of_wide.predict(wide), of_narrow.predict(narrow), rtol=1e-9, atol=1e-9)
    assert of_wide.support_vectors_.indices.max() > 2**39


def test_such_a_fit_is_certified():
    wide, narrow, y = wide_and_narrow(200, seed=1)
    model = SVC(kernel="rbf", gamma=0.5).fit(wide, y)
    assert judge(model, gram("rbf", narrow, gamma=0.5), y).certifies(1e-3)


MANY = 2**31 + 5  # stored values before those that are read


def mapped(path, size, dtype):
    """An array of a file that takes no room where nothing is written."""
    try:
        return np.memmap(path, mode="w+", shape=(size,), dtype=dtype)
    except OSError as error:
        pytest.skip(f"this file system has no room for a file with holes: {error}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_positions_past_two_billion_stored_values(tmp_path, dtype):
    """Rows that begin past them: where a position was an int32, it would be negative, or another row's."""
    narrow = sp.random(30, 50, density=0.2, random_state=0, format="csr", dtype=dtype)
    values, columns = (
        mapped(tmp_path / "values", MANY + narrow.nnz, dtype),
        mapped(tmp_path / "columns", MANY + narrow.nnz, np.int64),
    )
    values[MANY:], columns[MANY:] = narrow.data, narrow.indices
    far = _native.CsrDesign(values, columns, narrow.indptr.astype(np.int64) + MANY, 50)
    near = _native.CsrDesign(narrow.data, narrow.indices.astype(np.int64), narrow.indptr.astype(np.int64), 50)
    w = np.random.default_rng(0).normal(size=50)
    np.testing.assert_array_equal(far.squared_norms(2), near.squared_norms(2))
    np.testing.assert_array_equal(far.decision(w, 0.5, 2), near.decision(w, 0.5, 2))
    np.testing.assert_array_equal(far.combine(w[:30], 2), near.combine(w[:30], 2))
    for kernel in (RBF(gamma=0.5), Laplacian(gamma=0.2), Linear()):
        expected = _native.kernel_matrix(near, near, kernel.native)
        np.testing.assert_array_equal(_native.kernel_matrix(far, far, kernel.native), expected)
        coef = np.ones((1, 30))
        np.testing.assert_array_equal(
            _native.kernel_decision(far, far, kernel.native, coef), _native.kernel_decision(near, near, kernel.native, coef)
        )
