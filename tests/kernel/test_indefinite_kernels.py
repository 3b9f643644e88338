"""Kernel values that are no inner product: found beside large values, where no pair of rows shows it, not in rounding."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from kernel_cases import make_data
from kernel_oracle import gram

from maxmargin import SVC, certify
from maxmargin.exceptions import IndefiniteKernelWarning, KernelSymmetryError
from maxmargin.kernels import RBF, Sigmoid
from maxmargin.kernels.spectrum import find_descent

X, LABELS, _ = make_data(60, 3, seed=7)
STATUSES = {"optimal", "numerical_limit"}


@pytest.mark.parametrize(("position", "value"), [((5, 40), 0.5), ((40, 5), 3.0)])
def test_small_values_are_looked_at_beside_a_large_one(position, value):
    K = gram("rbf", X)
    K[0, 0] = 1e5
    K[position] += value
    with pytest.raises(KernelSymmetryError, match=r"for rows (5 and 40|40 and 5)"):
        SVC(kernel="precomputed").fit(K, LABELS)
    K[5, 40] = K[40, 5] = 1.5
    with pytest.warns(IndefiniteKernelWarning, match=r"rows (5 and 40|40 and 5) the squared distance -1"):
        SVC(kernel="precomputed").fit(K, LABELS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [1, 5])
def test_rounding_in_float32_is_no_defect(dtype, columns):
    rows = (np.random.default_rng(0).normal(size=(60, columns)) + 3.0).astype(np.float32)
    rows[30:40] = rows[:10]
    inner = rows @ rows.T
    for K in (inner, inner - inner.mean(0) - inner.mean(1)[:, None] + inner.mean(), (inner / columns + 1.0) ** 5):
        assert SVC(kernel="precomputed", C=0.01).fit(K.astype(dtype), LABELS).gap_ >= 0.0  # warnings are errors


def test_a_hidden_indefinite_kernel_is_named_and_ends_too():
    # No pair of rows shows it, only the spectrum.
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.normal(size=(60, 60)))
    K = (Q * np.linspace(-0.5, 1.0, 60)) @ Q.T
    K = 0.5 * (K + K.T)
    for C in (1.0, 1e4):
        with pytest.warns(IndefiniteKernelWarning) as caught:
            model = SVC(kernel="precomputed", C=C, max_time=30.0).fit(K, LABELS)
        (message,) = [str(w.message) for w in caught if w.category is IndefiniteKernelWarning]
        assert re.search(r"has a sum of .* of -0\.\d+ for .*, the largest at rows \d+, \d+, \d+,", message)
        assert "a small gap shows a stationary point only" in message
        assert model.status_ in STATUSES
        assert certify(model, K, LABELS).gap == pytest.approx(model.gap_, rel=1e-6, abs=1e-8 * C)


@pytest.mark.parametrize("n", [60, 1500])
def test_a_sum_below_zero_is_what_the_message_says(n):
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(n, 3))
    for kernel, some in ((Sigmoid(gamma=0.5), True), (Sigmoid(gamma=0.5, coef0=-9.0), True), (RBF(gamma=0.5), False)):
        found = find_descent(kernel(rows), 1e-5)
        assert (found is not None) == some
        if found is not None:
            lowest = np.linalg.eigvalsh(kernel(rows))[0]
            assert lowest * (1.0 + 1e-9) <= found[0] < 0.0
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            SVC(kernel=kernel).fit(rows, np.arange(n) % 2)
        assert [w.category for w in caught] == [IndefiniteKernelWarning] * some


@pytest.mark.parametrize("n", [190, 300, 700])  # values of all before, of some first, of some alone
def test_what_the_first_rows_do_not_show_is_found_in_all(n):
    rows = np.random.default_rng(2).normal(size=(n, 3))
    rows[: n // 2] *= 1e-3  # where tanh is as good as linear
    kernel = Sigmoid(gamma=0.5)
    assert find_descent(kernel(rows[:48]), 1e-5, least_size=float(n)) is None
    with pytest.warns(IndefiniteKernelWarning, match="the largest at rows"):
        model = SVC(kernel=kernel).fit(rows, np.arange(n) % 2)
    assert model.status_ in STATUSES
    assert certify(model, rows, np.arange(n) % 2).gap == pytest.approx(model.gap_, rel=1e-6, abs=1e-8)
