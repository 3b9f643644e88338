"""Short expansions near long ones: w = Σⱼ aⱼ φ(sⱼ) with few of its rows, several w on the same rows.

1. Greedy: the next row is the one that takes most off the squared distances of those w that are still too far, among
   what the span of the rows so far leaves of them (orthogonal least squares). It stops once all are near enough.
2. Coefficients are those of the projections onto the span, all problems on one Cholesky factor.
3. What is reported is not the greedy's arithmetic: ‖w − w′‖² = r′Kr with r = a − a′ is summed anew from kernel values, and
   what rounding may have hidden in that sum is added.

For every row |⟨w − w′, φ(x)⟩| ≤ ‖w − w′‖ √K(x, x).

Chen, Cowan, Grant: Orthogonal least squares learning, IEEE Trans. Neural Networks 2 (1991).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from maxmargin.exceptions import MemoryLimitError
from maxmargin.kernels.blas import one_blas_thread
from maxmargin.kernels.span import Span

__all__ = ["Expansion", "ShortExpansion", "shorten"]

_BLOCK = 64  # rows chosen between two passes over all
_CANDIDATES = 4  # for each row that is chosen
_ROUNDING = 32.0 * np.finfo(np.float64).eps  # of Σ |rᵤrᵥK|: sums in several parts
_ATTEMPTS = 3
_NOTHING = 1e-9
_WORTHWHILE = 0.9  # of the rows: with more of them left it is not worth to fit coefficients anew
_APART, _NEARER = 1e-4, 1e-2  # of the largest K(s, s): squared distances to the span

_Matrix = NDArray[np.float64]
_Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """Vectors Σⱼ coef[p, j] φ(sⱼ), and the kernel values among their rows.

    Parameters
    ----------
    coef : ndarray of shape (n_problems, n)
    values : callable of positions, positions
    sums : callable of coefficients (k, n)
        Σⱼ coef[k, j] K(sᵢ, sⱼ) of every row, (n, k).
    diagonal : ndarray of shape (n,)
        K(s, s).
    positive : bool
        Whether no kernel value is negative.
    vectors : callable of coefficients (k, n), optional
        The vectors themselves, (k, n_features), where they are of few numbers: those of a linear kernel.
    """

    coef: _Matrix
    values: Callable[[_Rows, _Rows], _Matrix]
    sums: Callable[[_Matrix], _Matrix]
    diagonal: _Matrix
    positive: bool
    vectors: Callable[[_Matrix], _Matrix] | None = None

    def norms(self, coef: _Matrix) -> tuple[_Matrix, _Matrix, _Matrix]:
        """Squared norms of other coefficients' vectors, what rounding may hide in each, and their inner products."""
        size = np.abs(coef)
        inner = self.sums(coef)
        longest = size @ np.sqrt(np.abs(self.diagonal))
        if self.vectors is not None:
            found = self.vectors(coef)
            return np.einsum("pj,pj->p", found, found), (_ROUNDING * longest) ** 2, inner
        hidden = np.einsum("pj,jp->p", size, self.sums(size)) if self.positive else longest**2
        return np.einsum("pj,jp->p", coef, inner), _ROUNDING * hidden, inner


@dataclass(frozen=True, slots=True, eq=False)
class ShortExpansion:
    """Which rows are kept, their coefficients, and how far the vectors are from the long ones.

    ``distances`` are ‖w − w′‖ of each problem; ``changes`` ⟨w − w′, φ(s)⟩ of all rows, (n, n_problems).
    """

    kept: _Rows
    coef: _Matrix
    distances: _Matrix
    changes: _Matrix


def shorten(expansion: Expansion, target: float, memory_limit: float) -> ShortExpansion | None:
    """The short expansion with all distances ≤ ``target``; None where float64 finds none that is shorter.

    A target of 0 keeps all rows that are independent, and takes a distance that rounding may have made for none. None is the
    answer for an indefinite kernel, too: without a norm there is no distance.

    Raises
    ------
    MemoryLimitError
        More rows are needed than ``memory_limit`` has room for.
    """
    squares, hidden, inner = expansion.norms(expansion.coef)
    if (squares < -hidden).any():
        return None
    # What rounding may hide is no distance; nor is a thousand-millionth of the vectors.
    nothing = max(2.0 * float(np.sqrt(hidden.max())), _NOTHING * float(np.sqrt(np.maximum(squares, 0.0).max())))
    n = expansion.diagonal.size
    everyone = np.arange(n)
    span = Span(lambda rows: expansion.values(everyone, rows), expansion.diagonal)
    pursuit = _Pursuit(expansion, span, squares, inner, int(memory_limit / (16.0 * n)))
    for attempt in range(_ATTEMPTS):
        with one_blas_thread():
            near = pursuit.reach(target * 0.5**attempt)
        if not near:
            return None
        short = _verified(expansion, span, pursuit)
        if short is not None and float(short.distances.max()) <= (target or nothing):
            return short
    return None


