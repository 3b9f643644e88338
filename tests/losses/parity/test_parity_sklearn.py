"""scikit-learn's metric and the losses of its stochastic gradients."""

from __future__ import annotations

import numpy as np
import pytest
from loss_parity import arrays, rows, values
from sklearn.linear_model import _sgd_fast as sgd
from sklearn.metrics import hinge_loss

from maxmargin.losses.objects import EpsilonInsensitive, Hinge, ModifiedHuber, SmoothHinge, SquaredHinge

GIVEN = arrays()
BY_NAME = {
    "hinge": sgd.Hinge(1.0), "perceptron": sgd.Hinge(0.0), "squared_hinge": sgd.SquaredHinge(1.0),
    "modified_huber": sgd.ModifiedHuber(),
}  # fmt: skip


def minimised_by_classifier(loss):
    return [BY_NAME[loss].py_loss(f, y) for f, y in zip(GIVEN["f"], GIVEN["y"], strict=True)]


def minimised_by_regressor(loss, epsilon):
    kind = sgd.EpsilonInsensitive if loss == "epsilon_insensitive" else sgd.SquaredEpsilonInsensitive
    return [kind(epsilon).py_loss(f, r) for f, r in zip(GIVEN["f"], GIVEN["r"], strict=True)]


@pytest.mark.parametrize(("theirs", "ours"), rows("scikit-learn"))
def test_values_are_equal(theirs, ours):
    names = {"SGDClassifier": minimised_by_classifier, "SGDRegressor": minimised_by_regressor, "hinge_loss": hinge_loss}
    theirs, ours = values(theirs, ours, {**GIVEN, **names})
    np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-13)


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
def test_slopes_are_equal_off_the_kinks(theirs, ours, factor):
    f = np.concatenate([np.linspace(-4, 4, 65) + 0.00137, GIVEN["f"]])
    y = np.random.default_rng(1).choice([-1.0, 1.0], f.size)
    value = [theirs.py_loss(a, b) for a, b in zip(f, y, strict=True)]
    slope = [theirs.py_dloss(a, b) for a, b in zip(f, y, strict=True)]
    np.testing.assert_allclose(factor * ours.value(f, y), value, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(factor * ours.subgradient(f, y), slope, rtol=1e-13, atol=1e-13)
