"""What a fit will cost, said before it starts; kernels in Python that take longer than max_time."""

from __future__ import annotations

import math
import time
import warnings

import numpy as np
import pytest
from kernel_cases import FIVE, make_data, target_of
from kernel_oracle import gram

from maxmargin import SVC
from maxmargin.estimators.kernel.estimate import FitEstimate, announce
from maxmargin.exceptions import LongFitWarning, NotConvergedWarning, TimeLimitError
from maxmargin.kernels import RBF, Linear, Rows, as_kernel, plan_kernel, training_matrix

X, LABELS, TARGETS = make_data(600, 3, seed=8)


class Slow:
    """An RBF kernel whose every call takes so many seconds."""

    __name__ = "slow"

    def __init__(self, seconds):
        self.seconds = seconds
        self.calls = []

    def __call__(self, left, right):
        self.calls.append(len(left))
        time.sleep(self.seconds)
        return gram("rbf", left, right, gamma=0.5)


# --- how much ---------------------------------------------------------------------------------------


def test_the_estimate_of_a_kernel_with_a_name():
    estimate = FitEstimate.of(100_000, 1e10, 10.0, 2.0**30, 1)
    assert estimate.evaluations == pytest.approx((1e10, 2.5e10, 2e11))
    assert estimate.seconds == pytest.approx((5.0, 12.5, 100.0))  # 5e-10 seconds for each value
    assert str(estimate) == (
        "100000 rows, about 2e+10 (1e+10 to 2e+11) kernel evaluations, a peak of 1024 MiB beyond the data, "
        "about 12 seconds (5 seconds to 100 seconds)"
    )
    half = FitEstimate.of(100_000, 1e10, 10.0, 2.0**30, 2)
    assert half.seconds == pytest.approx((2.5, 6.25, 50.0))


def test_the_estimate_of_a_kernel_in_python():
    estimate = FitEstimate.of_matrix(10_000, 1e8, 1e-5, 2.0**20)
    assert estimate.evaluations == (1e8, 1e8, 1e8)  # each value is computed once
    assert estimate.seconds == pytest.approx((1000.1, 1000.25, 1002.0))
    assert str(estimate) == ("10000 rows, about 1e+08 kernel evaluations, a peak of 1 MiB beyond the data, about 17 minutes")


def test_the_estimate_of_components():
    estimate = FitEstimate.of_components(1000, 1024, 0.0, 0.0, 1)
    assert estimate.evaluations == pytest.approx((64e3, 256e3, 1024e3))
    assert FitEstimate.of_components(1000, 10, 0.0, 0.0, 1).evaluations == (1e4, 1e4, 1e4)


@pytest.mark.parametrize(("usual", "warns"), [(130.0, True), (110.0, False)])
def test_what_usually_takes_long_is_said_unasked(usual, warns):
    estimate = FitEstimate(10, (1.0, 1.0, 1.0), 0.0, (1.0, usual, 1000.0))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        announce("SVC", estimate, verbose=False)
    assert [w.category for w in caught] == [LongFitWarning] * warns


def test_a_kernel_in_python_is_timed(monkeypatch):
    monkeypatch.setattr("maxmargin.estimators.kernel.estimate._LONG", 0.5)
    slow = Slow(0.01)
    # The second call takes at least 0.01 s for 6 x 600 values, so that all 600 x 600 would take 1 s.
    with pytest.warns(LongFitWarning, match=r"about to fit 600 rows, about 4e\+05 kernel evaluations, a peak of [0-9]+ MiB"):
        SVC(kernel=slow).fit(X, LABELS)
    assert slow.calls == [6, 6, 12, 24, 48, 96, 192, 216]


@pytest.mark.parametrize("kernel", [RBF(gamma=0.5) + Linear(), lambda a, b: gram("rbf", a, b, gamma=0.5)])
def test_a_kernel_that_is_fast_is_not_said_to_be_slow(kernel):
    seen = []
    rows = Rows(np.random.default_rng(0).normal(size=(2500, 3)))
    K = training_matrix(plan_kernel(as_kernel(kernel).resolve(rows), rows), math.inf, priced=seen.append)
    assert K.shape == (2500, 2500)
    assert len(seen) == 1
    assert 0.0 < seen[0] < 1e-4  # 2e-9 where the native core has the parts, 4e-8 in NumPy


# --- too much ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", FIVE)
def test_max_time_ends_the_values_of_a_kernel_in_python(machine):
    slow = Slow(0.05)
    model = FIVE[machine](kernel=slow, max_time=0.02)
    with pytest.raises(TimeLimitError, match=r"the kernel 'slow' has 600 x 600 values, 1% of which took .*raise max_time"):
        model.fit(X, target_of(machine, LABELS, TARGETS))
    assert slow.calls == [6]
    assert not hasattr(model, "status_")


def test_values_that_are_all_there_are_used():
    with pytest.warns(NotConvergedWarning, match="max_time"):
        model = SVC(kernel=Slow(0.0), max_time=1e-9).fit(X[:60], LABELS[:60])
    assert model.status_ == "stopped_by_max_time"
    assert np.isfinite(model.gap_)


def test_blocks_change_no_value():
    def counted(left, right):
        return gram("rbf", left, right, gamma=0.5)

    model = SVC(kernel=counted, tol=1e-8).fit(X, LABELS)
    named = SVC(gamma=0.5, tol=1e-8).fit(X, LABELS)
    np.testing.assert_allclose(model.decision_function(X), named.decision_function(X), atol=1e-4)
