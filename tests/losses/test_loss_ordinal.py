"""The loss of ordered classes: its definition, what it bounds, its parameters."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin import losses
from maxmargin.losses.objects import CrammerSinger, Hinge, Logistic, OrdinalHinge, SquaredHinge

RNG = np.random.default_rng(0)
N, CUTS = 60, np.array([-1.0, 0.0, 0.75])
F, Y = RNG.integers(-16, 17, N) / 8, RNG.integers(0, 4, N)


def each(**options):
    return losses.ordinal_hinge(F, Y, CUTS, reduction="none", **options)


def by_hand(f, y, kind, phi):
    places = range(len(CUTS)) if kind == "all" else [k for k in (y - 1, y) if 0 <= k < len(CUTS)]
    return sum(phi(f - CUTS[k]) if k < y else phi(CUTS[k] - f) for k in places)


@pytest.mark.parametrize("kind", ["all", "immediate"])
@pytest.mark.parametrize(
    ("base", "phi"),
    [
        (None, lambda m: max(0, 1 - m)),
        (Hinge(0.25), lambda m: max(0, 0.25 - m)),
        (SquaredHinge(), lambda m: max(0, 1 - m) ** 2),
        (Logistic(), lambda m: np.log1p(np.exp(-m))),
    ],
)
def test_values_are_those_of_the_definition(kind, base, phi):
    expected = [by_hand(f, y, kind, phi) for f, y in zip(F, Y, strict=True)]
    np.testing.assert_allclose(each(kind=kind, base=base), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("kind", ["all", "immediate"])
@pytest.mark.parametrize("margin", [1.0, 0.0, -0.5])
def test_the_object_with_fixed_thresholds_is_the_function(kind, margin):
    loss = OrdinalHinge(CUTS, kind, margin)
    assert loss == OrdinalHinge(tuple(CUTS.tolist()), kind, margin)
    np.testing.assert_array_equal(loss.value(F, Y), each(kind=kind, base=Hinge(margin)))
    steepest = max(by_hand(-50.0, y, kind, lambda m: max(0, margin - m)) for y in range(4)) / 50
    assert loss.lipschitz == pytest.approx(steepest, rel=0.1)


@pytest.mark.parametrize("thresholds", [(), 1.0, "012", [[0.0]], [0.0, np.nan], ["a"], None])
def test_thresholds_of_the_object_are_numbers(thresholds):
    with pytest.raises(errors.InvalidParameterError, match="thresholds must"):
        OrdinalHinge(thresholds)


def test_it_bounds_the_errors():
    predicted = np.searchsorted(CUTS, F, side="left")
    assert (each() >= abs(predicted - Y)).all()
    assert (each(kind="immediate") >= (predicted != Y)).all()


def test_two_classes_are_the_hinge():
    for kind in ("all", "immediate"):
        result = losses.ordinal_hinge(F, Y % 2, np.zeros(1), kind=kind, reduction="none")
        np.testing.assert_array_equal(result, losses.hinge(F, Y % 2 == 1, reduction="none"))
    assert losses.ordinal_hinge(F, 0 * Y, np.zeros(0)) == 0.0  # one class


def test_weights_masks_and_reductions():
    loss, factor, w = each(), np.array([1.0, 2.0, 0.0, 3.0]), RNG.uniform(size=N)
    weight = factor[Y] * w
    result = losses.ordinal_hinge(F, Y, CUTS, class_weight=factor, sample_weight=w, reduction="weighted_mean")
    assert result == pytest.approx(np.average(loss, weights=weight))
    some = Y != 2
    spoiled = np.where(some, F, np.nan)
    assert losses.ordinal_hinge(spoiled, Y, CUTS, ignore_index=2) == pytest.approx(loss[some].mean())
    assert losses.ordinal_hinge(spoiled, Y, CUTS, mask=some) == pytest.approx(loss[some].mean())
    grid = losses.ordinal_hinge(F.reshape(6, 10), Y.reshape(6, 10), CUTS, reduction="none")
    np.testing.assert_array_equal(grid.reshape(-1), loss)


def test_thresholds_are_learned(tracing_framework):
    framework = tracing_framework
    f, y = framework.array([0.5, -2.0]), framework.array([2, 0])
    gradient = framework.gradient(
        lambda cuts: losses.ordinal_hinge(f, y, cuts, reduction="sum"), framework.array([-1.0, 0.25])
    )
    assert framework.numpy(gradient).tolist() == [
        0.0,
        1.0,
    ]  # of the first sample, 0.5 − 0.25 < 1; at −1 − (−2) = 1 is a kink


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: each(kind="some"), errors.InvalidParameterError, "kind must be one of 'all', 'immediate'"),
        (lambda: each(base=CrammerSinger()), errors.InvalidParameterError, "base must be a loss of the margin"),
        (lambda: losses.ordinal_hinge(F, Y, CUTS[:, None]), errors.ShapeError, r"expected \(n_classes - 1,\)"),
        (
            lambda: losses.ordinal_hinge(F, Y + 1, CUTS),
            errors.ClassRangeError,
            "the class 4 at position .*; expected 0 to 3",
        ),
        (lambda: losses.ordinal_hinge(F, Y * 1.0, CUTS), errors.InvalidTargetError, "expected class indices"),
        (lambda: losses.ordinal_hinge(F, Y[:, None], CUTS), errors.ShapeError, r"expected y of \(60,\)"),
    ],
)
def test_bad_input_has_a_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
