"""The times that count: medians over rounds in which everyone takes turns, so that a busy minute hits all alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.peers import OURS
from benchmarks.search import AIMS, Run

__all__ = ["rounds", "times_of_all"]

_CLOSE = 2.0  # a peer this many times slower than the fastest keeps the time of its search
_CANDIDATES = 3  # settings of a peer that may be tried where the rounds do not confirm the search

Key = tuple[str, float]  # contestant and aim
Again = Callable[[str, Run], Run]


def rounds(seconds: float) -> int:
    """How many fits the median is taken of."""
    return 5 if seconds < 0.5 else 3 if seconds < 5 else 1


def times_of_all(
    runs: dict[str, list[Run]], again: Again, *, kept: frozenset[Key] = frozenset(), short: float = 0.0
) -> dict[str, dict[str, Any]]:
    """Per contestant and aim: seconds of the best settings, of how many fits they are the median, the settings.

    Everyone whose fit takes less than ``short`` seconds takes part in the rounds; those in ``kept`` are not timed again.
    A repetition that misses the aim counts as infinitely long (some peers are not deterministic); where the median
    misses it, the next fastest settings of the search are tried.
    """
    hits = {(name, aim): _hits(found, aim) for name, found in runs.items() for aim in AIMS}
    samples: dict[Key, list[float]] = {}
    for _ in range(_CANDIDATES):
        fastest = {key: found[0] for key, found in hits.items() if found}
        due = [key for key in fastest if key not in samples and key not in kept]
        samples |= _repeated({key: fastest[key] for key in due}, fastest, again, short)
        for key in due:
            if math.isinf(statistics.median(samples[key])):
                del samples[key]
                del hits[key][0]
    table: dict[str, dict[str, Any]] = {}
    for (name, aim), values in samples.items():
        settings = hits[name, aim][0].settings
        entry = {"seconds": statistics.median(values), "fits": len(values), "settings": settings}
        table.setdefault(name, {})[f"{aim:g}"] = entry
    return table


def _hits(runs: list[Run], aim: float) -> list[Run]:
    return sorted((run for run in runs if run.gap <= aim), key=lambda run: run.seconds)


def _repeated(due: dict[Key, Run], fastest: dict[Key, Run], again: Again, short: float) -> dict[Key, list[float]]:
    """Seconds of each fit of the rounds; of the search's one fit where no rounds are needed."""
    wanted = {key: rounds(run.seconds) if run.seconds < short or _matters(key, fastest) else 1 for key, run in due.items()}
    samples: dict[Key, list[float]] = {key: [] if wanted[key] > 1 else [run.seconds] for key, run in due.items()}
    for turn in range(max(wanted.values(), default=0)):
        for (name, aim), run in due.items():
            if 1 < wanted[name, aim] > turn:
                repetition = again(name, run)
                samples[name, aim].append(repetition.seconds if repetition.gap <= aim else math.inf)
    return samples


def _matters(key: Key, fastest: dict[Key, Run]) -> bool:
    name, aim = key
    peers = [run.seconds for (other, at), run in fastest.items() if at == aim and other != OURS]
    return name == OURS or fastest[key].seconds <= _CLOSE * min(peers)
