"""Optimality is the oracle: machine × kernel × storage × type × intercept × weights × threads × instruction set.

`kernel_oracle` judges each answer from its public attributes; `certify` must say the same.
"""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from instruction_sets import INSIDE, OTHERS, assert_passes, inside_only, outside_only
from kernel_cases import (
    DTYPES,
    KERNELS,
    MACHINES,
    NUMBERS,
    STORAGES,
    WEIGHTS,
    given_and_gram,
    grid,
    make_data,
    make_sparse_data,
    target_of,
)
from kernel_oracle import dense, judge

from maxmargin import _native, certify
from maxmargin.exceptions import IndefiniteKernelWarning

TOL = 1e-6
X, LABELS, TARGETS = make_data()
COMBINATIONS = list(grid())


def fit(machine, kernel, storage, dtype, weights, n_jobs=None, tol=TOL, rows=X, labels=LABELS, targets=TARGETS):
    """Fitted model, its judgement, and the data that it got."""
    given, K = given_and_gram(kernel, rows, storage, dtype)
    y, w = target_of(machine, labels, targets), WEIGHTS[weights](len(rows))
    model = MACHINES[machine](kernel=KERNELS[kernel][0], tol=tol, n_jobs=n_jobs, **NUMBERS)
    with warnings.catch_warnings():
        if kernel == "sigmoid":
            warnings.simplefilter("ignore", IndefiniteKernelWarning)
        model.fit(given, y, sample_weight=w)
    return model, judge(model, K, y, w), (given, y, w)


def assert_optimal(machine, kernel, storage, dtype, weights, **how):
    model, judged, (given, y, w) = fit(machine, kernel, storage, dtype, weights, **how)
    assert model.status_ == "optimal"
    assert judged.certifies(how.get("tol", TOL)), f"{judged}, relative gap {judged.relative_gap:.2e}"
    proof = certify(model, given, y, sample_weight=w)
    size = max(abs(judged.primal), abs(judged.dual))
    for theirs in (proof, model):
        primal, dual = (theirs.primal, theirs.dual) if theirs is proof else (model.primal_, model.dual_)
        assert primal == pytest.approx(judged.primal, rel=0, abs=1e-9 * size)
        assert dual == pytest.approx(judged.dual, rel=0, abs=1e-9 * size)
    assert proof.gap == pytest.approx(judged.gap, rel=1e-3, abs=1e-9 * size)
    return model


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("machine", MACHINES)
def test_some_of_the_grid(machine, kernel):
    # Of the combinations every seventh, from another start in each test: all are met in some test.
    first = list(MACHINES).index(machine) + 3 * list(KERNELS).index(kernel)
    for storage, dtype, weights in COMBINATIONS[first % 7 :: 7]:
        assert_optimal(machine, kernel, storage, dtype, weights)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("machine", MACHINES)
def test_whole_grid(machine, kernel):
    for storage, dtype, weights in COMBINATIONS:
        models = [assert_optimal(machine, kernel, storage, dtype, weights, n_jobs=n) for n in (1, 2, 3)]
        for other in models[1:]:
            np.testing.assert_array_equal(dense(other.dual_coef_), dense(models[0].dual_coef_))
            assert other.intercept_.tolist() == models[0].intercept_.tolist()


MANY = make_data(1500, 6, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("tol", [1e-3, 1e-6])
@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "laplacian", "chi2", "precomputed", "callable", "sum"])
@pytest.mark.parametrize("machine", MACHINES)
def test_grid_of_more_variables_than_a_small_problem_has(machine, kernel, tol):
    rows, labels, targets = MANY
    for storage, dtype, weights in [("dense C", "float32", "real"), ("csr int64", "float64", "integer")]:
        assert_optimal(machine, kernel, storage, dtype, weights, tol=tol, rows=rows, labels=labels, targets=targets)


@pytest.mark.parametrize("machine", MACHINES)
def test_more_variables_than_a_small_problem_has(machine):
    rows, labels, targets = MANY
    assert_optimal(machine, "rbf", "dense C", "float32", "real", rows=rows, labels=labels, targets=targets)


# Rows of which few numbers are other than zero: no storage of them is computed with as it comes.
FEW = make_sparse_data()


@pytest.mark.parametrize("kernel", ["linear", "rbf", "laplacian", "chi2", "two of a kind"])
@pytest.mark.parametrize("machine", MACHINES)
def test_some_of_the_grid_with_rows_of_few_numbers(machine, kernel):
    rows, labels, targets = FEW
    first = list(MACHINES).index(machine) + 3 * len(kernel)
    for storage, dtype, weights in COMBINATIONS[first % 9 :: 9]:
        assert_optimal(machine, kernel, storage, dtype, weights, rows=rows, labels=labels, targets=targets)


def test_every_axis_is_met_by_the_part_of_the_grid():
    met = set()
    for first in range(7):
        for combination in COMBINATIONS[first::7]:
            met.update(combination)
    assert met == {*STORAGES, *DTYPES, *WEIGHTS}


@outside_only
@pytest.mark.parametrize("part", ["some_of_the_grid and rbf", pytest.param("grid or more", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", OTHERS)
def test_every_other_instruction_set(name, part):
    assert_passes(name, part, __file__)


@inside_only
def test_some_of_the_grid_with_rbf_runs_the_instruction_set_that_was_asked_for():
    assert _native.instruction_set() == os.environ[INSIDE]
