"""What the results say: one comparison per case and aim, and a summary per regime."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.peers import OURS
from benchmarks.search import AIMS

__all__ = ["GOALS", "Comparison", "Summary", "compare", "summaries"]

# What the project wants to reach: geometric mean of the ratios per regime, for the two aims.
GOALS = {"sparse": (3.0, 10.0), "dense, d ≤ 256": (20.0, 100.0)}
WORST_GOALS = (0.9, 1.0)


@dataclass(frozen=True)
class Comparison:
    """Ours against the best peer of a case; ``ratio`` is its seconds over ours.

    ``bound`` says what the ratio is where one side did not finish: "≥" (no peer met the aim; the longest time that a
    peer was given stands for its time), "≤" (we did not), "" otherwise; "?" where nobody did.
    """

    data: str
    loss: str
    C: float
    regime: str
    aim: float
    ours: float | None
    peer: str
    theirs: float | None
    settings: str
    ratio: float
    bound: str


@dataclass(frozen=True)
class Summary:
    """A regime at an aim."""

    regime: str
    aim: float
    n_cases: int
    mean: float
    worst: Comparison
    no_peer: int
    not_ours: int


def compare(record: dict[str, Any], aim: float) -> Comparison:
    """The comparison of a result line at an aim."""
    times = {name: found[f"{aim:g}"] for name, found in record["times"].items() if f"{aim:g}" in found}
    ours = times.pop(OURS, None)
    best = min(times.items(), key=lambda item: item[1]["seconds"], default=None)
    ceiling = _longest(record)
    our_seconds = ours["seconds"] if ours else None
    their_seconds = best[1]["seconds"] if best else None
    bound = ("" if best else "≥") if ours else ("≤" if best else "?")
    ratio = (their_seconds or ceiling) / (our_seconds or record["time_cap"])
    settings = " ".join(f"{k}={_short(v)}" for k, v in best[1]["settings"].items()) if best else ""
    case = record["case"]
    return Comparison(
        case["data"], case["loss"], case["C"], record["regime"], aim,
        our_seconds, best[0] if best else "none", their_seconds, settings, ratio, bound,
    )  # fmt: skip


def _longest(record: dict[str, Any]) -> float:
    """The most seconds that any peer spent in one fit: what is known where none of them met an aim."""
    return max((run["seconds"] for name, runs in record["runs"].items() if name != OURS for run in runs), default=math.nan)


def _short(value: Any) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def summaries(records: Iterable[dict[str, Any]]) -> list[Summary]:
    """Regime by regime, aim by aim."""
    records = list(records)
    found = []
    for regime in sorted({r["regime"] for r in records}, reverse=True):
        for aim in AIMS:
            all_of_it = [compare(r, aim) for r in records if r["regime"] == regime]
            known = [c for c in all_of_it if c.bound != "?"]
            if known:
                mean = math.exp(math.fsum(math.log(c.ratio) for c in known) / len(known))
                worst = min(known, key=lambda c: c.ratio)
                no_peer = sum(c.bound == "≥" for c in known)
                not_ours = sum(c.ours is None for c in all_of_it)
                found.append(Summary(regime, aim, len(all_of_it), mean, worst, no_peer, not_ours))
    return found
