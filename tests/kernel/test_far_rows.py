"""Rows far from zero: dates, coordinates, anything with a large offset. Only differences count, so no digit may be lost."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import SVC, SVR, OneClassSVM, certify
from maxmargin.kernels import RBF, Laplacian

OFFSET = 2.0**30  # 1e9, to which numbers of 20 bits can be added without rounding
KERNELS = [{"kernel": "rbf", "gamma": 0.5}, {"kernel": "laplacian", "gamma": 0.5}, {"kernel": RBF(0.5) * Laplacian(0.1)}]


def rows(n=600, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(n, d)) * 2.0**16) / 2.0**16
    return X, np.where(np.sin(2.0 * X[:, 0]) + X[:, 1] > 0.3 * rng.normal(size=n), 1, 0)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("make", [SVC, SVR], ids=lambda make: make.__name__)
def test_an_offset_of_all_rows_changes_nothing(make, kernel):
    X, y = rows()
    near, far = (make(tol=1e-8, **kernel).fit(Z, y) for Z in (X, X + OFFSET))
    assert far.status_ == "optimal"
    assert far.relative_gap_ <= 1e-8
    assert certify(far, X + OFFSET, y).relative_gap <= 1e-8
    function = "decision_function" if make is SVC else "predict"
    np.testing.assert_allclose(getattr(far, function)(X + OFFSET), getattr(near, function)(X), rtol=1e-5, atol=1e-5)


def test_decision_values_are_those_of_any_number_of_rows():
    X, y = rows()
    model = SVC(gamma=0.5).fit(X + OFFSET, y)
    together = model.decision_function(X + OFFSET)
    for k in (0, 17, 599):
        assert model.decision_function(X[k : k + 1] + OFFSET)[0] == together[k]


def test_rows_of_one_class_far_from_zero():
    X, _ = rows()
    far = OneClassSVM(gamma=0.5, nu=0.2, tol=1e-8).fit(X + OFFSET)
    assert far.status_ == "optimal"
    near = OneClassSVM(gamma=0.5, nu=0.2, tol=1e-8).fit(X)
    np.testing.assert_allclose(far.decision_function(X + OFFSET), near.decision_function(X), rtol=1e-5, atol=1e-5)
