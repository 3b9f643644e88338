"""When a fit is stopped. A rule is kept with the runs that it governed, so that a report can say what held for them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.peers import OURS
from benchmarks.search import AIMS, Run, best

__all__ = ["Rule", "rule_of"]

_OF_OURS = 30.0  # above the aim of 25 times
_OF_FASTEST = {"sklearn": 6.0}  # which is compared with by itself as well
_OF_SKLEARN = {"libsvm": 1.5, "thundersvm": 1.5}  # the same algorithm, or one that is nearly always slower


@dataclass(frozen=True)
class Rule:
    """The least of these; each of the ratios where there is one, and what it refers to is known.

    Ratios are to the time to the tight aim: ours (but not within the first second), that of the fastest of those who
    went before, scikit-learn's (not within the first half second). Nobody is stopped before the time of the fastest.
    """

    seconds: float
    of_ours: float | None = None
    of_fastest: float | None = None
    of_sklearn: float | None = None
    budget: float | None = None  # of old runs: limits' worth of seconds after which no further fit was begun

    def limit(self, before: dict[str, list[Run]]) -> float:
        """Seconds for one fit of whoever comes after ``before``."""
        found = [self.seconds]
        tight = {name: hit.seconds for name, runs in before.items() if (hit := best(runs, AIMS[-1])) is not None}
        if self.of_ours is not None and OURS in tight:
            found.append(max(1.0, self.of_ours * tight[OURS]))
        fastest = min((seconds for name, seconds in tight.items() if name != OURS), default=math.inf)
        if self.of_fastest is not None:
            found.append(max(0.5, self.of_fastest * fastest))
        if self.of_sklearn is not None:
            found.append(max(0.5, self.of_sklearn * tight.get("sklearn", math.inf)))
        return min(found)

    def __str__(self) -> str:
        parts = [f"{self.seconds:g} s"]
        if self.of_ours is not None:
            parts.append(f"{self.of_ours:g} times what we need to 1e-6 (at least 1 s)")
        if self.of_fastest is not None:
            parts.append(f"{self.of_fastest:g} times what the fastest peer before it needs (at least 0.5 s)")
        if self.of_sklearn is not None:
            parts.append(f"{self.of_sklearn:g} times what scikit-learn needs (at least 0.5 s)")
        if self.budget is not None:
            parts.append(f"and none was begun after {self.budget:g} limits' worth of seconds")
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without what is not set."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def rule_of(name: str, time_cap: float, caps: dict[str, float]) -> Rule:
    """The rule of a contestant: seconds alone where it has a cap of its own."""
    if name == OURS or name in caps:
        return Rule(caps.get(name, time_cap))
    return Rule(time_cap, _OF_OURS, _OF_FASTEST.get(name, 3.0), _OF_SKLEARN.get(name))
