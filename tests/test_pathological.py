"""Hostile data: every fit returns, with a status and a gap, and never claims more than it has."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from maxmargin import LinearSVC, certify
from maxmargin.exceptions import NotConvergedWarning

LOSSES = ["hinge", "squared_hinge"]
STATUSES = {"optimal", "stopped_by_max_iter", "stopped_by_max_time", "numerical_limit"}
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 5))
y = np.where(X[:, 0] + 0.5 * rng.normal(size=120) > 0, 1, -1)


def with_column(value):
    Z = X.copy()
    Z[:, 1] = value
    return Z


HOSTILE = {
    "one column of 1e30": (with_column(1e30 * X[:, 1]), y, 1.0),
    "all of 1e30": (X * 1e30, y, 1.0),
    "all of 1e200": (X * 1e200, y, 1.0),
    "all of 1e-30": (X * 1e-30, y, 1.0),
    "denormal": (X * 1e-310, y, 1.0),
    "1e30 and C of 1e12": (X * 1e30, y, 1e12),
    "C of 1e12": (X, y, 1e12),
    "C of 1e300": (X, y, 1e300),
    "C of 1e-300": (X, y, 1e-300),
    "separable, C of 1e12": (X, np.sign(X[:, 0]), 1e12),
    "constant column": (with_column(7.0), y, 1.0),
    "column of zeros": (with_column(0.0), y, 1.0),
    "only constant columns": (np.ones((50, 3)), np.arange(50) % 2, 1.0),
    "only zeros": (np.zeros((50, 3)), np.arange(50) % 2, 1.0),
    "duplicated rows": (np.repeat(X[:8], 30, axis=0), np.repeat(y[:8], 30), 1.0),
    "duplicated rows that contradict": (np.repeat(X[:8], 30, axis=0), np.arange(240) % 2, 1.0),
    "duplicated columns": (np.hstack([X, X, X]), y, 1.0),
    "one row of each class": (X[:2], [0, 1], 1.0),
    "two equal rows": (np.ones((2, 3)), [0, 1], 1.0),
    "more columns than rows": (rng.normal(size=(10, 2000)), np.arange(10) % 2, 1.0),
    "one column": (X[:, :1], y, 1.0),
    "a class for each row": (X[:40], np.arange(40), 1.0),
    "empty sparse": (sp.csr_array((30, 6)), np.arange(30) % 2, 1.0),
}


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("case", HOSTILE)
def test_every_fit_returns_with_a_status_and_a_gap(case, loss, fit_intercept):
    data, labels, C = HOSTILE[case]
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = LinearSVC(loss=loss, C=C, fit_intercept=fit_intercept, max_time=30.0).fit(data, labels)
    assert time.perf_counter() - start < 60
    assert model.status_ in STATUSES
    assert model.gap_ >= 0
    assert not np.isnan(model.relative_gap_)
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.intercept_).all()
    if model.status_ == "optimal":
        assert model.relative_gap_ <= 1.1 * model.tol
        assert not caught
    else:
        assert {warning.category for warning in caught} == {NotConvergedWarning}
    assert len(model.predict(data)) == data.shape[0]
    proof = certify(model, data, labels)
    assert proof.gap == pytest.approx(model.gap_, rel=1e-6)


# What a reasonable solver must get right, hostile or not.
SOLVABLE = [
    "C of 1e12", "separable, C of 1e12", "constant column", "column of zeros", "only constant columns", "only zeros",
    "duplicated rows", "duplicated rows that contradict", "duplicated columns", "one row of each class", "two equal rows",
    "more columns than rows", "one column", "a class for each row", "empty sparse", "all of 1e-30",
]  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("case", SOLVABLE)
def test_solvable_though_hostile(case, loss):
    data, labels, C = HOSTILE[case]
    assert LinearSVC(loss=loss, C=C).fit(data, labels).status_ == "optimal"


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_one_row_against_a_million(loss, fit_intercept):
    Z = rng.normal(size=(1_000_001, 2)).astype(np.float32)
    labels = np.zeros(len(Z), dtype=np.int8)
    labels[123_456] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model = LinearSVC(loss=loss, fit_intercept=fit_intercept, max_time=60.0).fit(Z, labels)
    assert model.status_ in STATUSES
    assert np.isfinite(model.gap_)


def test_tolerance_below_rounding_ends():
    for loss in LOSSES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotConvergedWarning)
            model = LinearSVC(loss=loss, tol=1e-300).fit(X, y)
        assert model.status_ in STATUSES
        assert model.relative_gap_ < 1e-9


def test_no_iterations_at_all():
    with pytest.warns(NotConvergedWarning):
        model = LinearSVC(max_iter=0).fit(X, y)
    assert model.status_ == "stopped_by_max_iter"
    assert np.isfinite(model.gap_)
