"""A model as expansions on its support vectors, each with a coefficient in each problem, and shorter ones near it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin.exceptions import InvalidParameterError, ShapeError
from maxmargin.kernels import Expansion, Kernel, Linear, Rows, ShortExpansion, kernel_sums, shorten, support_columns

__all__ = ["LongModel", "given_values", "shorter"]

_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LongModel:
    """Support vectors with a coefficient in each problem, and the rows on which changes are measured.

    Of a precomputed kernel ``rows`` are the values among the support vectors, ``data`` those of rows with them.
    """

    kernel: Kernel
    coef: _Vector
    rows: Rows
    data: Rows
    diagonal: _Vector
    support: NDArray[np.int64]
    sizes: NDArray[np.int32]

    @property
    def largest_norm(self) -> float:
        """The largest √K(x, x) there can be, or of the support vectors and data."""
        if math.isfinite(self.kernel.ceiling):
            return math.sqrt(self.kernel.ceiling)
        seen = [self.diagonal]
        if self.data is not self.rows and not self.kernel.pairwise:
            seen.append(self.kernel.diagonal(self.data))
        return math.sqrt(max(0.0, float(np.max(np.concatenate(seen), initial=0.0))))

    def sums(self, data: Rows, coef: _Vector, n_threads: int) -> _Vector:
        """Σⱼ coef[p, j] K(x, sⱼ) of every row of ``data``; of those support vectors only whose coefficient is not 0."""
        used = np.flatnonzero(coef.any(axis=0))
        if used.size == 0:
            return np.zeros((len(data), coef.shape[0]))
        if self.kernel.pairwise:
            return np.asarray(np.einsum("ij,kj->ik", data.table[:, used].astype(np.float64), coef[:, used]))
        return kernel_sums(self.kernel, data, self.rows.take(used), coef[:, used], n_threads)

    def part(self, kept: NDArray[np.intp]) -> LongModel:
        """The same of some support vectors, which are the data too."""
        rows = Rows(self.rows.table[np.ix_(kept, kept)]) if self.kernel.pairwise else self.rows.take(kept)
        return replace(self, coef=self.coef[:, kept], rows=rows, data=rows, diagonal=self.diagonal[kept])

    def vectors(self, coef: _Vector) -> _Vector:
        """Σⱼ coef[p, j] sⱼ, of numeric rows."""
        return np.array([self.rows.design.combine(np.ascontiguousarray(line)) for line in coef])

    def values(self, some: NDArray[np.intp], others: NDArray[np.intp], n_threads: int) -> _Vector:
        """Kernel values between support vectors."""
        if self.kernel.pairwise:
            return np.asarray(self.rows.table[np.ix_(some, others)], dtype=np.float64)
        return self.kernel.values(self.rows.take(some), self.rows.take(others), n_threads)


def shorter(long: LongModel, tol: float, memory_limit: float, n_threads: int) -> ShortExpansion:
    """Equal support vectors merged, then as few kept as ``tol`` allows."""
    merged, coef = _without_copies(long)
    nothing = ShortExpansion(merged, coef, np.zeros(coef.shape[0]), np.zeros((long.diagonal.size, coef.shape[0])))
    if merged.size == 0:
        return nothing
    part = long.part(merged)
    expansion = Expansion(
        coef,
        lambda some, others: part.values(some, others, n_threads),
        lambda wanted: part.sums(part.rows, wanted, n_threads),
        part.diagonal,
        long.kernel.never_negative,
        part.vectors if isinstance(long.kernel, Linear) else None,
    )
    target = tol / long.largest_norm if long.largest_norm > 0.0 else math.inf
    short = shorten(expansion, target, memory_limit)
    if short is None:
        return nothing
    return ShortExpansion(merged[short.kept], short.coef, short.distances, short.changes)


def _without_copies(long: LongModel) -> tuple[NDArray[np.intp], _Vector]:
    """The first of each set of equal support vectors, with the sums of their coefficients, without those that are 0."""
    n = long.diagonal.size
    first = np.arange(n)
    if long.kernel.numeric and not long.kernel.pairwise and n:
        known: dict[bytes, int] = {}
        first = np.array([known.setdefault(row, i) for i, row in enumerate(_as_bytes(long.rows.table))], dtype=np.intp)
    coef = np.zeros_like(long.coef)
    np.add.at(coef.T, first, long.coef.T)
    merged = np.flatnonzero(coef.any(axis=0))
    return merged, coef[:, merged]


def _as_bytes(table: Any) -> list[bytes]:
    """What makes rows equal: their values and, of sparse ones, places."""
    if not issparse(table):
        return [row.tobytes() for row in np.asarray(table + table.dtype.type(0))]  # −0 becomes 0
    ends = zip(table.indptr[:-1].tolist(), table.indptr[1:].tolist(), strict=True)
    return [table.indices[start:stop].tobytes() + table.data[start:stop].tobytes() for start, stop in ends]


def given_values(X: Any, support: NDArray[np.int64], n_rows: int) -> NDArray[Any]:
    """The columns of the support vectors of the kernel values of a fit."""
    if X is None:
        raise InvalidParameterError(
            "compress needs X where the kernel is precomputed, because a model keeps no kernel values: pass those of the fit"
        )
    values = support_columns(X, support, n_rows)
    if values.shape[0] not in (n_rows, support.size):
        raise ShapeError(
            f"X has {values.shape[0]} rows; expected the kernel values of the fit, of {n_rows} rows, or of the "
            f"{support.size} rows support_ only"
        )
    return values
