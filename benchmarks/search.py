"""The best settings of a peer for one case: its ladders climbed from loose to tight until the tight aim is met.

The ladders take turns. One ends when the tight aim is met, when a fit goes over its limit, or when tightening has
stopped helping. Once a ladder has met the tight aim the others may take no longer than it. Then the step between the
last miss and the first hit of each aim is halved once, as the fastest fit that meets an aim may lie there. Every fit
counts for every aim, so the way to 1e-6 also gives the time to 1e-3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.peers import Ladder

__all__ = ["AIMS", "Limits", "Run", "best", "search", "search_everyone", "shorter"]

AIMS = (1e-3, 1e-6)
_PATIENCE = 3  # steps without any gain after which a ladder is given up
_BUDGET = 2.0  # limits' worth of seconds after which no further fit is begun
_NOISE = 1.2  # a ladder may take this much longer than one that met the tight aim


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


Fit = Callable[[dict[str, Any], float], Run]  # settings and a limit in seconds


def best(runs: list[Run], aim: float) -> Run | None:
    """The fastest run that meets the aim."""
    return min((r for r in runs if r.gap <= aim), key=lambda r: r.seconds, default=None)


@dataclass
class _Climb:
    """How far a ladder has been climbed."""

    ladder: Ladder
    leap_after: float = math.inf
    runs: list[Run] = field(default_factory=list)
    at: list[int] = field(default_factory=list)  # the step of each run
    stale: int = 0

    def open(self) -> bool:
        if not self.runs:
            return bool(self.ladder.steps)
        last = self.runs[-1]
        finished = last.gap <= AIMS[-1] or last.error or self.stale == _PATIENCE
        return not finished and self.at[-1] + 1 < len(self.ladder.steps)

    def next(self, fit: Fit, limit: float) -> None:
        step = self._following() if self.runs else 0
        run = fit(self.ladder.settings(self.ladder.steps[step]), limit)
        self.stale = 0 if not self.runs or run.gap < 0.9 * min(r.gap for r in self.runs) else self.stale + 1
        self.runs.append(run)
        self.at.append(step)

    def _following(self) -> int:
        """The next step; after a long fit the first one that meets the next aim if the gap goes down like the step."""
        steps, here, last = self.ladder.steps, self.at[-1], self.runs[-1]
        if last.seconds <= self.leap_after:
            return here + 1
        wanted = steps[here] * max(aim for aim in AIMS if last.gap > aim) / last.gap
        return next((k for k in range(here + 1, len(steps)) if steps[k] <= wanted), len(steps) - 1)

    def between(self) -> list[float]:
        """Middles (of the logarithms) between the first hit of each aim and the step before it."""
        middles = set()
        for aim in AIMS:
            hits = [k for k, run in zip(self.at, self.runs, strict=True) if run.gap <= aim]
            if hits and hits[0] > 0:
                middles.add(math.sqrt(self.ladder.steps[hits[0] - 1] * self.ladder.steps[hits[0]]))
        return sorted(middles, reverse=True)


def search(
    ladders: list[Ladder],
    fit: Fit,
    limit: float,
    *,
    refine: bool = True,
    budget: float = _BUDGET,
    leap_after: float = math.inf,
) -> list[Run]:
    """All runs of all ladders, none longer than ``limit`` seconds.

    Nothing is begun after ``budget`` limits' worth of seconds. After a fit of ``leap_after`` seconds steps are left out that
    would miss the next aim if the gap went down like the step.
    """
    climbs = [_Climb(ladder, leap_after) for ladder in ladders]
    while open_ones := [c for c in climbs if c.open()]:
        for climb in open_ones:
            done = [run for c in climbs for run in c.runs]
            if sum(run.seconds for run in done) > budget * limit:
                return done
            climb.next(fit, shorter(limit, done))
    done = [run for c in climbs for run in c.runs]
    if refine:
        limit = shorter(limit, done)
        done += [fit(c.ladder.settings(step), limit) for c in climbs for step in c.between()]
    return done


@dataclass(frozen=True)
class Limits:
    """Seconds that a fit may take: what lies beyond decides nothing.

    At most ``time_cap``, ``cap_ratio`` times what we need to 1e-6 (but not within the first second), and ``lost_ratio``
    times what the fastest peer needs (but not within the first half).
    """

    time_cap: float
    cap_ratio: float
    lost_ratio: float = 3.0


def search_everyone(
    names: list[str], search_of: Callable[[str, float], list[Run]], limits: Limits
) -> tuple[dict[str, list[Run]], float]:
    """All runs of everyone, ours (first in ``names``) setting the ceiling; and the ceiling in seconds."""
    ours, *others = names
    runs = {ours: search_of(ours, limits.time_cap)}
    mine = best(runs[ours], AIMS[-1])
    ceiling = min(limits.time_cap, max(1.0, limits.cap_ratio * mine.seconds)) if mine else limits.time_cap
    fastest = math.inf
    for name in others:
        runs[name] = search_of(name, min(ceiling, max(0.5, limits.lost_ratio * fastest)))
        hit = best(runs[name], AIMS[-1])
        fastest = min(fastest, hit.seconds if hit else math.inf)
    return runs, ceiling


def shorter(limit: float, done: list[Run]) -> float:
    """The limit once the tight aim is met: what takes longer than that is of no use."""
    hit = best(done, AIMS[-1])
    return min(limit, max(0.1, _NOISE * hit.seconds)) if hit else limit
