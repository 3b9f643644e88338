"""Values of the losses of two classes and of numbers: closed forms, identities. Other libraries are in `parity/`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maxmargin import losses
from maxmargin.losses.objects import (
    CostSensitive,
    Hinge,
    Logistic,
)

F = np.concatenate([np.linspace(-4, 4, 65), np.random.default_rng(0).normal(size=100) * 3])
Y = np.random.default_rng(1).choice([-1.0, 1.0], F.size)
M = Y * F


def each(loss, **options):
    return loss(F, Y, reduction="none", **options)


# --- closed forms --------------------------------------------------------------------------------


def test_the_two_classical_numbers():
    assert losses.hinge(np.array([2.0]), np.array([1])) == 0.0
    assert losses.hinge(np.array([-1.0]), np.array([1])) == 2.0


@pytest.mark.parametrize(
    ("value", "closed_form"),
    [
        (each(losses.hinge), np.maximum(0, 1 - M)),
        (each(losses.hinge, margin=2.5), np.maximum(0, 2.5 - M)),
        (each(losses.hinge, power=2), np.maximum(0, 1 - M) ** 2),
        (each(losses.squared_hinge, margin=0.5), np.maximum(0, 0.5 - M) ** 2),
        (each(losses.perceptron), np.maximum(0, -M)),
        (each(losses.smooth_hinge), np.where(M >= 1, 0, np.where(M >= 0, (1 - M) ** 2 / 2, 0.5 - M))),
        (each(losses.smooth_hinge, gamma=0.5), np.where(M >= 1, 0, np.where(M >= 0.5, (1 - M) ** 2, 0.75 - M))),
        (each(losses.modified_huber), np.where(M >= -1, np.maximum(0, 1 - M) ** 2, -4 * M)),
        (each(losses.huberized_hinge), np.where(M > 1.5, 0, np.where(M > 0.5, (1.5 - M) ** 2 / 2, 1 - M))),
        (each(losses.generalized_hinge, a=3.0), np.max([0 * M, 1 - M, 1 - 3 * M], axis=0)),
        (each(losses.pinball_hinge, tau=0.5), np.max([0 * M, 1 - M, 0.5 * (M - 1)], axis=0)),
        (each(losses.pinball_hinge, tau=1.0, epsilon=0.5), np.max([0 * M, 0.5 - M, M - 1.5], axis=0)),
        (each(losses.pinball_hinge, tau=0.0), np.maximum(0, 1 - M)),
        (each(losses.ramp), np.maximum(0, 1 - M) - np.maximum(0, -1 - M)),
        (each(losses.ramp, s=0.5), np.maximum(0, 1 - M) - np.maximum(0, 0.5 - M)),
        (each(losses.logistic), np.log1p(np.exp(-M))),
        (each(losses.epsilon_insensitive), np.maximum(0, np.abs(F - Y) - 0.1)),
        (each(losses.epsilon_insensitive, epsilon=0.5, power=2), np.maximum(0, np.abs(F - Y) - 0.5) ** 2),
        (
            each(losses.epsilon_insensitive, epsilon=0.5, gamma=1.0),
            np.where(np.abs(F - Y) <= 1.5, np.maximum(0, np.abs(F - Y) - 0.5) ** 2 / 2, np.abs(F - Y) - 1.0),
        ),
    ],
)
def test_values_are_those_of_the_definition(value, closed_form):
    np.testing.assert_allclose(value, closed_form, rtol=1e-14, atol=1e-14)


def test_reductions_are_what_they_say():
    w = np.random.default_rng(2).uniform(size=F.size)
    loss = each(losses.hinge)
    assert losses.hinge(F, Y, reduction="sum") == pytest.approx(loss.sum(), rel=1e-14)
    assert losses.hinge(F, Y) == pytest.approx(loss.mean(), rel=1e-14)
    assert losses.hinge(F, Y, reduction="weighted_mean") == pytest.approx(loss.mean(), rel=1e-14)
    np.testing.assert_allclose(losses.hinge(F, Y, sample_weight=w, reduction="none"), w * loss)
    assert losses.hinge(F, Y, sample_weight=w, reduction="sum") == pytest.approx((w * loss).sum(), rel=1e-14)
    assert losses.hinge(F, Y, sample_weight=w) == pytest.approx((w * loss).sum() / F.size, rel=1e-14)
    assert losses.hinge(F, Y, sample_weight=w, reduction="weighted_mean") == pytest.approx(np.average(loss, weights=w))


def test_cost_sensitive_functions_and_objects_agree():
    loss = CostSensitive(Logistic(), positive=3.0, negative=0.5)
    expected = each(losses.logistic, class_weight=(0.5, 3.0))
    np.testing.assert_allclose(losses.binary_loss(loss, F, Y, reduction="none"), expected, rtol=1e-15)
    np.testing.assert_array_equal(losses.binary_loss(Hinge(2.0), F, Y, reduction="none"), each(losses.hinge, margin=2.0))


# --- properties ----------------------------------------------------------------------------------

SCORES = arrays.arrays(np.float64, st.integers(1, 20), elements=st.floats(-1e6, 1e6))
CONVEX = [
    losses.hinge, losses.squared_hinge, losses.perceptron, losses.smooth_hinge, losses.modified_huber,
    losses.huberized_hinge, losses.logistic,
]  # fmt: skip


@given(SCORES, st.sampled_from([*CONVEX, losses.ramp]), st.randoms(use_true_random=False))
def test_losses_are_not_negative_and_know_no_order(f, loss, random):
    y = np.array([random.choice([-1, 1]) for _ in f])
    order = np.array(random.sample(range(f.size), f.size))
    value = loss(f, y, reduction="none")
    assert (value >= 0).all()
    np.testing.assert_array_equal(loss(f[order], y[order], reduction="none"), value[order])
    np.testing.assert_array_equal(loss(-f, -y, reduction="none"), value)


@given(SCORES, SCORES, st.floats(0, 1), st.sampled_from(CONVEX))
def test_losses_are_convex_and_do_not_grow_with_the_margin(a, b, share, loss):
    n = min(a.size, b.size)
    a, b, y = a[:n], b[:n], np.ones(n)
    between = loss(share * a + (1 - share) * b, y, reduction="none")
    chord = share * loss(a, y, reduction="none") + (1 - share) * loss(b, y, reduction="none")
    assert (between <= chord * (1 + 1e-9) + 1e-9).all()
    low, high = np.minimum(a, b), np.maximum(a, b)
    assert (loss(low, y, reduction="none") >= loss(high, y, reduction="none")).all()


@given(SCORES, st.integers(0, 3))
def test_a_weight_of_k_is_k_copies(f, k):
    y = np.where(f > 0, -1, 1)
    w = np.where(np.arange(f.size) == 0, k, 1)
    repeated = losses.squared_hinge(np.repeat(f, w), np.repeat(y, w), reduction="weighted_mean")
    assert losses.squared_hinge(f, y, sample_weight=w, reduction="weighted_mean") == pytest.approx(repeated, rel=1e-12)


@given(SCORES)
def test_a_mask_is_an_absence(f):
    y, mask = np.where(f > 0, -1, 1), np.arange(f.size) % 3 > 0
    expected = losses.hinge(f[mask], y[mask]) if mask.any() else 0.0
    assert losses.hinge(f, y, mask=mask) == pytest.approx(expected, rel=1e-12)
