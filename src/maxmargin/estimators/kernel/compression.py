"""Fewer support vectors for nearly the same decision function, with a bound on the difference.

1. Support vectors that are equal become one, with the sum of their coefficients; those of coefficient 0 go. Exact.
2. `maxmargin.kernels.shorten` keeps as few of the others as the allowed change lets it, one subset for all problems, and
   fits all their coefficients anew.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin._validation import resolve_memory_limit, resolve_n_jobs
from maxmargin.estimators.kernel.prediction import KernelPredictor
from maxmargin.estimators.kernel.support import Layout, as_scikit_learn, lines
from maxmargin.exceptions import InvalidParameterError, ShapeError
from maxmargin.kernels import Expansion, Kernel, Rows, ShortExpansion, check_matrix, kernel_sums, shorten, support_columns

__all__ = ["Compressible", "Compression"]

_FLOOR = 1e-7  # of ‖w‖: differences that float64 cannot tell from none, for tol=0
_POSITIVE = ("rbf", "laplacian", "chi2")

_Vector = NDArray[np.float64]
ModelT = TypeVar("ModelT", bound="Compressible")


@dataclass(frozen=True, slots=True)
class Compression:
    """What `compress` did: how many support vectors are left, and how far decision values can have moved.

    Attributes
    ----------
    n_support_before, n_support : int
    tol : float
        The change that was allowed.
    distance : float
        ‖w − w′‖, the largest of the problems, from kernel values in float64: a decision value of any row x has moved by
        at most ``distance · √K(x, x)``.
    largest_norm : float
        The largest √K(x, x): of all x there can be where the kernel is bounded, else of the rows looked at.
    everywhere : bool
        Whether ``bound`` holds for every x, or for those with √K(x, x) ≤ ``largest_norm``.
    largest_change : float
        The largest change of a decision value that was measured: on the rows given, or on the support vectors.
    n_measured : int
        How many rows these are.
    """

    n_support_before: int
    n_support: int
    tol: float
    distance: float
    largest_norm: float
    everywhere: bool
    largest_change: float
    n_measured: int

    @property
    def bound(self) -> float:
        """``distance · largest_norm``: no decision value has moved further."""
        return self.distance * self.largest_norm


@dataclass(frozen=True, slots=True, eq=False)
class _LongModel:
    """Support vectors with a coefficient in each problem, and the rows on which changes are measured.

    Of a precomputed kernel ``rows`` are the values among the support vectors, ``data`` those of rows with them.
    """

    kernel: Kernel
    coef: _Vector
    rows: Rows
    data: Rows
    diagonal: _Vector

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

    def part(self, kept: NDArray[np.intp]) -> _LongModel:
        """The same of some support vectors, which are the data too."""
        rows = Rows(self.rows.table[np.ix_(kept, kept)]) if self.kernel.pairwise else self.rows.take(kept)
        return _LongModel(self.kernel, self.coef[:, kept], rows, rows, self.diagonal[kept])

    def values(self, some: NDArray[np.intp], others: NDArray[np.intp], n_threads: int) -> _Vector:
        """Kernel values between support vectors."""
        if self.kernel.pairwise:
            return np.asarray(self.rows.table[np.ix_(some, others)], dtype=np.float64)
        return self.kernel.values(self.rows.take(some), self.rows.take(others), n_threads)


class Compressible(KernelPredictor):
    """Kernel machines whose support vectors can be made fewer."""

    compression_: Compression

    def compress(self: ModelT, X: Any = None, *, tol: float) -> ModelT:
        """A copy of the model with fewer support vectors and nearly the same decision values.

        Equal support vectors become one. Of the others as few are kept as ``tol`` allows, and their coefficients are
        those of the nearest decision function: with w and w′ the vectors before and after, for every x ::

            |f(x) − f′(x)| ≤ ‖w − w′‖ √K(x, x) ≤ tol

        Parameters
        ----------
        X : array-like, frame, sparse matrix or sequence of objects, optional
            Rows on which the largest change is measured too; None for the support vectors. Where the kernel is
            precomputed it is needed: the kernel values of the fit, (n_samples_fit, n_samples_fit), or their columns
            ``support_``, or both the rows and the columns ``support_``.
        tol : float
            The largest change of a decision value allowed, ≥ 0 and in its units; 0 removes what rounding allows. For
            kernels without a bound (linear, poly) it holds for rows with √K(x, x) up to that of the longest support
            vector or row of ``X``; twice as long a row may move twice as far.

        Returns
        -------
        model
            Of the same class, with fewer ``support_``, ``support_vectors_``, ``n_support_`` and ``dual_coef_``, and
            `compression_`, which says how many and how near. ``dual_coef_`` has one row for each problem, also for
            classes in pairs, and holds no multipliers: `certify` proves the model before. Its certificate, gap and
            status remain those of the fit. ``fit`` makes it an exact model again.

        Raises
        ------
        InvalidParameterError, ShapeError, MemoryLimitError, NotFittedError

        Examples
        --------
        >>> from sklearn.datasets import load_breast_cancer
        >>> from maxmargin import SVC
        >>> X, y = load_breast_cancer(return_X_y=True)
        >>> model = SVC(C=10.0).fit(X, y)
        >>> small = model.compress(tol=0.1)
        >>> small.support_.size < model.support_.size / 2
        True
        >>> abs(small.decision_function(X) - model.decision_function(X)).max() <= small.compression_.bound <= 0.1
        True
        """
        self._require_fit()
        self._check_support()
        _check_tol(tol)
        n_threads = resolve_n_jobs(self.n_jobs)
        long = self._long_model(X, n_threads)
        short = _shorter(long, float(tol), resolve_memory_limit(self.memory_limit), n_threads)
        rest = long.coef.copy()
        rest[:, short.kept] -= short.coef
        changes = short.changes if X is None else long.sums(long.data, rest, n_threads)
        small = copy(self)
        small._keep(long, short)
        small.compression_ = Compression(
            self.support_.size, small.support_.size, float(tol), float(short.distances.max(initial=0.0)), long.largest_norm,
            math.isfinite(long.kernel.ceiling), float(np.abs(changes).max(initial=0.0)), changes.shape[0],
        )  # fmt: skip
        return small

    def _long_model(self, X: Any, n_threads: int) -> _LongModel:
        coef = lines(Layout(self.support_, self._n_support, self._dense_dual()), self._layout_pairs)
        kernel = self.kernel_
        if kernel.pairwise:
            given = _given_values(X, self.support_, self._n_rows)
            square = given if given.shape[0] == self.support_.size else given[self.support_]
            check_matrix(square, "X")
            return _LongModel(kernel, coef, Rows(square), Rows(given), square.diagonal().astype(np.float64))
        vectors = Rows(self.support_vectors_)
        data = vectors if X is None else self._rows_to_predict(X)
        diagonal = kernel.diagonal(vectors, n_threads) if self.support_.size else np.zeros(0)
        return _LongModel(kernel, coef, vectors, data, diagonal)

    def _keep(self, long: _LongModel, short: ShortExpansion) -> None:
        starts = np.concatenate([[0], np.cumsum(self._n_support)])
        kept = short.kept
        self.dual_coef_ = as_scikit_learn(np.ascontiguousarray(short.coef), sparse=issparse(self.dual_coef_))
        self.support_ = self.support_[kept]
        self._n_support = np.diff(np.searchsorted(kept, starts)).astype(np.int32)
        if not self.kernel_.pairwise:
            self.support_vectors_ = long.rows.take(kept).given


def _shorter(long: _LongModel, tol: float, memory_limit: float, n_threads: int) -> ShortExpansion:
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
        positive=long.kernel.native is not None and long.kernel.native[0] in _POSITIVE,
    )
    norms = np.sqrt(np.maximum(expansion.norms(coef)[0], 0.0))
    target = max(tol / long.largest_norm if long.largest_norm > 0.0 else 0.0, _FLOOR * float(norms.max()))
    short = shorten(expansion, target, memory_limit, n_threads)
    if short is None:
        return nothing
    return ShortExpansion(merged[short.kept], short.coef, short.distances, short.changes)


def _without_copies(long: _LongModel) -> tuple[NDArray[np.intp], _Vector]:
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


def _given_values(X: Any, support: NDArray[np.int64], n_rows: int) -> NDArray[Any]:
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


def _check_tol(tol: Any) -> None:
    real = isinstance(tol, Real) and not isinstance(tol, (bool, np.bool_))
    if not real or not 0.0 <= tol < math.inf:
        raise InvalidParameterError(f"The 'tol' parameter of compress must be a finite number ≥ 0. Got {tol!r} instead.")
