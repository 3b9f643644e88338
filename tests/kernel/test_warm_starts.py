"""Fits that start from another fit end as cold ones do, whatever has changed between them, and take no longer."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_cases import FIVE, make_data, target_of
from sklearn.base import clone
from sklearn.datasets import make_classification

from maxmargin import SVC, SVR, certify
from maxmargin.exceptions import NotConvergedWarning

X, LABELS, TARGETS = make_data(1200, 5, seed=6)
WEIGHTS = np.random.default_rng(0).choice([0.0, 0.5, 1.0, 3.0], size=1200, p=[0.1, 0.4, 0.3, 0.2])
TOL = 1e-4
CHANGES = {
    "labels": lambda y: ({}, X, -y if y.dtype.kind == "f" else np.where(y == "no", "yes", "no"), None),
    "weights": lambda y: ({}, X, y, WEIGHTS),
    "C": lambda y: ({"C": 30.0}, X, y, None),
    "nu": lambda y: ({"nu": 0.75}, X, y, None),
    "fewer rows": lambda y: ({}, X[100:], y[100:], None),
    "as many other rows": lambda y: ({}, X[::-1] + 0.5, y[::-1], None),
    "kernel": lambda y: ({"kernel": "laplacian"}, X, y, None),
    "kernel and gamma": lambda y: ({"kernel": "linear", "gamma": "scale"}, X, y, None),
}


def assert_as_cold(model, rows, y, weights):
    """The refit is optimal by its own certificate and by a new one, and as good as a cold fit."""
    cold = clone(model).set_params(warm_start=False).fit(rows, y, sample_weight=weights)
    assert model.status_ == cold.status_ == "optimal"
    proof = certify(model, rows, y, sample_weight=weights)
    assert proof.relative_gap <= TOL * (1.0 + 1e-6)
    assert proof.gap == pytest.approx(model.gap_, rel=1e-3, abs=1e-9 * abs(model.dual_))
    assert model.dual_ == pytest.approx(cold.dual_, rel=2.0 * TOL)
    return cold


@pytest.mark.parametrize("kernel", ["rbf", pytest.param("linear", marks=pytest.mark.slow)])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("machine", FIVE)
def test_whatever_has_changed_a_refit_is_optimal(machine, change, kernel):
    y = np.asarray(target_of(machine, LABELS, TARGETS) if machine != "OneClassSVM" else TARGETS)
    parameters, rows, target, weights = CHANGES[change](y)
    model = FIVE[machine](warm_start=True, tol=TOL, kernel=kernel, gamma=0.5)
    if not parameters.keys() <= model.get_params().keys():
        pytest.skip(f"{machine} has no {change}")
    model.fit(X, y)
    model.set_params(**parameters).fit(rows, target, sample_weight=weights)
    assert_as_cold(model, rows, target, weights)


# --- linear kernels of few columns, which end in an interior point --------------------------------

ROWS, SIDES = make_classification(3000, 20, random_state=0, flip_y=0.1)
UNSCALED = ROWS * np.logspace(-2, 3, 20)


@pytest.mark.parametrize("machine", [SVC(kernel="linear", tol=TOL), SVR(kernel="linear", tol=TOL)], ids=["SVC", "SVR"])
def test_unscaled_columns_are_no_slower_from_a_start(machine):
    # Each block used up its steps for nothing, and took up to 60 times as long as all of a cold fit.
    y = SIDES if isinstance(machine, SVC) else UNSCALED @ np.ones(20) / 1000.0 + SIDES
    model = clone(machine).set_params(warm_start=True).fit(UNSCALED, y)
    model.set_params(C=1.05).fit(UNSCALED, y)
    cold = assert_as_cold(model, UNSCALED, y, None)
    assert np.max(model.n_iter_) <= np.max(cold.n_iter_)
    assert model.kernel_evaluations_ <= cold.kernel_evaluations_
    model.fit(UNSCALED, y)
    assert np.max(model.n_iter_) == 0


def test_a_stopped_refit_of_them_is_no_worse_than_its_start():
    model = SVC(kernel="linear", tol=TOL, warm_start=True).fit(UNSCALED, SIDES)
    with pytest.warns(NotConvergedWarning, match="max_iter=1"):
        model.set_params(C=1.05, max_iter=1).fit(UNSCALED, SIDES)
    assert model.relative_gap_ < 0.1
    assert certify(model, UNSCALED, SIDES).gap == pytest.approx(model.gap_, rel=1e-6)
    with pytest.warns(NotConvergedWarning, match="max_iter=1"):
        cold = SVC(kernel="linear", tol=TOL, C=1.05, max_iter=1).fit(UNSCALED, SIDES)
    assert cold.relative_gap_ > 1.0


def test_columns_of_like_size_gain_by_a_start():
    model = SVC(kernel="linear", tol=TOL, warm_start=True).fit(ROWS, SIDES)
    model.set_params(C=1.05).fit(ROWS, SIDES)
    cold = assert_as_cold(model, ROWS, SIDES, None)
    assert np.max(model.n_iter_) < 0.5 * np.max(cold.n_iter_)
