"""Small random problems, of the degenerate kind: every fit returns a status and a gap that the oracle confirms."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_oracle import gram, judge

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify
from maxmargin.exceptions import InfeasibleNuError, NotConvergedWarning, SingleClassError

STATUSES = {"optimal", "numerical_limit"}
TOL = 1e-6


@st.composite
def problems(draw):
    """Integer-valued rows with duplicates, few distinct labels and targets, weights with zeros and large ratios."""
    n, d = draw(st.integers(1, 14)), draw(st.integers(1, 3))
    distinct = draw(st.integers(1, n))
    base = draw(st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=distinct, max_size=distinct))
    rows = np.array(base, dtype=float)[draw(st.lists(st.integers(0, distinct - 1), min_size=n, max_size=n))]
    y = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    weights = draw(st.none() | st.lists(st.sampled_from([0.0, 1e-3, 0.5, 1.0, 2.0, 100.0]), min_size=n, max_size=n))
    weights = None if weights is None or not any(weights) else np.array(weights)
    return rows.astype(draw(st.sampled_from([np.float32, np.float64]))), y, weights


KERNELS = st.sampled_from(
    [("linear", {}), ("rbf", {"gamma": 0.5}), ("rbf", {"gamma": 50.0}), ("rbf", {"gamma": 0.0}),
     ("poly", {"gamma": 0.5, "coef0": 1.0, "degree": 2}), ("laplacian", {"gamma": 0.3})]
)  # fmt: skip
COSTS = st.sampled_from([1e-3, 1.0, 30.0, 1e4])
NUS = st.sampled_from([1e-3, 0.2, 0.5, 0.9, 1.0])


def check(make, problem, kernel):
    """Fit and certify; the judgement of the oracle where there is one problem."""
    rows, y, weights = problem
    name, numbers = kernel
    model = make(kernel=name, tol=TOL, max_time=60.0, **numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        try:
            model.fit(rows, y, sample_weight=weights)
        except (SingleClassError, InfeasibleNuError):
            return None
    assert model.status_ in STATUSES
    assert model.gap_ >= 0
    assert np.isfinite(model.dual_coef_).all()
    assert np.isfinite(model.intercept_).all()
    proof = certify(model, rows, y, sample_weight=weights)
    size = abs(proof.primal) + abs(proof.dual) + 1e-3
    costs = getattr(model, "C", 1.0) * (len(y) if weights is None else weights.sum())
    values = np.abs(model.dual_coef_).sum() * np.abs(gram(name, rows, **{"gamma": 1.0, **numbers})).max()
    rounding = 1e-12 * costs * (1.0 + values + np.abs(model.intercept_).max())
    assert abs(proof.gap - model.gap_) <= 1e-6 * model.gap_ + 1e-9 * size + rounding
    if weights is not None:
        assert not (weights[model.support_] == 0).any()
    assert model.predict(rows).shape == y.shape
    if len(getattr(model, "classes_", [0, 1])) > 2:
        return model
    judged = judge(model, gram(name, rows, **{"gamma": 1.0, **numbers}), y, weights)
    assert judged.infeasible <= 1e-9
    if model.status_ == "optimal" and abs(judged.dual) > 1e-9:
        assert judged.certifies(TOL, slack=1e-10 + rounding / size)
    return model


@settings(max_examples=60)
@given(problems(), KERNELS, COSTS, st.booleans(), st.sampled_from(["ovo", "ovr"]))
def test_classification(problem, kernel, C, fit_intercept, multi_class):
    model = check(lambda **p: SVC(C=C, fit_intercept=fit_intercept, multi_class=multi_class, **p), problem, kernel)
    # Without kernel values that float64 cannot hold nothing is beyond its limit.
    assert model is None or model.status_ == "optimal"


@settings(max_examples=60)
@given(problems(), KERNELS, COSTS, st.sampled_from([0.0, 0.1, 5.0]), st.booleans())
def test_regression(problem, kernel, C, epsilon, fit_intercept):
    model = check(lambda **p: SVR(C=C, epsilon=epsilon, fit_intercept=fit_intercept, **p), problem, kernel)
    assert model.status_ == "optimal"


@settings(max_examples=40)
@given(problems(), KERNELS, NUS)
def test_nu_classification(problem, kernel, nu):
    check(lambda **p: NuSVC(nu=nu, **p), problem, kernel)


@settings(max_examples=40)
@given(problems(), KERNELS, NUS, COSTS)
def test_nu_regression(problem, kernel, nu, C):
    check(lambda **p: NuSVR(nu=nu, C=C, **p), problem, kernel)


@settings(max_examples=40)
@given(problems(), KERNELS, NUS)
def test_one_class(problem, kernel, nu):
    check(lambda **p: OneClassSVM(nu=nu, **p), problem, kernel)
