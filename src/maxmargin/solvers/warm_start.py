"""Where to start from multipliers of another fit: at them, but where blocks would be slower from there than from nothing.

Of an inner product of few columns an interior point is what ends a programme (`end_game`), and it starts where it likes. The
first blocks gain by a good start where columns are of like size: 5000 rows of 20 columns, C 5 % larger, take a quarter of
the time. Where sizes differ by 1e5, each used up its steps for nothing, and they took 4 to 60 times as long as all the rest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from maxmargin.callbacks import TINY
from maxmargin.kernels import one_blas_thread
from maxmargin.machines import Programme, feasible_point, gap_at, steadiest_offsets
from maxmargin.solvers.curvature import FactoredCurvature
from maxmargin.solvers.end_game import KernelSource, ends_in_columns
from maxmargin.solvers.kernel_solution import KernelSolution

__all__ = ["begin", "the_better_one"]

_LIKE_SIZE = 30.0  # of the largest variance, over the median: 100 is too much already
_ROWS_A_COLUMN, _FEWEST_ROWS = 4, 2000  # that these are found of

_Vector = NDArray[np.float64]


def begin(
    programme: Programme, wanted: _Vector, source: KernelSource, memory_limit: float, tol: float, n_threads: int
) -> tuple[_Vector, KernelSolution | None]:
    """Feasible multipliers to start from, and the point of ``wanted`` where it is not that."""
    start = feasible_point(programme, wanted)
    if source.vectors is None or not ends_in_columns(programme.size, source, memory_limit):
        return start, None
    used, place = np.unique(programme.row, return_inverse=True)
    Z = source.vectors(used)
    if _of_like_size(Z):
        return start, None
    with np.errstate(all="ignore"):
        f = FactoredCurvature(Z, place, n_threads).times(start)
        _, dual, gap = gap_at(programme, start, f, steadiest_offsets(programme, start, f))
    relative_gap = gap / max(abs(dual), TINY)
    if relative_gap <= tol:
        return start, None
    known = KernelSolution("numerical_limit", start, f, 0, 0.0, np.zeros((0, 6)), relative_gap)
    return feasible_point(programme), known


def the_better_one(solution: KernelSolution, known: KernelSolution | None) -> KernelSolution:
    """The solution, at the point of ``known`` where that is worth more: a fit may have been stopped soon."""
    if known is None or solution.relative_gap <= known.relative_gap:
        return solution
    return replace(solution, multipliers=known.multipliers, decision=known.decision, relative_gap=known.relative_gap)


def _of_like_size(Z: _Vector) -> bool:
    """Whether half of the directions of the rows vary about as much as the largest one does."""
    step = max(1, Z.shape[0] // max(_FEWEST_ROWS, _ROWS_A_COLUMN * Z.shape[1]))
    part = Z[::step]
    with np.errstate(all="ignore"), one_blas_thread():
        part = part - part.mean(axis=0)
        spread = part.T @ part
        if not np.isfinite(spread).all():
            return False
        variances = np.linalg.eigvalsh(spread)
    return bool(variances[-1] <= _LIKE_SIZE * np.median(variances))
