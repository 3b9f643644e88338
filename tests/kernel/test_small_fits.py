"""Problems of few rows: their kernel values, and how far they are solved."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, _native, certify
from maxmargin._validation import validate_design
from maxmargin.solvers import free_set

NUMBERS = {"gamma": 0.01, "coef0": 0.5, "degree": 2.0}
FUNCTIONS = {
    "linear": lambda products, distances: products,
    "poly": lambda products, distances: (0.01 * products + 0.5) ** 2,
    "sigmoid": lambda products, distances: np.tanh(0.01 * products + 0.5),
    "rbf": lambda products, distances: np.exp(-0.01 * distances),
    "sum": lambda products, distances: products + 2.0 * np.exp(-0.01 * distances),
}


def values(X, Z, kind, n_threads=1):
    left = validate_design(X)
    right = left if Z is X else validate_design(Z)
    numbers = tuple(NUMBERS.values())
    function = ("sum", ("linear", *numbers), ("scaled", 2.0, ("rbf", *numbers))) if kind == "sum" else (kind, *numbers)
    return _native.kernel_matrix(left, right, function, n_threads)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("shape", [(1, 256), (4, 300), (7, 1001), (61, 512)])
def test_values_of_long_rows(shape, kind, dtype):
    rng = np.random.default_rng(0)
    X, Z = (rng.normal(size=(n, shape[1])).astype(dtype) for n in (shape[0], 9))
    for other in (X, Z):
        exact, right = X.astype(float), other.astype(float)
        distances = ((exact[:, None, :] - right[None, :, :]) ** 2).sum(axis=-1)
        expected = FUNCTIONS[kind](exact @ right.T, distances)
        found = values(X, other, kind)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)
        np.testing.assert_array_equal(found, values(X, other, kind, n_threads=3))
    own = values(X, X, kind)
    np.testing.assert_array_equal(own, own.T)
    np.testing.assert_array_equal(own, values(X, X.copy(), kind))  # no half of a square was taken there
    np.testing.assert_allclose(own, values(np.asfortranarray(X), X, kind), rtol=1e-11, atol=1e-11)  # nor is this by rows


@pytest.mark.parametrize("kernel", ["rbf", "poly", "laplacian", "linear"])
@pytest.mark.parametrize("machine", [SVC(), SVC(C=100.0), SVR(), NuSVC(nu=0.2), NuSVR(), OneClassSVM(nu=0.2)], ids=repr)
def test_few_rows_are_solved_to_the_last_digits(machine, kernel):
    X, y = load_breast_cancer(return_X_y=True)
    X, y = StandardScaler().fit_transform(X[:240]) + 2.0, y[:240]  # away from zero, which a linear one-class machine needs
    model = machine.set_params(kernel=kernel, tol=1e-2).fit(X, y)
    assert model.status_ == "optimal"
    assert model.relative_gap_ < 1e-10
    assert certify(model, X, y).relative_gap < 1e-10


def test_last_digits_do_not_outlive_max_iter():
    X, y = load_breast_cancer(return_X_y=True)
    with pytest.warns(match="stopped by max_iter=1 "):
        model = SVC(C=100.0, max_iter=1).fit(StandardScaler().fit_transform(X[:400]), y[:400])
    assert model.n_iter_.tolist() == [1]


def test_many_multipliers_inside_their_bounds_end_where_tol_is_reached():
    X, _ = load_breast_cancer(return_X_y=True)
    X, t = StandardScaler().fit_transform(X[:400]), np.random.default_rng(0).normal(size=400)  # each row on the tube
    model = NuSVR(C=100.0).fit(X, t)
    assert model.status_ == "optimal"
    assert model.support_.size > 390
    assert certify(model, X, t).relative_gap <= model.tol


def sizes_seen_by(monkeypatch, name):
    """Of the free sets that a function of `free_set` is called with, as they come."""
    sizes, function = [], getattr(free_set, name)

    def counted(*args):
        sizes.append(args[-1].size)
        return function(*args)

    monkeypatch.setattr(free_set, name, counted)
    return sizes


def test_last_digits_are_given_up_where_steps_end_at_bounds(monkeypatch):
    X, y = load_wine(return_X_y=True)
    X, t = StandardScaler().fit_transform(X), y.astype(float)  # a tube of no width: more free multipliers than rows
    systems = sizes_seen_by(monkeypatch, "_newton")
    model = NuSVR(C=100.0).fit(X, t)
    assert model.status_ == "optimal"
    assert 0 < len(systems) <= 12
    model = NuSVR(C=100.0, tol=1e-9).fit(X, t)  # where they are asked for they are had
    assert model.status_ == "optimal"
    assert certify(model, X, t).relative_gap <= 1e-9


def test_classes_of_few_rows_read_values_that_were_computed_once():
    X, y = load_digits(return_X_y=True)
    X, y = StandardScaler().fit_transform(X[:450]), y[:450]
    model, again = SVC(n_jobs=1).fit(X, y), SVC(n_jobs=2).fit(X, y)
    assert certify(model, X, y).relative_gap < 1e-10
    np.testing.assert_array_equal(model.dual_coef_, again.dual_coef_)
    np.testing.assert_array_equal(model.decision_function(X), again.decision_function(X))


def test_steps_that_lead_nowhere_are_left_to_the_interior_point(monkeypatch):
    rng = np.random.default_rng(0)
    X, y = np.abs(rng.normal(size=(900, 2))), rng.integers(0, 6, 900) == 0  # a smooth kernel, and no pattern
    steps = sizes_seen_by(monkeypatch, "_direction")
    model = SVC(kernel="chi2", fit_intercept=False, tol=1e-6).fit(X, y)
    assert model.status_ == "optimal"
    assert certify(model, X, y).relative_gap <= 1e-6
    assert max(steps) > 100  # each costs millions of operations,
    assert len(steps) <= 40  # and 60 of them before an interior point and 60 after it did nothing
