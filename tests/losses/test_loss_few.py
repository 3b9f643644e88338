"""The pairs of rows with few positives: added one positive at a time, they are the pairs that sorting finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loss_frameworks import Framework

from maxmargin import losses
from maxmargin.losses import _few
from maxmargin.losses._batch import open_batch


def rows(seed, n=40):
    """Scores on which all sums are exact, labels of which few are positive, and weights."""
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 4)), n)
    return rng.integers(-12, 13, shape) / 4, rng.random(shape) < 0.08, rng.integers(0, 4, shape).astype(float)


def places(s, positive):
    return _few.places_of_few(open_batch(s, y=positive), s, positive)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]), st.sampled_from([-0.5, 0.0, 1.0]))
def test_both_ways_add_the_same_pairs(seed, power, margin):
    s, y, w = rows(seed)
    options = {"sample_weight": w, "power": power, "margin": margin}
    for reduction in ("none", "sum", "mean", "weighted_mean"):
        found = losses.pairwise_hinge(s, y, reduction=reduction, **options)
        one_by_one = losses.pairwise_hinge(s, y.astype(int), reduction=reduction, **options)
        np.testing.assert_array_equal(found, one_by_one)
    # Infinite scores are left to sorting; far below all others, they take part in no pair.
    more, none = np.concatenate([s, np.full_like(s[:, :1], -np.inf)], axis=1), np.zeros_like(y[:, :1])
    weights = np.concatenate([w, np.ones_like(s[:, :1])], axis=1)
    by_sorting = losses.pairwise_hinge(
        more, np.concatenate([y, none], axis=1), reduction="none", **{**options, "sample_weight": weights}
    )
    np.testing.assert_array_equal(by_sorting, losses.pairwise_hinge(s, y, reduction="none", **options))


def test_the_places_are_those_of_the_positives():
    s, y = np.zeros((3, 40)), np.zeros((3, 40), dtype=bool)
    y[0, [3, 39]] = y[2, [0, 1, 7]] = True
    assert places(s, y).tolist() == [[3, 39, -1], [-1, -1, -1], [0, 1, 7]]
    assert places(s, y & False) is None
    y[1, :9] = True  # more than few
    assert places(s, y) is None
    y[1] = False
    for number in (np.nan, np.inf):
        s[1, 5] = number
        assert places(s, y) is None
    assert places(s[:0], y[:0]) is None


@pytest.mark.parametrize("name", ["torch", "jax", "array_api_strict"])
def test_every_framework_goes_both_ways(name):
    framework = Framework(name)
    s, y, w = rows(1)
    with framework.wide():
        a, b, c = framework.array(s), framework.array(y), framework.array(w)
        found = losses.pairwise_hinge(a, b, sample_weight=c, reduction="none")
        np.testing.assert_array_equal(framework.numpy(found), losses.pairwise_hinge(s, y, sample_weight=w, reduction="none"))
        if name != "array_api_strict":
            gradients = [
                framework.gradient(lambda a, b=b: losses.pairwise_hinge(a, b, sample_weight=c, reduction="sum"), a)
                for b in (b, framework.array(y.astype(np.int64)))
            ]
            np.testing.assert_array_equal(*map(framework.numpy, gradients))
