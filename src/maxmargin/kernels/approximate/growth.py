"""As many components as an estimated error asks for.

The error is an estimate of ‖K − K̃‖_F / ‖K‖_F, over all pairs of the n training rows. With the pairs of s rows drawn
at random,

    ‖E‖_F² ≈ n · mean Eᵢᵢ² + n(n − 1) · mean Eᵢⱼ² (i ≠ j)        for E = K − K̃, and for K

is unbiased for both squares; where s = n it is the error itself. Where there are more rows than candidates for landmarks,
the s rows are none of the candidates.

Landmarks are drawn in proportion to their squared distance to the span of those before (randomly pivoted Cholesky), in
blocks: a candidate is accepted with the probability that the others of its block have left it.

Chen, Epperly, Tropp, Webber: Randomly pivoted Cholesky, Comm. Pure Appl. Math. 78 (2025).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import KernelValueError
from maxmargin.kernels.approximate.base import ApproximateKernel
from maxmargin.kernels.approximate.fourier import Frequencies
from maxmargin.kernels.approximate.nystroem import NystroemKernel
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.blas import one_blas_thread
from maxmargin.kernels.blocks import diagonal_in_time, values_in_time
from maxmargin.kernels.checks import check_matrix
from maxmargin.kernels.rows import Rows
from maxmargin.kernels.span import Span, products

__all__ = ["Approximation", "Limits", "approximate"]

_SAMPLE = 512  # rows whose pairs the error is estimated on
_CANDIDATES = 10_000  # rows that landmarks are chosen from
_FIRST, _GROWTH = 16, 1.25
_LARGEST_BLOCK = 128
_PATIENCE = 20  # blocks without a new landmark, after which no row is left
_OF_MANY = 2.0  # times what waves of few rows take, for each: those of many are written to memory that is new

Ending = Literal["tol", "max_components", "memory_limit", "max_time", "rows"]
_Matrix = NDArray[np.float64]
_Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Limits:
    """When growth ends: error, components, whether memory is what allows no more of them, and the clock.

    The components of all rows are to be there at ``deadline``. The fit as a whole ends at ``end``, and with it values that
    Python computes. Both are times of time.perf_counter().
    """

    tol: float
    most: int
    by_memory: bool
    deadline: float = math.inf
    end: float = math.inf

    def time_is_up(self, seconds: float) -> bool:
        """Whether the deadline will have passed after so many seconds: what components take for all rows."""
        return time.perf_counter() + seconds >= self.deadline


@dataclass(frozen=True, slots=True, eq=False)
class Approximation:
    """An approximate kernel, its estimated error, the rows of its landmarks, and what ended its growth."""

    kernel: ApproximateKernel
    error: float
    landmarks: _Rows  # empty where there are none
    ended_by: Ending


def approximate(
    kernel: Kernel, rows: Rows, among: _Rows, how: str, limits: Limits, seed: int, n_threads: int = 1
) -> Approximation:
    """Grow the components of ``kernel`` until the estimated error is within ``limits.tol``.

    Parameters
    ----------
    kernel : Kernel
        With numbers for parameters.
    rows : Rows
        Of the training set.
    among : ndarray of int
        Those of positive weight: the others are absent.
    how : {"nystroem", "fourier"}
    limits : Limits
    seed : int
    n_threads : int

    Raises
    ------
    InvalidParameterError
        Fourier features of a kernel that is neither rbf nor laplacian.
    KernelSymmetryError
        On a sample of the rows, of a kernel that Python computes.
    TimeLimitError
        Python has not computed the values that growth needs at ``limits.end``.

    Examples
    --------
    >>> from maxmargin.kernels import Linear
    >>> found = approximate(Linear(), Rows([[1.0], [2.0]]), np.arange(2), "nystroem", Limits(0.1, 9, by_memory=False), 0)
    >>> found.kernel.n_components, found.ended_by
    (1, 'tol')
    """
    random = np.random.default_rng(seed)
    drawn = random.permutation(among)[: _CANDIDATES + _SAMPLE]
    sample = drawn[-_SAMPLE:]
    error = _Error(kernel, rows.take(sample), among.size, n_threads, limits.end)
    if how == "fourier":
        return _fourier(kernel, rows, error, limits, seed)
    # Of few rows those of the sample are candidates too: then the error is that of the training rows themselves.
    n_candidates = drawn.size if drawn.size <= _CANDIDATES else drawn.size - sample.size
    with one_blas_thread():
        return _nystroem(kernel, rows, drawn, n_candidates, error, limits, random, n_threads)


class _Error:
    """The estimated error of features of a sample of rows."""

    def __init__(self, kernel: Kernel, sample: Rows, n_rows: int, n_threads: int, end: float) -> None:
        self.sample = sample
        self._values = values_in_time(kernel, sample, sample, n_threads, end)
        if kernel.native is None:
            numbers = np.array([sample.number(k) for k in range(len(sample))])
            check_matrix(self._values, f"{kernel.name}, on rows drawn at random,", numbers)
        _require_finite(self._values, "kernel values")
        # A power of two, so that squares neither overflow nor vanish, and no bit of them changes.
        self._unit = 2.0 ** -np.frexp(np.abs(self._values).max())[1]
        self._n_rows = n_rows
        self._n_threads = n_threads

    def of(self, features: _Matrix) -> float:
        """The error of K̃ = ZZᵀ, where ``features`` are the z of the sample."""
        _require_finite(features, "components")
        whole = self._square(self._values * self._unit)
        left = self._square((self._values - products(features, features, self._n_threads)) * self._unit)
        return float(np.sqrt(left / whole)) if whole > 0.0 else 0.0

    def _square(self, E: _Matrix) -> float:
        n, s = float(self._n_rows), float(E.shape[0])
        diagonal = float((E.diagonal() ** 2).sum())
        others = float((E**2).sum()) - diagonal
        return n * diagonal / s + (n * (n - 1.0) * max(others, 0.0) / (s * (s - 1.0)) if s > 1.0 else 0.0)


def _require_finite(values: _Matrix, what: str) -> None:
    if not np.isfinite(values).all():
        raise KernelValueError(
            f"some {what} of the training rows are more than float64 holds; scale the features (for example with "
            "StandardScaler)"
        )


def _ended(limits: Limits) -> Ending:
    return "memory_limit" if limits.by_memory else "max_components"


def _fourier(kernel: Kernel, rows: Rows, error: _Error, limits: Limits, seed: int) -> Approximation:
    frequencies = Frequencies(kernel, rows.design.n_features, seed)
    count, most = _FIRST, max(1, limits.most // 2)
    while True:
        count = min(count, most)
        found = frequencies.first(count)
        began = time.perf_counter()
        features = found.features(error.sample)
        of_all = _OF_MANY * (time.perf_counter() - began) * len(rows) / len(error.sample)
        reached = error.of(features)
        if reached <= limits.tol or count == most or limits.time_is_up(of_all):
            why: Ending = "tol" if reached <= limits.tol else _ended(limits) if count == most else "max_time"
            return Approximation(found, reached, np.zeros(0, dtype=np.intp), why)
        count = int(np.ceil(_GROWTH * count))


def _nystroem(
    kernel: Kernel, rows: Rows, drawn: _Rows, n_candidates: int, error: _Error, limits: Limits,
    random: np.random.Generator, n_threads: int,
) -> Approximation:  # fmt: skip
    pool = rows.take(drawn)
    values = partial(values_in_time, kernel, n_threads=n_threads, deadline=limits.end)
    diagonal = diagonal_in_time(kernel, pool, n_threads, limits.end)
    span = Span(lambda chosen: values(pool, pool.take(chosen)), diagonal)
    size = drawn.size - len(error.sample)
    why: Ending = "tol"
    reached = error.of(span.coordinates[size:])
    of_all = 0.0  # seconds that as many components take for all rows, about
    while reached > limits.tol and why == "tol":
        if span.chosen and limits.time_is_up(of_all):
            why = "max_time"
            break
        wanted = min(max(_FIRST, int(np.ceil((_GROWTH - 1.0) * len(span.chosen)))), _LARGEST_BLOCK)
        wanted = min(wanted, limits.most - len(span.chosen))
        picked = _draw(values, pool, span, n_candidates, wanted, random) if wanted else None
        if picked is None:
            why = _ended(limits) if not wanted else "rows"
        else:
            began = time.perf_counter()
            span.add(picked)
            of_all += (time.perf_counter() - began) * len(rows) / len(pool)
            reached = error.of(span.coordinates[size:])
    chosen = drawn[span.chosen] if span.chosen else drawn[:1]
    whitening = span.whitening() if span.chosen else np.zeros((1, 1))  # all kernel values may be 0
    landmarks = rows.take(chosen)
    kept = landmarks.table if kernel.numeric else landmarks.given
    return Approximation(NystroemKernel(kernel, kept, whitening), reached, chosen, why)


def _draw(
    values: Callable[[Rows, Rows], _Matrix],
    pool: Rows,
    span: Span,
    n_candidates: int,
    wanted: int,
    random: np.random.Generator,
) -> _Rows | None:
    """New landmarks, at most ``wanted``; None where no row is left that is independent of those before."""
    residual = np.where(span.residual > span.dependent, span.residual, 0.0)[:n_candidates]
    left = np.flatnonzero(residual)
    if not left.size:
        return None
    proposed = random.choice(n_candidates, wanted, p=residual / residual.sum())
    proposed = proposed[np.sort(np.unique(proposed, return_index=True)[1])]
    part = pool.take(proposed)
    room = span.left_among(proposed, values(part, part))
    before = room.diagonal().copy()
    accepted = []
    for k in range(proposed.size):
        if room[k, k] > span.dependent and random.random() * before[k] <= room[k, k]:
            accepted.append(k)
            f = room[:, k] / np.sqrt(room[k, k])
            room -= np.outer(f, f)
    return proposed[accepted]
