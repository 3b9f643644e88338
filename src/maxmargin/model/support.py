"""Sums over support vectors, and what they say about classes.

Support vectors are ordered by class, then by row. With k classes in pairs, a support vector of class i has a coefficient
for each of its k − 1 rivals j, in row j of ``dual_coef`` where j < i and in row j − 1 where j > i. Otherwise each row
of ``dual_coef`` belongs to one problem.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.kernels import GivenColumns, Kernel, Rows, block_sums, narrow_block_sums, support_sums

__all__ = ["SupportVectors", "all_pairs", "by_rows", "join", "numbers_a_row", "problem_labels", "votes"]

# For which all pairs at once are sooner done than one after the other, and of support vectors something may be kept; the
# numbers are the same bits.
_FEW_ROWS = 200
_NUMBERS_AT_ONCE = 1 << 23  # 64 MiB, that prediction holds beside its answer
_FEWEST_ROWS = 256  # at a time: for fewer, what is made of the support vectors each time would take longer than their sums

_Vector = NDArray[np.float64]
_Pairs = Sequence[tuple[int, int]]


def all_pairs(k: int) -> list[tuple[int, int]]:
    """Pairs of classes (i, j), i < j, in the order of their problems."""
    return [(i, j) for i in range(k) for j in range(i + 1, k)]


def problem_labels(classes: NDArray[Any], pairs: _Pairs | None) -> list[Any]:
    """What the problems of a classifier are called: a pair "a / b", the second of two classes, or one class each."""
    if pairs is not None:
        return [f"{classes[i]} / {classes[j]}" for i, j in pairs]
    return [classes[1]] if classes.size == 2 else list(classes)


@dataclass(frozen=True, slots=True, eq=False)
class SupportVectors:
    """Sums over support vectors, one block of them for each class.

    What few rows' sums take most of their time for, packing the support vectors, is done once where ``keeping``.
    """

    kernel: Kernel
    rows: Rows
    sizes: NDArray[np.int32]
    dual_coef: _Vector
    keeping: bool = False
    _made: dict[int, _native.SupportSums | None] = field(default_factory=dict)  # of so many blocks

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where the block of each class starts, and the end."""
        return np.concatenate([[0], np.cumsum(self.sizes, dtype=np.int64)])

    def sums(self, data: Rows, pairs: _Pairs | None, n_threads: int) -> _Vector:
        """Σⱼ a_j K(x, sⱼ) of each row and problem, (rows, problems); problems of a pair take a block of either class."""
        if not self.sizes.any():
            return np.zeros((len(data), self.dual_coef.shape[0] if pairs is None else len(pairs)))
        if self.kernel.pairwise:
            given = np.ascontiguousarray(data.table, dtype=np.float64)  # the order of a sum goes by the layout
            parts = pairwise(self.starts.tolist())
            blocks = [np.einsum("ij,kj->ik", given[:, i:j], self.dual_coef[:, i:j]) for i, j in parts]
        else:
            sizes = self._block_sizes(pairs)
            made = self._kept(data, sizes, n_threads)
            blocks = block_sums(self.kernel, data, self.rows, self.dual_coef, sizes, n_threads, made)
        return join(blocks, pairs, axis=1)

    def narrow_sums(self, data: Rows, pairs: _Pairs | None, n_threads: int) -> tuple[_Vector, _Vector] | None:
        """The same in float32, and the most that each sum may be off by; None where that is no faster."""
        if self.kernel.native is None or not self.sizes.any():
            return None
        sizes = self._block_sizes(pairs)
        found = narrow_block_sums(self.kernel, data, self.rows, self.dual_coef, sizes, n_threads)
        return None if found is None else (join(found[0], pairs, axis=1), join(found[1], pairs, axis=1))

    def _kept(self, data: Rows, sizes: list[int], n_threads: int) -> _native.SupportSums | None:
        """What has been made of the support vectors, now where few rows ask for it first."""
        if not self.keeping or self.kernel.native is None or data.design.sparse != self.rows.design.sparse:
            return None
        if len(sizes) not in self._made and len(data) <= _FEW_ROWS:
            self._made[len(sizes)] = support_sums(self.kernel, self.rows, self.dual_coef, sizes, n_threads)
        return self._made.get(len(sizes))

    def _block_sizes(self, pairs: _Pairs | None) -> list[int]:
        """Of the blocks whose sums are wanted: one of all support vectors where nothing asks for classes."""
        whole = pairs is None and self.kernel.native is not None
        return [int(self.sizes.sum())] if whole else list(self.sizes.tolist())

    def directions(self, n_threads: int) -> list[_Vector]:
        """For each block the vectors Σⱼ dual_coef[·, j] sⱼ of a linear kernel, (rows of ``dual_coef``, features)."""
        starts = self.starts
        results = []
        for start, stop in pairwise(starts.tolist()):
            coef = np.ascontiguousarray(self.dual_coef[:, start:stop])
            if start == stop:
                results.append(np.zeros((coef.shape[0], self.rows.n_features or 0)))
                continue
            design = self.rows.block(start, stop).design
            results.append(np.array([design.combine(line, n_threads) for line in coef]))
        return results


