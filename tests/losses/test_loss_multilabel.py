"""Losses of sets of labels: the definition, and the two ways to write a set."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxmargin import exceptions as errors
from maxmargin import losses


def by_hand(s, y, margin=1.0, power=1):
    pairs = [(i, j) for i, j in product(range(len(s)), repeat=2) if y[j] and not y[i]]
    return sum(max(0.0, margin + s[i] - s[j]) ** power for i, j in pairs)


@given(st.integers(1, 7), st.sampled_from([1, 2]), st.sampled_from([1.0, 0.25]), st.integers(0, 2**32 - 1))
def test_values_are_those_of_the_definition(n_labels, power, margin, seed):
    rng = np.random.default_rng(seed)
    s, y = rng.integers(-12, 13, (5, n_labels)) / 4, rng.random((5, n_labels)) > rng.random()
    expected = np.array([by_hand(*row, margin, power) for row in zip(s, y, strict=True)])
    options = {"margin": margin, "power": power}
    np.testing.assert_array_equal(losses.multilabel_separation(s, y, reduction="none", **options), expected)
    assert losses.multilabel_separation(s, y, **options) == pytest.approx(expected.mean(), rel=1e-14)
    normalized = losses.multilabel_separation(s, y, normalize=True, reduction="none", **options)
    np.testing.assert_allclose(normalized, expected / n_labels, rtol=1e-15)


def test_no_label_and_every_label_cost_nothing():
    s = np.array([[3.0, -1.0, 0.5]])
    for y in (np.zeros((1, 3), dtype=bool), np.ones((1, 3), dtype=bool)):
        assert losses.multilabel_separation(s, y) == 0.0


def test_single_labels_may_be_masked():
    rng = np.random.default_rng(0)
    s, y, mask = rng.normal(size=(4, 6)), rng.random((4, 6)) > 0.5, rng.random((4, 6)) > 0.4
    expected = [by_hand(row[m], labels[m]) for row, labels, m in zip(s, y, mask, strict=True)]
    result = losses.multilabel_separation(np.where(mask, s, np.nan), y, mask=mask, reduction="none")
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    signs = np.where(mask, np.where(y, 1, -1), 0)
    np.testing.assert_array_equal(losses.multilabel_separation(s, signs, ignore_index=0, reduction="none"), result)
    w = np.array([1.0, 0.0, 2.0, 3.0])
    mean = losses.multilabel_separation(s, signs, ignore_index=0, sample_weight=w, reduction="weighted_mean")
    assert mean == pytest.approx(np.average(expected, weights=w))


def test_single_precision_keeps_the_type():
    s, y = np.array([[0.5, 2.0, -1.0]]), np.array([[True, False, True]])
    for dtype in ("float16", "float32"):
        for normalize in (False, True):
            result = losses.multilabel_separation(s.astype(dtype), y, normalize=normalize, reduction="none")
            assert result.dtype == dtype
            np.testing.assert_allclose(result, [6.5 / (3 if normalize else 1)], rtol=1e-3)


# --- padded indices ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_padded_indices_end_at_the_first_minus_one(dtype):
    indices = np.array([[2, 0, -1, 1], [-1, 3, 3, 99], [3, 2, 1, 0], [1, 1, -1, -1]], dtype=dtype)
    signs = losses.from_padded_indices(indices, 4)
    assert signs.dtype == np.int8
    has = [[True, False, True, False], [False] * 4, [True] * 4, [False, True, False, False]]
    np.testing.assert_array_equal(signs > 0, has)
    np.testing.assert_array_equal(abs(signs), 1)
    assert losses.from_padded_indices(indices[:, :2], 300).shape == (4, 300)  # any length
    assert losses.from_padded_indices(indices[0], 4).shape == (4,)
    assert losses.from_padded_indices(indices[:0], 4).shape == (0, 4)


@given(st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=5))
def test_sets_survive_the_way_there_and_back(sets):
    indices = np.full((len(sets), 7), -1)
    for row, labels in zip(indices, sets, strict=True):
        row[: len(labels)] = list(labels)
    signs = losses.from_padded_indices(indices, 7)
    assert [set(np.flatnonzero(row > 0)) for row in signs] == sets


def test_indices_out_of_range_are_no_labels():
    indices = np.array([[0, 3, -1], [-2, 0, -1], [1, -1, 7]])
    with pytest.raises(errors.ClassRangeError, match="indices have 3 at position 0, 1; expected 0 to 2, or −1 at the end"):
        losses.from_padded_indices(indices, 3)
    signs = losses.from_padded_indices(indices, 3, validate=False)
    assert signs.tolist() == [[0, 0, 0], [0, 0, 0], [-1, 1, -1]]  # 0 is no label, so that no loss takes it for one
    s = np.zeros((3, 3))
    with pytest.raises(errors.InvalidTargetError):
        losses.multilabel_separation(s, signs)
    unseen = losses.multilabel_separation(s, signs, validate=False, reduction="none")
    assert np.isnan(unseen).tolist() == [True, True, False]


def test_multi_hot_rows_are_not_taken_for_indices():
    for dtype in ("bool", "float64", "uint8"):
        with pytest.raises(errors.InvalidTargetError, match="expected signed integers"):
            losses.from_padded_indices(np.eye(3).astype(dtype), 3)
    with pytest.raises(errors.InvalidParameterError, match="n_labels must be"):
        losses.from_padded_indices(np.array([[0]]), 0)
    with pytest.raises(errors.ShapeError, match="a single number"):
        losses.from_padded_indices(np.array(0), 3)


def test_traced_indices_out_of_range_spoil_the_loss(tracing_framework):
    framework = tracing_framework
    s, indices = (
        framework.array(np.zeros((3, 3), np.float32)),
        framework.array(np.array([[0, 3, -1], [-2, 0, -1], [1, -1, 7]])),
    )

    def call(scores, lists):
        return losses.multilabel_separation(scores, losses.from_padded_indices(lists, 3), reduction="none")

    assert np.isnan(framework.numpy(framework.traced(call)(s, indices))).tolist() == [True, True, False]
