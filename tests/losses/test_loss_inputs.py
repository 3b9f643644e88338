"""Bad input to a loss raises an error with a name; what is masked or ignored is not there; nothing is guessed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin import losses

F = np.array([2.0, -1.0, 0.5])
Y = np.array([1, 1, -1])


def hinge(scores=F, y=Y, **options):
    return losses.hinge(scores, y, **{"reduction": "none", **options})


# --- shapes, types, frameworks -------------------------------------------------------------------


@pytest.mark.parametrize(("scores", "y"), [((3, 1), (3,)), ((3,), (3, 1)), ((3,), (2,)), ((), (1,)), ((2, 3), (3,))])
def test_shapes_must_be_equal(scores, y):
    with pytest.raises(errors.ShapeError, match="expected equal shapes"):
        hinge(np.zeros(scores), np.ones(y))
    with pytest.raises(errors.ShapeError, match="expected equal shapes"):
        losses.epsilon_insensitive(np.zeros(scores), np.ones(y))


@pytest.mark.parametrize("dtype", ["int64", "bool", "uint8", "complex128", "object", "<U3"])
def test_scores_are_floating(dtype):
    with pytest.raises((errors.UnsupportedTypeError, errors.ComplexInputError), match="scores"):
        hinge(np.ones(3).astype(dtype))


@pytest.mark.parametrize("dtype", ["complex128", "<U3", "object", "datetime64[s]"])
@pytest.mark.parametrize("loss", [losses.hinge, losses.epsilon_insensitive])
def test_labels_are_numbers(loss, dtype):
    with pytest.raises(ValueError, match=r"y has the type .*; expected"):
        loss(F, np.ones(3).astype(dtype))


def test_lists_and_numbers_stand_for_arrays_of_numpy():
    np.testing.assert_array_equal(hinge([2, -1, 0.5], [1, 1, -1]), [0.0, 2.0, 1.5])
    np.testing.assert_array_equal(hinge([2, -1], [1, 1]), [0.0, 2.0])
    assert hinge(-1.0, 1) == 2.0
    with pytest.raises(errors.UnsupportedTypeError, match="no rectangle"):
        hinge([[1.0], [1.0, 2.0]])
    with pytest.raises(errors.UnsupportedTypeError, match="expected numbers"):
        hinge(F, ["a", "b", "c"])


class Column:
    """Something that is no array, as a column of a frame."""


@pytest.mark.parametrize("thing", [Column(), "text", {1: 2}, np.ma.masked_array([1.0, 2.0, 3.0])])
def test_what_is_no_plain_array_is_refused(thing):
    with pytest.raises(errors.UnsupportedTypeError, match="scores is a"):
        hinge(thing)


# --- labels --------------------------------------------------------------------------------------


def test_labels_are_signs_or_booleans():
    expected = hinge()
    for dtype in ("int8", "int64", "float16", "float32", "float64"):
        np.testing.assert_array_equal(hinge(y=Y.astype(dtype)), expected)
    np.testing.assert_array_equal(hinge(y=Y == 1), expected)


def test_zero_and_one_need_a_word():
    zero_one = (Y + 1) // 2
    for dtype in ("int8", "uint8", "uint64", "float32", "bool"):
        np.testing.assert_array_equal(hinge(y=zero_one.astype(dtype), labels="01"), hinge())
    with pytest.raises(errors.InvalidTargetError, match=r"label 0 at position 2; expected −1 and \+1 \(pass labels='01'"):
        hinge(y=zero_one)
    with pytest.raises(errors.InvalidTargetError, match="uint8, which cannot hold −1; pass labels='01'"):
        hinge(y=zero_one.astype("uint8"))
    with pytest.raises(errors.InvalidTargetError, match="the label -1 at position 2; expected 0 and 1"):
        hinge(y=Y, labels="01")
    with pytest.raises(errors.InvalidParameterError, match="labels must be one of 'signed', '01'"):
        hinge(labels="10")


@pytest.mark.parametrize("label", [0.0, 2.0, np.nan, 0.999, -np.inf])
def test_other_labels_are_refused_and_never_looked_at_give_nan(label):
    y = np.array([1.0, label, -1.0])
    with pytest.raises(errors.InvalidTargetError, match="at position 1"):
        hinge(y=y)
    np.testing.assert_array_equal(hinge(y=y, validate=False), [0.0, np.nan, 1.5])
    assert np.isnan(hinge(y=y, validate=False, reduction="mean"))


def test_the_place_of_a_label_in_a_matrix_is_said():
    y = np.ones((2, 3))
    y[1, 2] = 7
    with pytest.raises(errors.InvalidTargetError, match=r"the label 7.0 at position 1, 2;"):
        hinge(np.zeros((2, 3)), y)


# --- masks ---------------------------------------------------------------------------------------


def test_what_is_masked_or_ignored_is_not_there():
    f, y, w = np.append(F, np.nan), np.append(Y, 0), np.append([1.0, 2.0, 3.0], np.nan)
    mask = np.array([True, True, True, False])
    for reduction in ("sum", "mean", "weighted_mean"):
        expected = hinge(sample_weight=w[:3], reduction=reduction)
        assert hinge(f, y, sample_weight=w, mask=mask, reduction=reduction) == expected
        assert hinge(f, y, sample_weight=w, ignore_index=0, reduction=reduction) == expected
    np.testing.assert_array_equal(hinge(f, y, mask=mask), [*hinge(), 0.0])
    np.testing.assert_array_equal(hinge(f, y, mask=mask, validate=False), [*hinge(), 0.0])
    assert losses.epsilon_insensitive(f, f, mask=mask) == 0.0


def test_masks_and_weights_may_be_one_for_each_row():
    f, y = np.arange(6.0).reshape(3, 2), -np.ones((3, 2))
    weight = np.array([1.0, 0.0, 2.0])
    np.testing.assert_array_equal(hinge(f, y, sample_weight=weight), hinge(f, y) * weight[:, None])
    np.testing.assert_array_equal(hinge(f, y, mask=weight > 0), hinge(f, y) * (weight > 0)[:, None])
    assert hinge(f, y, sample_weight=weight, reduction="weighted_mean") == (3 + 2 * 11) / 6
    with pytest.raises(errors.ShapeError, match=r"sample_weight has the shape \(2,\); expected \(3, 2\) or \(3,\)"):
        hinge(f, y, sample_weight=weight[:2])
    with pytest.raises(errors.UnsupportedTypeError, match="pass mask != 0"):
        hinge(mask=np.ones(3))


@pytest.mark.parametrize("reduction", ["sum", "mean", "weighted_mean"])
@pytest.mark.parametrize("weighted", [False, True])
def test_nothing_costs_nothing(reduction, weighted):
    empty, nothing = np.zeros(0), np.zeros(3, dtype=bool)
    options = {"reduction": reduction, "sample_weight": empty if weighted else None}
    assert hinge(empty, empty, **options) == 0.0
    assert losses.epsilon_insensitive(empty, empty, **options) == 0.0
    options["sample_weight"] = np.zeros(3) if weighted else None
    assert hinge(mask=nothing, **options) == 0.0
    if weighted:
        assert hinge(**options) == 0.0


# --- weights and parameters ----------------------------------------------------------------------


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_weights_are_finite_and_not_negative(weight):
    weights = np.array([1.0, 1.0, weight])
    with pytest.raises(errors.InvalidWeightError, match="at position 2"):
        hinge(sample_weight=weights)
    assert np.isnan(hinge(sample_weight=weights, validate=False)[2])
    for options in ({"pos_weight": weight}, {"class_weight": (1.0, weight)}):
        with pytest.raises(errors.InvalidWeightError, match="expected finite numbers ≥ 0"):
            hinge(**options)


def test_factors_of_classes():
    np.testing.assert_array_equal(hinge(pos_weight=3.0), hinge() * [3, 3, 1])
    np.testing.assert_array_equal(hinge(class_weight=(2.0, 3.0)), hinge() * [3, 3, 2])
    np.testing.assert_array_equal(hinge(class_weight=np.array([2.0, 3.0]), pos_weight=2), hinge() * [6, 6, 2])
    assert hinge(pos_weight=3.0, reduction="weighted_mean") == (6 + 1.5) / 7
    f, y = np.zeros((2, 2)), np.array([[1, -1], [1, 1]])
    np.testing.assert_array_equal(hinge(f, y, pos_weight=np.array([2.0, 5.0])), [[2, 1], [2, 5]])
    with pytest.raises(errors.ShapeError, match=r"class_weight has the shape \(3,\); expected \(2,\)"):
        hinge(class_weight=[1, 2, 3])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": -1.0}, "margin must be a finite number ≥ 0. Got -1.0"),
        ({"margin": np.nan}, "margin must be"),
        ({"margin": "1"}, "margin must be"),
        ({"power": 3}, "power must be one of 1, 2"),
        ({"power": True}, "power must be one of 1, 2"),
        ({"reduction": "average"}, "reduction must be one of 'none', 'sum', 'mean', 'weighted_mean'"),
        ({"validate": "yes"}, "validate must be"),
        ({"ignore_index": 0.5}, "ignore_index must be an integer"),
    ],
)
def test_parameters_outside_their_range(options, message):
    with pytest.raises(errors.InvalidParameterError, match=message):
        hinge(**options)


# --- types of results ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean", "weighted_mean"])
def test_the_result_has_the_type_of_the_scores(dtype, reduction):
    scores = F.astype(dtype)
    for options in ({}, {"sample_weight": np.ones(3)}, {"pos_weight": np.float64(2.0)}):
        assert hinge(scores, reduction=reduction, **options).dtype == dtype
    assert losses.epsilon_insensitive(scores, F, reduction=reduction).dtype == dtype


def test_half_precision_is_summed_in_single():
    scores, y = np.full(10_000, -9.0, dtype=np.float16), np.ones(10_000)
    assert hinge(scores, y, reduction="mean") == 10.0  # the sum, 1e5, is no float16
    assert losses.squared_hinge(np.full(2, -300.0, dtype=np.float16), np.ones(2), sample_weight=np.full(2, 0.1)) < 1e4


def test_nan_is_never_hidden_and_infinity_is_exact():
    f = np.array([np.nan, np.inf, -np.inf])
    for loss in (losses.hinge, losses.squared_hinge, losses.smooth_hinge, losses.modified_huber, losses.logistic):
        np.testing.assert_array_equal(loss(f, np.ones(3), reduction="none"), [np.nan, 0.0, np.inf])
    np.testing.assert_array_equal(losses.ramp(f, np.ones(3), s=-2.0, reduction="none"), [np.nan, 0.0, 3.0])


def test_read_only_arrays_are_enough():
    f, y = F.copy(), Y.copy()
    f.flags.writeable = y.flags.writeable = False
    np.testing.assert_array_equal(hinge(f, y), [0.0, 2.0, 1.5])


def test_numpy_alone_is_enough():
    code = (
        "import sys; import numpy as np, maxmargin.losses as losses\n"
        "print(losses.hinge(np.array([-1.0]), np.array([1])))\n"
        "print(*({name.split('.')[0] for name in sys.modules} & {'torch', 'jax', 'cupy', 'scipy', 'sklearn'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["2.0"]
