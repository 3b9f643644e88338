"""The Lovász hinge: the greatest over all orders of the pixels, its ends, its images."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxmargin import exceptions as errors
from maxmargin import losses


def jaccard_loss(wrong, y):
    """One minus the Jaccard index if these pixels are wrong and no others."""
    predicted = y ^ wrong
    union = np.sum(predicted | y)
    return 1 - np.sum(predicted & y) / union if union else 0.0


def over_orders(f, y):
    """The Lovász extension of a submodular function is the greatest linear one over all orders."""
    slack, found = np.maximum(0, 1 - np.where(y, f, -f)), []
    for order in permutations(range(len(y))):
        steps, wrong, before = 0.0, np.zeros(len(y), dtype=bool), 0.0
        for i in order:
            wrong[i] = True
            now = jaccard_loss(wrong, y)
            steps, before = steps + slack[i] * (now - before), now
        found.append(steps)
    return max(found)


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_it_is_the_greatest_over_all_orders(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.random(n) > rng.random()
    for f in (rng.normal(size=n) * 2, rng.integers(-8, 9, n) / 4):
        assert losses.lovasz_hinge(f, y, per_image=False) == pytest.approx(over_orders(f, y), abs=1e-13)


def test_sure_predictions_cost_their_jaccard_loss():
    """Where every slack is 0 or 1 it is the loss of the pixels of slack 1."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        y, wrong = rng.random(9) > 0.5, rng.random(9) > 0.7
        f = np.where(y, 1.0, -1.0) * np.where(wrong, 0.0, 1.0)
        assert losses.lovasz_hinge(f, y, per_image=False) == pytest.approx(jaccard_loss(wrong, y), abs=1e-14)
    assert losses.lovasz_hinge(5.0 * np.where(y, 1.0, -1.0), y, per_image=False) == 0.0


def test_it_is_convex_in_the_scores():
    rng = np.random.default_rng(1)
    y = rng.random((20, 7)) > 0.5
    a, b = rng.normal(size=(2, 20, 7)) * 2
    at_a, at_b, between = (losses.lovasz_hinge(f, y, reduction="none") for f in (a, b, (a + b) / 2))
    assert (between <= (at_a + at_b) / 2 + 1e-12).all()


def test_images_have_losses_of_their_own():
    rng = np.random.default_rng(2)
    f, y = rng.normal(size=(3, 4, 5)), rng.random((3, 4, 5)) > 0.5
    each = [float(losses.lovasz_hinge(a, b, per_image=False)) for a, b in zip(f, y, strict=True)]
    np.testing.assert_allclose(losses.lovasz_hinge(f, y, reduction="none"), each, rtol=1e-14)
    assert losses.lovasz_hinge(f, y) == pytest.approx(np.mean(each))
    assert losses.lovasz_hinge(f, y, per_image=False) == losses.lovasz_hinge(f.reshape(1, -1), y.reshape(1, -1))
    w = np.array([1.0, 2.0, 0.0])
    assert losses.lovasz_hinge(f, y, sample_weight=w, reduction="weighted_mean") == pytest.approx(
        np.average(each, weights=w)
    )
    assert losses.lovasz_hinge(f, y, sample_weight=np.array(2.0), per_image=False) == pytest.approx(
        2 * losses.lovasz_hinge(f, y, per_image=False)
    )
    with pytest.raises(errors.ShapeError, match="per_image=False for a single one"):
        losses.lovasz_hinge(f[0, 0], y[0, 0])


def test_ignored_pixels_are_not_there():
    rng = np.random.default_rng(3)
    f, y, there = rng.normal(size=(4, 30)), rng.integers(0, 2, (4, 30)), rng.random((4, 30)) > 0.4
    there[3] = False
    each = [float(losses.lovasz_hinge(a[m], b[m] == 1, per_image=False)) for a, b, m in zip(f, y, there, strict=True)]
    spoiled, labels = np.where(there, f, np.nan), np.where(there, y, 255)
    result = losses.lovasz_hinge(spoiled, labels, labels="01", ignore_index=255, reduction="none")
    np.testing.assert_allclose(result, each, rtol=1e-13, atol=1e-13)
    np.testing.assert_array_equal(losses.lovasz_hinge(spoiled, y, labels="01", mask=there, reduction="none"), result)
    mean = losses.lovasz_hinge(spoiled, labels, labels="01", ignore_index=255)
    assert mean == pytest.approx(np.mean(each[:3]))  # the last image has no pixel that counts


def test_equal_slacks_come_in_the_order_of_the_pixels(tracing_framework):
    framework = tracing_framework
    y = framework.array([True, True, False])
    gradient = framework.gradient(lambda f: losses.lovasz_hinge(f, y, per_image=False), framework.array([0.0, 0.0, 0.0]))
    # One minus the Jaccard index with the first one, two and three pixels wrong: 1/2, 1, 1.
    np.testing.assert_allclose(framework.numpy(gradient), [-0.5, -0.5, 0.0], atol=1e-7)
