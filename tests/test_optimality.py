"""Both solvers reach the optimum, judged by formulas of the test, over the whole grid of inputs.

loss × storage × type × intercept × weights × shape × solver × instruction set; and the number of threads
changes no bit. The grid runs in this process with the instruction set that was chosen at import, and once
more for every other one in a process of its own.
"""

from __future__ import annotations

import os

import numpy as np
import oracle
import pytest
import scipy.sparse as sp
from instruction_sets import INSIDE, OTHERS, assert_passes, inside_only, outside_only

from maxmargin import _native
from maxmargin._validation import validate_design
from maxmargin.problem import Problem
from maxmargin.solvers import Settings
from maxmargin.solvers.coordinate import solve_coordinate
from maxmargin.solvers.newton import solve_newton

TOL = 1e-9
LOSSES = ["hinge", "squared_hinge"]
SOLVERS = {"newton": solve_newton, "coordinate": solve_coordinate}
THREADS = (1, 2, 4)


def _csr(A, index_type):
    A = sp.csr_array(A)
    A.indices, A.indptr = A.indices.astype(index_type), A.indptr.astype(index_type)
    return A


def _strided(A):
    """A view of every second row and third column of a larger array."""
    wide = np.full((2 * A.shape[0], 3 * A.shape[1]), 1e30 if A.dtype == np.float32 else 1e300, dtype=A.dtype)
    wide[::2, ::3] = A
    return wide[::2, ::3]


STORAGES = {
    "dense C": np.ascontiguousarray,
    "dense F": np.asfortranarray,
    "strided": _strided,
    "csr int32": lambda A: _csr(A, np.int32),
    "csr int64": lambda A: _csr(A, np.int64),
}
WEIGHTS = {
    "none": lambda n, rng: np.ones(n),
    "random": lambda n, rng: rng.uniform(0.1, 3.0, n),
    "integer": lambda n, rng: rng.integers(1, 5, n).astype(float),
    "zeros": lambda n, rng: rng.uniform(0.1, 3.0, n) * (rng.uniform(size=n) > 0.3),
}
# n and d: more rows than features; fewer; too many features for a d × d system; enough rows to be worth threads.
SHAPES = {"tall": (400, 10), "wide": (40, 230), "text": (250, 2600), "threaded": (60_000, 6)}


def make_data(shape, dtype):
    """Noisy labels, overlapping classes off the origin, and exact zeros so that sparse storage has something to skip."""
    n, d = SHAPES[shape]
    rng = np.random.default_rng(n)
    A = np.where(rng.uniform(size=(n, d)) < min(0.5, 40 / d), rng.normal(size=(n, d)) + 0.3, 0.0).astype(dtype)
    y = np.where(A @ rng.normal(size=d) + 0.5 * rng.normal(size=n) > 0.4, 1.0, -1.0)
    return A, y, rng


def assert_optimal_with_the_same_bits(shape, storage, dtype, weights, loss, fit_intercept, solver):
    A, y, rng = make_data(shape, dtype)
    c = 0.7 * WEIGHTS[weights](len(y), rng)
    X = STORAGES[storage](A)
    problem = Problem(validate_design(X), y, c, loss, fit_intercept)
    points = [SOLVERS[solver](problem, Settings(tol=TOL, n_threads=k, seed=3)) for k in THREADS]
    first = points[0]
    assert first.status == "optimal"
    gap = oracle.relative_gap(A, y, c, loss, fit_intercept, first.coef, first.intercept, first.multipliers)
    assert -1e-12 <= gap <= TOL * 1.01 + 1e-12
    for other in points[1:]:
        assert other.status == first.status
        assert other.n_iter == first.n_iter
        assert other.intercept == first.intercept
        np.testing.assert_array_equal(other.coef, first.coef)
        np.testing.assert_array_equal(other.multipliers, first.multipliers)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("shape", ["tall", "wide"])
def test_grid_of_small_problems(shape, storage, dtype, loss, fit_intercept, solver):
    for weights in WEIGHTS:
        assert_optimal_with_the_same_bits(shape, storage, dtype, weights, loss, fit_intercept, solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("storage", ["csr int32", "csr int64", pytest.param("dense F", marks=pytest.mark.slow)])
def test_grid_of_many_features(storage, dtype, loss, fit_intercept, solver):
    assert_optimal_with_the_same_bits("text", storage, dtype, "zeros", loss, fit_intercept, solver)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("storage", "dtype", "weights"),
    [("dense C", np.float32, "random"), ("dense F", np.float64, "zeros"), ("csr int32", np.float64, "none")],
)
def test_grid_of_rows_worth_threads(storage, dtype, weights, loss, fit_intercept, solver):
    assert_optimal_with_the_same_bits("threaded", storage, dtype, weights, loss, fit_intercept, solver)


@pytest.mark.slow
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("storage", STORAGES)
def test_whole_grid_with_rows_worth_threads(storage, dtype, weights, loss, fit_intercept, solver):
    assert_optimal_with_the_same_bits("threaded", storage, dtype, weights, loss, fit_intercept, solver)


@outside_only
@pytest.mark.parametrize("part", ["small_problems", pytest.param("test_grid", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", OTHERS)
def test_every_other_instruction_set(name, part):
    assert_passes(name, part, __file__)


@inside_only
def test_grid_of_small_problems_runs_the_instruction_set_that_was_asked_for():
    assert _native.instruction_set() == os.environ[INSIDE]
