"""Losses of several classes: their definitions, probabilities for labels, the axis of the classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxmargin import exceptions as errors
from maxmargin import losses
from maxmargin.losses.objects import CrammerSinger, LeeLinWahba, OneVsRest, SmoothHinge, TopKHinge, WestonWatkins

RNG = np.random.default_rng(0)
N, K = 40, 4
S, Y = 2.0 * RNG.normal(size=(N, K)), RNG.integers(0, K, N)
S[::2] = RNG.integers(-8, 9, (N // 2, K)) / 4  # half of them on kinks and ties
COSTS = RNG.integers(0, 8, (K, K)) / 4 * (1 - np.eye(K))
MARGINS = np.array([0.5, 1.0, 2.0, -0.25])


def each(loss, scores=S, y=Y, **options):
    return loss(scores, y, reduction="none", **options)


def by_hand(rule):
    """A rule for (scores of the rivals, score of the true class, true class, rivals), row by row."""
    rows = []
    for s, y in zip(S, Y, strict=True):
        rivals = [j for j in range(K) if j != y]
        rows.append(rule(s[rivals], s[y], y, rivals))
    return np.array(rows)


def top_2(s, t, variant):
    violations = np.sort(np.append(1 + s - t, 0.0))[::-1][:2]
    return np.maximum(violations, 0).mean() if variant == "beta" else max(violations.mean(), 0)


def pos(z):
    return np.maximum(z, 0)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (each(losses.crammer_singer), lambda s, t, y, r: pos(1 + s.max() - t)),
        (each(losses.crammer_singer, margin=2.5), lambda s, t, y, r: pos(2.5 + s.max() - t)),
        (each(losses.crammer_singer, margin=-0.5), lambda s, t, y, r: pos(-0.5 + s.max() - t)),
        (each(losses.crammer_singer, power=2), lambda s, t, y, r: pos(1 + s.max() - t) ** 2),
        (each(losses.crammer_singer, margin=MARGINS), lambda s, t, y, r: pos(MARGINS[y] + s.max() - t)),
        (each(losses.crammer_singer, margin=MARGINS.tolist()), lambda s, t, y, r: pos(MARGINS[y] + s.max() - t)),
        (each(losses.crammer_singer, margin=COSTS), lambda s, t, y, r: pos((COSTS[y, r] + s).max() - t)),
        (each(losses.crammer_singer, margin=COSTS, power=2), lambda s, t, y, r: pos((COSTS[y, r] + s).max() - t) ** 2),
        (each(losses.weston_watkins), lambda s, t, y, r: pos(1 + s - t).sum()),
        (each(losses.weston_watkins, margin=0.5, power=2), lambda s, t, y, r: (pos(0.5 + s - t) ** 2).sum()),
        (each(losses.weston_watkins, normalize=True), lambda s, t, y, r: pos(1 + s - t).sum() / K),
        (each(losses.one_vs_rest_hinge), lambda s, t, y, r: pos(1 - t) + pos(1 + s).sum()),
        (each(losses.one_vs_rest_hinge, power=2), lambda s, t, y, r: pos(1 - t) ** 2 + (pos(1 + s) ** 2).sum()),
        (each(losses.one_vs_rest_hinge, aggregate="mean"), lambda s, t, y, r: (pos(1 - t) + pos(1 + s).sum()) / K),
        (each(losses.one_vs_rest_hinge, margin=0.5), lambda s, t, y, r: pos(0.5 - t) + pos(0.5 + s).sum()),
        (each(losses.lee_lin_wahba, center=False), lambda s, t, y, r: pos(1 / (K - 1) + s).sum()),
        (each(losses.lee_lin_wahba), lambda s, t, y, r: pos(1 / (K - 1) + s - (s.sum() + t) / K).sum()),
        (each(losses.lee_lin_wahba, margin=1.0), lambda s, t, y, r: pos(1 + s - (s.sum() + t) / K).sum()),
        (each(losses.top_k_hinge, k=2), lambda s, t, y, r: top_2(s, t, "beta")),
        (each(losses.top_k_hinge, k=2, variant="alpha"), lambda s, t, y, r: top_2(s, t, "alpha")),
        (each(losses.keras_categorical_hinge), lambda s, t, y, r: pos(1 + pos(s.max()) - t)),
    ],
)  # fmt: skip
def test_values_are_those_of_the_definition(value, rule):
    np.testing.assert_allclose(value, by_hand(rule), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("function", "loss"),
    [
        (losses.crammer_singer, CrammerSinger()),
        (lambda s, y, **o: losses.crammer_singer(s, y, margin=COSTS, **o), CrammerSinger(COSTS)),
        (lambda s, y, **o: losses.weston_watkins(s, y, margin=0.5, power=2, **o), WestonWatkins(0.5, 2)),
        (losses.one_vs_rest_hinge, OneVsRest()),
        (lambda s, y, **o: losses.lee_lin_wahba(s, y, center=False, **o), LeeLinWahba()),
        (lambda s, y, **o: losses.top_k_hinge(s, y, k=3, **o), TopKHinge(3)),
    ],
)
def test_functions_and_objects_are_one(function, loss):
    np.testing.assert_array_equal(each(function), loss.value(S, Y))
    np.testing.assert_array_equal(each(lambda s, y, **o: losses.class_loss(loss, s, y, **o)), loss.value(S, Y))


def test_only_losses_of_rows_are_class_losses():
    with pytest.raises(errors.InvalidParameterError, match="such as CrammerSinger"):
        losses.class_loss(SmoothHinge(), S, Y)


def test_one_guess_is_crammer_and_singers_loss_and_two_classes_are_the_hinge():
    for variant in ("alpha", "beta"):
        np.testing.assert_array_equal(each(losses.top_k_hinge, k=1, variant=variant), each(losses.crammer_singer))
    s, y = S[:, :2], Y % 2
    expected = losses.hinge(s[:, 1] - s[:, 0], y == 1, reduction="none")
    for loss in (losses.crammer_singer, losses.weston_watkins):
        np.testing.assert_array_equal(each(loss, s, y), expected)
        assert each(loss, S[:, :1], 0 * Y).tolist() == [0] * N  # one class: nothing to be confused with


def test_the_categorical_hinge_of_keras_is_another_loss():
    s, y = np.array([[-3.0, -5.0], [4.0, 2.0]]), np.array([0, 0])
    assert each(losses.keras_categorical_hinge, s, y).tolist() == [4.0, 0.0]
    assert each(losses.crammer_singer, s, y).tolist() == [0.0, 0.0]


# --- weights and masks ---------------------------------------------------------------------------


def test_factors_of_classes_and_reductions():
    loss, factor, w = each(losses.crammer_singer), np.array([1.0, 2.0, 0.0, 3.0]), RNG.uniform(size=N)
    weight = factor[Y] * w
    np.testing.assert_array_equal(each(losses.crammer_singer, class_weight=factor), loss * factor[Y])
    options = {"class_weight": factor.tolist(), "sample_weight": w}
    assert losses.crammer_singer(S, Y, **options) == pytest.approx((loss * weight).sum() / N)
    assert losses.crammer_singer(S, Y, reduction="weighted_mean", **options) == pytest.approx(
        np.average(loss, weights=weight)
    )
    with pytest.raises(errors.ShapeError, match=r"class_weight has the shape \(3,\); expected \(4,\)"):
        losses.crammer_singer(S, Y, class_weight=factor[:3])


def test_ignored_rows_are_not_there():
    y, s = np.where(Y == 2, -100, Y), np.where((Y == 2)[:, None], np.nan, S)
    for loss in (losses.crammer_singer, losses.weston_watkins, losses.one_vs_rest_hinge, losses.keras_categorical_hinge):
        for reduction in ("mean", "weighted_mean", "sum"):
            expected = loss(S[Y != 2], Y[Y != 2], reduction=reduction)
            assert loss(s, y, ignore_index=-100, reduction=reduction) == pytest.approx(expected)
        with pytest.raises(errors.ClassRangeError, match="the class -100"):
            loss(s, y)


def test_images_have_their_classes_in_the_second_axis():
    scores, y = RNG.normal(size=(2, K, 3, 5)), RNG.integers(0, K, (2, 3, 5))
    mask, w = RNG.random((2, 3, 5)) > 0.3, RNG.uniform(size=2)
    for options in ({}, {"mask": mask}, {"sample_weight": w}, {"class_weight": MARGINS**2}):
        for axis in (1, -3):
            result = losses.crammer_singer(scores, y, axis=axis, reduction="none", **options)
            moved = losses.crammer_singer(np.moveaxis(scores, 1, -1), y, reduction="none", **options)
            np.testing.assert_array_equal(result, moved)
    soft = RNG.dirichlet(np.ones(K), (2, 3, 5))
    result = losses.weston_watkins(scores, np.moveaxis(soft, -1, 1), axis=1, soft=True)
    assert result == pytest.approx(losses.weston_watkins(np.moveaxis(scores, 1, -1), soft, soft=True))
    for axis in (4, -5):
        with pytest.raises(errors.ShapeError, match="expected an axis"):
            losses.crammer_singer(scores, y, axis=axis)
    with pytest.raises(errors.InvalidParameterError, match="axis must be an integer"):
        losses.crammer_singer(scores, y, axis=1.0)


# --- probabilities -------------------------------------------------------------------------------

P = RNG.dirichlet(np.full(K, 0.3), N)
SOFT = [
    losses.crammer_singer, losses.weston_watkins, losses.one_vs_rest_hinge, losses.lee_lin_wahba,
    lambda s, y, **o: losses.crammer_singer(s, y, margin=COSTS, power=2, **o),
    lambda s, y, **o: losses.crammer_singer(s, y, margin=MARGINS, **o),
    lambda s, y, **o: losses.top_k_hinge(s, y, k=2, **o),
]  # fmt: skip


@pytest.mark.parametrize("loss", SOFT)
def test_the_loss_of_probabilities_is_their_mean_loss(loss):
    by_class = np.stack([each(loss, y=np.full(N, c)) for c in range(K)], axis=-1)
    np.testing.assert_allclose(each(loss, y=P, soft=True), (P * by_class).sum(-1), rtol=1e-13)
    np.testing.assert_allclose(each(loss, y=np.eye(K)[Y], soft=True), each(loss), rtol=1e-15)
    # A mixture of two samples, as after mixup.
    other = (Y + 1) % K
    mixed = each(loss, y=0.7 * np.eye(K)[Y] + 0.3 * np.eye(K)[other], soft=True)
    np.testing.assert_allclose(mixed, 0.7 * each(loss) + 0.3 * each(loss, y=other), rtol=1e-13)


def test_factors_weigh_probabilities():
    factor = np.array([1.0, 2.0, 0.0, 3.0])
    by_class = np.stack([each(losses.crammer_singer, y=np.full(N, c)) for c in range(K)], axis=-1)
    weighted = (P * factor * by_class).sum(-1)
    result = each(losses.crammer_singer, y=P, soft=True, class_weight=factor)
    np.testing.assert_allclose(result, weighted, rtol=1e-13)
    mean = losses.crammer_singer(S, P, soft=True, class_weight=factor, reduction="weighted_mean")
    assert mean == pytest.approx(weighted.sum() / (P * factor).sum())
    hard = losses.crammer_singer(S, np.eye(K)[Y], soft=True, class_weight=factor, reduction="weighted_mean")
    assert hard == pytest.approx(losses.crammer_singer(S, Y, class_weight=factor, reduction="weighted_mean"))


@pytest.mark.parametrize(
    "row", [[0.5, 0.6, 0.0, 0.0], [1.5, -0.5, 0.0, 0.0], [np.nan, 1.0, 0.0, 0.0], [0, 0, 0, 0], [1, 0, 1, 0]]
)
def test_what_is_no_probability_is_refused(row):
    y = P.copy()
    y[3] = row
    with pytest.raises(errors.InvalidTargetError, match=r"probabilities y at position 3 sum to .*; expected numbers ≥ 0"):
        losses.crammer_singer(S, y, soft=True)
    unseen = each(losses.crammer_singer, y=y, soft=True, validate=False)
    assert np.isnan(unseen).tolist() == [i == 3 for i in range(N)]
    mask = np.arange(N) != 3
    assert losses.crammer_singer(S, y, soft=True, mask=mask) == pytest.approx(
        losses.crammer_singer(S[mask], P[mask], soft=True)
    )


def test_probabilities_are_floating_and_said_to_be():
    with pytest.raises(errors.ShapeError, match="leave out soft=True for class indices"):
        losses.crammer_singer(S, Y, soft=True)
    with pytest.raises(errors.UnsupportedTypeError, match="expected floating-point probabilities"):
        losses.crammer_singer(S, np.eye(K, dtype=int)[Y], soft=True)
    with pytest.raises(errors.ShapeError, match="one class a sample"):
        losses.crammer_singer(S, P)
    with pytest.raises(errors.InvalidParameterError, match="ignore_index is a class"):
        losses.crammer_singer(S, P, soft=True, ignore_index=0)


def test_an_infinite_loss_without_probability_does_not_count():
    s = np.array([[0.0, -np.inf, 0.0, 0.0]])  # of class 1 the loss is infinite
    with np.errstate(invalid="ignore"):  # NumPy warns of −∞ − (−∞), which nothing looks at
        assert losses.crammer_singer(s, np.array([[0.5, 0.0, 0.25, 0.25]]), soft=True) == 1.0
        assert losses.crammer_singer(s, np.array([[0.5, 0.5, 0.0, 0.0]]), soft=True) == np.inf


# --- parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: losses.crammer_singer(S, Y, margin=np.ones(3)), errors.ShapeError, r"a number or \(4,\) or \(4, 4\)"),
        (lambda: losses.crammer_singer(S, Y, margin=np.ones((4, 4))), errors.InvalidParameterError, "on its diagonal"),
        (lambda: losses.crammer_singer(S, Y, margin=[1, 2, 3, np.nan]), errors.InvalidParameterError, "nan at position 3"),
        (lambda: losses.crammer_singer(S, Y, margin=np.inf), errors.InvalidParameterError, "margin must be a finite number"),
        (lambda: losses.crammer_singer(S, Y, power=3), errors.InvalidParameterError, "power must be one of 1, 2"),
        (lambda: losses.weston_watkins(S, Y, power=0), errors.InvalidParameterError, "power must be one of"),
        (lambda: losses.one_vs_rest_hinge(S, Y, aggregate="max"), errors.InvalidParameterError, "aggregate must be one of"),
        (lambda: losses.top_k_hinge(S, Y, k=4), errors.ShapeError, "expected more than k = 4"),
        (lambda: losses.top_k_hinge(S, Y, k=0), errors.InvalidParameterError, "k must be an integer ≥ 1"),
        (lambda: losses.top_k_hinge(S, Y, k=1, variant="gamma"), errors.InvalidParameterError, "variant must be one of"),
        (lambda: losses.crammer_singer(S[:, :0], Y), errors.ShapeError, "one entry for each"),
        (lambda: losses.crammer_singer(S[0, 0], Y[0]), errors.ShapeError, "expected an axis"),
    ],
)  # fmt: skip
def test_parameters_outside_their_range(call, error, message):
    with pytest.raises(error, match=message):
        call()


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_losses_do_not_know_the_order_of_classes_nor_common_shifts(n_classes, seed):
    rng = np.random.default_rng(seed)
    s, y, order = rng.integers(-40, 40, (5, n_classes)) / 8, rng.integers(0, n_classes, 5), rng.permutation(n_classes)
    back = np.argsort(order)
    for loss in (losses.crammer_singer, losses.weston_watkins, losses.one_vs_rest_hinge, losses.lee_lin_wahba):
        np.testing.assert_allclose(each(loss, s[:, order], back[y]), each(loss, s, y), rtol=1e-13, atol=1e-13)
        if loss is not losses.one_vs_rest_hinge:
            np.testing.assert_allclose(each(loss, s + 3.0, y), each(loss, s, y), rtol=1e-12, atol=1e-12)
