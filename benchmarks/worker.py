"""A process per peer: a fit inside it can be stopped, and nobody's threads disturb anybody else's.

At its limit a fit is killed with its process; a peer that loops in Python (``LOOPS_IN_PYTHON``) gets an exception by
an alarm first, which saves compiling it again.

The process reads the data itself, fits a tiny problem before its first timed fit (so that compilation at run time and
loading of libraries are nobody's burden), and times nothing but ``peer.fit``.
"""

from __future__ import annotations

import gc
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from benchmarks import peers, problems
from benchmarks.served import OVER, Served

__all__ = ["Answer", "Worker"]

_GRACE = 0.5  # seconds from the alarm to the kill


@dataclass(frozen=True)
class Answer:
    """What came of a fit: ``seconds`` for all classes together, coefficients per class; ``error`` where it failed."""

    seconds: float
    coefs: list[NDArray[np.float64]]
    error: str = ""


class Worker:
    """The process of one peer, started when it is first needed and again after it had to be killed."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self._process = Served(_serve, peer)
        self.close = self._process.close

    def fit(self, case: problems.Case, settings: dict[str, Any], limit: float, *, all_classes: bool = False) -> Answer:
        """Fit, for at most ``limit`` seconds; an answer without coefficients says in ``error`` why it has none."""
        answer, why = self._process.ask((case, settings, limit, all_classes), limit + _GRACE)
        if answer is None:
            return Answer(limit if why == OVER else 0.0, [], why)
        found: Answer = answer
        return found


class _OverLimit(BaseException):
    """Raised by the alarm; no ``except Exception`` of a peer may swallow it."""


def _alarm(*_: object) -> None:
    raise _OverLimit


def _serve(pipe: Connection, name: str) -> None:
    signal.signal(signal.SIGALRM, _alarm)
    peer = peers.module(name)
    warm: set[tuple[bool, str]] = set()
    while True:
        try:
            case, settings, limit, all_classes = pipe.recv()
        except (EOFError, KeyboardInterrupt):  # whoever asked is gone
            return
        X, y = problems.load(case.data)
        targets = problems.targets(case.data, y, all_classes=all_classes)
        kind = (issparse(X), case.loss)
        if kind not in warm:
            _warm_up(peer, case.loss, sparse=issparse(X))
            warm.add(kind)
        gc.collect()
        pipe.send("ready")
        pipe.send(_limited(peer, X, targets, case, settings, limit))


def _limited(
    peer: Any, X: Any, targets: list[NDArray[np.float64]], case: problems.Case, settings: dict[str, Any], limit: float
) -> Answer:
    try:
        signal.setitimer(signal.ITIMER_REAL, limit if getattr(peer, "LOOPS_IN_PYTHON", False) else 0)
        try:
            return _timed(peer, X, targets, case, settings)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _OverLimit:
        return Answer(limit, [], OVER)


def _timed(peer: Any, X: Any, targets: list[NDArray[np.float64]], case: problems.Case, settings: dict[str, Any]) -> Answer:
    seconds, coefs = 0.0, []
    try:
        for target in targets:
            started = time.perf_counter()
            w = peer.fit(X, target, case.loss, case.C, settings)
            seconds += time.perf_counter() - started
            coefs.append(np.asarray(w, dtype=np.float64))
    except Exception as error:  # a peer's failure is a result, whatever it is
        return Answer(seconds, [], f"{type(error).__name__}: {error}"[:200])
    return Answer(seconds, coefs)


def _warm_up(peer: Any, loss: str, *, sparse: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 5))
    y = np.where(X[:, 0] + 0.3 * rng.standard_normal(50) > 0, 1.0, -1.0)
    ladder = peer.ladders(loss)[0]
    peer.fit(csr_matrix(X) if sparse else X, y, loss, 1.0, ladder.settings(ladder.steps[len(ladder.steps) // 2]))
