"""What a fit will cost, said before it starts; kernels in Python that take longer than max_time."""

from __future__ import annotations

import math
import time
import warnings
from functools import partial

import numpy as np
import pytest
from kernel_cases import FIVE, make_data, target_of
from kernel_oracle import gram

from maxmargin import SVC, SVR
from maxmargin.estimators.kernel.estimate import FitEstimate, announce, seconds_a_value
from maxmargin.exceptions import LongFitWarning, NotConvergedWarning, TimeLimitError
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, PythonKernel, Rows, as_kernel, plan_kernel, training_matrix

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
    estimate = FitEstimate.of(100_000, 1e10, 5e-10, 2.0**30, 1)
    assert estimate.evaluations == pytest.approx((1e8, 7e9, 5e10))
    assert estimate.seconds == pytest.approx((0.1, 7.0, 50.0))  # twice what the values take
    assert str(estimate) == (
        "100000 rows, about 7e+09 (1e+08 to 5e+10) kernel evaluations, a peak of at most 1024 MiB beyond the data, "
        "about 7 seconds (usually less than 50 seconds)"
    )
    half = FitEstimate.of(100_000, 1e10, 5e-10, 2.0**30, 2)
    assert half.seconds == pytest.approx((0.05, 3.5, 25.0))
    assert seconds_a_value(RBF(gamma=1.0), 100.0, skips_zeros=False) == pytest.approx(1.38e-9)
    assert seconds_a_value(RBF(gamma=1.0), 100.0, skips_zeros=True) == pytest.approx(2.13e-9)


def test_sums_and_products_are_priced_by_their_parts():
    rbf, linear, laplacian, chi2 = RBF(gamma=1.0), Linear(), Laplacian(gamma=1.0), Chi2(gamma=1.0)
    price = partial(seconds_a_value, values_per_row=100.0, skips_zeros=False)
    function, sum_of_features = 3.3e-10, 1.05e-9
    assert price(rbf + linear) == pytest.approx(2 * function + sum_of_features)  # both of the same inner product
    assert price(2.0 * rbf) == pytest.approx(price(rbf))
    assert price(rbf * (linear + laplacian)) == pytest.approx(3 * function + (1.0 + 3.0) * sum_of_features)
    assert price(chi2 + chi2 * rbf) == pytest.approx(3 * function + (1.0 + 14.0) * sum_of_features)
    assert price(chi2, skips_zeros=True) == pytest.approx(function + 6.5 * 1.8e-9)
    assert price(laplacian, skips_zeros=True) == pytest.approx(function + 2.0 * 1.8e-9)
    assert price(Linear() + PythonKernel(gram)) == pytest.approx(price(linear))  # which nothing here knows


# Rows, numbers that an inner product reads, whether these are those other than zero, measured seconds of two threads to 1e-3
# (benchmarks/results/kernel.md).
IN_KERNEL_VALUES = {
    "mushrooms": (8124, 21, True, (0.169, 0.0822)),
    "phishing": (11_055, 30, True, (0.0619, 0.124)),
    "satimage": (4435, 36, False, (0.00852, 0.0142)),
    "pendigits": (7494, 16, False, (0.0101,)),
    "usps": (7291, 256, False, (0.0312, 0.0369)),
    "letter": (15_000, 16, False, (0.0764,)),
    "covtype_20k": (20_000, 12, True, (0.302, 0.977)),
    "susy_30k": (30_000, 18, False, (0.82,)),
    "ijcnn1": (49_990, 13, True, (0.475, 0.405)),
    "w8a": (49_749, 12, True, (0.277, 0.663)),
    "a9a": (32_561, 14, True, (0.679, 1.05)),
    "cod-rna": (59_535, 8, False, (0.789,)),
    "skin_nonskin": (245_057, 3, False, (0.489,)),
    "mnist": (60_000, 150, True, (2.09,)),
}
# The same of whole fits of linear kernels (docs/decisions/0006-kernel-machines.md): rows, columns.
LINEAR = {
    "digits": (1797, 64, 0.13),
    "5470 rows": (5470, 22, 0.6),
    "covtype": (5000, 54, 0.8),
    "covtype 20k": (20_000, 54, 2.7),
}
# And of SVR with components (docs/decisions/0008-approximations-and-compression.md), at most 2000, 24,420 rows.
COMPONENTS = (1.91, 2.30, 5.74, 1.86, 9.72, 34.97)
ANOTHER_MACHINE = 2.0


