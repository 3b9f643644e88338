"""``python -m benchmarks.kernel.prediction [SETS]``: the training rows predicted by everyone, each with a model of its own.

Decision values, ours and those of peers given float64 in float64, and labels. Medians of 7 calls taken in turns, each right
after untimed ones of 0.05 s, as the first after others have had the machine pays for cold caches and sleeping vector units;
who takes more than half a second is asked once. The peers' models come from fits to their default tolerance. Everyone has a
process of its own: who is not ready to predict after 25 seconds (``--patience``), or takes more than 10 for a call, is
stopped and left out of the case. Sets that are not asked for keep their rows of the tables; ``--peers`` names some.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from scipy.sparse import csr_matrix

from benchmarks import machine
from benchmarks.kernel.__main__ import RESULTS
from benchmarks.kernel.cases import CASES, KernelCase, load
from benchmarks.kernel.contestants import CONTESTANTS, missing, thundersvm_rows
from benchmarks.peers import OURS, installed_version
from benchmarks.served import Served

__all__ = ["main"]

SETS = ("phishing", "satimage", "pendigits", "usps", "letter", "mushrooms", "covtype_20k", "sms_spam", "webkb")
_ROUNDS = 7
_SLOW = 0.5  # seconds of a call
_WARM = 0.05  # seconds of untimed calls before a timed one
_PATIENCE, _CALL_LIMIT = 25.0, 10.0  # seconds

_KINDS = {"values": "Decision values", "labels": "Labels"}

Predict = dict[str, Callable[[], Any]]  # of each kind


def _sklearn_like(kind: Any, X: Any, y: Any, case: KernelCase, **settings: Any) -> tuple[Predict, int]:
    model = kind(C=case.C, gamma=case.gamma, kernel="rbf", **settings).fit(X, y)
    return {"values": partial(model.decision_function, X), "labels": partial(model.predict, X)}, len(model.support_)


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
    predict = partial(svm_predict, [], rows, model, "-q")  # has both
    return {"values": predict, "labels": predict}, model.l


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


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _serve(pipe: Connection, name: str) -> None:
    known: tuple[KernelCase, Predict, int] | None = None
    while True:
        try:
            case, kind = pipe.recv()
        except (EOFError, KeyboardInterrupt):  # whoever asked is gone
            return
        if known is None or known[0] != case:
            known = (case, *_MODELS[name](*load(case.data), case))
        first = spent = _seconds(known[1][kind])
        while spent < _WARM:
            spent += _seconds(known[1][kind])
        pipe.send("ready")
        pipe.send((first if first > _SLOW else _seconds(known[1][kind]), known[2]))


def seconds_of(case: KernelCase, names: list[str], patience: float) -> tuple[dict[str, dict[str, float]], int]:
    """Medians of each kind, contestants taken in turns; and our number of support vectors."""
    processes = {name: Served(_serve, name, start_limit=patience) for name in names}
    times: dict[str, dict[str, list[float]]] = {kind: {name: [] for name in names} for kind in _KINDS}
    vectors = 0
    try:
        for turn in range(_ROUNDS):
            for kind, of_kind in times.items():
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    if name not in of_kind or of_kind[name][:1] > [_SLOW]:
                        continue
                    answer, why = processes[name].ask((case, kind), _CALL_LIMIT)
                    if answer is None:
                        print(f"{case}: {name} is left out ({why})", file=sys.stderr)
                        for every in times.values():
                            every.pop(name, None)
                        continue
                    of_kind[name].append(answer[0])
                    vectors = answer[1] if name == OURS else vectors
    finally:
        for process in processes.values():
            process.close()
    return {kind: {name: statistics.median(t) for name, t in of.items()} for kind, of in times.items()}, vectors


def row(case: KernelCase, vectors: int, times: dict[str, float]) -> str:
    """One row of a table."""
    shown = [f"{times[name]:.3g}" if name in times else "" for name in _MODELS]
    best = min(seconds for name, seconds in times.items() if name != OURS)
    cells = [case.data, f"{load(case.data)[1].size}", f"{vectors}", *shown, f"{best / times[OURS]:.3g}×"]
    return f"| {' | '.join(cells)} |"


def known_rows(text: str) -> dict[str, dict[str, str]]:
    """The rows of each table of a result file, by kind and set."""
    rows: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    of_kind: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("## "):
            of_kind = next(rows[kind] for kind, title in _KINDS.items() if line == f"## {title}")
        elif line.startswith("| ") and line.split()[1] in SETS:
            of_kind[line.split()[1]] = line
    return rows


def means(rows: list[str]) -> str:
    """Geometric means of how much longer than ours the peers take, from the rows of a table."""
    logs: dict[str, list[float]] = {}
    for line in rows:
        cells = [cell.strip() for cell in line.strip("| ").split("|")][3:]
        times = {name: float(cell) for name, cell in zip(_MODELS, cells, strict=False) if cell}
        ours = times.pop(OURS)
        for name, seconds in times.items():
            logs.setdefault(name, []).append(math.log(seconds / ours))
        logs.setdefault("the best peer of each", []).append(math.log(min(times.values()) / ours))
    shown = [f"{math.exp(statistics.fmean(of)):.2f}× {name} ({len(of)} cases)" for name, of in logs.items()]
    return f"Geometric means, times as long as ours: {', '.join(shown)}."


def main() -> None:
    """Measure, tabulate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=[])
    parser.add_argument("--patience", type=float, default=_PATIENCE)
    parser.add_argument("--peers", nargs="+", default=list(CONTESTANTS))
    asked = parser.parse_args()
    here, wanted, file = machine.here(), asked.sets or SETS, RESULTS / "kernel-prediction.md"
    absent = {contestant: why for contestant in CONTESTANTS if (why := missing(contestant))}
    names = [name for name in _MODELS if name.split()[0] not in absent and name.split()[0] in (OURS, *asked.peers)]
    packages = [CONTESTANTS[name].distribution for name in CONTESTANTS if name not in absent]
    rows = known_rows(file.read_text() if file.exists() and set(wanted) != set(SETS) else "")
    for case in {case.data: case for case in reversed(CASES) if case.data in wanted}.values():  # the first of each set
        times, vectors = seconds_of(case, names, asked.patience)
        for kind in _KINDS:
            rows[kind][case.data] = row(case, vectors, times[kind])
            print(kind, rows[kind][case.data], flush=True)
    lines = ["# Prediction with kernel machines against their peers", ""]
    lines += [f"- machine: {here['processor']}, {here['cores']} cores, {here['system']}"]
    lines += ["- versions: " + ", ".join(f"{p} {installed_version(p)}" for p in packages)]
    lines += [f"- left out: {name} ({why})" for name, why in absent.items()]
    lines += ["- seconds for the training rows; medians of 7 calls in turns, of one where it takes more than 0.5 s"]
    for kind, title in _KINDS.items():
        head = ["data", "rows", "support vectors, ours", *_MODELS, "best peer / ours"]
        of_kind = [rows[kind][name] for name in SETS if name in rows[kind]]
        lines += ["", f"## {title}", "", f"| {' | '.join(head)} |", "| --- " * len(head) + "|", *of_kind, "", means(of_kind)]
    file.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
