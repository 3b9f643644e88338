"""``python -m benchmarks.kernel [--quick | --small] [--only SETS] [--time-cap SECONDS] [--report-only]``: measure, tabulate.

Results are kept case by case in ``results/kernel.jsonl``; a second start goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine, peers
from benchmarks.kernel import contestants
from benchmarks.kernel.cases import CASES, QUICK, SMALL, KernelCase, load
from benchmarks.kernel.process import Contestant
from benchmarks.run import append
from benchmarks.search import AIMS, Limits, Run, search, search_everyone
from benchmarks.timing import times_of_all

RESULTS = Path(__file__).resolve().parents[1] / "results"
_CAP_RATIO = 30.0  # times what we need to 1e-6, after which a fit is stopped: above the aim of 25
_PACKAGES = {
    "sklearn": "scikit-learn",
    "sklearnex": "scikit-learn-intelex",
    "libsvm": "libsvm-official",
    "thundersvm": "thundersvm",
}
_EXPLANATION = (
    "Binary `SVC`, rbf kernel; of sets with several classes the first against the rest. Each peer at its best tolerance",
    "(scikit-learn-intelex also at its better precision); every answer judged by one gap in float64. A fit is stopped",
    "where it can no longer decide anything (30 times what we need to 1e-6, or 3 times what the fastest peer needs; 6 times",
    "for scikit-learn): a ratio with ≥ is a lower bound, the longest time that a peer was given over ours.",
)


class Judge:
    """P(a, b) − D* in float64, D* being the dual value of our multipliers at 1e-8."""

    def __init__(self, case: KernelCase) -> None:
        from maxmargin import SVC
        from maxmargin._validation import validate_design

        self._case = case
        self._X, self._y = load(case.data)
        self._design = validate_design(self._X)
        model = SVC(C=case.C, gamma=case.gamma, tol=1e-8, max_time=600).fit(self._X, self._y)
        self.dual, self.reference_gap = float(model.dual_), float(model.relative_gap_)

    def gap(self, answer: Any) -> float:
        """The relative gap of an answer; infinite where there is none."""
        from maxmargin import _native
        from maxmargin._validation import validate_design

        if answer is None:
            return math.inf
        support, coef, b = answer
        vectors = validate_design(self._X[np.sort(support)])
        a = coef[np.argsort(support)]
        f = _native.kernel_decision(
            self._design, vectors, "rbf", self._case.gamma, 0.0, 3.0, np.ascontiguousarray(a[None, :]), 2
        )
        a_full = np.zeros(self._y.size)
        a_full[np.sort(support)] = a
        value = 0.5 * a_full @ f[:, 0] + self._case.C * np.maximum(0.0, 1.0 - self._y * (f[:, 0] + b)).sum()
        return float((value - self.dual) / abs(self.dual))


def measure(case: KernelCase, names: list[str], time_cap: float) -> dict[str, Any]:
    """Everything that is measured about a case."""
    judge = Judge(case)
    processes = {name: Contestant(name) for name in names}

    def fit(name: str, settings: dict[str, Any], limit: float) -> Run:
        seconds, answer = processes[name].fit(case, settings, limit)
        return Run(settings, seconds, judge.gap(answer), "" if answer is not None else "stopped or failed")

    def search_of(name: str, limit: float) -> list[Run]:
        # Twice as long for scikit-learn, which is compared with by itself as well.
        limit = min(time_cap, 2.0 * limit) if name == "sklearn" else limit
        return search(contestants.ladders(name), partial(fit, name), limit, refine=name != peers.OURS)

    runs, ceiling = search_everyone(names, search_of, Limits(time_cap, _CAP_RATIO))
    times = times_of_all(runs, lambda name, run: fit(name, run.settings, 4 * run.seconds + 1))
    for process in processes.values():
        process.close()
    X, _ = load(case.data)
    here = machine.here()
    here["versions"] = {_PACKAGES[n]: peers.installed_version(_PACKAGES[n]) for n in names if n in _PACKAGES} | {
        "maxmargin": here["versions"]["maxmargin"]
    }
    return {
        "case": {"data": case.data, "C": case.C, "gamma": case.gamma}, "machine": here, "shape": list(X.shape),
        "reference_gap": judge.reference_gap, "time_cap": time_cap, "ceiling": ceiling, "times": times,
        "runs": {name: [run.to_dict() for run in found] for name, found in runs.items()},
    }  # fmt: skip


def ratios(record: dict[str, Any], aim: float, against: str | None = None) -> tuple[float, str]:
    """Seconds of the best peer (or of one) over ours, and whose; "≥" where none met the aim in the time that it had."""
    times = {name: t[f"{aim:g}"]["seconds"] for name, t in record["times"].items() if f"{aim:g}" in t}
    ours = times.pop(peers.OURS)
    if against is not None:
        times = {against: times[against]} if against in times else {}
    if not times:
        asked = [against] if against is not None else [name for name in record["runs"] if name != peers.OURS]
        given = [run["seconds"] for name in asked for run in record["runs"].get(name, [])]
        return max(given, default=0.0) / ours, "≥"
    name = min(times, key=times.__getitem__)
    return times[name] / ours, name


def markdown(records: list[dict[str, Any]]) -> str:
    """The report."""
    about = machine.facts(records)
    lines = ["# Kernel machines against their peers", ""]
    lines += [f"- {k}: {v}" for k, v in about.items()]
    lines += ["", *_EXPLANATION, "", "| | to relative gap 1e-3 | to 1e-6 |", "| --- | --- | --- |", *_summary(records), ""]
    titles = ["data", "rows × columns", "C", "gamma"]
    for aim in AIMS:
        titles += [f"ours to {aim:g} (s)", "best peer (s)", "ratio"]
    lines += ["| " + " | ".join(titles) + " |", "| " + " | ".join(["---"] * len(titles)) + " |"]
    for r in records:
        c = r["case"]
        cells = [c["data"], " × ".join(map(str, r["shape"])), f"{c['C']:g}", f"{c['gamma']:g}"]
        for aim in AIMS:
            ours = r["times"][peers.OURS].get(f"{aim:g}")
            if ours is None:
                cells += ["–", "–", "–"]
                continue
            ratio, who = ratios(r, aim)
            cells += [
                f"{ours['seconds']:.3g}",
                f"{ratio * ours['seconds']:.3g} ({who})",
                f"{'≥ ' if who == '≥' else ''}{ratio:.3g}×",
            ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _summary(records: list[dict[str, Any]]) -> Iterator[str]:
    for title, against in (("best peer of each case", None), ("scikit-learn", "sklearn")):
        cells = []
        for aim in AIMS:
            values = [ratios(r, aim, against)[0] for r in records if f"{aim:g}" in r["times"].get(peers.OURS, {})]
            mean = math.exp(math.fsum(map(math.log, values)) / len(values)) if values else math.nan
            cells.append(f"{mean:.2f}× (worst {min(values):.2f}×, {len(values)} cases)")
        yield f"| geometric mean against {title} | " + " | ".join(cells) + " |"


def main() -> None:
    """Parse, measure, report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernel", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sets only")
    parser.add_argument("--small", action="store_true", help="sets of at most 500 rows, to results/kernel-small.md")
    parser.add_argument("--only", nargs="+", default=None, metavar="SET")
    parser.add_argument("--time-cap", type=float, default=120.0)
    parser.add_argument("--report-only", action="store_true")
    parser.add_argument("--peers", nargs="+", default=contestants.available(), metavar="PEER")
    given = parser.parse_args()
    names = [peers.OURS, *(name for name in contestants.available() if name in given.peers and name != peers.OURS)]
    cases, mode = (SMALL, "kernel-small") if given.small else (CASES, "kernel")
    results = RESULTS / f"{mode}.jsonl"
    done = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    known = {(r["case"]["data"], r["case"]["C"], r["case"]["gamma"]) for r in done}
    wanted = given.only or (QUICK if given.quick else [c.data for c in cases])
    for case in () if given.report_only else cases:
        if case.data not in wanted or (case.data, case.C, case.gamma) in known:
            continue
        record = measure(case, names, given.time_cap)
        append(results, record)
        done.append(record)
        print(
            case,
            {n: {a: round(t["seconds"], 3) for a, t in found.items()} for n, found in record["times"].items()},
            flush=True,
        )
    (RESULTS / f"{mode}.md").write_text(markdown(done))
    print(f"table {RESULTS / mode}.md")


if __name__ == "__main__":
    main()
