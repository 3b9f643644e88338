"""A process for each contestant, started anew where a fit had to be stopped; what is timed is the call alone, warm."""

from __future__ import annotations

import gc
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.kernel import contestants
from benchmarks.kernel.cases import KernelCase, load
from benchmarks.served import OVER, Served

__all__ = ["Contestant"]


class Contestant:
    """The process of one contestant."""

    def __init__(self, name: str) -> None:
        self._process = Served(_serve, name)
        self.close = self._process.close

    def fit(self, case: KernelCase, settings: dict[str, Any], limit: float) -> tuple[float, Any]:
        """Seconds and the answer, or None where it was stopped at ``limit`` or failed."""
        found, why = self._process.ask((case, settings), limit)
        if found is None:
            return (limit if why == OVER else 0.0), None
        seconds, answer = found
        return seconds, answer


def _serve(pipe: Connection, name: str) -> None:
    while True:
        try:
            case, settings = pipe.recv()
        except (EOFError, KeyboardInterrupt):  # whoever asked is gone
            return
        X, y = load(case.data)
        some = np.unique(np.concatenate([np.flatnonzero(y > 0)[:20], np.flatnonzero(y < 0)[:20]]))
        contestants.fit(name, X[some], y[some], case.C, case.gamma, settings)
        gc.collect()
        pipe.send("ready")
        started = time.perf_counter()
        try:
            answer: Any = contestants.fit(name, X, y, case.C, case.gamma, settings)
        except Exception:  # a peer's failure is a result, whatever it is
            answer = None
        pipe.send((time.perf_counter() - started, answer))