class _Pursuit:
    """The greedy choice, and the projections of the vectors onto the span so far."""

    def __init__(self, expansion: Expansion, span: Span, squares: _Matrix, inner: _Matrix, room: int) -> None:
        self.expansion = expansion
        self.span = span
        self.left = squares.copy()  # squared distances of the vectors to the span
        self.inner = inner.copy()  # of what is left of the vectors, with every row
        self.projections = np.zeros((0, squares.size))  # coordinates in the basis of the span
        self.room = room
        # Rows near the span of the others get large coefficients of both signs, and sums over them lose digits: such rows
        # are chosen only after those that are further away.
        self.apart = _APART * float(np.abs(expansion.diagonal).max(initial=0.0))

    def reach(self, target: float) -> bool:
        """Choose rows until all vectors are within ``target`` or no independent row is left; False where too many are."""
        while True:
            far = self.left > target**2
            if not far.any():
                return True
            if len(self.span.chosen) > _WORTHWHILE * self.span.residual.size:
                return False
            free = np.flatnonzero(self.span.residual > self.apart)
            if free.size:
                self._choose(far, free)
            elif self.apart > self.span.dependent:
                self.apart = max(_NEARER * self.apart, self.span.dependent)
            else:
                return True

    def _choose(self, far: NDArray[np.bool_], free: _Rows) -> None:
        span, size = self.span, len(self.span.chosen)
        count = min(max(1, size // 8), _BLOCK, free.size)
        if size + count > self.room:
            raise MemoryLimitError(
                f"the shortest model found so far has {size} support vectors and is not yet near enough, and memory_limit "
                f"has room for {self.room}; raise memory_limit, or allow a larger change (tol)"
            )
        scores = np.einsum("ij,ij->i", self.inner[free][:, far], self.inner[free][:, far]) / span.residual[free]
        order = np.lexsort((free, -scores))[: _CANDIDATES * count]
        candidates = free[order]
        left = span.left_among(candidates, self.expansion.values(candidates, candidates))
        picked = candidates[_best(left, self.inner[candidates][:, far], count, self.apart)]
        new, inverse = span.add(picked)
        projections = inverse @ self.inner[picked]
        self.inner -= new @ projections
        self.left -= np.einsum("ij,ij->j", projections, projections)
        self.projections = np.concatenate([self.projections, projections])

    def coefficients(self) -> _Matrix:
        """Coefficients of the projections on the chosen rows, (n_problems, chosen)."""
        L = self.span.coordinates[self.span.chosen]
        return np.asarray(solve_triangular(L, self.projections, lower=True, trans=1, check_finite=False).T)


def _best(left: _Matrix, inner: _Matrix, count: int, apart: float) -> _Rows:
    """Positions of at most ``count`` candidates, each the best after those before it."""
    left, inner = left.copy(), inner.copy()
    picked: list[int] = []
    for _ in range(count):
        room = left.diagonal()
        open_ = room > apart
        open_[picked] = False
        if not open_.any():
            break
        scores = np.where(open_, np.einsum("ij,ij->i", inner, inner) / np.where(open_, room, 1.0), -1.0)
        best = int(scores.argmax())
        picked.append(best)
        f = left[:, best] / np.sqrt(left[best, best])
        inner -= np.outer(f, inner[best] / f[best])
        left -= np.outer(f, f)
    return np.array(picked, dtype=np.intp)


def _verified(expansion: Expansion, span: Span, pursuit: _Pursuit) -> ShortExpansion | None:
    """The expansion on the chosen rows, in their order, with distances summed anew."""
    order = np.argsort(span.chosen)
    kept = np.array(span.chosen, dtype=np.intp)[order]
    coef = pursuit.coefficients()[:, order]
    rest = expansion.coef.copy()
    rest[:, kept] -= coef
    squares, hidden, changes = expansion.norms(rest)
    if (squares < -hidden).any() or not np.isfinite(squares).all():
        return None
    return ShortExpansion(kept, coef, np.sqrt(np.maximum(squares, 0.0) + hidden), changes)
