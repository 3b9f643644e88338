"""One case from start to end: references, the search of everyone's best settings, then rounds of timed fits."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import judge, machine, peers, problems
from benchmarks.search import Limits, Run, search, search_everyone
from benchmarks.timing import times_of_all
from benchmarks.worker import Answer, Worker

__all__ = ["Options", "Runner", "append"]

_TRUSTED = 1e-8  # a reference this close to the optimum blurs no answer that is judged against 1e-6


@dataclass(frozen=True)
class Options:
    """How long and how thoroughly to look.

    A fit is stopped after ``time_cap`` seconds, after ``cap_ratio`` times what we need to 1e-6 (but not within the
    first second), and after ``lost_ratio`` times what the fastest peer needs: what lies beyond decides nothing.
    """

    peers: tuple[str, ...]
    time_cap: float = 30.0
    cap_ratio: float = 200.0
    lost_ratio: float = 3.0
    refine: bool = True
    all_classes: bool = False


@dataclass(frozen=True)
class _Task:
    """A case with its data and the references that its answers are judged against."""

    case: problems.Case
    X: Any
    targets: list[Any]
    references: list[dict[str, Any]]


class Runner:
    """Keeps the processes of the peers and the references between cases."""

    def __init__(self, options: Options, cache: Path) -> None:
        self.options = options
        self._workers = {name: Worker(name) for name in options.peers}
        self._references = judge.References(cache / "references.jsonl")

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers.values():
            worker.close()

    def run(self, case: problems.Case) -> dict[str, Any]:
        """Everything that is measured about a case, as plain values."""
        X, y = problems.load(case.data)
        targets = problems.targets(case.data, y, all_classes=self.options.all_classes)
        task = _Task(case, X, targets, self._solved(case, X, targets))
        options = self.options
        names = [peers.OURS, *(name for name in options.peers if name != peers.OURS)]
        limits = Limits(options.time_cap, options.cap_ratio, options.lost_ratio)
        runs, ceiling = search_everyone(names, partial(self._search, task), limits)

        def again(name: str, run: Run) -> Run:
            return self._fit(task, name, run.settings, 4 * run.seconds + 1)

        return {
            "case": case.to_dict(), "machine": machine.here(), "regime": problems.regime(X), "shape": list(X.shape),
            "problems": len(targets), "reference_gap": max(r["gap"] for r in task.references),
            "time_cap": self.options.time_cap, "ceiling": ceiling, "times": times_of_all(runs, again),
            "runs": {name: [run.to_dict() for run in found] for name, found in runs.items()},
        }  # fmt: skip

    def _search(self, task: _Task, name: str, limit: float) -> list[Run]:
        def fit(settings: dict[str, Any], at_most: float) -> Run:
            return self._fit(task, name, settings, at_most)

        # Our tolerance is the relative gap itself: there is nothing to search for.
        refine = self.options.refine and name != peers.OURS
        return search(peers.module(name).ladders(task.case.loss), fit, limit, refine=refine)

    def _fit(self, task: _Task, name: str, settings: dict[str, Any], limit: float) -> Run:
        answer = self._workers[name].fit(task.case, settings, limit, all_classes=self.options.all_classes)
        return Run(settings, answer.seconds, _judged(task, answer), answer.error)

    def _solved(self, case: problems.Case, X: Any, targets: list[Any]) -> list[dict[str, Any]]:
        """The dual reference of each binary problem, from the cache or from our own solve."""
        found = []
        for k, y in enumerate(targets):
            key = f"{case.data}/{problems.fingerprint(case.data)}/{k}/{case.loss}/{case.C!r}"
            known = self._references.get(key)
            if known is None or known["gap"] > _TRUSTED:
                known = self._references.add(key, *_dual_reference(case, X, y))
            found.append(known)
        return found


def _dual_reference(case: problems.Case, X: Any, y: Any) -> tuple[float, float]:
    """The dual value of our multipliers at 1e-9, and the relative gap of our own answer to it."""
    from maxmargin import LinearSVC

    model = LinearSVC(loss=case.loss, C=case.C, fit_intercept=False, tol=1e-9, max_iter=1_000_000, max_time=120)
    model.fit(X, y)
    value = judge.dual(X, y, model.dual_coef_.toarray().ravel(), case.loss, case.C)
    return value, judge.relative_gap(judge.primal(X, y, model.coef_.ravel(), case.loss, case.C), value)


def _judged(task: _Task, answer: Answer) -> float:
    """The largest relative gap of the classes; infinite where there is no answer."""
    if not answer.coefs:
        return math.inf
    return max(
        judge.relative_gap(judge.primal(task.X, y, w, task.case.loss, task.case.C), reference["dual"])
        for y, w, reference in zip(task.targets, answer.coefs, task.references, strict=True)
    )


def append(path: Path, record: dict[str, Any]) -> None:
    """One line of JSON at the end of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(record) + "\n")
