"""Class indices: of any integer type, never wrapped, never taken for another."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin.losses._batch import open_batch
from maxmargin.losses._labels import class_factors, class_targets
from maxmargin.losses.objects import CrammerSinger, OneVsRest, TopKHinge, WestonWatkins

S = np.random.default_rng(0).normal(size=(4, 300))


def targets(y, scores=S, ignore_index=None, **options):
    return class_targets(open_batch(scores, y=np.asarray(y), **options), ignore_index)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_indices_are_of_any_integer_type(dtype):
    y = np.array([0, 7, 100, 127], dtype=dtype)
    assert targets(y).values.tolist() == [0, 7, 100, 127]
    np.testing.assert_array_equal(WestonWatkins().value(S, y), WestonWatkins().value(S, y.astype(np.int64)))


@pytest.mark.parametrize(
    ("y", "value"),
    [([0, 300, 1, 2], "300 at position 1"), ([0, 1, 2, -1], "-1 at position 3"), ([-100, 1, 2, 3], "-100 at position 0")],
)
def test_indices_out_of_range_are_refused_and_never_wrap(y, value):
    for dtype in ("int16", "int32", "int64"):
        labels = np.array(y, dtype=dtype)
        with pytest.raises(errors.ClassRangeError, match=f"the class {value}; expected 0 to 299"):
            targets(labels)
        unseen = targets(labels, validate=False)
        assert unseen.valid.tolist() == [0 <= label < 300 for label in y]
        assert unseen.values.tolist() == [label if 0 <= label < 300 else 0 for label in y]


def test_a_huge_unsigned_index_is_no_small_one():
    y = np.array([0, 1, 2, 2**64 - 300], dtype=np.uint64)  # −300 as a signed one, which would wrap to class 0
    with pytest.raises(errors.ClassRangeError, match="at position 3"):
        targets(y)


@pytest.mark.parametrize("dtype", ["bool", "float32", "float64", "complex64", "<U2", "object"])
def test_what_is_no_integer_is_no_index(dtype):
    with pytest.raises(errors.InvalidTargetError, match="expected class indices, integers"):
        targets(np.zeros(4).astype(dtype))


@pytest.mark.parametrize("shape", [(4, 300), (4, 1), (3,), (), (1, 4)])
def test_there_is_one_index_a_sample(shape):
    with pytest.raises(errors.ShapeError, match=r"expected y of \(4,\), one class a sample"):
        targets(np.zeros(shape, dtype=int))


@pytest.mark.parametrize("shape", [(), (4, 0)])
def test_scores_have_an_axis_of_classes(shape):
    with pytest.raises(errors.ShapeError, match="one column for each class"):
        targets(np.zeros(shape[:-1], dtype=int), np.zeros(shape))


@pytest.mark.parametrize(("dtype", "ignored"), [("uint8", 255), ("int64", -100), ("int8", -1), ("uint8", -100)])
def test_ignored_indices_are_replaced_before_they_are_used(dtype, ignored):
    y = np.array([3, ignored % 256 if dtype == "uint8" else ignored, 5, 7]).astype(dtype)
    if dtype == "uint8" and ignored < 0:  # no label is −100, so none is ignored
        assert targets(y, ignore_index=ignored).keep.all()
        return
    found = targets(y, ignore_index=ignored)
    assert found.keep.tolist() == [True, False, True, True]
    assert found.values.tolist() == [3, 0, 5, 7]
    assert found.valid is None
    joined = targets(y, ignore_index=ignored, mask=np.array([True, True, False, True]))
    assert joined.keep.tolist() == [True, False, False, True]


def test_classes_have_factors():
    weights = np.linspace(1, 4, 300)
    batch = open_batch(S, y=np.zeros(4, dtype=int))
    np.testing.assert_array_equal(class_factors(batch, np.array([0, 299, 1, 0]), 300, weights), weights[[0, 299, 1, 0]])
    with pytest.raises(errors.ShapeError, match=r"class_weight has the shape \(3,\); expected \(300,\)"):
        class_factors(batch, np.zeros(4, dtype=int), 300, (1.0, 2.0, 3.0))
    with pytest.raises(errors.InvalidWeightError, match=r"class_weight has -1\.0 at position 2"):
        class_factors(batch, np.zeros(4, dtype=int), 300, np.where(np.arange(300) == 2, -1.0, 1.0))


def test_margins_fit_the_scores():
    y = np.array([0])
    with pytest.raises(errors.ShapeError, match="margin has 2 classes and the scores have 3 columns"):
        CrammerSinger((1.0, 2.0)).value(np.zeros((1, 3)), y)
    with pytest.raises(errors.ShapeError, match="margin has the shape"):
        CrammerSinger(np.zeros((2, 3)))
    with pytest.raises(errors.InvalidParameterError, match="the diagonal of the matrix must be 0"):
        CrammerSinger(np.ones((2, 2)))
    with pytest.raises(errors.ShapeError, match="expected more than k = 3"):
        TopKHinge(3).value(np.zeros((1, 3)), y)


def test_one_class_costs_nothing_and_two_are_the_binary_hinge():
    scores, y = np.random.default_rng(1).normal(size=(50, 2)) * 2, np.random.default_rng(2).integers(0, 2, 50)
    one = np.zeros((3, 1)), np.zeros(3, dtype=int)
    for loss in (CrammerSinger(), WestonWatkins()):
        assert loss.value(*one).tolist() == [0, 0, 0]
        assert loss.subgradient(*one).tolist() == [[0], [0], [0]]
        assert loss.prox(*one).tolist() == [[0], [0], [0]]
        binary = OneVsRest().base.value(scores[:, 1] - scores[:, 0], 2 * y - 1)
        np.testing.assert_array_equal(loss.value(scores, y), binary)


def test_rows_may_have_any_shape():
    rng = np.random.default_rng(3)
    scores, y = rng.normal(size=(2, 3, 5)), rng.integers(0, 5, (2, 3))
    for loss in (
        CrammerSinger(),
        CrammerSinger((1.0, 2.0, 3.0, 4.0, 5.0)),
        WestonWatkins(),
        TopKHinge(2, "alpha"),
        OneVsRest(),
    ):
        for name in ("value", "subgradient", "conjugate", "prox"):
            flat = getattr(loss, name)(scores.reshape(6, 5), y.reshape(6))
            result = getattr(loss, name)(scores, y)
            np.testing.assert_array_equal(result.reshape(flat.shape), flat)
    assert CrammerSinger().value(scores[0, 0], y[0, 0]).shape == ()
