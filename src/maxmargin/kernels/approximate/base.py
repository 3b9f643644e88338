"""What all kernels of components have in common."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from maxmargin.kernels.base import Kernel
from maxmargin.kernels.blocks import blocks_in_time
from maxmargin.kernels.rows import Rows
from maxmargin.kernels.span import products

__all__ = ["ApproximateKernel"]

_NUMBERS_IN_A_BLOCK = 1 << 22  # components that are held at once
_PRODUCTS_IN_A_BLOCK = 1 << 31  # of those that are held at once while somebody looks at the clock: a tenth of a second

_Matrix = NDArray[np.float64]


class ApproximateKernel(Kernel):
    """K̃(x, z) = ⟨z(x), z(z)⟩ near another kernel, ``kernel``.

    Each is itself only: two are equal if they are the same object.
    """

    kernel: Kernel
    approximation: str
    inner_product = True

    @property
    def n_components(self) -> int:
        """Length m of z(x)."""
        raise NotImplementedError  # each kernel has its own

    def features(self, rows: Rows, n_threads: int = 1) -> _Matrix:
        """z(x) of each row, (n, m) float64, all at once."""
        raise NotImplementedError  # each kernel has its own

    def fill(self, rows: Rows, out: NDArray[np.float64], n_threads: int = 1, deadline: float = math.inf) -> None:
        """Write z(x) of each row into ``out``, block by block, between which the clock and signals are looked at.

        Raises
        ------
        TimeLimitError
            The deadline has passed, and Python computes the kernel.
        Stopped
            The same where the native core does.
        """
        for start, stop in self._blocks(rows, deadline):
            out[start:stop] = self.features(rows.block(start, stop), n_threads)

    def weights(self, support: Rows, coef: _Matrix, n_threads: int = 1) -> _Matrix:
        """Σⱼ coef[p, j] z(sⱼ), (rows of ``coef``, m)."""
        total = np.zeros((coef.shape[0], self.n_components))
        step = self._rows_in_a_block()
        for start in range(0, len(support), step):
            block = self.features(support.block(start, start + step), n_threads)
            total += np.einsum("pj,jm->pm", coef[:, start : start + step], block)
        return total

    def sums(self, rows: Rows, weights: _Matrix, n_threads: int = 1) -> _Matrix:
        """⟨weights[p], z(x)⟩ of every row, (n, rows of ``weights``)."""
        found = np.empty((len(rows), weights.shape[0]))
        step = self._rows_in_a_block()
        for start in range(0, len(rows), step):
            block = self.features(rows.block(start, start + step), n_threads)
            found[start : start + step] = products(block, np.ascontiguousarray(weights), n_threads)
        return found

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> _Matrix:
        """Values between two sets of rows."""
        return products(self.features(left, n_threads), self.features(right, n_threads), n_threads)

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K̃(x, x) of each row."""
        step = self._rows_in_a_block()
        blocks = [self.features(rows.block(k, k + step), n_threads) for k in range(0, len(rows), step)]
        return np.concatenate([np.einsum("ij,ij->i", block, block) for block in blocks])

    @property
    def ceiling(self) -> float:
        """The largest K̃(x, x) of any x."""
        return self.kernel.ceiling

    @property
    def numeric(self) -> bool:
        """Whether rows must be a table of numbers."""
        return self.kernel.numeric

    def _blocks(self, rows: Rows, deadline: float) -> Iterator[tuple[int, int]]:
        n, m = len(rows), self.n_components
        if self.kernel.native is None:
            return blocks_in_time(self.kernel, n, m, deadline)
        products = float(rows.design.stored_values) / n + m  # of a component, at most
        most = min(_NUMBERS_IN_A_BLOCK, _PRODUCTS_IN_A_BLOCK / products)
        return blocks_in_time(self.kernel, n, m, most=most, stop=lambda _: time.perf_counter() > deadline)

    def _rows_in_a_block(self) -> int:
        return max(1, _NUMBERS_IN_A_BLOCK // self.n_components)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return f"{type(self).__name__}({self.kernel!r}, {self.n_components} components)"[:N_CHAR_MAX]
