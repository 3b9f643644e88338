"""A general solver of quadratic programmes finds the same optimum (more such, LIBLINEAR and LIBSVM: test_parity)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.datasets import make_classification

from maxmargin import SVC, LinearSVC


def dual_optimum(K, sign, costs, *, fit_intercept):
    """max Σα − ½ Σ αᵢαⱼyᵢyⱼKᵢⱼ subject to 0 ≤ α ≤ c and, with an intercept, Σ αy = 0, by sequential least squares."""
    Q = sign[:, None] * K * sign
    found = minimize(
        lambda a: 0.5 * a @ Q @ a - a.sum(), np.zeros(sign.size), jac=lambda a: Q @ a - 1.0, method="SLSQP",
        bounds=[(0.0, c) for c in costs], options={"ftol": 1e-15, "maxiter": 1000},
        constraints=[{"type": "eq", "fun": lambda a: a @ sign, "jac": lambda a: sign}] if fit_intercept else [],
    )  # fmt: skip
    return -float(found.fun)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("C", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("machine", ["LinearSVC", "SVC"])
def test_the_optimum_is_that_of_a_general_solver(machine, C, fit_intercept):
    X, y = make_classification(30, 5, flip_y=0.2, random_state=1)
    sign, weights = np.where(y == 1, 1.0, -1.0), np.random.default_rng(0).uniform(0.2, 2.0, 30)
    if machine == "SVC":
        model = SVC(kernel="linear", C=C, fit_intercept=fit_intercept, tol=1e-9)
    else:
        model = LinearSVC(loss="hinge", C=C, fit_intercept=fit_intercept, tol=1e-9)
    model.fit(X, y, sample_weight=weights)
    optimum = dual_optimum(X @ X.T, sign, C * weights, fit_intercept=fit_intercept)
    assert model.primal_ == pytest.approx(optimum, rel=1e-6)
    assert model.dual_ <= optimum * (1 + 1e-6)
