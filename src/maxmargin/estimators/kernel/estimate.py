"""What a fit will cost, said before it starts."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass

from maxmargin.exceptions import LongFitWarning

__all__ = ["FitEstimate", "announce"]

# Measured on a9a, w8a, ijcnn1, cod-rna and covtype: kernel values computed, over the square of the number of rows.
_FEWEST_PASSES, _MOST_PASSES = 1.0, 20.0
_SECONDS_A_VALUE = 3e-10  # of one core, for the function itself
_SECONDS_A_PRODUCT = 2e-11  # of one core, for each number that the inner product reads
_FEW_COMPONENTS = 64
_SECONDS_A_COMPONENT = 8e-8  # of one core and row, for all passes of a linear solver
_LONG = 120.0  # seconds
_MOMENT = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class FitEstimate:
    """Rows, kernel evaluations from few to many, bytes beyond the data, seconds for the few and the many."""

    n_rows: int
    evaluations: tuple[float, float]
    n_bytes: float
    seconds: tuple[float, float]

    @classmethod
    def of(cls, n_rows: int, pairs: float, values_per_row: float, n_bytes: float, n_threads: int) -> FitEstimate:
        """For problems with ``pairs`` pairs of rows in all."""
        each = (_SECONDS_A_VALUE + _SECONDS_A_PRODUCT * values_per_row) / max(1, n_threads)
        few, many = _FEWEST_PASSES * pairs, _MOST_PASSES * pairs
        return cls(n_rows, (few, many), n_bytes, (few * each, many * each))

    @classmethod
    def of_components(cls, n_rows: int, most: int, values_per_row: float, n_bytes: float, n_threads: int) -> FitEstimate:
        """For a kernel of at most so many components; few are those that are tried first."""
        few, many = float(n_rows) * min(most, _FEW_COMPONENTS), float(n_rows) * most
        each = (_SECONDS_A_VALUE + _SECONDS_A_PRODUCT * values_per_row + _SECONDS_A_COMPONENT) / max(1, n_threads)
        return cls(n_rows, (few, many), n_bytes, (few * each, many * each))

    def __str__(self) -> str:
        few, many = self.evaluations
        return (
            f"{self.n_rows} rows, about {few:.0e} to {many:.0e} kernel evaluations, "
            f"{self.n_bytes / 2**20:.0f} MiB beyond the data, {_range(*self.seconds)}"
        )


def announce(name: str, estimate: FitEstimate, *, verbose: bool) -> None:
    """Say what a fit will cost where it was asked for and takes more than a moment, or where it is long in any case."""
    if verbose and estimate.seconds[1] < _MOMENT:
        return
    if verbose:
        print(f"{name}: {estimate}", file=sys.stderr, flush=True)
    elif estimate.seconds[0] > _LONG:
        warnings.warn(
            f"{name} is about to fit {estimate}. verbose=1 shows progress, max_time and callback stop it, Ctrl-C keeps what "
            "it has reached",
            LongFitWarning,
            stacklevel=4,
        )


def _range(least: float, most: float) -> str:
    if most < _MOMENT:
        return "a moment"
    return f"about {_duration(least)} to {_duration(most)}" if least >= _MOMENT else f"at most about {_duration(most)}"


def _duration(seconds: float) -> str:
    if seconds < 120.0:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60.0:.0f} minutes" if seconds < 7200.0 else f"{seconds / 3600.0:.0f} hours"
