"""The loss of structured predictions, with the inference of a small one done by looking at all."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin import losses

RNG = np.random.default_rng(0)


def test_values_are_those_of_the_definition():
    true, augmented = np.array([3.0, 1.0, 2.0]), np.array([2.5, 4.0, 2.0])
    assert losses.structured_hinge(true, augmented, reduction="none").tolist() == [0.0, 3.0, 0.0]
    assert losses.structured_hinge(true, augmented) == 1.0
    w = np.array([1.0, 2.0, 0.0])
    assert losses.structured_hinge(true, augmented, sample_weight=w, reduction="weighted_mean") == 2.0


def test_the_cost_of_a_class_as_structure_is_crammer_and_singers_loss():
    s, y, costs = RNG.normal(size=(9, 4)), RNG.integers(0, 4, 9), RNG.uniform(size=(4, 4)) * (1 - np.eye(4))
    augmented = (costs[y] + s).max(axis=1)
    expected = losses.crammer_singer(s, y, margin=costs, reduction="none")
    np.testing.assert_allclose(
        losses.structured_hinge(s[np.arange(9), y], augmented, reduction="none"), expected, rtol=1e-14
    )


def test_chains():
    """Sequences of three signs with scores of the signs and of their neighbours, and the Hamming cost."""
    unary, pair, y = RNG.normal(size=(3, 2)), RNG.normal(size=(2, 2)), (1, 0, 1)

    def score(z):
        return sum(unary[i, z[i]] for i in range(3)) + sum(pair[z[i], z[i + 1]] for i in range(2))

    augmented = max(score(z) + sum(a != b for a, b in zip(z, y, strict=True)) for z in product((0, 1), repeat=3))
    best = max(product((0, 1), repeat=3), key=score)
    loss = losses.structured_hinge(score(y), float(augmented))
    assert loss == pytest.approx(augmented - score(y))
    assert loss >= sum(a != b for a, b in zip(best, y, strict=True)) - 1e-12  # a bound of the cost of the prediction


def test_masked_structures_are_not_there():
    true, augmented, mask = np.array([0.0, np.nan]), np.array([2.0, np.inf]), np.array([True, False])
    assert losses.structured_hinge(true, augmented, mask=mask) == 2.0
    assert losses.structured_hinge(true, augmented, mask=mask, reduction="none").tolist() == [2.0, 0.0]


def test_shapes_must_be_equal():
    with pytest.raises(errors.ShapeError, match=r"score_true has the shape \(3,\) and score_augmented \(3, 1\)"):
        losses.structured_hinge(np.zeros(3), np.zeros((3, 1)))
    with pytest.raises(errors.UnsupportedTypeError, match="score_true has the type int64"):
        losses.structured_hinge(np.zeros(3, dtype=int), np.zeros(3))
