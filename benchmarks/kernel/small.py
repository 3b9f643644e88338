"""``python -m benchmarks.kernel.small``: fits of at most 500 rows by every kernel machine, against scikit-learn.

One thread, medians of fits taken in turns. Ours are asked for a relative gap of 1e-3, and the gap in the table is what
`maxmargin.certify` finds of our answer; scikit-learn has its default tolerance of 1e-3, which is no gap and is not judged.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn import datasets, svm
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import StandardScaler

import maxmargin
from benchmarks import machine
from benchmarks.kernel.__main__ import RESULTS
from benchmarks.peers import installed_version

__all__ = ["main"]

_ROWS = 500
_ROUNDS, _FEWEST = 30, 5
_SECONDS = 0.7  # of the rounds of a case, once there are a few
_SETS = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
    "diabetes": datasets.load_diabetes,
}


class SmallCase(NamedTuple):
    """A machine with its parameters and what it is fitted on."""

    data: str
    machine: str  # the name of the class, here and there
    settings: dict[str, Any]
    X: Any
    y: Any
    note: str = ""

    def fit(self, library: Any, **settings: Any) -> Any:
        """A fitted machine of a library."""
        return getattr(library, self.machine)(**self.settings, **settings).fit(self.X, self.y)


def cases(names: list[str]) -> Iterator[SmallCase]:
    """Every machine on every set: labels of two classes are the first against the rest, or above the median."""
    for name in names:
        X, y = _SETS[name](return_X_y=True)
        X, y = StandardScaler().fit_transform(X)[:_ROWS], y[:_ROWS]
        classes = name != "diabetes"
        two = (y == y[0] if classes else y > np.median(y)).astype(int)
        several = y if classes and np.unique(y).size > 2 else None
        target = (y - y.mean()) / y.std()
        yield SmallCase(name, "OneClassSVM", {"nu": 0.1}, X, None)
        yield SmallCase(name, "NuSVC", {"nu": 0.2}, X, two)
        if several is not None:
            yield SmallCase(name, "NuSVC", {"nu": 0.2}, X, several, f"{np.unique(y).size} classes")
        for C in (1.0, 100.0):
            yield SmallCase(name, "SVR", {"C": C}, X, target)
            yield SmallCase(name, "NuSVR", {"C": C}, X, target)
            for kernel in ("rbf", "linear", "poly", "sigmoid"):
                yield SmallCase(name, "SVC", {"C": C, "kernel": kernel}, X, two)
            if several is not None:
                yield SmallCase(name, "SVC", {"C": C}, X, several, f"{np.unique(y).size} classes")
            labels = two if several is None else several
            yield SmallCase(name, "SVC", {"C": C}, csr_matrix(X), labels, "sparse rows")
            yield SmallCase(name, "SVC", {"C": C, "kernel": "precomputed"}, rbf_kernel(X, gamma=1.0 / X.shape[1]), labels)


def measure(case: SmallCase) -> tuple[float, float, float]:
    """Our seconds, those of scikit-learn, and our certified gap."""
    ours: list[float] = []
    theirs: list[float] = []
    model = case.fit(maxmargin, n_jobs=1)
    case.fit(svm)
    began = time.perf_counter()
    while len(ours) < _ROUNDS and (len(ours) < _FEWEST or time.perf_counter() - began < _SECONDS):
        for library, settings, seconds in ((maxmargin, {"n_jobs": 1}, ours), (svm, {}, theirs)):
            started = time.perf_counter()
            case.fit(library, **settings)
            seconds.append(time.perf_counter() - started)
    proof = maxmargin.certify(model, case.X, case.y) if case.y is not None else maxmargin.certify(model, case.X)
    return statistics.median(ours), statistics.median(theirs), proof.relative_gap


def row(case: SmallCase, ours: float, theirs: float, gap: float) -> str:
    """One row of the table."""
    settings = ", ".join(f"{name}={value:g}" if isinstance(value, float) else value for name, value in case.settings.items())
    what = ", ".join(part for part in (settings, case.note) if part)
    shape = f"{case.X.shape[0]} × {case.X.shape[1]}"
    times = [f"{1e3 * ours:.2f}", f"{1e3 * theirs:.2f}", f"{theirs / ours:.2f}×"]
    return f"| {' | '.join([case.data, shape, case.machine, what, *times, f'{gap:.0e}'])} |"


def main() -> None:
    """Measure, tabulate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(_SETS), metavar="SET", help=", ".join(_SETS))
    names = parser.parse_args().sets
    warnings.simplefilter("ignore")  # scikit-learn's of settings that are its own
    rows, ratios, here = [], [], machine.here()
    for case in cases(names):
        ours, theirs, gap = measure(case)
        rows.append(row(case, ours, theirs, gap))
        ratios.append(theirs / ours)
        print(rows[-1], flush=True)
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    slower = sum(ratio < 1.0 for ratio in ratios)
    lines = ["# Small fits of all kernel machines", ""]
    lines += [f"- machine: {here['processor']}, {here['cores']} cores, {here['system']}; one thread"]
    lines += [f"- versions: maxmargin {installed_version('maxmargin')}, scikit-learn {installed_version('scikit-learn')}"]
    lines += ["- medians of fits in turns; tol=1e-3 for both: a gap for ours, which `certify` finds, none for scikit-learn"]
    lines += [f"- geometric mean {mean:.2f}×; {slower} of {len(rows)} cases slower than scikit-learn", ""]
    head = ["data", "rows × columns", "machine", "settings", "ours (ms)", "scikit-learn (ms)", "ratio", "our gap"]
    lines += [f"| {' | '.join(head)} |", "| --- " * len(head) + "|", *rows]
    (RESULTS / "kernel-small-machines.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