def numbers_a_row(kernel: Kernel, sizes: NDArray[np.int32], dual_coef: Any, n_problems: int) -> int:
    """Numbers that prediction holds for each row: sums of each class, values of each problem, given kernel values."""
    given = 2 * int(dual_coef.shape[1]) if kernel.pairwise else 0
    return sizes.size * int(dual_coef.shape[0]) + 3 * n_problems + given


def by_rows(
    data: Rows | GivenColumns,
    numbers_a_row: int,
    decide: Callable[[Rows], _Vector],
    memory_limit: float | None = None,
) -> _Vector:
    """``decide`` of all rows, of as many at a time as memory has room for when each takes so many numbers.

    ``memory_limit`` are bytes for these numbers, where they are less than is usual.
    """
    n, step = len(data), max(1, _NUMBERS_AT_ONCE // max(1, numbers_a_row))
    if memory_limit is not None:
        step = min(step, max(_FEWEST_ROWS, int(min(memory_limit, 2.0**62)) // (8 * max(1, numbers_a_row))))
    first = decide(data.block(0, step))
    if n <= step:
        return first
    found = np.empty((n, *first.shape[1:]), dtype=first.dtype)
    found[:step] = first
    for start in range(step, n, step):
        found[start : start + step] = decide(data.block(start, start + step))
    return found


def join(blocks: Sequence[_Vector], pairs: _Pairs | None, axis: int) -> _Vector:
    """The blocks of the classes put together: one entry along ``axis`` for each problem."""
    if pairs is None:
        return np.asarray(sum(blocks[1:], blocks[0]))
    if blocks[0].shape[1 - axis] > _FEW_ROWS:
        parts = [np.take(blocks[i], j - 1, axis=axis) + np.take(blocks[j], i, axis=axis) for i, j in pairs]
        return np.stack(parts, axis=axis)
    rivals = len(blocks) - 1  # of a class: entries of its block
    every = np.concatenate(blocks, axis=axis)
    own = np.take(every, [i * rivals + j - 1 for i, j in pairs], axis=axis)
    return np.asarray(own + np.take(every, [j * rivals + i for i, j in pairs], axis=axis))


def votes(values: _Vector, pairs: _Pairs, n_classes: int) -> _Vector:
    """Pairs that each class wins, plus the sum of its decision values squeezed into (−1/3, 1/3)."""
    won, total = (_few_votes if values.shape[0] <= _FEW_ROWS else _many_votes)(values, pairs, n_classes)
    return np.asarray(won + total / (3.0 * (np.abs(total) + 1.0)))


def _many_votes(values: _Vector, pairs: _Pairs, n_classes: int) -> tuple[_Vector, _Vector]:
    won = np.zeros((values.shape[0], n_classes))
    total = np.zeros_like(won)
    for k, (i, j) in enumerate(pairs):
        value = values[:, k]
        won[:, i] += value >= 0.0
        won[:, j] += value < 0.0
        total[:, i] += value
        total[:, j] -= value
    return won, total


def _few_votes(values: _Vector, pairs: _Pairs, n_classes: int) -> tuple[_Vector, _Vector]:
    first, second = np.array(pairs).T
    against = np.zeros((values.shape[0], n_classes, n_classes))  # of each class, in the order that its rivals have
    against[:, first, second] = values
    against[:, second, first] = -values
    earlier = np.arange(n_classes)[:, None] < np.arange(n_classes)  # which wins where the value is zero
    won = np.where(earlier, against >= 0.0, against > 0.0).sum(axis=2)
    total = np.zeros(won.shape)
    for rival in range(n_classes):  # in the order of the pairs
        total += against[:, :, rival]
    return won, total
