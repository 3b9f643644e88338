"""What a fit will cost, said before it starts."""

from __future__ import annotations

import math
import sys
import warnings
from dataclasses import dataclass

from maxmargin.exceptions import LongFitWarning

__all__ = ["FitEstimate", "announce"]

# Measured on a9a, w8a, ijcnn1, cod-rna and covtype: kernel values computed, over the square of the number of rows. The usual
# ones are those of `docs/decisions/0006-kernel-machines.md`, to the default tol.
_FEWEST_PASSES, _USUAL_PASSES, _MOST_PASSES = 1.0, 2.5, 20.0
_SECONDS_A_VALUE = 3e-10  # of one core, for the function itself
_SECONDS_A_PRODUCT = 2e-11  # of one core, for each number that the inner product reads
_SECONDS_A_LOOK = 1e-9  # of one core, at a value that is in memory
_FEW_COMPONENTS = 64
_SECONDS_A_COMPONENT = 8e-8  # of one core and row, for all passes of a linear solver
_LONG = 120.0  # seconds
_MOMENT = 1.0  # seconds

Range = tuple[float, float, float]  # at least, usually, at most


@dataclass(frozen=True, slots=True)
class FitEstimate:
    """Rows, kernel evaluations, bytes beyond the data, seconds."""

    n_rows: int
    evaluations: Range
    n_bytes: float
    seconds: Range

    @classmethod
    def of(cls, n_rows: int, pairs: float, values_per_row: float, n_bytes: float, n_threads: int) -> FitEstimate:
        """For problems with ``pairs`` pairs of rows in all, of a kernel that the native core computes when needed."""
        each = (_SECONDS_A_VALUE + _SECONDS_A_PRODUCT * values_per_row) / max(1, n_threads)
        evaluations = _times(pairs, (_FEWEST_PASSES, _USUAL_PASSES, _MOST_PASSES))
        return cls(n_rows, evaluations, n_bytes, _times(each, evaluations))

    @classmethod
    def of_matrix(cls, n_rows: int, pairs: float, seconds_a_value: float, n_bytes: float) -> FitEstimate:
        """For a kernel whose values are all computed once, each in so many seconds, and then looked at."""
        values = float(n_rows) ** 2
        looks = _times(_SECONDS_A_LOOK * pairs, (_FEWEST_PASSES, _USUAL_PASSES, _MOST_PASSES))
        fewest, usual, most = (values * seconds_a_value + look for look in looks)
        return cls(n_rows, (values, values, values), n_bytes, (fewest, usual, most))

    @classmethod
    def of_components(cls, n_rows: int, most: int, values_per_row: float, n_bytes: float, n_threads: int) -> FitEstimate:
        """For a kernel of at most so many components; the fewest are those that are tried first."""
        first = min(most, _FEW_COMPONENTS)
        each = (_SECONDS_A_VALUE + _SECONDS_A_PRODUCT * values_per_row + _SECONDS_A_COMPONENT) / max(1, n_threads)
        evaluations = _times(float(n_rows), (float(first), math.sqrt(first * most), float(most)))
        return cls(n_rows, evaluations, n_bytes, _times(each, evaluations))

    def __str__(self) -> str:
        fewest, usual, most = self.evaluations
        about = f"{usual:.0e}" if fewest == most else f"{usual:.0e} ({fewest:.0e} to {most:.0e})"
        return (
            f"{self.n_rows} rows, about {about} kernel evaluations, a peak of {self.n_bytes / 2**20:.0f} MiB beyond the "
            f"data, {_range(*self.seconds)}"
        )


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


def _times(factor: float, values: Range) -> Range:
    least, usual, most = values
    return factor * least, factor * usual, factor * most


def _range(least: float, usual: float, most: float) -> str:
    if most < _MOMENT:
        return "a moment"
    if least < _MOMENT:
        return f"at most about {_duration(most)}"
    shown, low, high = _duration(usual), _duration(least), _duration(most)
    return f"about {shown}" if low == high else f"about {shown} ({low} to {high})"


def _duration(seconds: float) -> str:
    if seconds < 120.0:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60.0:.0f} minutes" if seconds < 7200.0 else f"{seconds / 3600.0:.0f} hours"
