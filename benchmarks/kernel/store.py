"""What has been measured, case by case and contestant by contestant, as JSON lines; of a case the last line counts.

A line is ``{"case", "shape", "reference": {"dual", "gap"}, "contestants": {name: entry}}``, and an entry ``{"version",
"machine", "rule", "runs", "times"}``: every fit with its settings, seconds, gap and error, and the medians of the rounds
(absent until they are taken). An entry counts while version and machine are those of today. Our version carries a checksum
of the installed package: change a line of it, and our fits are done anew, but nobody else's.
"""

from __future__ import annotations

import json
import math
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.kernel.cases import KernelCase
from benchmarks.kernel.contestants import CONTESTANTS
from benchmarks.peers import OURS, installed_version
from benchmarks.run import append
from benchmarks.search import Run
from benchmarks.served import OVER

__all__ = ["Store", "current", "entry_of", "runs_of"]

_OLD_CACHE = {"cache_size": 4000}  # of scikit-learn and scikit-learn-intelex in lines of the first format


class Store:
    """The file of one mode."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: dict[tuple[str, float, float], dict[str, Any]] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            record = _upgraded(json.loads(line))
            self._records[_key(record)] = record

    def get(self, case: KernelCase) -> dict[str, Any]:
        """The record of a case, a new one where there is none."""
        asked = {"data": case.data, "C": case.C, "gamma": case.gamma}
        return self._records.get((case.data, case.C, case.gamma), {"case": asked, "contestants": {}})

    def put(self, record: dict[str, Any]) -> None:
        """Keep a record, here and in the file."""
        self._records[_key(record)] = record
        append(self._path, record)

    def of(self, cases: list[KernelCase]) -> list[dict[str, Any]]:
        """The records of these cases in which our times are known."""
        found = [self.get(case) for case in cases]
        return [record for record in found if record["contestants"].get(OURS, {}).get("times")]


def _key(record: dict[str, Any]) -> tuple[str, float, float]:
    return record["case"]["data"], record["case"]["C"], record["case"]["gamma"]


@lru_cache(maxsize=1)
def _here() -> dict[str, Any]:
    found = machine.here()
    del found["versions"]
    return found


@lru_cache
def _version(name: str) -> str:
    if name != OURS:
        return str(installed_version(CONTESTANTS[name].distribution))
    import maxmargin
    from maxmargin.config import config

    code = 0
    folder = Path(maxmargin.__file__).parent
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".so", ".pyd")):
        code = zlib.crc32(path.read_bytes(), zlib.crc32(str(path.relative_to(folder)).encode(), code))
    return f"{config()['maxmargin']} ({config()['instruction_set']}, files {code:08x})"


def entry_of(name: str) -> dict[str, Any]:
    """The beginning of an entry measured here and now."""
    return {"version": _version(name), "machine": _here()}


def current(name: str, entry: dict[str, Any] | None) -> bool:
    """Whether an entry holds for this version on this machine."""
    return entry is not None and all(entry[key] == value for key, value in entry_of(name).items())


def runs_of(entry: dict[str, Any]) -> list[Run]:
    """The fits of an entry."""
    return [Run(**{**run, "gap": math.inf if run["gap"] is None else run["gap"]}) for run in entry["runs"]]


def _upgraded(record: dict[str, Any]) -> dict[str, Any]:
    """A line of the first format (one for all contestants, one size of cache that no setting named) in the present one."""
    if "contestants" in record:
        return record
    here = {key: value for key, value in record["machine"].items() if key != "versions"}
    found = {}
    for name, runs in record["runs"].items():
        more = _OLD_CACHE if name in ("sklearn", "sklearnex") else {}
        for run in runs:
            run["settings"] |= more
            if run["error"]:
                run["error"] = OVER if run["seconds"] > 0 else "failed"
        for time in record["times"].get(name, {}).values():
            time["settings"] |= more
        version = record["machine"]["versions"].get(CONTESTANTS[name].distribution, "unknown")
        rule = {
            "seconds": record["time_cap"],
            **({} if name == OURS else {"of_ours": 30.0, "of_fastest": 3.0, "budget": 2.0}),
        }
        if name == "sklearn":
            rule["of_fastest"] = 6.0
        found[name] = {
            "version": version,
            "machine": here,
            "rule": rule,
            "runs": runs,
            "times": record["times"].get(name, {}),
        }
    return {"case": record["case"], "shape": record["shape"], "contestants": found}
