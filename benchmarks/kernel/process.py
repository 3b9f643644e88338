"""A process for every fit, so that it can be stopped; what is timed is the call alone, after a tiny fit that warms up."""

from __future__ import annotations

import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.kernel import contestants
from benchmarks.kernel.cases import KernelCase, load

__all__ = ["timed_fit"]


def timed_fit(name: str, case: KernelCase, settings: dict[str, Any], limit: float) -> tuple[float, Any]:
    """Seconds and the answer, or None where it was stopped at ``limit`` or failed."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_fit, args=(theirs, name, case, settings), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.recv()  # loaded and warm
        if not ours.poll(limit):
            return limit, None
        return ours.recv()
    except EOFError:
        return 0.0, None
    finally:
        process.kill()
        process.join()


def _fit(pipe: Connection, name: str, case: KernelCase, settings: dict[str, Any]) -> None:
    X, y = load(case.data)
    some = np.unique(np.concatenate([np.flatnonzero(y > 0)[:20], np.flatnonzero(y < 0)[:20]]))
    contestants.fit(name, X[some], y[some], case.C, case.gamma, settings)
    pipe.send("ready")
    started = time.perf_counter()
    answer = contestants.fit(name, X, y, case.C, case.gamma, settings)
    pipe.send((time.perf_counter() - started, answer))
