"""The clock and the memory. Contestants take turns, so that a busy moment hits all alike; the fastest turn counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from benchmarks import memory

__all__ = ["fastest", "peak"]


def fastest(calls: dict[str, Callable[[], Any]], turns: int) -> dict[str, float]:
    """Seconds of the fastest of some turns of each call, after one that is not timed."""
    for call in calls.values():
        call()
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(turns):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def peak(module: str, build: str, *arguments: Any) -> int | None:
    """Bytes that a call holds beyond its inputs, in a process of its own.

    The function ``build`` of the module makes the call: ``build(*arguments)`` gives one without arguments.
    """
    if not memory.is_known():
        return None
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_measure, args=(theirs, module, build, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        found: int = ours.recv()
    finally:
        process.join()
    return found


def _measure(pipe: Connection, module: str, build: str, arguments: tuple[Any, ...]) -> None:
    pipe.send(memory.beyond(getattr(import_module(module), build)(*arguments)))
