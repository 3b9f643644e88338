"""Values of the losses of two classes and of numbers: closed forms, identities, other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.linear_model import _sgd_fast as sgd
from sklearn.metrics import hinge_loss

from maxmargin import losses
from maxmargin.losses.objects import (
    CostSensitive,
    EpsilonInsensitive,
    Hinge,
    Logistic,
    ModifiedHuber,
    SmoothHinge,
    SquaredHinge,
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


# --- other libraries -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours", "factor"),
    [
        (sgd.Hinge(1.0), Hinge(), 1.0),
        (sgd.Hinge(0.0), Hinge(0.0), 1.0),
        (sgd.Hinge(2.0), Hinge(2.0), 1.0),
        (sgd.SquaredHinge(1.0), SquaredHinge(), 1.0),
        (sgd.ModifiedHuber(), ModifiedHuber(), 1.0),
        (sgd.ModifiedHuber(), SmoothHinge(gamma=2.0), 4.0),
        (sgd.EpsilonInsensitive(0.1), EpsilonInsensitive(0.1), 1.0),
        (sgd.SquaredEpsilonInsensitive(0.5), EpsilonInsensitive(0.5, 2), 1.0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_scikit_learn_has_the_same_losses_and_slopes(theirs, ours, factor):
    """Its losses of stochastic gradients, where a threshold is a margin; slopes off the kinks, at which it differs."""
    f = F + 0.00137
    expected = [theirs.py_loss(a, b) for a, b in zip(f, Y, strict=True)]
    np.testing.assert_allclose(factor * ours.value(f, Y), expected, rtol=1e-13, atol=1e-13)
    slopes = [theirs.py_dloss(a, b) for a, b in zip(f, Y, strict=True)]
    np.testing.assert_allclose(factor * ours.subgradient(f, Y), slopes, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_metric_of_scikit_learn_is_the_weighted_mean(weighted):
    w = np.random.default_rng(3).uniform(size=F.size) if weighted else None
    ours = losses.hinge(F, Y, sample_weight=w, reduction="weighted_mean")
    assert ours == pytest.approx(hinge_loss(Y, F, sample_weight=w), rel=1e-13)


def test_optax_has_the_same_losses():
    optax = pytest.importorskip("optax", reason="optax is not installed: make test-frameworks installs it")
    import jax

    theirs = optax.losses
    with jax.enable_x64(True):
        f, y, zero_one = (jax.numpy.asarray(array) for array in (F, Y, (Y + 1) / 2))
        for expected, value in (
            (theirs.hinge_loss(f, y), each(losses.hinge)),
            (theirs.perceptron_loss(f, y), each(losses.perceptron)),
            (theirs.sparsemax_loss(f, zero_one), each(losses.smooth_hinge, gamma=2.0)),
            (theirs.sigmoid_binary_cross_entropy(f, zero_one), each(losses.logistic)),
        ):
            np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-13)


def test_torch_has_the_same_losses():
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")
    f, y = torch.tensor(F), torch.tensor(Y)
    assert float(losses.logistic(f, y)) == pytest.approx(float(torch.nn.functional.soft_margin_loss(f, y)), rel=1e-14)
    ranked = torch.nn.functional.margin_ranking_loss(f, 0 * f, y, margin=0.7)
    assert float(losses.hinge(f, y, margin=0.7)) == pytest.approx(float(ranked), rel=1e-14)


def test_keras_has_the_same_losses(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="keras is not installed: make test-frameworks installs it")
    w = np.random.default_rng(4).uniform(size=F.size)
    for kind, ours in ((keras.losses.Hinge, losses.hinge), (keras.losses.SquaredHinge, losses.squared_hinge)):
        theirs = [float(kind()(Y[:, None], F[:, None], sample_weight=weight)) for weight in (None, w)]
        assert [ours(F, Y), ours(F, Y, sample_weight=w)] == pytest.approx(theirs, rel=1e-6)
        weighted = kind(reduction="mean_with_sample_weight")(Y[:, None], F[:, None], sample_weight=w)
        assert ours(F, Y, sample_weight=w, reduction="weighted_mean") == pytest.approx(float(weighted), rel=1e-6)


def test_torchmetrics_has_the_same_losses():
    """Of scores between 0 and 1 only: it takes others for logits, and applies a sigmoid without a word."""
    metrics = pytest.importorskip("torchmetrics", reason="torchmetrics is not installed: make test-frameworks installs it")
    import torch

    f, zero_one = torch.tensor((F - F.min()) / np.ptp(F)), torch.tensor((Y + 1) // 2).int()
    for squared, ours in ((False, losses.hinge), (True, losses.squared_hinge)):
        theirs = metrics.functional.classification.binary_hinge_loss(f, zero_one, squared=squared)
        assert float(ours(f, zero_one, labels="01")) == pytest.approx(float(theirs), rel=1e-6)


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
