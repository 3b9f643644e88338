"""What a fit will cost, said before it starts."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import mul

import numpy as np

from maxmargin.estimators.kernel.data import Problems, TrainingData
from maxmargin.estimators.kernel.look_ahead import Outlook, look_ahead
from maxmargin.estimators.kernel.room import Room
from maxmargin.exceptions import LongFitWarning
from maxmargin.kernels import Kernel, KernelPlan, parts_of
from maxmargin.solvers import Settings
from maxmargin.solvers.end_game import ends_in_columns

__all__ = ["FitEstimate", "announce", "estimate_of_values", "seconds_a_value"]

# Kernel values computed to the default tol, over the square of the number of rows
# (docs/decisions/0006-kernel-machines.md): 0.01 (skin_nonskin), 0.04 (mnist), 0.2 to 1 on most sets, 2.5 at most (webkb);
# what is announced leaves room for twice that.
_PASSES = 0.01, 0.7, 5.0
# Of one core, in float32: the function itself, and each number that an inner product reads, of dense rows and of sparse
# ones.
_SECONDS_A_VALUE, _SECONDS_A_COLUMN, _SECONDS_A_NON_ZERO = 3.3e-10, 1.05e-11, 1.8e-11
# Seconds of a fit over those of its kernel values: blocks are chosen and solved, sums are computed in float64. With both,
# 22 fits of benchmarks/results/kernel.md are within what is announced, most within a factor of 3 of the usual time.
_SECONDS_BESIDE = 2.0
# Of what parts of a problem say (look_ahead.py): 15 of 16 fits took between 0.4 and 1.7 times as long, one 4 times.
_AHEAD = 0.25, 1.0, 4.0
_STEPS_COUNT = 12.0  # times the seconds of its values: what a part takes is steps within blocks
# Other sums over the features than inner products, in seconds of these: of dense rows and of sparse ones.
_OTHER_SUMS = {"laplacian": (3.0, 2.0), "chi2": (14.0, 6.5)}
_SECONDS_A_LOOK = 1e-9  # of one core, at a value that is in memory
# Values of each row that the blocks before an interior point compute: one small block, and three large ones.
_IN_FIRST_BLOCKS = 256.0, 1024.0, 6144.0
# Of an interior point method, whose BLAS has one thread, for each row: itself, each of its columns, and their square.
# From SVR of 24,420 rows (docs/decisions/0008-approximations-and-compression.md): 36 columns 1.9 s, 123 2.3, 353 4.6, 760
# 9.7, 2000 35, which are met within a factor of 2. Columns of very different sizes (covtype as it comes, decision 0006)
# take three times as long.
_SECONDS_OF_INTERIOR = 3e-5, 3.5e-7, 1.5e-10
_RANGE_OF_INTERIOR = 0.3, 1.0, 5.0
_FEW_COMPONENTS = 64
# Of one core, a row and a component, for these and all passes of a linear solver: half of it on the two of decision 0008.
_SECONDS_A_COMPONENT = 1.4e-7
_SECONDS_AS_SAID = 2.0  # the factor within which prices of components meet what was measured there
_MANY_ROWS, _SAMPLE, _LARGE_COST = 5000, 32, 1e3  # of a multiplier, times K(x, x) of some rows: fits may be hard then
_LONG = 120.0  # seconds
_MOMENT = 1.0  # seconds

Range = tuple[float, float, float]  # at least, usually, at most


@dataclass(frozen=True, slots=True)
class FitEstimate:
    """Rows, kernel evaluations, the most bytes beyond the data, seconds."""

    n_rows: int
    evaluations: Range
    n_bytes: float
    seconds: Range

    @classmethod
    def of(cls, n_rows: int, pairs: float, each: float, n_bytes: float, n_threads: int) -> FitEstimate:
        """For problems with ``pairs`` pairs of rows in all, of a kernel whose values take so many seconds when needed."""
        evaluations = _times(pairs, _PASSES)
        return cls(n_rows, evaluations, n_bytes, _times(_SECONDS_BESIDE * each / max(1, n_threads), evaluations))

    @classmethod
    def ahead(cls, n_rows: int, outlook: Outlook, each: float, n_bytes: float, n_threads: int) -> FitEstimate:
        """For what parts of the problems have shown, of a kernel whose values take so many seconds when needed."""
        own = each / max(1, n_threads)
        shown = outlook.seconds_of_part / (own * outlook.evaluations_of_part)
        # Small parts show more beside their values than all rows have: half of it, in powers.
        usual = math.sqrt(_SECONDS_BESIDE * max(_SECONDS_BESIDE, shown)) * own * outlook.evaluations
        if shown > _STEPS_COUNT:
            usual = max(usual, outlook.seconds)
        return cls(n_rows, _times(outlook.evaluations, _AHEAD), n_bytes, _times(usual, _AHEAD))

    @classmethod
    def of_columns(cls, n_rows: int, sizes: Sequence[int], d: int, n_bytes: float, at_once: int) -> FitEstimate:
        """For a linear kernel of few columns, whose problems of so many rows an interior point method ends."""
        rows = float(sum(sizes))
        fewest, usual, most = (sum(float(n) * min(float(n), block) for n in sizes) for block in _IN_FIRST_BLOCKS)
        each = _times(rows * _interior(d) / max(1, at_once), _RANGE_OF_INTERIOR)
        return cls(n_rows, (fewest, usual, most), n_bytes, each)

    @classmethod
    def of_matrix(cls, n_rows: int, pairs: float, seconds_a_value: float, n_bytes: float) -> FitEstimate:
        """For a kernel whose values are all computed once, each in so many seconds, and then looked at."""
        values = float(n_rows) ** 2
        looks = _times(_SECONDS_A_LOOK * pairs, _PASSES)
        fewest, usual, most = (values * seconds_a_value + look for look in looks)
        return cls(n_rows, (values, values, values), n_bytes, (fewest, usual, most))

    @classmethod
    def of_components(
        cls, n_rows: int, rows: int, most: int, each: float, n_bytes: float, n_threads: int, *, hinge: bool
    ) -> FitEstimate:
        """For a kernel of at most so many components and problems of ``rows`` rows in all; ``each`` as above.

        The fewest components are those that are tried first. Linear solvers take the problem of the ``hinge`` loss, an
        interior point method takes every other.
        """
        first = min(most, _FEW_COMPONENTS)
        counts = float(first), math.sqrt(first * most), float(most)
        evaluations = _times(float(n_rows), counts)
        computing = _times(each / max(1, n_threads), evaluations)
        if hinge:
            solving = _times(_SECONDS_A_COMPONENT * rows / max(1, n_threads), counts)
        else:
            least, usual, longest = (rows * _interior(count) for count in counts)
            solving = least, usual, longest
        least, usual, longest = (a + b for a, b in zip(computing, solving, strict=True))
        return cls(n_rows, evaluations, n_bytes, (least / _SECONDS_AS_SAID, usual, longest * _SECONDS_AS_SAID))

    def with_folds(self, folds: int) -> FitEstimate:
        """The same with as many fits of all rows but those of one fold, whose work is their square or in proportion."""
        if not folds:
            return self
        share = 1.0 - 1.0 / folds
        factors = 1.0 + folds * share**2, 1.0 + folds * share**2, 1.0 + folds * share
        evaluations, seconds = (tuple(map(mul, each, factors)) for each in (self.evaluations, self.seconds))
        return replace(self, evaluations=evaluations, seconds=seconds)

    def __str__(self) -> str:
        fewest, usual, most = self.evaluations
        about = f"{usual:.0e}" if fewest == most else f"{usual:.0e} ({fewest:.0e} to {most:.0e})"
        return (
            f"{self.n_rows} rows, about {about} kernel evaluations, a peak of at most {math.ceil(self.n_bytes / 2**20)} "
            f"MiB beyond the data, {_range(*self.seconds)}"
        )


def estimate_of_values(
    data: TrainingData, problems: Problems, plan: KernelPlan, room: Room, peak: float, settings: Settings, *, asked: bool
) -> FitEstimate:
    """What a fit will cost whose kernel values the native core computes, or finds in the user's matrix.

    Parts of it are solved first where someone ``asked``, where as many rows usually take long, or these may be hard.
    """
    n, source = data.n_rows, data.source(np.empty((0, 0)) if plan.design is None else None)
    share = room.left / room.side_by_side
    variables = max(problems.sizes) * problems.variables_a_row
    if ends_in_columns(variables, source, share):
        at_once = min(room.side_by_side, data.n_threads)
        return FitEstimate.of_columns(n, problems.sizes, source.n_columns, peak, at_once)
    each = seconds_a_value(data.kernel, plan.values_per_row, skips_zeros=plan.skips_zeros)
    pairs = problems.pairs_of_rows * problems.variables_a_row**2  # blocks are of variables, which a tube has two of
    found = FitEstimate.of(n, pairs, each, peak, data.n_threads)
    if plan.design is None or not (asked or found.seconds[1] > _LONG or _may_be_hard(data, problems)):
        return found
    outlook = look_ahead(data, problems, settings, share)
    return found if outlook is None else FitEstimate.ahead(n, outlook, each, peak, data.n_threads)


def announce(name: str, estimate: FitEstimate, *, verbose: bool) -> None:
    """Say what a fit will cost where it was asked for and may take more than a moment, or where it usually is long."""
    _, usual, most = estimate.seconds
    if verbose and most < _MOMENT:
        return
    if verbose:
        print(f"{name}: {estimate}", file=sys.stderr, flush=True)
    elif usual > _LONG:
        warnings.warn(
            f"{name} is about to fit {estimate}. verbose=1 shows progress, max_time and callback stop it, Ctrl-C keeps what "
            "it has reached",
            LongFitWarning,
            stacklevel=4,
        )


def seconds_a_value(kernel: Kernel, values_per_row: float, *, skips_zeros: bool) -> float:
    """Of one core, for a kernel value whose inner product reads so many numbers, in float32.

    Of sums and products each function counts, and each kind of sum over the features that some of them need.
    """
    parts = [] if kernel.native is None else parts_of(kernel.native)
    sums = {part[0] if part[0] in _OTHER_SUMS else "products" for part in parts}
    each = _SECONDS_A_NON_ZERO if skips_zeros else _SECONDS_A_COLUMN
    passes = sum(_OTHER_SUMS[kind][skips_zeros] if kind in _OTHER_SUMS else 1.0 for kind in sums) if sums else 1.0
    return max(1, len(parts)) * _SECONDS_A_VALUE + passes * each * values_per_row


def _may_be_hard(data: TrainingData, problems: Problems) -> bool:
    """Whether many multipliers may become so large that blocks take many steps."""
    largest = int(np.argmax(problems.sizes))
    if problems.sizes[largest] < _MANY_ROWS:
        return False
    programme = problems.machine(largest).programme
    some = np.unique(programme.row[:: programme.size // _SAMPLE])
    value = float(np.abs(data.kernel.diagonal(data.rows.take(some))).mean())
    return float(np.maximum(programme.upper, -programme.lower).max()) * value > _LARGE_COST


def _interior(d: float) -> float:
    """Seconds of an interior point method with systems of so many columns, for each row."""
    row, column, square = _SECONDS_OF_INTERIOR
    return row + column * d + square * d * d


def _times(factor: float, values: Range) -> Range:
    least, usual, most = values
    return factor * least, factor * usual, factor * most


def _range(least: float, usual: float, most: float) -> str:
    if most < _MOMENT:
        return "a moment"
    shown, low, high = _duration(usual), _duration(least), _duration(most)
    if usual < _MOMENT:
        return f"usually less than {high}"
    if least < _MOMENT:
        return f"about {shown} (usually less than {high})"
    return f"about {shown}" if low == high else f"about {shown} ({low} to {high})"


def _duration(seconds: float) -> str:
    if seconds < 120.0:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60.0:.0f} minutes" if seconds < 7200.0 else f"{seconds / 3600.0:.0f} hours"
