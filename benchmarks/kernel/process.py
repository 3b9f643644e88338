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

_START_LIMIT = 100.0  # seconds to import, load and fit 40 rows; a peer that hangs there must not hold up the rest


class Contestant:
    """The process of one contestant."""

    def __init__(self, name: str) -> None:
        self._process = Served(_serve, name, start_limit=_START_LIMIT)
        self.close = self._process.close

    def fit(self, case: KernelCase, settings: dict[str, Any], limit: float) -> tuple[float, Any, str]:
        """Seconds and the answer, or None and why there is none: it was stopped at ``limit``, failed or crashed."""
        found, why = self._process.ask((case, settings), limit)
        if found is None:
            return (limit if why == OVER else 0.0), None, why
        seconds, answer, error = found
        return seconds, answer, error


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
        started, answer, error = time.perf_counter(), None, ""
        try:
            answer = contestants.fit(name, X, y, case.C, case.gamma, settings)
        except Exception as failure:  # a peer's failure is a result, whatever it is
            error = f"{type(failure).__name__}: {failure}"[:200]
        pipe.send((time.perf_counter() - started, answer, error))
