"""Hostile problems given to each native solver directly, dense and sparse: a status, a finite point, no hang.

`test_pathological` asks the same of `LinearSVC`; here the choice of the solver is taken from the library, so
that each solver meets what it would never be chosen for.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
import oracle
import pytest
import scipy.sparse as sp

from maxmargin import LinearSVC
from maxmargin._validation import validate_design
from maxmargin.certificate import certify_point
from maxmargin.exceptions import NotConvergedWarning
from maxmargin.problem import Problem
from maxmargin.solvers import Settings
from maxmargin.solvers.coordinate import solve_coordinate
from maxmargin.solvers.newton import solve_newton

LOSSES = ["hinge", "squared_hinge"]
SOLVERS = {"newton": solve_newton, "coordinate": solve_coordinate}
STATUSES = {"optimal", "stopped_by_max_iter", "stopped_by_max_time", "numerical_limit"}
SECONDS = 10.0
TOL = 1e-6
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 5))
y = np.where(X[:, 0] + 0.5 * rng.normal(size=120) > 0, 1.0, -1.0)
ones = np.ones(120)
few = rng.permutation(120) < 3  # rows of the smaller class
huge = np.finfo(np.float32).max


def with_row(value):
    Z = X.copy()
    Z[17] *= value
    return Z


# Rows, labels, costs. Name: (X, y, c).
HOSTILE = {
    "float32 of 1e30": ((X * 1e30).astype(np.float32), y, ones),
    "largest float32": (np.sign(X).astype(np.float32) * huge, y, ones),
    "smallest float32": ((X * 1e-44).astype(np.float32), y, ones),
    "one row of 1e30": (with_row(1e30), y, ones),
    "one row of 1e-30": (with_row(1e-30), y, ones),
    "a row of 1e200": (with_row(1e200), y, ones),
    "costs from 1e-12 to 1e12": (X, y, 10.0 ** rng.uniform(-12, 12, 120)),
    "one cost of 1e9": (X, y, np.where(np.arange(120) == 5, 1e9, 1.0)),
    "costs of the smallest float64": (X, y, np.full(120, 5e-324)),
    "costs of 1e12": (X, y, 1e12 * ones),
    "features of 1e30 and costs of 1e12": (X * 1e30, y, 1e12 * ones),
    "only one row of a class has a cost": (X, y, np.where(y > 0, 1.0, np.arange(120) == np.argmin(y))),
    "one row each": (np.array([[1e8, 1.0], [1e8, 1.0 + 1e-7]]), np.array([1.0, -1.0]), np.ones(2)),
    "constant columns": (np.tile([1.0, -3.0, 1e6], (120, 1)), y, ones),
    "one row a hundred times": (np.tile(X[:1], (120, 1)), y, ones),
    "unscaled columns": (X * [1e-6, 1e-3, 1.0, 1e3, 1e6], y, 1e3 * ones),
    "far from the origin": (X + 1e7, y, ones),
    "all but collinear columns": (np.hstack([X, X + 1e-9 * rng.normal(size=X.shape)]), y, 1e4 * ones),
    "more columns than rows": (rng.normal(size=(30, 3000)), y[:30], 1e6 * ones[:30]),
}
# What is not hostile at all to one who does the arithmetic right.
SOLVABLE = [
    "one row of 1e-30", "costs of 1e12", "only one row of a class has a cost", "constant columns", "one row a hundred times",
    "all but collinear columns", "one cost of 1e9", "unscaled columns",
]  # fmt: skip


def solve(problem, solver, **changes):
    started = time.perf_counter()
    settings = Settings(**({"tol": TOL, "max_time": SECONDS / 2} | changes))
    solution = SOLVERS[solver](problem, settings)
    assert time.perf_counter() - started < SECONDS
    assert solution.n_iter <= settings.max_iter
    assert solution.status in STATUSES
    assert np.isfinite(solution.coef).all()
    assert np.isfinite(solution.intercept)
    assert np.isfinite(solution.multipliers).all()
    return solution


@pytest.mark.parametrize("storage", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("case", HOSTILE)
def test_every_solver_returns_a_point(case, loss, fit_intercept, solver, storage):
    data, labels, costs = HOSTILE[case]
    problem = Problem(validate_design(storage(data)), labels, costs, loss, fit_intercept)
    solution = solve(problem, solver)
    proof = certify_point(problem, solution.coef, solution.intercept, solution.multipliers)
    assert not np.isnan(proof.gap)
    assert proof.gap >= 0.0
    assert np.isfinite(proof.primal)  # w = 0 has a finite objective; nothing worse may come back
    assert proof.primal <= costs.sum() * (1 + 1e-12)
    if case in SOLVABLE:
        assert solution.status == "optimal"
        assert proof.relative_gap <= 1.1 * TOL


@pytest.mark.slow
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
def test_one_row_against_a_million(loss, fit_intercept, solver):
    Z = np.random.default_rng(1).normal(size=(1_000_001, 2)).astype(np.float32)
    labels = np.full(len(Z), -1.0)
    labels[123_456] = 1.0
    costs = np.ones(len(Z))
    solution = solve(Problem(validate_design(Z), labels, costs, loss, fit_intercept), solver, tol=1e-4)
    gap = oracle.relative_gap(Z, labels, costs, loss, fit_intercept, solution.coef, solution.intercept, solution.multipliers)
    assert np.isfinite(gap)


@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("C", [1e-6, 1.0, 1e6])
def test_text_of_any_cost_is_solved(C, loss, fit_intercept):
    r = np.random.default_rng(5)
    Z = sp.random_array((300, 6000), density=0.01, rng=r, format="csr")
    labels = np.where(Z @ r.normal(size=6000) + r.normal(size=300) > 1.0, 1.0, -1.0)
    solution = solve(Problem(validate_design(Z), labels, np.full(300, C), loss, fit_intercept), "coordinate")
    assert solution.status == "optimal"


@pytest.mark.parametrize("loss", LOSSES)
def test_no_nan_reaches_a_user(loss):
    """With so many features `LinearSVC` begins by coordinate descent."""
    r = np.random.default_rng(0)
    Z = r.normal(size=(300, 250))
    labels = Z[:, 0] > 0
    Z[17] *= 1e200
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model = LinearSVC(loss=loss, max_time=SECONDS / 2).fit(Z, labels)
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.intercept_).all()


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("C", [1.0, 1e3, 1e6])
def test_a_stopped_fit_of_hard_text_is_of_use(loss, C):
    """Noisy labels, few words a row, many rows: where the time does not suffice, the gap still says something."""
    r = np.random.default_rng(2)
    Z = sp.random_array((20_000, 10_000), density=0.003, rng=r, format="csr")
    labels = np.where(Z @ r.normal(size=10_000) + 0.5 * r.normal(size=20_000) > 0.7, 1.0, -1.0)
    problem = Problem(validate_design(Z), labels, np.full(20_000, C), loss, fit_intercept=True)
    solution = solve(problem, "coordinate")
    proof = certify_point(problem, solution.coef, solution.intercept, solution.multipliers)
    assert proof.dual > 0.0
    assert proof.relative_gap < 10.0
