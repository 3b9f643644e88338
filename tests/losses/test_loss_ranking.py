"""Losses of an order: pairs by sorting and by looking at each, labelings by sorting and by trying all."""

from __future__ import annotations

from itertools import product
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from maxmargin import exceptions as errors
from maxmargin import losses
from maxmargin.losses import _few

NEVER = -1  # positives that are few: then all is sorted
RNG = np.random.default_rng(0)


def quarters(rng, *shape):
    """Scores on which all sums are exact, with ties and kinks."""
    return rng.integers(-12, 13, shape) / 4


def by_pairs(s, y, w=None, margin=1.0, power=1, temperature=1.0):
    """Sum, number and weight of all pairs with y[j] > y[i], one after the other."""
    w = np.ones(len(s)) if w is None else w
    total, count, mass = 0.0, 0, 0.0
    for i, j in product(range(len(s)), repeat=2):
        if y[j] > y[i]:
            total += w[i] * w[j] * max(0.0, (s[i] / temperature + margin) - s[j] / temperature) ** power
            count, mass = count + 1, mass + w[i] * w[j]
    return total, count, mass


# --- pairs ---------------------------------------------------------------------------------------


@given(st.integers(0, 9), st.sampled_from([1, 2]), st.sampled_from([-0.5, 0.0, 0.75, 1.0]), st.integers(0, 2**32 - 1))
def test_sorting_finds_all_pairs_exactly(n, power, margin, seed):
    rng = np.random.default_rng(seed)
    s, y, w = quarters(rng, n), rng.random(n) > rng.random(), rng.integers(0, 4, n).astype(float)
    total, count, mass = by_pairs(s, y, w, margin, power)
    for labels, few in ((y, NEVER), (y, 8), (y.astype(int), 8)):  # by sorting, a positive at a time, and one by one
        options = {"sample_weight": w, "margin": margin, "power": power}
        with mock.patch.object(_few, "FEW", few):
            assert losses.pairwise_hinge(s, labels, reduction="sum", **options) == total
            assert losses.pairwise_hinge(s, labels, reduction="none", **options) == total
            assert losses.pairwise_hinge(s, labels, **options) == (total / count if count else 0.0)
            assert losses.pairwise_hinge(s, labels, reduction="weighted_mean", **options) == (total / mass if mass else 0.0)


@given(st.integers(0, 9), st.sampled_from([1, 2]), st.integers(0, 2**32 - 1))
def test_grades_make_pairs(n, power, seed):
    rng = np.random.default_rng(seed)
    s, y = quarters(rng, n), rng.integers(0, 4, n)
    assert losses.pairwise_hinge(s, y, power=power, reduction="sum") == by_pairs(s, y, power=power)[0]
    assert losses.pairwise_hinge(s, y / 3, power=power, reduction="sum") == by_pairs(s, y, power=power)[0]
    assert losses.pairwise_hinge(s, y, temperature=0.5, reduction="sum") == by_pairs(s, y, temperature=0.5)[0]


@pytest.mark.parametrize("power", [1, 2])
def test_any_scores_give_nearly_the_same_both_ways(power):
    for scale in (1e-3, 1.0, 1e3):
        s, y = scale * RNG.normal(size=300) + 7e3, RNG.random(300) > 0.7
        sorted_sum = losses.pairwise_hinge(s, y, power=power, reduction="sum")
        assert sorted_sum == pytest.approx(losses.pairwise_hinge(s, y.astype(int), power=power, reduction="sum"), rel=1e-10)


def test_many_items_are_added_exactly_enough_in_single_precision():
    n = 200_000
    s, y = RNG.normal(size=n).astype(np.float32) + np.float32(100.0), RNG.random(n) > 0.5
    exact = losses.auc_hinge(s.astype(np.float64), y)
    assert losses.auc_hinge(s, y) == pytest.approx(float(exact), rel=1e-6)
    assert losses.auc_hinge(s, y).dtype == np.float32


def gradients_of_all_ways(s, y, power):
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")
    for labels, few in ((torch.tensor(y), NEVER), (torch.tensor(y), 99), (torch.tensor(y).int(), 8)):
        leaf = torch.tensor(s, requires_grad=True)
        with mock.patch.object(_few, "FEW", few):
            losses.pairwise_hinge(leaf, labels, power=power, reduction="sum").backward()
        yield leaf.grad.numpy()


@pytest.mark.parametrize("power", [1, 2])
def test_sorting_has_the_same_gradient_at_ties_and_kinks_too(power):
    for seed in range(50):
        rng = np.random.default_rng(seed)
        s, y = quarters(rng, 12), rng.random(12) > 0.5
        by_sorting, each_positive, one_by_one = gradients_of_all_ways(s, y, power)
        np.testing.assert_array_equal(by_sorting, one_by_one)
        np.testing.assert_array_equal(each_positive, one_by_one)


