"""Decision values good enough for labels: in float32 where a bound on its rounding settles these, else in float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxmargin.kernels import Rows
from maxmargin.model import Settled, SupportVectors

__all__ = ["SettledSums"]

_FEW_ROWS = 256  # float64 has them before anybody can ask twice
_MANY_ROWS, _TRIAL = 8192, 512  # of so many, the first tell whether float32 settles most
_MOST_OPEN = 0.2  # of these: more rows are all left to float64
_SAFELY = 2.0  # float64 rounds too, and bounds are of real numbers

_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SettledSums:
    """Sums over support vectors with intercepts."""

    vectors: SupportVectors
    pairs: Sequence[tuple[int, int]] | None
    intercept: _Values
    n_threads: int

    def exact(self, rows: Rows) -> _Values:
        """The decision values in float64."""
        return self.vectors.sums(rows, self.pairs, self.n_threads) + self.intercept

    def settled(self, rows: Rows, settled: Settled) -> _Values:
        """Decision values whose labels are those of `exact`. No row's depend on the others: both ways have them."""
        n = len(rows)
        if n <= _FEW_ROWS or self.vectors.kernel.native is None or rows.design.sparse:
            return self.exact(rows)
        first = self._mostly_narrow(rows if n <= _MANY_ROWS else rows.block(0, _TRIAL), settled)
        if first is None:
            return self.exact(rows)
        if n <= _MANY_ROWS:
            return first[0]
        rest = rows.block(_TRIAL, n)
        second = self._mostly_narrow(rest, settled) if first[1] <= _MOST_OPEN * _TRIAL else None
        return np.concatenate([first[0], self.exact(rest) if second is None else second[0]])

    def _mostly_narrow(self, rows: Rows, settled: Settled) -> tuple[_Values, int] | None:
        """In float32 first, and the number of rows that float64 had to settle; None where float32 is no faster."""
        found = self.vectors.narrow_sums(rows, self.pairs, self.n_threads)
        if found is None:
            return None
        with np.errstate(invalid="ignore", over="ignore"):
            values, doubts = found[0] + self.intercept, _SAFELY * found[1]
            left_open = np.flatnonzero(~settled(values, doubts))
        if left_open.size:
            values[left_open] = self.exact(rows.take(left_open))
        return values, int(left_open.size)
