"""Hostile data: every kernel machine returns, with a status and a gap, and never claims more than it has."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import gram, judge

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify, exceptions
from maxmargin.exceptions import NotConvergedWarning

STATUSES = {"optimal", "numerical_limit"}
rng = np.random.default_rng(0)
BASE = rng.normal(size=(120, 5))
SIDE = np.where(BASE[:, 0] + 0.5 * rng.normal(size=120) > 0, 1, -1)
HOSTILE = {
    "one column of 1e30": (np.hstack([BASE, 1e30 * BASE[:, :1]]), SIDE),
    "all of 1e30": (BASE * 1e30, SIDE),
    "all of 1e200": (BASE * 1e200, SIDE),
    "all of 1e-30": (BASE * 1e-30, SIDE),
    "denormal": (BASE * 1e-310, SIDE),
    "constant column": (np.hstack([BASE, np.full((120, 1), 7.0)]), SIDE),
    "only constant columns": (np.ones((50, 3)), np.arange(50) % 2),
    "only zeros": (np.zeros((50, 3)), np.arange(50) % 2),
    "duplicated rows": (np.repeat(BASE[:8], 30, axis=0), np.repeat(SIDE[:8], 30)),
    "duplicated rows that contradict": (np.repeat(BASE[:8], 30, axis=0), np.arange(240) % 2),
    "one row of each class": (BASE[:2], np.array([0, 1])),
    "two equal rows": (np.ones((2, 3)), np.array([0, 1])),
    "a class for each row": (BASE[:12], np.arange(12)),
    "more columns than rows": (rng.normal(size=(10, 2000)), np.arange(10) % 2),
    "empty sparse": (sp.csr_array((30, 6)), np.arange(30) % 2),
    "one against many": (BASE, np.where(np.arange(120) == 60, 1, -1)),
}
EXTREME = [{}, {"C": 1e12}, {"C": 1e300}, {"C": 1e-300}, {"C": np.inf}]


@pytest.mark.slow
@pytest.mark.parametrize("parameters", EXTREME, ids=str)
@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly"])
@pytest.mark.parametrize("case", HOSTILE)
def test_every_hostile_fit_returns_with_a_status_and_a_gap(case, kernel, parameters):
    assert_returns(case, kernel, parameters)


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_fits_return_with_a_status_and_a_gap(case):
    assert_returns(case, "rbf", {})
    if not case.startswith(("one column of", "all of 1e30", "duplicated")):  # which take seconds, in the slow test
        assert_returns(case, "linear", {"C": 1e12})


def assert_returns(case, kernel, parameters):
    rows, y = HOSTILE[case]
    for make in (SVC, SVR, NuSVC, NuSVR, OneClassSVM):
        known = {name: value for name, value in parameters.items() if name in make().get_params()}
        if parameters and not known:
            continue
        nu = {"nu": 0.01} if make is NuSVC else {}
        model = make(kernel=kernel, max_time=120.0, **known, **nu)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if kernel != "linear" and np.abs(rows).max() >= 1e100:  # the default gamma overflows
                with pytest.raises(exceptions.NonFiniteError, match="scale the features"):
                    model.fit(rows, y)
                continue
            model.fit(rows, y)
        assert model.status_ in STATUSES
        assert model.gap_ >= 0
        assert not np.isnan(model.relative_gap_)
        assert np.isfinite(model.dual_coef_.data if sp.issparse(model.dual_coef_) else model.dual_coef_).all()
        assert np.isfinite(model.intercept_).all()
        assert {w.category for w in caught} == (set() if model.status_ == "optimal" else {NotConvergedWarning})
        if model.status_ == "optimal":
            assert model.relative_gap_ <= 1.001e-3
        assert len(model.predict(rows)) == rows.shape[0]
        assert certify(model, rows, y).gap >= 0


SOLVABLE = [
    "constant column", "only constant columns", "only zeros", "duplicated rows", "duplicated rows that contradict",
    "one row of each class", "two equal rows", "a class for each row", "more columns than rows", "empty sparse",
    "one against many",
]  # fmt: skip


@pytest.mark.parametrize("C", [1.0, 1e12])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("case", SOLVABLE)
def test_solvable_though_hostile(case, kernel, C):
    if (case, kernel, C) == ("constant column", "linear", 1e12):
        pytest.skip("multipliers of 1e12 times values of 49 must cancel to 1: float64 cannot")
    rows, y = HOSTILE[case]
    model = SVC(kernel=kernel, C=C).fit(rows, y)
    assert model.status_ == "optimal"
    if len(model.classes_) == 2 and C == 1.0:
        gamma = model.kernel_.gamma if kernel == "rbf" else 1.0
        assert judge(model, gram(kernel, rows, gamma=gamma), y).certifies(1e-3)


@pytest.mark.parametrize("make", [SVC, lambda **p: NuSVC(nu=1e-5, **p)], ids=["SVC", "NuSVC"])
def test_one_row_against_twenty_thousand(make):
    Z = rng.normal(size=(20_001, 2)).astype(np.float32)
    labels = np.zeros(len(Z), dtype=np.int8)
    labels[12_345] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model = make(max_time=60.0).fit(Z, labels)
    assert model.status_ in {"optimal", "numerical_limit"}
    assert np.isfinite(model.gap_)
