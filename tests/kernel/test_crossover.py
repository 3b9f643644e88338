"""Interior points end at corners: support vectors are few where scikit-learn has few, and the gap is a true one."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn import svm
from sklearn.datasets import load_breast_cancer, load_digits

from maxmargin import SVC, SVR, NuSVC, NuSVR, certify
from maxmargin.machines import Programme, feasible_point, gap_at, steadiest_offsets
from maxmargin.solvers.crossover import cross_over
from maxmargin.solvers.curvature import FactoredCurvature

DATA = Path(os.environ.get("MAXMARGIN_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
CANCER, SICK = load_breast_cancer(return_X_y=True)
DIGITS, NUMBERS = load_digits(return_X_y=True)
RNG = np.random.default_rng(0)
SCALES = np.logspace(-2, 3, 22)
ROWS = RNG.gamma(1.0, 1.0, size=(2500, 22)) * SCALES  # columns of very different sizes
TARGETS = ROWS @ RNG.normal(size=22) / 50.0 + RNG.normal(size=2500)
ABOVE = np.median(TARGETS) < TARGETS
KINDS = np.hstack([ROWS, np.eye(40)[np.minimum(RNG.geometric(0.15, 2500), 40) - 1]])  # and columns that few rows have


def free_multipliers(model, costs=1.0):
    sizes = np.abs(model.dual_coef_)
    return int(((sizes > 0.0) & (sizes < costs)).sum())


# --- fits -----------------------------------------------------------------------------------------------

UNSCALED = {
    "breast cancer": (CANCER, SICK, 1.0),
    "breast cancer twice": (np.vstack([CANCER, 1.001 * CANCER]), np.concatenate([SICK, SICK]), 0.01),
    "odd digits": (DIGITS[:1200], NUMBERS[:1200] % 2, 1.0),
    "odd digits, lower C": (DIGITS, NUMBERS % 2, 0.01),
}


@pytest.mark.parametrize("name", UNSCALED)
def test_support_vectors_are_as_few_as_those_of_scikit_learn(name):
    rows, y, C = UNSCALED[name]
    theirs = svm.SVC(kernel="linear", C=C).fit(rows, y)
    for tol in (1e-3, 1e-5):
        model = SVC(kernel="linear", C=C, tol=tol).fit(rows, y)
        assert model.status_ == "optimal"
        assert certify(model, rows, y).relative_gap <= tol
        assert model.n_support_.sum() <= 1.05 * theirs.n_support_.sum()


@pytest.mark.parametrize("n", [600, 1200])  # with the free set, and with corners
def test_machines_with_nu_end_where_columns_are_unscaled(n):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n, 22)) * SCALES
    targets = rows @ (rng.normal(size=22) / SCALES) + rng.normal(size=n)
    for model, y in ((NuSVC(nu=0.3), np.median(targets) < targets), (NuSVR(nu=0.3, C=10.0), targets)):
        model.set_params(kernel="linear", tol=1e-5, max_time=30.0).fit(rows, y)
        assert model.status_ == "optimal"
        assert certify(model, rows, y).relative_gap <= 1e-5


@pytest.mark.parametrize("rows", [ROWS, KINDS], ids=["numbers", "kinds too"])
@pytest.mark.parametrize("tol", [1e-3, 1e-6])
@pytest.mark.parametrize("C", [1.0, 0.01])
def test_no_more_multipliers_are_free_than_there_are_conditions(rows, tol, C):
    model = SVC(kernel="linear", C=C, tol=tol).fit(rows, ABOVE)
    assert model.status_ == "optimal"
    assert certify(model, rows, ABOVE).relative_gap <= tol
    assert free_multipliers(model, C) <= rows.shape[1] + 1


def test_covtype_as_it_comes():
    path = DATA / "covtype_20k.npz"
    if not path.exists():
        pytest.skip(f"no data set at {path}; set MAXMARGIN_DATA to the folder of the .npz files")
    with np.load(path) as z:
        rows, y = z["X"][:5000].astype(float), z["y"][:5000] == 2
    model = SVC(kernel="linear").fit(rows, y)
    assert certify(model, rows, y).relative_gap <= model.tol
    assert free_multipliers(model) <= rows.shape[1] + 1


def test_a_regression_keeps_the_rows_outside_its_tube():
    model = SVR(kernel="linear", epsilon=1.0).fit(ROWS, TARGETS)
    assert certify(model, ROWS, TARGETS).relative_gap <= model.tol
    distance = np.abs(TARGETS - model.predict(ROWS))
    assert model.support_.size <= (distance > 0.99).sum() + 23
    assert set(np.flatnonzero(distance > 1.01)) <= set(model.support_)
    assert 0.1 < (distance > 1.0).mean() < 0.9


def test_the_bits_do_not_depend_on_the_number_of_threads():
    models = [SVC(kernel="linear", n_jobs=n_jobs).fit(KINDS, TARGETS > 0.0) for n_jobs in (1, 2)]
    np.testing.assert_array_equal(models[0].dual_coef_, models[1].dual_coef_)
    np.testing.assert_array_equal(models[0].intercept_, models[1].intercept_)


def test_ctrl_c_amid_it_keeps_the_interior_point(monkeypatch):
    def pressed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("maxmargin.solvers.kernel.cross_over", pressed)
    model = SVC(kernel="linear", C=0.01)
    with pytest.raises(KeyboardInterrupt):
        model.fit(ROWS, ABOVE)
    assert model.status_ == "stopped_by_callback"
    assert model.relative_gap_ < 0.1
    assert certify(model, ROWS, ABOVE).gap == pytest.approx(model.gap_, rel=1e-3)


# --- the steps ------------------------------------------------------------------------------------------


def problem(groups, seed=0, m=400, d=7):
    """A programme of a linear kernel, a point well inside, and its relative gap as a function."""
    rng = np.random.default_rng(seed)
    Z, row = rng.normal(size=(m // 2, d)), rng.integers(0, m // 2, m)
    group = None if groups == 0 else np.arange(m, dtype=np.int64) % groups
    low, high = -rng.uniform(0.0, 1.0, m), rng.uniform(0.5, 2.0, m)
    wanted = low + rng.uniform(0.1, 0.9, m) * (high - low)
    sums = np.zeros(0) if group is None else np.bincount(group, wanted)
    programme = Programme(-1e-3 * rng.normal(size=m), low, high, row, group, sums)
    return programme, FactoredCurvature(Z, row, 1), feasible_point(programme, wanted)


@pytest.mark.parametrize("groups", [0, 1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_f_and_the_sums_stay_and_few_multipliers_are_free(groups, seed):
    programme, Q, start = problem(groups, seed)
    f = Q.times(start)
    a = cross_over(programme, Q, start, 1e-6, lambda point: float(np.abs(Q.times(point) - f).max()) < 1e-3)
    assert (a >= programme.lower).all()
    assert (a <= programme.upper).all()
    if groups:
        np.testing.assert_allclose(np.bincount(programme.group, a), programme.sums, atol=1e-9)
    np.testing.assert_allclose(Q.times(a), f, atol=1e-3)
    assert int(((a > programme.lower) & (a < programme.upper)).sum()) <= 2 * (7 + groups)


def test_nothing_moves_that_is_not_allowed_or_has_no_time():
    programme, Q, start = problem(1)
    assert cross_over(programme, Q, start, 1e-6, lambda point: False) is start
    assert cross_over(programme, Q, start, 1e-6, lambda point: True, lambda: False) is start


def test_each_kept_point_was_allowed():
    programme, Q, start = problem(1)
    known = []

    def gap_is_small(point):
        f = Q.times(point)
        gap = gap_at(programme, point, f, steadiest_offsets(programme, point, f))[2]
        known.append((point, gap))
        return gap <= limit

    f = Q.times(start)
    limit = gap_at(programme, start, f, steadiest_offsets(programme, start, f))[2]
    end = cross_over(programme, Q, start, 1e-6, gap_is_small)
    assert next(gap for point, gap in known if point is end) <= limit
