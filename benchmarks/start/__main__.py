"""``python -m benchmarks.start``: the import, a fit of 100 × 10, and reading svmlight text, against scikit-learn.

Every measurement has a fresh process; the contestants take turns, and the medians go to ``results/start.md``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.datasets import dump_svmlight_file

from benchmarks import machine, peers
from benchmarks.problems import data_folder
from benchmarks.start.process import COLUMNS, ROWS, reader

ROUNDS = 11
CONTESTANTS = ("maxmargin", "scikit-learn")
PACKAGES = (*CONTESTANTS, "numpy", "scipy")
ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "benchmarks" / "results" / "start.md"

Task = tuple[str, ...]  # arguments of the process


def seconds(contestant: str, task: Task) -> float:
    """One measurement in a fresh process."""
    name, *more = task
    command = [sys.executable, "-m", "benchmarks.start.process", name, contestant, *more]
    return float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def medians(task: Task) -> dict[str, float]:
    """Of each contestant; every round begins with another one. A round before them fills the system's caches."""
    times: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for turn in range(ROUNDS + 1):
        for name in CONTESTANTS if turn % 2 else reversed(CONTESTANTS):
            found = seconds(name, task)
            if turn > 0:
                times[name].append(found)
    return {name: statistics.median(found) for name, found in times.items()}


def texts(scratch: Path) -> dict[str, Path]:
    """Files to read: a9a, which comes as text, and sector, written out from its arrays; those that are there."""
    found, a9a, arrays = {}, data_folder() / "raw" / "a9a", data_folder() / "sector.npz"
    if a9a.exists():
        found["a9a"] = a9a
    if arrays.exists():
        with np.load(arrays) as z:
            X, y = csr_matrix((z["data"], z["indices"], z["indptr"]), shape=z["shape"]), z["y"]
        found["sector"] = scratch / "sector.svmlight"
        dump_svmlight_file(X, y, str(found["sector"]), zero_based=False)
    for path in found.values():
        _require_equal(path)
    return found


def _require_equal(path: Path) -> None:
    """A reader that is fast and wrong is not fast."""
    ours, (theirs, labels) = reader("maxmargin")(str(path)), reader("scikit-learn")(str(path))
    for field in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(ours.X, field), getattr(theirs, field))
    np.testing.assert_array_equal(ours.y, labels)


def row(what: str, task: Task) -> str:
    """One line of the table, measured."""
    found = medians(task)
    ours, theirs = (1e3 * found[name] for name in CONTESTANTS)
    line = f"| {what} | {_digits(ours)} | {_digits(theirs)} | {theirs / ours:.2f}× |"
    print(line, flush=True)
    return line


def _digits(value: float) -> str:
    return np.format_float_positional(value, 3, fractional=False, trim="-")


def report() -> list[str]:
    """The lines of the report."""
    here = machine.here()
    versions = ", ".join(f"{package} {peers.installed_version(package)}" for package in PACKAGES)
    lines = ["# Import, small fits and reading text against scikit-learn", ""]
    lines += [f"- machine: {here['processor']}, {here['cores']} cores, {here['system']}"]
    lines += [f"- versions: {versions}, Python {here['python']}", ""]
    lines += [
        f"Medians of {ROUNDS} fresh processes each, taken in turns. Aim for the import: at most 1.3 times theirs (0.77×)."
    ]
    lines += ["", "| | maxmargin (ms) | scikit-learn (ms) | how many times faster |", "| --- | --- | --- | --- |"]
    lines += [row("import of `LinearSVC`", ("import",))]
    size = f"{ROWS} × {COLUMNS}, no intercept, defaults"
    lines += [row(f"first `LinearSVC` fit, {size}", ("first-fit",))]
    lines += [row(f"later fits, {size}", ("fit",))]
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in texts(Path(scratch)).items():
            lines += [row(f"reading {name} ({path.stat().st_size / 1e6:.1f} MB of svmlight)", ("read", str(path)))]
    return lines


if __name__ == "__main__":
    REPORT.write_text("\n".join(report()) + "\n")
    print(f"\nreport {REPORT}")
