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
    K = as_laid_out(rng.normal(size=(n, n)).astype(dtype), layout)
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


def as_laid_out(K, layout):
    """The same values in rows, in columns, or with others between."""
    twice = np.zeros((2 * len(K), 2 * len(K)), dtype=K.dtype)
    twice[::2, ::2] = K
    return {"rows": np.ascontiguousarray(K), "columns": np.asfortranarray(K), "some": twice[::2, ::2]}[layout]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["rows", "columns", "some"])
@pytest.mark.parametrize(("n", "bad"), [(1, 0), (2, 1), (47, 40), (48, 47), (49, 48), (130, 3), (300, 170), (300, 299)])
def test_a_descent_is_found_at_the_row_that_makes_it(n, bad, layout, dtype):
    rng = np.random.default_rng(n + bad)
    rows = rng.normal(size=(n, n + 5)) / np.sqrt(n)
    K = rows @ rows.T
    size, slack = np.linalg.norm(K), 1e-5
    K[bad, bad] -= np.linalg.det(K[: bad + 1, : bad + 1]) / np.linalg.det(K[:bad, :bad]) if bad < 100 else 2.0
    K[bad, bad] -= 100.0 * slack * size
    K = as_laid_out(K.astype(dtype), layout)
    value, v = _native.matrix_descent(K, slack)
    exact = K.astype(np.float64)[: v.size, : v.size]
    assert v.size - 1 == bad
    assert np.linalg.norm(v) == pytest.approx(1.0)
    assert value == pytest.approx(v @ exact @ v, rel=1e-6)
    assert value < -slack * np.linalg.norm(K)
    assert _native.matrix_descent(K, slack, least_size=1e9) is None
    again, same = _native.matrix_descent(K, slack, n_threads=3)
    assert (again, same.tolist()) == (value, v.tolist())


@pytest.mark.parametrize("scale", [1e-100, 1e-30, 1.0, 1e30, 1e100])
@pytest.mark.parametrize("n", [30, 200])
def test_eigenvalues_within_the_slack_are_rounding(n, scale):
    rng = np.random.default_rng(n)
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    eigenvalues = np.geomspace(1e-9, 1.0, n)
    slack = 1e-5
    for part, found in ((-0.4, False), (-0.97, False), (-1.03, True)):
        eigenvalues[0] = part * slack * np.linalg.norm(eigenvalues)
        K = (Q * eigenvalues) @ Q.T
        assert (_native.matrix_descent(0.5 * scale * (K + K.T), slack) is not None) == found


@pytest.mark.parametrize("value", [0.0, 1e300])
def test_of_zeros_and_of_what_overflows_nothing_is_known(value):
    assert _native.matrix_descent(np.full((60, 60), value), 1e-5) is None


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
