"""The times that count: medians over rounds in which everyone takes turns, so that a busy minute hits all alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.peers import OURS
from benchmarks.search import AIMS, Run, best

__all__ = ["median_times", "rounds"]

_CLOSE = 2.0  # a peer this many times slower than the fastest keeps the time of its search


def rounds(seconds: float) -> int:
    """How many fits the median is taken of."""
    return 5 if seconds < 0.5 else 3 if seconds < 5 else 1


def median_times(runs: dict[str, list[Run]], again: Callable[[str, Run], Run]) -> dict[str, dict[str, Any]]:
    """Per contestant and aim: seconds of the best settings, of how many fits they are the median, the settings.

    A repetition that misses the aim counts as infinitely long (some peers are not deterministic).
    """
    picks = {(name, aim): run for name, found in runs.items() for aim in AIMS if (run := best(found, aim))}
    samples = {key: [run.seconds] for key, run in picks.items()}
    repeated = {key: run for key, run in picks.items() if rounds(run.seconds) > 1 and _matters(key, picks)}
    for key in repeated:
        samples[key] = []
    for turn in range(5):
        for (name, aim), run in repeated.items():
            if turn < rounds(run.seconds):
                repetition = again(name, run)
                samples[name, aim].append(repetition.seconds if repetition.gap <= aim else math.inf)
    table: dict[str, dict[str, Any]] = {}
    for (name, aim), values in samples.items():
        median = statistics.median(values)
        if math.isfinite(median):
            table.setdefault(name, {})[f"{aim:g}"] = {
                "seconds": median, "fits": len(values), "settings": picks[name, aim].settings,
            }  # fmt: skip
    return table


def _matters(key: tuple[str, float], picks: dict[tuple[str, float], Run]) -> bool:
    name, aim = key
    fastest = min((run.seconds for (other, at), run in picks.items() if at == aim and other != OURS), default=math.inf)
    return name == OURS or picks[key].seconds <= _CLOSE * fastest
