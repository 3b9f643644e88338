"""One hinge in the whole library: the losses of native solvers and certificate, and the objects of `maxmargin.losses`."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import SVC, SVR, LinearSVC, _native
from maxmargin._validation import validate_design
from maxmargin.certificate.point import multipliers_from_margins
from maxmargin.losses.objects import EpsilonInsensitive, Hinge, SquaredHinge
from maxmargin.problem import Problem

LOSSES = {"hinge": Hinge(), "squared_hinge": SquaredHinge()}
each_loss = pytest.mark.parametrize("name", LOSSES)


def one_score_a_row(name: str, n: int = 200):
    """A problem whose scores are its rows: X = f, w = 1. The quarters among them are the kinks."""
    rng = np.random.default_rng(0)
    f = np.where(np.arange(n) % 2, rng.normal(size=n) * 2, rng.integers(-8, 9, n) / 4)
    y, c = rng.choice([-1.0, 1.0], n), rng.uniform(0.1, 3, n)
    return f, Problem(validate_design(f[:, None]), y, c, name, False)


@each_loss
def test_the_certificate_sums_these_losses_and_conjugates(name):
    f, problem = one_score_a_row(name)
    loss, y, c = LOSSES[name], problem.y, problem.c
    alpha = c * np.random.default_rng(1).uniform(0, 1, f.size)
    primal, dual, _, _, terms, margins = _native.evaluate_point(
        problem.design, y, c, loss=name, fit_intercept=False, coef=np.ones(1), intercept=0.0, multipliers=alpha, rows=True
    )
    u = -alpha * y / c
    np.testing.assert_array_equal(margins, y * f)
    assert primal == pytest.approx(c @ loss.value(f, y), rel=1e-13)
    assert dual == pytest.approx(-c @ loss.conjugate(u, y), rel=1e-13)
    young = c * (loss.value(f, y) + loss.conjugate(u, y) - u * f)
    np.testing.assert_allclose(terms, young, rtol=1e-12, atol=1e-13)


@each_loss
def test_the_certificate_projects_as_these_losses_do(name):
    f, problem = one_score_a_row(name)
    loss, y, c = LOSSES[name], problem.y, problem.c
    alpha = np.random.default_rng(2).normal(size=f.size) * 3
    inside = -c * y * loss.project_dual(-alpha * y / c, y)
    values = [
        _native.evaluate_point(
            problem.design, y, c, loss=name, fit_intercept=False, coef=np.ones(1), intercept=0.0, multipliers=point
        )[1]
        for point in (alpha, inside)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-13)


def test_multipliers_of_margins_are_subgradients():
    f, problem = one_score_a_row("squared_hinge")
    alpha = multipliers_from_margins(problem, np.ones(1), 0.0)
    np.testing.assert_allclose(alpha, -problem.c * problem.y * SquaredHinge().subgradient(f, problem.y), rtol=1e-15)


@each_loss
@pytest.mark.parametrize("C", [0.1, 1.0, 20.0])
def test_solvers_find_the_proximal_point(name, C):
    """With X = diag(s) each row is a problem of its own: f minimises C·w·l(y·f) + ½(f/s)², the proximal point of 0."""
    rng = np.random.default_rng(3)
    scale, y, weight = rng.uniform(0.2, 2, 40), np.tile([-1, 1], 20), rng.uniform(0.5, 2, 40)
    X = np.diag(scale)
    model = LinearSVC(loss=name, C=C, fit_intercept=False, tol=1e-14, max_iter=10_000).fit(X, y, sample_weight=weight)
    expected = LOSSES[name].prox(np.zeros(40), y, C * weight * scale**2)
    np.testing.assert_allclose(model.decision_function(X), expected, rtol=1e-6, atol=1e-7)


# A kernel that is diagonal, and every row a second time with the opposite target: then the offset is 0, and each score the
# proximal point of 0 again.


def twins(targets):
    scale = np.random.default_rng(4).uniform(0.2, 3, len(targets))
    return np.diag(np.concatenate([scale, scale])), np.concatenate([targets, -targets])


@pytest.mark.parametrize("C", [0.1, 1.0, 20.0])
def test_kernel_machines_find_the_proximal_point_of_the_hinge(C):
    K, y = twins(np.ones(20))
    model = SVC(kernel="precomputed", C=C, tol=1e-12).fit(K, y)
    expected = Hinge().prox(np.zeros(40), y, C * np.diag(K))
    np.testing.assert_allclose(model.decision_function(K), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("C", [0.1, 1.0, 20.0])
@pytest.mark.parametrize("epsilon", [0.0, 0.25])
def test_regressors_find_that_of_the_insensitive_loss(C, epsilon):
    K, y = twins(np.linspace(-3.0, 2.0, 20))
    model = SVR(kernel="precomputed", C=C, epsilon=epsilon, tol=1e-12).fit(K, y)
    expected = EpsilonInsensitive(epsilon).prox(np.zeros(40), y, C * np.diag(K))
    np.testing.assert_allclose(model.predict(K), expected, rtol=1e-5, atol=1e-6)
