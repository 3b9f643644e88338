"""Errors of Python kernels call rows by their numbers in X: beyond the first block of rows, and of rows drawn at random."""

from __future__ import annotations

import re

import numpy as np
import pytest
from kernel_oracle import gram

from maxmargin import SVC
from maxmargin.exceptions import KernelSymmetryError, KernelValueError


@pytest.mark.parametrize("approximation", [None, "nystroem"])
def test_rows_are_called_by_their_numbers(approximation):
    # Far beyond the first block of rows, and among rows drawn at random.
    bad = np.arange(700, 3000, 100)

    def kernel(left, right):
        i, j = left[:, :1].astype(int), right[:, 0].astype(int)
        K = gram("rbf", left[:, 1:], right[:, 1:])
        K[np.isin(i, bad) & (i == j)] = np.nan
        return K

    rows = np.hstack([np.arange(3000.0)[:, None], np.random.default_rng(0).normal(size=(3000, 2))])
    model = SVC(kernel=kernel, approximation=approximation)
    with pytest.raises(KernelValueError, match="not finite") as caught:
        model.fit(rows, np.arange(3000) % 2)
    first, second = re.search(r"for rows (\d+) and (\d+)\)", str(caught.value)).groups()
    assert first == second
    assert int(first) in bad
    assert approximation or int(first) == 700


@pytest.mark.parametrize("approximation", [None, "nystroem"])
def test_rows_that_are_not_symmetric_are_called_by_their_numbers(approximation):
    def kernel(left, right):
        i, j = left[:, :1], right[:, 0]
        return gram("rbf", left[:, 1:], right[:, 1:]) + 0.5 * ((i == j - 1000) & (i >= 2000 - 1500))

    rows = np.hstack([np.arange(3000.0)[:, None], np.random.default_rng(0).normal(size=(3000, 2))])
    with pytest.raises(KernelSymmetryError, match="not symmetric") as caught:
        SVC(kernel=kernel, approximation=approximation).fit(rows, np.arange(3000) % 2)
    i, j, *again = map(int, re.findall(r"rows (\d+) and (\d+)", str(caught.value))[0])
    assert not again
    assert abs(i - j) == 1000
    assert min(i, j) >= 500
