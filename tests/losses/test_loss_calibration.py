"""What a loss says about its calibration, held to the definition: a wrong decision must have a larger conditional risk."""

from __future__ import annotations

import numpy as np
import pytest
from loss_catalogue import BINARY, NOT_CONVEX

from maxmargin.losses.objects import (
    CostSensitive,
    CrammerSinger,
    Hinge,
    LeeLinWahba,
    Logistic,
    ModifiedHuber,
    OneVsRest,
    PinballHinge,
    Ramp,
    SmoothHinge,
    SquaredHinge,
    TopKHinge,
    WestonWatkins,
)

GRID = np.linspace(-6, 6, 4801)  # with all kinks of the catalogue on it


def price_of_a_wrong_sign(loss, eta: float) -> float:
    """How much larger the least risk with the wrong sign is, where P(y = 1) = eta after the factors of a loss."""
    positive, negative = (loss.positive, loss.negative) if isinstance(loss, CostSensitive) else (1.0, 1.0)
    p = eta * negative / (eta * negative + (1 - eta) * positive)  # so that the factors cancel
    ones = np.ones_like(GRID)
    risk = p * loss.value(GRID, ones) + (1 - p) * loss.value(GRID, -ones)
    wrong = GRID <= 0 if eta > 0.5 else GRID >= 0
    return float(risk[wrong].min() - risk.min())


@pytest.mark.parametrize("loss", [*BINARY, *NOT_CONVEX, PinballHinge(0.5, 1.0), Hinge(-0.5), SquaredHinge(0.0)], ids=repr)
def test_binary_losses(loss):
    prices = [price_of_a_wrong_sign(loss, eta) for eta in (0.1, 0.3, 0.45, 0.55, 0.7, 0.9)]
    if loss.calibrated:
        assert min(prices) > 1e-4
    elif loss.calibrated is False:
        assert min(prices) < 1e-12


def scores_that_sum_to_zero():
    axis = np.linspace(-2, 2, 241)  # with thirds on it
    a, b = (grid.ravel() for grid in np.meshgrid(axis, axis))
    return np.stack([a, b, -a - b], axis=-1)


@pytest.mark.parametrize(
    "loss",
    [CrammerSinger(), TopKHinge(1), WestonWatkins(), WestonWatkins(power=2), LeeLinWahba(), LeeLinWahba(1.0)],
    ids=repr,
)
def test_losses_of_several_classes(loss):
    """With no majority: P = (0.4, 0.35, 0.25)."""
    s = scores_that_sum_to_zero()
    risk = sum(p * loss.value(s, np.full(len(s), k)) for k, p in enumerate((0.4, 0.35, 0.25)))
    wrong = s[:, 0] <= s[:, 1:].max(axis=1)
    price = risk[wrong].min() - risk.min()
    assert (price > 1e-4) if loss.calibrated or loss.calibrated is None else (price < 1e-12)


@pytest.mark.parametrize("base", [Hinge(), SquaredHinge(), SmoothHinge(), ModifiedHuber(), Logistic(), Ramp()], ids=repr)
def test_one_against_the_rest(base):
    ones = np.ones_like(GRID)
    best = [GRID[np.argmin(p * base.value(GRID, ones) + (1 - p) * base.value(GRID, -ones))] for p in (0.4, 0.35, 0.25)]
    loss = OneVsRest(base)
    if loss.calibrated:
        assert best[0] > best[1] > best[2]
    elif loss.calibrated is False:
        assert best == [-1.0, -1.0, -1.0]
