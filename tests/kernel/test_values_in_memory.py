"""Kernel values that are all in memory: half of them are computed, and f follows multipliers in float64."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification

from maxmargin import SVC, NuSVC, certify
from maxmargin.kernels import RBF, Linear, Polynomial, Rows

X, Y = make_classification(900, 40, n_informative=6, flip_y=0.2, random_state=0)


@pytest.mark.parametrize("kernel", [Linear(), RBF(gamma=0.02), Polynomial(gamma=0.1, degree=2), RBF(gamma=0.02) + Linear()])
@pytest.mark.parametrize("d", [31, 40])
def test_half_of_a_matrix_has_the_numbers_of_all_of_it(kernel, d):
    rows, again = Rows(X[:600, :d]), Rows(X[:600, :d].copy())
    mirrored, whole = kernel.values(rows, rows), kernel.values(rows, again)
    upper = np.triu_indices(600)
    np.testing.assert_array_equal(mirrored[upper], whole[upper])
    np.testing.assert_allclose(mirrored, whole, rtol=1e-13, atol=1e-13 * np.abs(whole).max())
    np.testing.assert_array_equal(kernel.values(rows, rows, 2), mirrored)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("machine", [SVC(C=1.0), SVC(C=1e4, fit_intercept=False), SVC(C=1e4), NuSVC(nu=0.5)])
def test_what_has_been_followed_over_many_blocks_is_what_a_certificate_finds(machine, dtype):
    K = RBF(gamma=0.02)(X).astype(dtype)
    machine.set_params(kernel="precomputed", tol=1e-6).fit(K, Y)
    assert machine.status_ == "optimal"
    assert machine.n_iter_.max() > 3
    found = certify(machine, K, Y)
    assert found.dual == pytest.approx(machine.dual_, rel=1e-11)
    assert found.gap == pytest.approx(machine.gap_, abs=1e-9 * abs(found.dual))
