"""What a fit of a kernel machine works on: rows with a kernel, and the problems to solve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin.kernels import ApproximateKernel, Kernel, Linear, Rows
from maxmargin.machines import Machine
from maxmargin.model import read_only
from maxmargin.solvers.end_game import KernelSource

__all__ = ["Costs", "Problems", "TrainingData", "bytes_of", "support_rows"]

_BYTES_OF_AN_ENTRY = 24.0
_BYTES_OF_A_REFERENCE = 8.0
_BYTES_PACKED, _ROWS_PACKED = 1 << 26, 16  # as cpp/kernels/design_kernel.cpp has them

Costs = dict[str, Any]  # C, nu, epsilon, fit_intercept: what of a problem is neither data nor kernel


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Validated rows and weights, and the kernel with its numbers resolved."""

    rows: Rows
    kernel: Kernel
    weights: NDArray[np.float64] | None
    n_threads: int
    started: float
    components: NDArray[np.float64] | None = None  # z(x) of all rows, where the kernel is approximate
    folds: int = 0  # of a calibration that follows: fits of some of these rows

    @property
    def n_rows(self) -> int:
        """Rows, those of weight 0 too."""
        return len(self.rows)

    @property
    def copied(self) -> float:
        """Bytes of the rows' numbers where these had to be copied; 0 where they are the user's."""
        return self.rows.copies.held

    @property
    def sparse(self) -> bool:
        """Whether the rows are a sparse table."""
        return self.kernel.numeric and issparse(self.rows.table)

    @property
    def stored_values_per_row(self) -> float:
        """Numbers that an inner product reads; 0 where the native core does not compute the kernel."""
        return 0.0 if self.kernel.native is None else float(self.rows.design.stored_values) / self.n_rows

    def source(self, matrix: NDArray[Any] | None) -> KernelSource:
        """The kernel's numbers for second-order methods; ``matrix`` has all of them where there is one."""
        if matrix is not None:
            return KernelSource(lambda rows, others: np.asarray(matrix[np.ix_(rows, others)], dtype=np.float64))
        if not isinstance(self.kernel, Linear) or self.rows.design.n_features > self.n_rows:
            return KernelSource(self._values, bytes_a_row=self._bytes_a_row, bytes_packed=self._bytes_packed)
        table = self.rows.table

        def vectors(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            taken = table[rows]
            return np.asarray(taken.toarray() if issparse(taken) else taken, dtype=np.float64)

        return KernelSource(
            self._values, vectors, self.rows.design.n_features,
            bytes_a_row=self._bytes_a_row, bytes_packed=self._bytes_packed,
        )  # fmt: skip

    @property
    def _bytes_packed(self) -> float:
        """Of the rows that the native core packs at a time, on both sides, while it computes values."""
        d = float(self.rows.design.n_features)
        return max(min(32.0 * self.n_rows * d, _BYTES_PACKED), 16.0 * min(self.n_rows, _ROWS_PACKED) * d)

    @property
    def _bytes_a_row(self) -> float:
        """Of a copy of a row."""
        return bytes_of(self.rows.table) / self.n_rows

    def _values(self, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
        everyone = rows.size == self.n_rows and bool((np.diff(rows) > 0).all())
        return self.kernel.values(self.rows if everyone else self.rows.take(rows), self.rows.take(others))

    def weights_of(self, rows: NDArray[np.int64], coef: NDArray[np.float64]) -> NDArray[np.float64]:
        """Σⱼ coef[j] z(xⱼ) over some rows, where the kernel is approximate."""
        if self.components is not None:
            return np.asarray(np.einsum("j,jm->m", coef, self.components[rows]))
        if not isinstance(self.kernel, ApproximateKernel) or not rows.size:
            return np.zeros(getattr(self.kernel, "n_components", 0))
        return np.asarray(self.kernel.weights(self.rows.take(rows), coef[None, :], self.n_threads)[0])

    def masses(self) -> NDArray[np.float64]:
        """The weight of each row."""
        return np.ones(self.n_rows) if self.weights is None else self.weights


@dataclass(frozen=True, slots=True, eq=False)
class Problems:
    """The problems of one fit; ``sizes`` are their rows.

    ``machines`` builds some of them, neighbours, when their turn comes, and a single one only once. ``segments`` is where
    several problems have rows in common: of each row which of the parts that problems are made of has it; negative for rows
    that no problem has.
    """

    labels: Sequence[Any]
    machines: Callable[[range], list[Machine]]
    sizes: Sequence[int]
    variables_a_row: int = 1
    segments: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if len(self.sizes) == 1:  # who looks ahead at it builds it for the solver too
            object.__setattr__(self, "machines", cache(self.machines))

    def machine(self, k: int) -> Machine:
        """One of them."""
        return self.machines(range(k, k + 1))[0]

    @property
    def pairs_of_rows(self) -> float:
        """Kernel values of all problems together."""
        return float(sum(size**2 for size in self.sizes))


def bytes_of(rows: Any) -> float:
    """Of a copy of some rows; of those of a list the list itself."""
    if issparse(rows) and rows.format in ("csr", "csc"):
        return float(rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes)
    if issparse(rows):  # of another format, which a Python kernel gets as it is: a number and two places for each value
        return _BYTES_OF_AN_ENTRY * float(rows.nnz)
    return float(getattr(rows, "nbytes", _BYTES_OF_A_REFERENCE * len(rows)))


def support_rows(data: TrainingData, support: NDArray[np.int64]) -> Any:
    """The support vectors as the user has them; an empty array for a precomputed kernel, whose X has no vectors."""
    if data.kernel.pairwise:
        return np.empty((0, 0))
    rows = data.rows.take(support)
    return read_only(rows.table if data.kernel.numeric and support.size else rows.given)