def test_at_a_kink_a_pair_has_no_gradient():
    for gradient in gradients_of_all_ways(np.array([0.0, 1.0, 0.5]), np.array([False, True, True]), 1):
        assert gradient.tolist() == [1.0, 0.0, -1.0]


def test_a_weight_of_k_is_k_copies():
    s, y, w = RNG.normal(size=30), RNG.random(30) > 0.5, RNG.integers(0, 4, 30)
    copies = losses.auc_hinge(np.repeat(s, w), np.repeat(y, w))
    assert losses.auc_hinge(s, y, sample_weight=w.astype(float), reduction="weighted_mean") == pytest.approx(
        copies, rel=1e-13
    )


def test_lists_of_different_length_share_an_array():
    s, y = RNG.normal(size=(3, 6)), RNG.integers(0, 3, (3, 6))
    length = np.array([6, 2, 4])
    mask = np.arange(6) < length[:, None]
    s[~mask] = np.nan
    parts = [by_pairs(row[:n], labels[:n]) for row, labels, n in zip(s, y, length, strict=True)]
    np.testing.assert_allclose(losses.pairwise_hinge(s, y, mask=mask, reduction="none"), [p[0] for p in parts], rtol=1e-13)
    mean = sum(p[0] for p in parts) / sum(p[1] for p in parts)
    assert losses.pairwise_hinge(s, y, mask=mask) == pytest.approx(mean, rel=1e-13)
    whole = np.array([True, False, True])
    kept = losses.pairwise_hinge(np.nan_to_num(s), y, mask=whole, reduction="none")
    assert kept[1] == 0.0 < min(kept[0], kept[2])


def test_it_bounds_the_area_under_the_curve():
    for _ in range(50):
        s, y = RNG.normal(size=20), RNG.permutation(np.arange(20) < RNG.integers(1, 20))
        assert losses.auc_hinge(s, y) >= 1 - roc_auc_score(y, s) - 1e-12
        assert losses.auc_hinge(s + 1e3 * y, y) == 0.0
    assert losses.auc_hinge(s, np.ones(20, dtype=bool)) == 0.0  # no pairs


def test_labels_of_pairs():
    s, y = quarters(RNG, 8), RNG.random(8) > 0.5
    expected = losses.auc_hinge(s, y)
    assert losses.auc_hinge(s, np.where(y, 1, -1)) == losses.auc_hinge(s, y.astype("uint8"), labels="01") == expected
    ignored = losses.auc_hinge(np.append(s, np.nan), np.append(np.where(y, 1, -1), 7), ignore_index=7)
    assert ignored == expected
    grades = np.where(np.arange(8) == 3, np.nan, y * 1.0)
    with pytest.raises(errors.InvalidTargetError, match="the grade nan at position 3"):
        losses.pairwise_hinge(s, grades)
    assert np.isnan(losses.pairwise_hinge(s, grades, validate=False))


def test_infinite_scores():
    high, low, y = np.array([np.inf, 1.0, -np.inf]), np.array([-np.inf, 1.0, np.inf]), np.array([True, True, False])
    for power in (1, 2):
        assert losses.auc_hinge(high, y, power=power) == 0.0  # as masked scores often are
        assert losses.auc_hinge(low, y, power=power) == np.inf
        assert losses.auc_hinge(np.array([-np.inf, np.inf, -3.0]), y, power=power) == np.inf


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0.0}, "temperature must be"),
        ({"power": 3}, "power must be one of"),
        ({"margin": np.nan}, "margin must be"),
    ],
)
def test_parameters_of_pairs(options, message):
    with pytest.raises(errors.InvalidParameterError, match=message):
        losses.pairwise_hinge(np.zeros(2), np.array([True, False]), **options)


def test_a_single_score_is_no_list():
    for call in (losses.auc_hinge, losses.pairwise_hinge, losses.f1_hinge):
        with pytest.raises(errors.ShapeError, match="scores have the shape"):
            call(np.zeros(()), np.array(True))


def test_the_ranking_of_two_is_the_hinge_of_their_difference():
    a, b, y = quarters(RNG, 20), quarters(RNG, 20), RNG.choice([-1, 1], 20)
    expected = np.maximum(0, 0.5 - y * (a - b))
    np.testing.assert_array_equal(losses.margin_ranking(a, b, y, margin=0.5, reduction="none"), expected)
    np.testing.assert_array_equal(losses.margin_ranking(a, b, y, reduction="none"), np.maximum(0, -y * (a - b)))
    half = losses.margin_ranking(a.astype("float16"), b.astype("float16"), y, margin=0.5)
    assert half.dtype == np.float16
    with pytest.raises(errors.ShapeError, match=r"first has the shape \(20,\) and second \(20, 1\)"):
        losses.margin_ranking(a, b[:, None], y)


# --- labelings -----------------------------------------------------------------------------------


