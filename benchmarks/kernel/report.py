"""The table of kernel machines, from the records alone."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from benchmarks import machine
from benchmarks.kernel.contestants import CONTESTANTS, KNOB, TOLERANCES
from benchmarks.kernel.limits import Rule
from benchmarks.kernel.store import runs_of
from benchmarks.peers import OURS
from benchmarks.search import AIMS, Run
from benchmarks.served import OVER

__all__ = ["markdown", "ratio"]

_EXPLANATION = """\
Binary `SVC`, rbf kernel; of sets with several classes the first against the rest. Each peer at its best tolerance,
size of cache ({caches} MB for scikit-learn and scikit-learn-intelex, 2000 for libsvm-official), precision
(scikit-learn-intelex) and number of threads (libsvm-official, thundersvm-cpu); every answer judged by one gap in
float64. A ratio with ≥ is a lower bound: a peer that might have been the fastest was stopped there. A peer that does
not reach a gap, whatever its tolerance, is not compared; where none can, the longest time of any is the bound. A fit
was stopped after the least of"""
_PEERS = [name for name in CONTESTANTS if name != OURS]


def _needs(entry: dict[str, Any], aim: float) -> tuple[float, bool]:
    """Seconds of a contestant to an aim (infinite: it cannot), and whether this is a lower bound."""
    bounds = [_bound(runs) for runs in _ways(entry)]
    if f"{aim:g}" not in entry["times"]:
        return min(bounds, default=math.inf), True
    return entry["times"][f"{aim:g}"]["seconds"], False


def _ways(entry: dict[str, Any]) -> list[list[Run]]:
    """The fits of an entry by what was fixed in them, the size of the cache apart; from loose to tight."""
    found: dict[str, list[Run]] = {}
    for run in runs_of(entry):
        fixed = {key: value for key, value in run.settings.items() if key not in (KNOB, "cache_size")}
        found.setdefault(json.dumps(fixed, sort_keys=True), []).append(run)
    return [sorted(runs, key=lambda run: -run.settings[KNOB]) for runs in found.values()]


def _bound(runs: list[Run]) -> float:
    """At least how long these settings would have taken to an aim that they missed; infinite where none gets there."""
    stopped: dict[Any, float] = {}  # the longest fit with each size of cache
    for run in runs:
        if run.error == OVER:
            cache = run.settings.get("cache_size")
            stopped[cache] = max(run.seconds, stopped.get(cache, 0.0))
    if stopped:
        return min(stopped.values())
    gaps = [run.gap for run in runs]
    over = runs[-1].error or runs[-1].settings[KNOB] <= TOLERANCES[-1] or gaps[-1] >= 0.9 * min(gaps[:-1], default=math.inf)
    return math.inf if over else max(run.seconds for run in runs)


def ratio(record: dict[str, Any], aim: float, names: list[str]) -> tuple[float, str, bool]:
    """Seconds of the fastest of these over ours, whose they are, and whether this is a lower bound."""
    found = record["contestants"]
    ours = found[OURS]["times"][f"{aim:g}"]["seconds"]
    needs = {name: _needs(found[name], aim) for name in names if "times" in found.get(name, {})}
    if not needs:
        return math.nan, "", False
    name = min(needs, key=lambda name: needs[name][0])
    seconds, bound = needs[name]
    if math.isinf(seconds):
        longest = {name: max(run.seconds for run in runs_of(found[name])) for name in needs}
        name = max(longest, key=longest.__getitem__)
        seconds, bound = longest[name], True
    return seconds / ours, name, bound


def markdown(records: list[dict[str, Any]]) -> str:
    """The report."""
    lines = [
        "# Kernel machines against their peers",
        "",
        *_provenance(records),
        "",
        _EXPLANATION.format(caches=_caches(records)),
        "",
        *_rules(records),
        "",
    ]
    lines += ["| | to relative gap 1e-3 | to 1e-6 |", "| --- | --- | --- |", *_summary(records), ""]
    titles = ["data", "rows × columns", "C", "gamma"]
    for aim in AIMS:
        titles += [f"ours to {aim:g} (s)", "best peer (s)", "ratio", "scikit-learn (s)"]
    lines += ["| " + " | ".join(titles) + " |", "| " + " | ".join(["---"] * len(titles)) + " |"]
    return "\n".join([*lines, *map(_row, records)]) + "\n"


def _caches(records: list[dict[str, Any]]) -> str:
    runs = [run for record in records for entry in record["contestants"].values() for run in entry["runs"]]
    return " or ".join(str(size) for size in sorted({run["settings"].get("cache_size", 0) for run in runs} - {0}))


def _row(record: dict[str, Any]) -> str:
    c = record["case"]
    cells = [c["data"], " × ".join(map(str, record["shape"])), f"{c['C']:g}", f"{c['gamma']:g}"]
    for aim in AIMS:
        ours = record["contestants"][OURS]["times"].get(f"{aim:g}")
        if ours is None:
            cells += ["–"] * 4
            continue
        times, who, bound = ratio(record, aim, _PEERS)
        sign = "≥ " if bound else ""
        cells += [f"{ours['seconds']:.3g}", f"{sign}{times * ours['seconds']:.3g} ({who})", f"{sign}{times:.3g}×"]
        theirs, _, bound = ratio(record, aim, ["sklearn"])
        cells.append("–" if math.isnan(theirs) else f"{'≥ ' if bound else ''}{theirs * ours['seconds']:.3g}")
    return "| " + " | ".join(cells) + " |"


def _summary(records: list[dict[str, Any]]) -> Iterator[str]:
    yield _means("best peer of each case", records, _PEERS)
    for name in ("sklearn", *(name for name in _PEERS if name != "sklearn")):
        if any("times" in record["contestants"].get(name, {}) for record in records):
            yield _means(CONTESTANTS[name].distribution, records, [name])


def _means(title: str, records: list[dict[str, Any]], names: list[str]) -> str:
    cells = []
    for aim in AIMS:
        reached = [r for r in records if f"{aim:g}" in r["contestants"][OURS]["times"]]
        found = [(value, bound) for r in reached for value, _, bound in [ratio(r, aim, names)] if value > 0]
        values, bounds = [value for value, _ in found], sum(bound for _, bound in found)
        if not values:
            cells.append("–")
            continue
        mean = math.exp(math.fsum(map(math.log, values)) / len(values))
        told = f", {bounds} of them lower bounds" if bounds else ""
        cells.append(f"{mean:.2f}× (worst {min(values):.2f}×, {len(values)} cases{told})")
    return f"| geometric mean against {title} | " + " | ".join(cells) + " |"


def _provenance(records: list[dict[str, Any]]) -> list[str]:
    entries = [
        (name, record["contestants"][name]) for record in records for name in CONTESTANTS if name in record["contestants"]
    ]
    measured = {name for name, _ in entries}
    machines = [
        {**entry["machine"], "versions": {CONTESTANTS[name].distribution: entry["version"]}} for name, entry in entries
    ]
    lines = [f"- {key}: {value}" for key, value in machine.described(machines).items()]
    absent = [CONTESTANTS[name].distribution for name in _PEERS if name not in measured]
    return [*lines, f"- not measured (not installed here, or not asked for): {', '.join(absent)}"] if absent else lines


def _rules(records: list[dict[str, Any]]) -> Iterator[str]:
    """The rules that the runs were stopped by, as they were recorded; who shares one is named together."""
    for name in CONTESTANTS:
        told = [str(Rule(**r["contestants"][name]["rule"])) for r in records if name in r["contestants"]]
        for text in dict.fromkeys(told):
            some = "" if len(set(told)) == 1 else f" ({told.count(text)} of {len(told)} cases)"
            yield f"- {'ours' if name == OURS else CONTESTANTS[name].distribution}{some}: {text}"