def test_what_was_measured_is_within_what_would_have_been_announced():
    near = []
    for name, (n, values, skips_zeros, measured) in IN_KERNEL_VALUES.items():
        estimate = FitEstimate.of(n, float(n) ** 2, seconds_a_value(RBF(gamma=1.0), values, skips_zeros=skips_zeros), 0.0, 2)
        for seconds in measured:
            assert estimate.seconds[0] <= seconds * ANOTHER_MACHINE, name
            assert seconds <= estimate.seconds[2] * ANOTHER_MACHINE, name
            near.append(estimate.seconds[1] / 3.0 <= seconds <= 3.0 * estimate.seconds[1])
    assert np.mean(near) > 0.6  # the usual time is what it says
    for name, (n, d, seconds) in LINEAR.items():
        least, usual, most = FitEstimate.of_columns(n, [n], d, 0.0, 1).seconds
        assert least <= seconds * ANOTHER_MACHINE, name
        assert seconds <= most * ANOTHER_MACHINE, name
        assert usual / 4.0 <= seconds <= 4.0 * usual, name
    each = seconds_a_value(RBF(gamma=1.0), 14, skips_zeros=True)
    least, _, most = FitEstimate.of_components(24_420, 24_420, 2000, each, 0.0, 2, hinge=False).seconds
    assert least <= min(COMPONENTS) * ANOTHER_MACHINE
    assert max(COMPONENTS) <= most <= 3.0 * max(COMPONENTS)


def test_linear_kernels_of_few_columns_are_not_priced_by_pairs_of_rows(capsys, monkeypatch):
    monkeypatch.setattr("maxmargin.estimators.kernel.estimate._MOMENT", 0.0)
    n = 3000
    rows = np.random.default_rng(0).normal(size=(n, 3))
    model = SVC(kernel="linear", verbose=1, max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model.fit(rows, rows[:, 0] > 0.0)
    fewest, usual, most = FitEstimate.of_columns(n, [n], 3, 0.0, 1).evaluations
    assert f"about {usual:.0e} ({fewest:.0e} to {most:.0e}) kernel evaluations" in capsys.readouterr().err


def test_a_tube_has_two_variables_a_row_and_four_times_the_pairs(capsys, monkeypatch):
    monkeypatch.setattr("maxmargin.estimators.kernel.estimate._MOMENT", 0.0)
    said = []
    for make, y in ((SVC, LABELS), (SVR, TARGETS)):
        make(verbose=1).fit(X, y)
        said.append(capsys.readouterr().err.split(", ")[1])
    assert said == ["about 3e+05 (4e+03 to 2e+06) kernel evaluations", "about 1e+06 (1e+04 to 7e+06) kernel evaluations"]


def test_the_estimate_of_a_kernel_in_python():
    estimate = FitEstimate.of_matrix(10_000, 1e8, 1e-5, 2.0**20)
    assert estimate.evaluations == (1e8, 1e8, 1e8)  # each value is computed once
    assert estimate.seconds == pytest.approx((1000.001, 1000.07, 1000.5))
    assert str(estimate) == (
        "10000 rows, about 1e+08 kernel evaluations, a peak of at most 1 MiB beyond the data, about 17 minutes"
    )


def test_the_estimate_of_components():
    hinge, other = (FitEstimate.of_components(1000, 1000, 1024, 1e-9, 0.0, 1, hinge=hinge) for hinge in (True, False))
    assert hinge.evaluations == other.evaluations == pytest.approx((64e3, 256e3, 1024e3))
    assert other.seconds[2] > hinge.seconds[2] * 2.0
    assert FitEstimate.of_components(1000, 1000, 10, 1e-9, 0.0, 1, hinge=True).evaluations == (1e4, 1e4, 1e4)


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
    with pytest.warns(
        LongFitWarning, match=r"about to fit 600 rows, about 4e\+05 kernel evaluations, a peak of at most [0-9]+ MiB"
    ):
        SVC(kernel=slow).fit(X, LABELS)
    assert slow.calls == [6, 6, 12, 24, 48, 96, 192, 216]


@pytest.mark.parametrize("kernel", [RBF(gamma=0.5) + np.inner, lambda a, b: gram("rbf", a, b, gamma=0.5)])
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
