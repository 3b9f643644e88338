"""Properties of fits of any small problem: an honest end, symmetries of the objective, and an order of tolerances."""

from __future__ import annotations

import warnings

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxmargin import LinearSVC
from maxmargin.exceptions import NotConvergedWarning

STATUSES = {"optimal", "stopped_by_max_iter", "stopped_by_max_time", "numerical_limit"}
seeds = st.integers(0, 2**32 - 1)
losses = st.sampled_from(["hinge", "squared_hinge"])
moderate = settings(max_examples=60, deadline=None)
many = settings(max_examples=1500, deadline=None)


@st.composite
def problems(draw, max_rows=40, max_features=12, scales=(0.0,)):
    """X, y, C: rows that repeat, constant columns, zero rows and columns, and whole powers of ten as scales."""
    n, d = draw(st.integers(2, max_rows)), draw(st.integers(1, max_features))
    rng = np.random.default_rng(draw(seeds))
    X = rng.normal(size=(n, d))
    if draw(st.booleans()):
        X = np.round(X)  # ties: duplicated rows, margins that coincide
    if draw(st.booleans()):
        X = X[rng.integers(0, n, n)]
    if draw(st.booleans()):
        X[:, rng.integers(d)] = draw(st.sampled_from([0.0, 1.0, 7.0]))
    if draw(st.booleans()):
        X[rng.uniform(size=n) < 0.3] = 0.0
    X *= 10.0 ** draw(st.sampled_from(scales))
    y = (rng.uniform(size=n) < draw(st.sampled_from([0.05, 0.5]))).astype(int)
    y[rng.permutation(n)[:2]] = [0, 1]
    return X, y, 10.0 ** draw(st.integers(-3, 3))


def fit(X, y, C, loss, fit_intercept=True, tol=1e-9, sample_weight=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        return LinearSVC(loss=loss, C=C, fit_intercept=fit_intercept, tol=tol, max_time=20.0).fit(X, y, sample_weight)


def primal(model, X, y, C, weights=None):
    c = C * (np.ones(len(y)) if weights is None else weights)
    return oracle.primal_objective(X, np.where(y == 1, 1.0, -1.0), c, model.loss, model.coef_[0], model.intercept_[0])


def assert_same_optimum(a, b, slack=1.0):
    """Both hold the optimum of their problem within their gap, and the problems have the same optimum."""
    assert abs(a.primal_ - b.primal_) <= slack * (a.gap_ + b.gap_) + 1e-11 * (abs(a.primal_) + abs(b.primal_))


# --- how fits end ---------------------------------------------------------------------------------


@moderate
@given(problems(), losses, st.booleans())
def test_reasonable_problems_end_optimal(problem, loss, fit_intercept):
    X, y, C = problem
    model = fit(X, y, C, loss, fit_intercept)
    assert model.status_ == "optimal"
    sign, c = np.where(y == 1, 1.0, -1.0), np.full(len(y), C)
    alpha = oracle.multipliers(model)
    gap = oracle.relative_gap(X, sign, c, loss, fit_intercept, model.coef_[0], model.intercept_[0], alpha)
    assert -1e-11 <= gap <= 1.01e-9 + 1e-11


@moderate
@given(problems(scales=(-200.0, -30.0, -8.0, 8.0, 30.0, 150.0)), losses, st.booleans())
def test_any_scale_ends_with_an_honest_status(problem, loss, fit_intercept):
    X, y, C = problem
    model = fit(X, y, C, loss, fit_intercept, tol=1e-6)
    assert model.status_ in STATUSES
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.intercept_).all()
    assert model.gap_ >= 0.0
    if model.status_ == "optimal":
        assert model.relative_gap_ <= 1e-6
        sign, c, alpha = np.where(y == 1, 1.0, -1.0), np.full(len(y), C), oracle.multipliers(model)
        dual = oracle.dual_objective(X, sign, c, loss, fit_intercept, alpha)
        assert primal(model, X, y, C) - dual <= 1.01e-6 * abs(dual) + rounding(X, sign, alpha)


def rounding(X, sign, alpha):
    """How far rounding alone can take the two objectives apart: sums that cancel keep the error of their terms."""
    v, error = X.T @ (alpha * sign), 1e-15 * np.abs(X).T @ alpha
    return np.linalg.norm(error) * (np.linalg.norm(v) + np.linalg.norm(error)) + 1e-14 * alpha.sum()


@moderate
@given(problems(scales=(-3.0, 3.0)), losses, st.booleans())
def test_thousandfold_scales_end_optimal(problem, loss, fit_intercept):
    X, y, C = problem
    model = fit(X, y, C, loss, fit_intercept, tol=1e-6)
    floor = 1e-14 * C * len(y)  # margins round; where the optimum is as small as that, no gap can be certified
    assert model.status_ == "optimal" or model.gap_ <= floor


# --- symmetries -----------------------------------------------------------------------------------


@moderate
@given(problems(), losses, st.booleans(), seeds)
def test_order_of_rows_does_not_matter(problem, loss, fit_intercept, seed):
    X, y, C = problem
    order = np.random.default_rng(seed).permutation(len(y))
    assert_same_optimum(fit(X, y, C, loss, fit_intercept), fit(X[order], y[order], C, loss, fit_intercept))


@moderate
@given(problems(), losses, st.booleans(), seeds)
def test_order_and_signs_of_features_do_not_matter(problem, loss, fit_intercept, seed):
    X, y, C = problem
    rng = np.random.default_rng(seed)
    order, signs = rng.permutation(X.shape[1]), rng.choice([-1.0, 1.0], X.shape[1])
    a, b = fit(X, y, C, loss, fit_intercept), fit(X[:, order] * signs, y, C, loss, fit_intercept)
    assert_same_optimum(a, b)
    radius = np.sqrt(2 * a.gap_) + np.sqrt(2 * b.gap_) + 1e-7 * (1 + np.abs(a.coef_).max())
    assert np.linalg.norm(a.coef_[0][order] * signs - b.coef_[0]) <= radius


