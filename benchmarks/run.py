"""Runs cases: references, searches, timed rounds, memory; one JSON line per case."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import judge, peers, problems
from benchmarks.search import AIMS, Run, best, search
from benchmarks.worker import Answer, Worker

__all__ = ["Options", "Runner"]


@dataclass(frozen=True)
class Options:
    """How long and how thoroughly to look."""

    peers: tuple[str, ...]
    time_cap: float = 30.0  # seconds a fit may take
    cap_ratio: float = 300.0  # ... and how many times ours; what lies beyond is a bound, not a time
    lost_ratio: float = 3.0  # a peer is stopped when so many times slower than the best peer
    rounds: bool = True  # medians of several rounds, or the single runs of the search
    refine: bool = True
    memory: bool = True
    all_classes: bool = False


class Runner:
    """Keeps the workers and the references between cases."""

    def __init__(self, options: Options, cache: Path) -> None:
        self.options = options
        self._workers = {name: Worker(name) for name in options.peers}
        self._references = judge.References(cache / "references.jsonl")
        self._data: tuple[str, Any, list[Any]] = ("", None, [])

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()

    def run(self, case: problems.Case) -> dict[str, Any]:
        """Everything that is measured about a case, as plain values."""
        options = self.options
        X, y = problems.load(case.data)
        targets = problems.targets(case.data, y, all_classes=options.all_classes)
        self._data = (case.data, X, targets)
        references = self._reference(case)
        runs: dict[str, list[Run]] = {}
        ours = self._search(case, peers.OURS, references, options.time_cap)
        runs[peers.OURS] = ours
        our_time = best(ours, AIMS[-1])
        ceiling = options.time_cap
        if our_time is not None:
            ceiling = min(ceiling, max(1.0, options.cap_ratio * our_time.seconds))
        fastest = np.inf
        for name in options.peers:
            if name == peers.OURS:
                continue
            limit = min(ceiling, max(0.5, options.lost_ratio * fastest))
            runs[name] = self._search(case, name, references, limit)
            hit = best(runs[name], AIMS[-1])
            fastest = min(fastest, hit.seconds if hit else np.inf)
        record = {
            "case": {"data": case.data, "loss": case.loss, "C": case.C},
            "regime": problems.regime(X), "shape": list(X.shape), "problems": len(targets),
            "reference_gap": max(r["gap"] for r in references), "ceiling": ceiling,
            "runs": {name: [r.to_dict() for r in found] for name, found in runs.items()},
        }  # fmt: skip
        record["times"] = self._times(case, runs, references)
        return record

    def _fit(self, case: problems.Case, name: str, settings: dict[str, Any], references: list[Any], limit: float) -> Run:
        answer = self._workers[name].fit(case, settings, limit, all_classes=self.options.all_classes)
        return Run(settings, answer.seconds, self._judged(case, answer, references), answer.error)

    def _judged(self, case: problems.Case, answer: Answer, references: list[Any]) -> float:
        if not answer.coefs:
            return np.inf
        _, X, targets = self._data
        return max(
            judge.relative_gap(judge.primal(X, y, w, case.loss, case.C), r["dual"])
            for y, w, r in zip(targets, answer.coefs, references, strict=True)
        )

    def _search(self, case: problems.Case, name: str, references: list[Any], limit: float) -> list[Run]:
        ladders = peers.module(name).ladders(case.loss)
        return search(
            ladders, lambda settings: self._fit(case, name, settings, references, limit),
            refine=self.options.refine and name != peers.OURS,
        )  # fmt: skip

    def _reference(self, case: problems.Case) -> list[dict[str, Any]]:
        from maxmargin import LinearSVC

        name, X, targets = self._data
        found = []
        for k, y in enumerate(targets):
            key = f"{name}/{k}/{case.loss}/{case.C!r}"
            known = self._references.get(key)
            if known is None or known["gap"] > 1e-8:
                model = LinearSVC(loss=case.loss, C=case.C, fit_intercept=False, tol=1e-9, max_iter=1_000_000, max_time=120)
                model.fit(X, y)
                value = judge.dual(X, y, model.dual_coef_.toarray().ravel(), case.loss, case.C)
                gap = judge.relative_gap(judge.primal(X, y, model.coef_.ravel(), case.loss, case.C), value)
                known = self._references.add(key, value, gap)
            found.append(known)
        return found

    def _times(self, case: problems.Case, runs: dict[str, list[Run]], references: list[Any]) -> dict[str, Any]:
        """Per peer and aim: the median of interleaved rounds of the best settings, or the search's single run."""
        picks = {(name, aim): best(found, aim) for name, found in runs.items() for aim in AIMS}
        samples = {key: [run.seconds] for key, run in picks.items() if run}
        if self.options.rounds:
            slowest = {key: run for key, run in picks.items() if run}
            for turn in range(5):
                for (name, aim), run in slowest.items():
                    wanted = 5 if run.seconds < 0.5 else 3 if run.seconds < 5 else 1
                    if turn == 0 and wanted > 1:
                        samples[name, aim] = []
                    if turn < wanted and wanted > 1:
                        again = self._fit(case, name, run.settings, references, 4 * run.seconds + 1)
                        samples[name, aim].append(again.seconds if again.gap <= aim else np.inf)
        table: dict[str, Any] = {}
        for (name, aim), values in samples.items():
            table.setdefault(name, {})[f"{aim:g}"] = {
                "seconds": statistics.median(values), "runs": len(values), "settings": picks[name, aim].settings,
            }  # fmt: skip
        return table


def append(path: Path, record: dict[str, Any]) -> None:
    """One line of JSON at the end of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(record) + "\n")
