"""What shows that a matrix is not one of kernel values, natively and by the definition; and votes by theirs."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import _native
from maxmargin.model import all_pairs, votes
from maxmargin.model.support import join


@pytest.mark.parametrize("n", [1, 31, 32, 33, 100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["rows", "columns", "some"])
def test_defects_are_those_of_the_definition(n, dtype, layout):
    rng = np.random.default_rng(n)
    K = rng.normal(size=(2 * n, 2 * n)).astype(dtype)[::2, ::2]
    K = {"rows": np.ascontiguousarray(K), "columns": np.asfortranarray(K), "some": K}[layout]
    exact = K.astype(np.float64)
    diagonal = exact.diagonal()
    floor, slack = 0.5, 0.01
    lengths, sides = np.sqrt(np.maximum(diagonal, 0.0) + slack), np.sqrt(np.abs(diagonal))
    upper = np.triu_indices(n)
    found = _native.matrix_defects(K, floor, slack)
    size = np.abs(exact)
    unit = np.maximum(np.maximum(size, np.outer(sides, sides)), floor)
    both = np.abs(exact - exact.T), 2.0 * exact - diagonal[:, None] - diagonal, size - np.outer(lengths, lengths)
    for (value, row, column), values in zip(found, both, strict=True):
        most = max(0.0, (values / unit)[upper].max())
        assert value == pytest.approx(most, rel=1e-12, abs=1e-12)
        assert row <= column
        if value > 0.0:
            assert (values / unit)[row, column] == pytest.approx(value, rel=1e-12)
    assert _native.matrix_defects(K, floor, slack, 3) == found


@pytest.mark.parametrize("n_classes", [3, 4, 10])
def test_votes_are_those_of_each_pair_in_turn(n_classes):
    pairs = all_pairs(n_classes)
    values = np.random.default_rng(0).normal(size=(250, len(pairs)))
    values[::7, 0] = 0.0
    won, total = np.zeros((250, n_classes)), np.zeros((250, n_classes))
    for k, (i, j) in enumerate(pairs):
        won[:, i] += values[:, k] >= 0.0
        won[:, j] += values[:, k] < 0.0
        total[:, i] += values[:, k]
        total[:, j] -= values[:, k]
    expected = won + total / (3.0 * (np.abs(total) + 1.0))
    np.testing.assert_array_equal(votes(values, pairs, n_classes), expected)
    np.testing.assert_array_equal(np.concatenate([votes(row[None], pairs, n_classes) for row in values]), expected)


@pytest.mark.parametrize("rows", [7, 250])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_pair_takes_one_entry_of_the_block_of_either_class(axis, rows):
    rng = np.random.default_rng(1)
    blocks = [np.moveaxis(rng.normal(size=(3, rows)), 0, axis) for _ in range(4)]
    found = join(blocks, all_pairs(4), axis)
    expected = [blocks[i].take(j - 1, axis) + blocks[j].take(i, axis) for i, j in all_pairs(4)]
    np.testing.assert_array_equal(found, np.stack(expected, axis))