def f1(a, b):
    """The F1 score, 1 where there is nothing to find and nothing was found."""
    return 2 * np.sum(a & b) / (a.sum() + b.sum()) if a.any() or b.any() else 1.0


def over_labelings(s, y, delta, k=None):
    """The largest Δ(ȳ, y) + (1/n)·Σ fᵢ(ȳᵢ − yᵢ) over all labelings, or those with k positives."""
    found, sign = [], np.where(y, 1, -1)
    for choice in product([False, True], repeat=len(y)):
        other = np.array(choice, dtype=bool)
        if k is None or other.sum() == k:
            found.append(delta(other) + np.sum(s * (np.where(other, 1, -1) - sign)) / max(len(y), 1))
    return max(found)


@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_the_worst_labeling_for_f1_is_found(n, seed):
    rng = np.random.default_rng(seed)
    s, y = rng.normal(size=n) * rng.choice([0.1, 1.0, 10.0]), rng.random(n) > rng.random()
    expected = over_labelings(s, y, lambda other: 1 - f1(other, y))
    assert losses.f1_hinge(s, y) == pytest.approx(expected, abs=1e-12)
    ties = quarters(rng, n)
    assert losses.f1_hinge(ties, y) == pytest.approx(over_labelings(ties, y, lambda other: 1 - f1(other, y)), abs=1e-12)


@given(st.integers(1, 8), st.data(), st.integers(0, 2**32 - 1))
def test_the_worst_labeling_for_the_precision_is_found(n, data, seed):
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(1, n))
    s, y = rng.normal(size=n) * rng.choice([0.1, 1.0, 10.0]), rng.random(n) > rng.random()
    expected = max(0.0, over_labelings(s, y, lambda other: 1 - np.sum(other & y) / k, k))
    assert losses.precision_at_k_hinge(s, y, k=k) == pytest.approx(expected, abs=1e-12)


def test_it_bounds_what_the_signs_of_the_scores_miss():
    for _ in range(100):
        s, y = RNG.normal(size=15), RNG.random(15) > 0.6
        missed = 1 - f1_score(y, s > 0, zero_division=0.0 if y.any() or (s > 0).any() else 1.0)
        assert losses.f1_hinge(s, y) >= missed - 1e-12
    assert losses.f1_hinge(np.where(y, 9.0, -9.0), y) == 0.0


def test_many_items_are_halved_and_not_tried():
    """The best number of negatives for each number of missed positives, by halving and by looking at all."""
    n = 400
    s, y = RNG.normal(size=n), RNG.random(n) > 0.7
    pos, neg = np.sort(s[y]), np.sort(s[~y])[::-1]
    missed, taken = (np.concatenate([[0.0], np.cumsum(x)]) * 2 / n for x in (pos, neg))
    c, b = np.arange(len(pos) + 1)[:, None], np.arange(len(neg) + 1)[None, :]
    table = 1 - 2 * (len(pos) - c) / (2 * len(pos) - c + b) + taken[None, :] - missed[:, None]
    assert losses.f1_hinge(s, y) == pytest.approx(table.max(), abs=1e-12)


@pytest.mark.parametrize("call", [losses.f1_hinge, lambda s, y, **o: losses.precision_at_k_hinge(s, y, k=2, **o)])
def test_items_that_are_masked_are_not_there(call):
    s, y, length = RNG.normal(size=(3, 6)), RNG.random((3, 6)) > 0.5, (6, 2, 4)
    mask = np.arange(6) < np.array(length)[:, None]
    s[~mask] = np.nan
    expected = [float(call(row[:n], labels[:n])) for row, labels, n in zip(s, y, length, strict=True)]
    np.testing.assert_allclose(call(s, y, mask=mask, reduction="none"), expected, rtol=1e-13, atol=1e-13)
    w = np.array([1.0, 2.0, 0.0])
    assert call(s, y, mask=mask, sample_weight=w, reduction="weighted_mean") == pytest.approx(
        np.average(expected, weights=w)
    )


def test_a_short_list_has_one_labeling_for_the_precision():
    s, y = np.array([[0.5, -0.5, np.nan]]), np.array([[True, False, False]])
    value = losses.precision_at_k_hinge(s, y, k=3, mask=np.array([[True, True, False]]))
    assert value == pytest.approx(over_labelings(s[0, :2], y[0, :2], lambda other: 0.5, 2))
    with pytest.raises(
        errors.InvalidParameterError, match=r"k must be an integer from 1 to 3, the length of a list\. Got 4"
    ):
        losses.precision_at_k_hinge(s, y, k=4)


def test_lists_without_items_cost_nothing():
    nothing = np.zeros((2, 0)), np.zeros((2, 0), dtype=bool)
    for call in (
        losses.f1_hinge,
        losses.auc_hinge,
        losses.pairwise_hinge,
        lambda s, y: losses.precision_at_k_hinge(s, y, k=3),
    ):
        assert call(*nothing) == 0.0