@moderate
@given(problems(), losses, st.booleans())
def test_swapped_labels_swap_the_sign(problem, loss, fit_intercept):
    X, y, C = problem
    a, b = fit(X, y, C, loss, fit_intercept), fit(X, 1 - y, C, loss, fit_intercept)
    assert_same_optimum(a, b)
    radius = np.sqrt(2 * a.gap_) + np.sqrt(2 * b.gap_) + 1e-7 * (1 + np.abs(a.coef_).max())
    assert np.linalg.norm(a.coef_[0] + b.coef_[0]) <= radius


@moderate
@given(problems(max_rows=20), losses, st.booleans(), seeds)
def test_weights_are_copies(problem, loss, fit_intercept, seed):
    X, y, C = problem
    k = np.random.default_rng(seed).integers(0, 4, len(y))
    k[[int(np.argmax(y)), int(np.argmin(y))]] += 1  # a row of each class is left
    weighted = fit(X, y, C, loss, fit_intercept, sample_weight=k)
    copies = fit(np.repeat(X, k, axis=0), np.repeat(y, k), C, loss, fit_intercept)
    assert_same_optimum(weighted, copies)
    assert np.isclose(primal(weighted, X, y, C, k), weighted.primal_, rtol=1e-10)


@moderate
@given(problems(), losses, st.sampled_from([0.25, 2.0, 1024.0]))
def test_scale_of_features_is_scale_of_c(problem, loss, factor):
    """minimise ½‖w‖² + C Σ ℓ(y(⟨w, sx⟩ + b)) over w is s⁻² times the problem of x with C·s²."""
    X, y, C = problem
    a, b = fit(X * factor, y, C, loss), fit(X, y, C * factor**2, loss)
    difference = abs(a.primal_ * factor**2 - b.primal_)
    assert difference <= a.gap_ * factor**2 + b.gap_ + 1e-11 * b.primal_


@moderate
@given(problems(), losses, st.floats(-100.0, 100.0))
def test_a_shift_of_features_is_a_shift_of_the_intercept(problem, loss, shift):
    X, y, C = problem
    a, b = fit(X, y, C, loss), fit(X + shift, y, C, loss)
    assert abs(a.primal_ - b.primal_) <= a.gap_ + b.gap_ + 1e-8 * abs(a.primal_)  # the shift itself rounds


# --- order ----------------------------------------------------------------------------------------


@moderate
@given(problems(), losses, st.booleans())
def test_a_smaller_tolerance_is_not_farther_from_the_optimum(problem, loss, fit_intercept):
    X, y, C = problem
    loose, strict = fit(X, y, C, loss, fit_intercept, tol=1e-2), fit(X, y, C, loss, fit_intercept, tol=1e-9)
    assert loose.relative_gap_ <= 1e-2
    assert strict.relative_gap_ <= 1e-9
    assert strict.primal_ <= loose.primal_ + strict.gap_ + 1e-12 * abs(loose.primal_)
    assert loose.dual_ <= strict.dual_ + strict.gap_ + 1e-12 * abs(loose.primal_)
    assert loose.dual_ <= strict.primal_ * (1 + 1e-12)  # weak duality between any two points


@moderate
@given(problems(), losses, st.booleans())
def test_the_optimum_grows_with_c_and_falls_with_more_features(problem, loss, fit_intercept):
    X, y, C = problem
    small, large = fit(X, y, C, loss, fit_intercept), fit(X, y, 2 * C, loss, fit_intercept)
    assert small.dual_ <= large.primal_ * (1 + 1e-12)
    assert large.dual_ <= 2 * small.primal_ * (1 + 1e-12)
    fewer = fit(X[:, :-1], y, C, loss, fit_intercept) if X.shape[1] > 1 else small
    assert small.dual_ <= fewer.primal_ * (1 + 1e-12)


@pytest.mark.slow
@many
@given(problems(), losses, st.booleans(), st.sampled_from([1e-1, 1e-2, 1e-4, 1e-6, 1e-9]))
def test_any_tolerance_is_kept(problem, loss, fit_intercept, tol):
    X, y, C = problem
    model = fit(X, y, C, loss, fit_intercept, tol=tol)
    assert model.status_ == "optimal"
    assert model.relative_gap_ <= tol


@pytest.mark.parametrize(
    ("loss", "tol", "seeds"),
    [
        ("hinge", 1e-2, [51, 466, 1049, 1508, 2266, 2558, 2844]),
        ("hinge", 1e-4, [716, 2558, 5273]),
        ("squared_hinge", 1e-2, [368, 1388, 2206, 4255, 5740]),
    ],
)
def test_repeated_rows_of_both_classes(loss, tol, seeds):
    """The constraint Σ αᵢyᵢ = 0 must hold where a solver stops: making it hold costs dual."""
    for seed in seeds:
        rng = np.random.default_rng([7, seed])
        n, d = rng.integers(2, 30), rng.integers(1, 12)
        X = rng.normal(size=(n, d))[rng.integers(0, n, n)]
        y = (rng.uniform(size=n) < 0.5).astype(int)
        y[[0, -1]] = [0, 1]
        model = fit(X, y, 100.0, loss, tol=tol)
        assert model.status_ == "optimal", seed
        assert model.relative_gap_ <= tol, seed
