"""``python -m benchmarks.kernel.prediction [SETS]``: decision values of the training rows, everyone with a model of its own.

Medians of 5 calls taken in turns; the peers' models come from fits to their default tolerance.
"""

from __future__ import annotations

import statistics
import sys
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks import machine, peers
from benchmarks.kernel.__main__ import RESULTS
from benchmarks.kernel.cases import CASES, load

__all__ = ["main"]

SETS = ("phishing", "satimage", "pendigits", "usps", "letter", "mushrooms", "covtype_20k", "sms_spam", "webkb")
PACKAGES = ("maxmargin", "scikit-learn", "scikit-learn-intelex")
_ROUNDS = 5


def models(C: float, gamma: float, X: Any, y: Any) -> dict[str, tuple[Any, Any]]:
    """Each contestant's fitted model, and the rows in the type that it is fastest with."""
    from sklearn.svm import SVC as Theirs

    from maxmargin import SVC

    found = {peers.OURS: (SVC(C=C, gamma=gamma).fit(X, y), X)}
    found["sklearn"] = (Theirs(C=C, gamma=gamma, cache_size=4000).fit(X, y), X)
    if find_spec("sklearnex"):
        from sklearnex.svm import SVC as Intel

        for dtype in ("float32", "float64"):
            typed = X.astype(dtype)
            found[f"sklearnex {dtype}"] = (Intel(C=C, gamma=gamma, cache_size=4000).fit(typed, y), typed)
    return found


def seconds_of(found: dict[str, tuple[Any, Any]]) -> dict[str, float]:
    """Medians, contestants taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(_ROUNDS):
        for name, (model, X) in found.items():
            started = time.perf_counter()
            model.decision_function(X)
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(t) for name, t in times.items()}


def main() -> None:
    """Measure, tabulate."""
    here, wanted = machine.here(), sys.argv[1:] or SETS
    lines = ["# Decision values of kernel machines against their peers", ""]
    lines += [f"- machine: {here['processor']}, {here['cores']} cores, {here['system']}"]
    lines += ["- versions: " + ", ".join(f"{p} {peers.installed_version(p)}" for p in PACKAGES), ""]
    lines += [
        "| data | rows | support vectors, ours | ours (s) | best peer (s) | ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    logs = []
    for case in CASES:
        if case.data not in wanted or (case.data in [c.data for c in CASES[: CASES.index(case)]]):
            continue
        X, y = load(case.data)
        found = models(case.C, case.gamma, X, y)
        times = seconds_of(found)
        ours = times.pop(peers.OURS)
        best = min(times, key=times.__getitem__)
        logs.append(np.log(times[best] / ours))
        vectors = found[peers.OURS][0].support_.size
        lines.append(
            f"| {case.data} | {y.size} | {vectors} | {ours:.3g} | {times[best]:.3g} ({best}) | {times[best] / ours:.3g}× |"
        )
        print(lines[-1], flush=True)
    lines += ["", f"Geometric mean: {np.exp(np.mean(logs)):.2f}×."]
    (RESULTS / "kernel-prediction.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
