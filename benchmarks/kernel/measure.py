"""One case: everyone's search, judged, then rounds; what is known already is not measured again."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernel import contestants
from benchmarks.kernel.cases import KernelCase, load
from benchmarks.kernel.limits import rule_of
from benchmarks.kernel.process import Contestant
from benchmarks.kernel.store import current, entry_of, runs_of
from benchmarks.peers import OURS
from benchmarks.search import AIMS, Run, search, shorter
from benchmarks.served import OVER
from benchmarks.timing import times_of_all

__all__ = ["Plan", "measure"]

_TRUSTED = 1e-8  # a reference this close to the optimum blurs no answer that is judged against 1e-6
_LONGER = 1.5  # a stopped fit is done again if it may now take this many times longer
_LEAP_AFTER = 5.0  # seconds of a fit, after which steps that cannot meet the next aim are left out
_SHORT = 1.0  # seconds of a fit up to which everyone takes part in the rounds


@dataclass(frozen=True)
class Plan:
    """Who is measured, for how long, whose known fits are done again, and whether the fastest take turns in any case."""

    names: list[str]  # ours first
    time_cap: float
    caps: dict[str, float] = field(default_factory=dict)
    again: frozenset[str] = frozenset()
    rounds: bool = False


class Judge:
    """P(a, b) − D* in float64, D* being the dual value of our multipliers at 1e-8: a bound whoever's they are."""

    def __init__(self, case: KernelCase, known: dict[str, float] | None) -> None:
        self._case, self._known = case, known

    @cached_property
    def reference(self) -> dict[str, float]:
        """The dual value and the relative gap that it came with."""
        if self._known is not None and self._known["gap"] <= _TRUSTED:
            return self._known
        from maxmargin import SVC

        X, y = load(self._case.data)
        model = SVC(C=self._case.C, gamma=self._case.gamma, tol=_TRUSTED, max_time=600).fit(X, y)
        found = {"dual": float(model.dual_), "gap": float(model.relative_gap_)}
        return max(found, self._known or found, key=lambda reference: reference["dual"])

    @cached_property
    def _design(self) -> Any:
        from maxmargin._validation import validate_design

        return validate_design(load(self._case.data)[0])

    def gap(self, answer: tuple[NDArray[np.int64], NDArray[np.float64], float] | None) -> float:
        """The relative gap of an answer; infinite where there is none."""
        from maxmargin import _native
        from maxmargin._validation import validate_design

        if answer is None:
            return math.inf
        support, coef, b = answer
        X, y = load(self._case.data)
        a = np.zeros(y.size)
        a[support] = coef
        if not np.isfinite(a).all() or not a.any():
            return math.inf
        vectors, some = validate_design(X[np.flatnonzero(a)]), np.ascontiguousarray(a[a != 0][None, :])
        f = _native.kernel_decision(self._design, vectors, ("rbf", self._case.gamma, 0.0, 3.0), some, 2)[:, 0]
        value = 0.5 * a @ f + self._case.C * np.maximum(0.0, 1.0 - y * (f + b)).sum()
        dual = self.reference["dual"]
        return float((value - dual) / abs(dual))


class _Fits:
    """The fits of one contestant, each done once."""

    def __init__(self, known: list[Run], fit: Callable[[dict[str, Any], float], Run]) -> None:
        self._fit = fit
        self._known = {_key(run.settings): run for run in known}
        self.fresh = False

    def __call__(self, settings: dict[str, Any], limit: float) -> Run:
        known = self._known.get(_key(settings))
        if known is not None and (known.error != OVER or limit <= _LONGER * known.seconds):
            return known
        self.fresh = True
        self._known[_key(settings)] = run = self._fit(settings, limit)
        return run

    def all(self) -> list[Run]:
        return list(self._known.values())


def _key(settings: dict[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)


def _search(name: str, fits: _Fits, limit: float) -> None:
    """All tolerances with a large cache; with the default one those that were best."""
    ours = name == OURS
    runs = search(contestants.ladders(name), fits, limit, refine=not ours, budget=math.inf, leap_after=_LEAP_AFTER)
    rest = contestants.elsewhere(name, runs)
    search(rest, fits, shorter(limit, runs), refine=False, budget=math.inf, leap_after=_LEAP_AFTER)


def measure(case: KernelCase, record: dict[str, Any], plan: Plan, keep: Callable[[dict[str, Any]], None]) -> bool:
    """Bring a record up to the plan, handing it to ``keep`` after each step; whether anything was measured."""
    judge = Judge(case, record.get("reference"))
    processes = {name: Contestant(name) for name in plan.names}
    found = record["contestants"]
    runs: dict[str, list[Run]] = {}
    fresh = set()

    def fit(name: str, settings: dict[str, Any], limit: float) -> Run:
        load(case.data)  # where it is missing, this says so before a process fails
        seconds, answer, why = processes[name].fit(case, settings, limit)
        return Run(settings, seconds, judge.gap(answer), why)

    try:
        for name in plan.names:
            rule, known = rule_of(name, plan.time_cap, plan.caps), found.get(name)
            kept = runs_of(known) if known and current(name, known) and name not in plan.again else []
            fits = _Fits(kept, lambda settings, limit, name=name: fit(name, settings, limit))
            _search(name, fits, rule.limit(runs))
            runs[name] = fits.all()
            if not fits.fresh and "times" in found[name]:
                continue
            fresh.add(name)
            found[name] = {**entry_of(name), "rule": rule.to_dict(), "runs": [run.to_dict() for run in runs[name]]}
            keep(_described(record, judge, case))
        if plan.rounds:
            fresh = {name for name, some in runs.items() if some}
        if fresh:
            _take_rounds(found, runs, fresh, plan, fit)
            keep(record)
    finally:
        for process in processes.values():
            process.close()
    return bool(fresh)


def _described(record: dict[str, Any], judge: Judge, case: KernelCase) -> dict[str, Any]:
    record |= {"shape": list(load(case.data)[0].shape), "reference": judge.reference}
    return record


def _take_rounds(
    found: dict[str, Any], runs: dict[str, list[Run]], fresh: set[str], plan: Plan, fit: Callable[..., Run]
) -> None:
    """Medians of those whose fits are new, and of all whose fits are short, unless only some were to be done again."""
    known = {name: entry.get("times", {}) for name, entry in found.items() if name in runs and name not in fresh}
    kept = frozenset(
        (name, aim)
        for name, times in known.items()
        for aim in AIMS
        if plan.again or times.get(f"{aim:g}", {"seconds": math.inf})["seconds"] >= _SHORT
    )

    def again(name: str, run: Run) -> Run:
        return fit(name, run.settings, 4 * run.seconds + 1)

    times = times_of_all(runs, again, kept=kept, short=_SHORT)
    for name in runs:
        found[name]["times"] = {**known.get(name, {}), **times.get(name, {})}
