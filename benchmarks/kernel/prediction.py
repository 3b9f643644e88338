"""``python -m benchmarks.kernel.prediction [SETS]``: decision values of the training rows, everyone with a model of its own.

Medians of 5 calls taken in turns; the peers' models come from fits to their default tolerance. Everyone has a process of its
own: who is not ready to predict after 40 seconds, or takes more than 10 for a call, is stopped and left out of the case.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks import machine
from benchmarks.kernel.__main__ import RESULTS
from benchmarks.kernel.cases import CASES, KernelCase, load
from benchmarks.kernel.contestants import CONTESTANTS, missing, thundersvm_rows
from benchmarks.peers import OURS, installed_version
from benchmarks.served import Served

__all__ = ["main"]

SETS = ("phishing", "satimage", "pendigits", "usps", "letter", "mushrooms", "covtype_20k", "sms_spam", "webkb")
_ROUNDS = 5
_FIT_LIMIT, _CALL_LIMIT = 40.0, 10.0  # seconds

Predict = Callable[[], Any]


def _sklearn_like(kind: Any, X: Any, y: Any, case: KernelCase, **settings: Any) -> tuple[Predict, int]:
    model = kind(C=case.C, gamma=case.gamma, kernel="rbf", **settings).fit(X, y)
    return partial(model.decision_function, X), len(model.support_)


def _ours(X: Any, y: Any, case: KernelCase) -> tuple[Predict, int]:
    from maxmargin import SVC

    return _sklearn_like(SVC, X, y, case)


def _sklearn(X: Any, y: Any, case: KernelCase) -> tuple[Predict, int]:
    from sklearn.svm import SVC

    return _sklearn_like(SVC, X, y, case, cache_size=2000)


def _sklearnex(X: Any, y: Any, case: KernelCase, dtype: str) -> tuple[Predict, int]:
    from sklearnex.svm import SVC

    return _sklearn_like(SVC, X.astype(dtype), y, case)


def _libsvm(X: Any, y: Any, case: KernelCase) -> tuple[Predict, int]:
    from libsvm.svmutil import svm_parameter, svm_predict, svm_problem, svm_train

    rows = csr_matrix(X)
    model = svm_train(svm_problem(y, rows), svm_parameter(f"-t 2 -c {case.C!r} -g {case.gamma!r} -m 2000 -q"))
    return lambda: svm_predict([], rows, model, "-q"), model.l


def _thundersvm(X: Any, y: Any, case: KernelCase) -> tuple[Predict, int]:
    from thundersvm import SVC

    return _sklearn_like(SVC, thundersvm_rows(X), y, case, n_jobs=1)


_MODELS: dict[str, Callable[[Any, Any, KernelCase], tuple[Predict, int]]] = {
    OURS: _ours,
    "sklearnex float32": partial(_sklearnex, dtype="float32"),
    "sklearnex float64": partial(_sklearnex, dtype="float64"),
    "sklearn": _sklearn,
    "libsvm": _libsvm,
    "thundersvm": _thundersvm,
}


def _serve(pipe: Connection, name: str) -> None:
    known: tuple[KernelCase, Predict, int] | None = None
    while True:
        try:
            case = pipe.recv()
        except (EOFError, KeyboardInterrupt):  # whoever asked is gone
            return
        if known is None or known[0] != case:
            known = (case, *_MODELS[name](*load(case.data), case))
        pipe.send("ready")
        started = time.perf_counter()
        known[1]()
        pipe.send((time.perf_counter() - started, known[2]))


def seconds_of(case: KernelCase, names: list[str]) -> tuple[dict[str, float], int]:
    """Medians, contestants taken in turns; and our number of support vectors."""
    processes = {name: Served(_serve, name, start_limit=_FIT_LIMIT) for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    vectors = 0
    try:
        for _ in range(_ROUNDS):
            for name in list(times):
                answer, why = processes[name].ask(case, _CALL_LIMIT)
                if answer is None:
                    print(f"{case}: {name} is left out ({why})", file=sys.stderr)
                    del times[name]
                    continue
                times[name].append(answer[0])
                vectors = answer[1] if name == OURS else vectors
    finally:
        for process in processes.values():
            process.close()
    return {name: statistics.median(t) for name, t in times.items()}, vectors


def line(case: KernelCase, names: list[str], logs: dict[str, list[float]]) -> str:
    """One row; the logarithms of the ratios are added to ``logs``, for the best peer and for each."""
    rows = load(case.data)[1].size
    times, vectors = seconds_of(case, names)
    ours = times.pop(OURS)
    best = min(times, key=times.__getitem__)
    for name in times:
        logs.setdefault(name, []).append(math.log(times[name] / ours))
    logs.setdefault("the best peer of each", []).append(math.log(times[best] / ours))
    return f"| {case.data} | {rows} | {vectors} | {ours:.3g} | {times[best]:.3g} ({best}) | {times[best] / ours:.3g}× |"


def main() -> None:
    """Measure, tabulate."""
    here, wanted = machine.here(), sys.argv[1:] or SETS
    absent = {contestant: why for contestant in CONTESTANTS if (why := missing(contestant))}
    names = [name for name in _MODELS if name.split()[0] not in absent]
    packages = [CONTESTANTS[name].distribution for name in CONTESTANTS if name not in absent]
    lines = ["# Decision values of kernel machines against their peers", ""]
    lines += [f"- machine: {here['processor']}, {here['cores']} cores, {here['system']}"]
    lines += ["- versions: " + ", ".join(f"{p} {installed_version(p)}" for p in packages)]
    lines += [f"- left out: {name} ({why})" for name, why in absent.items()]
    lines += [
        "",
        "| data | rows | support vectors, ours | ours (s) | best peer (s) | ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    logs: dict[str, list[float]] = {}
    first = {case.data: case for case in reversed(CASES) if case.data in wanted}  # of each set
    for case in reversed(first.values()):
        lines.append(line(case, names, logs))
        print(lines[-1], flush=True)
    means = [f"{math.exp(np.mean(of)):.2f}× {name} ({len(of)} cases)" for name, of in logs.items()]
    lines += ["", f"Geometric means, times as long as ours: {', '.join(means)}."]
    (RESULTS / "kernel-prediction.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
