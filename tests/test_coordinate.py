"""What coordinate descent does beyond its plain form, and what must not come of it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from maxmargin._validation import validate_design
from maxmargin.certificate import PointCertificate, certify_point
from maxmargin.problem import Loss, Problem
from maxmargin.solvers import Settings
from maxmargin.solvers.coordinate import solve_coordinate

LOSSES: list[Loss] = ["hinge", "squared_hinge"]


def wide_rows(n_rows, n_features=3000, per_row=12, seed=0):
    rng = np.random.default_rng(seed)
    columns = np.concatenate([np.sort(rng.choice(n_features, per_row, replace=False)) for _ in range(n_rows)])
    values = rng.exponential(size=columns.size)
    return sp.csr_matrix((values, columns, per_row * np.arange(n_rows + 1)), shape=(n_rows, n_features))


def problem_of(X, y, C, loss, fit_intercept):
    return Problem(validate_design(X), y, np.full(y.size, C), loss, fit_intercept)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("n_distinct", [1, 2, 7])
def test_steps_that_overlap_do_not_go_round_in_circles_where_rows_repeat(loss, fit_intercept, n_distinct):
    """A row's step is taken before that of the row before has moved w: of two equal rows both would go all the way."""
    X = wide_rows(n_distinct)[np.arange(600) % n_distinct]
    y = np.where(np.arange(600) % 5 > 0, 1.0, -1.0)
    solution = solve_coordinate(problem_of(X, y, 10.0, loss, fit_intercept), Settings(tol=1e-6))
    assert solution.status == "optimal"
    assert solution.n_iter < 100


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_what_a_solver_calls_certified_is_the_certificate_of_its_point(loss, fit_intercept, C):
    X = wide_rows(400)
    y = np.where(np.random.default_rng(1).random(400) < 0.3, 1.0, -1.0)
    problem = problem_of(X, y, C, loss, fit_intercept)
    solution = solve_coordinate(problem, Settings(tol=1e-5))
    assert solution.status == "optimal"
    anew = certify_point(problem, solution.coef, solution.intercept, solution.multipliers)
    assert anew.relative_gap <= 1e-5 * (1 + 1e-9)
    if solution.certified is not None:
        said = PointCertificate(*solution.certified)
        assert said.primal == pytest.approx(anew.primal, rel=1e-12)
        assert said.dual == pytest.approx(anew.dual, rel=1e-12)
        assert said.gap == pytest.approx(anew.gap, rel=1e-6, abs=1e-13 * anew.primal)


def test_the_bits_do_not_depend_on_the_number_of_threads_where_products_are_shared():
    """3000 rows of 200 values are more than one piece, so conjugate gradients share their products among threads."""
    X = wide_rows(3000, per_row=200)
    y = np.where(np.random.default_rng(2).random(3000) < 0.4, 1.0, -1.0)
    problem = problem_of(X, y, 100.0, "squared_hinge", fit_intercept=False)
    one, two = (solve_coordinate(problem, Settings(tol=1e-6, n_threads=k)) for k in (1, 2))
    assert one.n_iter == two.n_iter > 9  # the ninth epoch is the first that may be followed by conjugate gradients
    assert np.array_equal(one.coef, two.coef)
