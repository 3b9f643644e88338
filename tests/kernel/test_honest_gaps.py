"""No fit claims a gap that `certify` does not find, or that a judge with more digits denies."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from honest_cases import assert_honest, case
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from maxmargin import SVC, SVR, NuSVR, certify
from maxmargin.exceptions import NotConvergedWarning
from maxmargin.machines import gap_at, pair_problems, rounding_of_gap

# Of those beyond the first hundred: end games, sums of multipliers that were off, values of 1e14 beside values of 1, zero.
FOUND = [139, 168, 184, 189, 228, 231, 273, 278, 321, 331, 369, 399]


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
@pytest.mark.parametrize("seed", [*range(100), *FOUND])
def test_a_tiny_fit_claims_no_more_than_it_has(seed):
    a_case = case(seed)
    model = a_case.fitted()
    if model is not None:
        assert_honest(a_case, model)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
@pytest.mark.parametrize("start", range(0, 8000, 250))
def test_thousands_of_tiny_fits_claim_no_more_than_they_have(start):
    for seed in range(start, start + 250):
        test_a_tiny_fit_claims_no_more_than_it_has(seed)


HUGE = {
    "iris": lambda: load_iris(return_X_y=True),
    "100 iris": lambda: (100.0 * load_iris().data, load_iris().target),
    "100 wine": lambda: (100.0 * load_wine().data[::2], load_wine().target[::2]),
    "100 breast cancer": lambda: (100.0 * load_breast_cancer().data[:120], load_breast_cancer().target[:120]),
}
FUNCTIONS = [
    {"kernel": "poly", "degree": 8, "gamma": 1.0, "coef0": 1.0},
    {"kernel": "poly", "degree": 10},
    {"kernel": "poly", "gamma": 1.0},
    {"kernel": "sigmoid", "gamma": 1.0},
    {"kernel": "linear"},
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
@pytest.mark.parametrize("data", HUGE)
@pytest.mark.parametrize("make", [SVC, SVR], ids=lambda make: make.__name__)
def test_huge_kernel_values_end_with_what_certify_finds(make, data, function):
    X, y = HUGE[data]()
    model = make(max_time=30.0, **function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model.fit(X, y)
    assert model.status_ in {"optimal", "numerical_limit"}
    proof = certify(model, X, y)
    for claimed, found in zip(model.certificate_.problems, proof.problems, strict=True):
        assert found.point.gap <= claimed.point.gap * (1.0 + 1e-3) + 1e-9 * abs(found.point.dual)
    if model.status_ == "optimal":
        assert proof.relative_gap <= model.tol


def test_two_narrow_rows_of_very_different_weight():
    X = np.array([[0.0], [1.0]], dtype=np.float32)
    y, weights = np.array([0.0, 1.0]), np.array([1e-3, 100.0])
    for kernel in ({"kernel": "linear"}, {"gamma": 0.5}, {"gamma": 50.0}):
        model = NuSVR(nu=1e-3, C=1e4, tol=1e-6, **kernel).fit(X, y, sample_weight=weights)
        assert model.status_ == "optimal"
        assert certify(model, X, y, sample_weight=weights).gap <= model.gap_ * (1.0 + 1e-9) + 1e-9 * abs(model.dual_)


def test_margins_are_told_a_little_wider_where_c_is_huge():
    # A margin that rounding leaves at 1 - 1e-16 costs C times that: 1e-4, of an objective of 1e-3.
    rng = np.random.default_rng(0)
    X, y = 10.0 * rng.normal(size=(12, 40)), np.arange(12) % 2
    model = SVC(kernel="linear", C=1e12, tol=1e-6).fit(X, y)
    assert model.status_ == "optimal"
    assert model.relative_gap_ <= 1e-6
    assert certify(model, X, y).gap == model.gap_
    margins = np.where(y == 1, 1.0, -1.0) * model.decision_function(X)
    assert margins.min() >= 1.0


def test_what_float64_cannot_tell_is_not_called_optimal():
    # Both rows lie on the border, to the last digit and by luck; f = 1 is off by 1e-16, which counts 1e8 times.
    with pytest.warns(NotConvergedWarning, match="may be off by more than tol=1e-12"):
        model = SVR(gamma=1.0, C=1e8, epsilon=0.0, tol=1e-12).fit([[0.0], [1.0]], [0.0, 1.0])
    assert model.status_ == "numerical_limit"
    assert model.relative_gap_ <= 1e-12
    assert SVR(gamma=1.0, C=1e8, epsilon=0.0, tol=1e-6).fit([[0.0], [1.0]], [0.0, 1.0]).status_ == "optimal"


def test_rounding_of_a_gap_counts_what_multipliers_have_room_for():
    rows, y = np.arange(3), np.array([1.0, -1.0, 1.0])
    programme = pair_problems(rows, y, np.full(3, 10.0), [3], fit_intercept=True)[0].programme
    a, f, offsets = np.array([4.0, -4.0, 0.0]), np.array([1.0, -1.0, 5.0]), np.zeros(1)
    assert gap_at(programme, a, f, offsets)[2] == 0.0
    doubt = np.array([1e-6, 1e-6, 1e-6])
    # The third row is at its bound by far more than its doubt; of the others each has room for 6 more.
    assert rounding_of_gap(programme, a, f, offsets, doubt) == pytest.approx(12e-6)
    assert rounding_of_gap(programme, a, f, offsets, 1e7 * doubt) == pytest.approx(12.0 * 10.0 + 10.0 * 10.0)
