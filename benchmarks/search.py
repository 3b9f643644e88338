"""The best settings of a peer for one case: its ladders climbed from loose to tight until the tight aim is met.

A ladder ends when the tight aim is met, when a fit goes over its limit, or when tightening has stopped helping. Then
the step between the last miss and the first hit of each aim is halved once, as the fastest fit that meets an aim may
lie there. Every fit counts for every aim, so the way to 1e-6 also gives the time to 1e-3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.peers import Ladder

__all__ = ["AIMS", "Run", "best", "climb", "search"]

AIMS = (1e-3, 1e-6)
_PATIENCE = 3  # steps without any gain after which a ladder is given up


@dataclass(frozen=True)
class Run:
    """One fit: its settings, seconds and judged relative gap (infinite where it did not end in time)."""

    settings: dict[str, Any]
    seconds: float
    gap: float
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values; an infinite gap is None, as JSON knows no infinity."""
        return {**asdict(self), "gap": self.gap if math.isfinite(self.gap) else None}


Fit = Callable[[dict[str, Any]], Run]


def best(runs: list[Run], aim: float) -> Run | None:
    """The fastest run that meets the aim."""
    return min((r for r in runs if r.gap <= aim), key=lambda r: r.seconds, default=None)


def search(ladders: list[Ladder], fit: Fit, *, refine: bool = True) -> list[Run]:
    """All runs of all ladders."""
    runs = []
    for ladder in ladders:
        runs += climb(ladder, fit, refine=refine)
    return runs


def climb(ladder: Ladder, fit: Fit, *, refine: bool) -> list[Run]:
    """The runs of one ladder."""
    runs: list[Run] = []
    stale = 0
    for step in ladder.steps:
        run = fit(ladder.settings(step))
        stale = 0 if not runs or run.gap < 0.9 * min(r.gap for r in runs) else stale + 1
        runs.append(run)
        if run.gap <= AIMS[-1] or run.error or stale == _PATIENCE:
            break
    if refine:
        runs += [fit(ladder.settings(step)) for step in _between(ladder, runs)]
    return runs


def _between(ladder: Ladder, runs: list[Run]) -> list[float]:
    """The middles (of the logarithms) between the last miss and the first hit of each aim."""
    middles = set()
    for aim in AIMS:
        hits = [k for k, run in enumerate(runs) if run.gap <= aim]
        if hits and hits[0] > 0:
            loose, tight = ladder.steps[hits[0] - 1], ladder.steps[hits[0]]
            middles.add(math.sqrt(loose * tight))
    return sorted(middles, reverse=True)
