"""A process that answers one task after another, and can be stopped in the middle of one."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["OVER", "Served"]

OVER = "over the limit"
_START_LIMIT = 300.0  # seconds to import, load and warm up: far above what anyone needs


class Served:
    """The process that runs ``serve(pipe, name)``, started when it is first needed and again after it had to be killed.

    ``serve`` receives a task, sends a word once it is loaded and warm, and then its answer.
    """

    def __init__(self, serve: Callable[[Connection, str], None], name: str, start_limit: float = _START_LIMIT) -> None:
        self._serve, self._name, self._start_limit = serve, name, start_limit
        self._process: Any = None
        self._pipe: Connection | None = None

    def ask(self, task: Any, limit: float) -> tuple[Any, str]:
        """The answer within ``limit`` seconds, or None and why there is none."""
        pipe = self._started()
        try:
            pipe.send(task)
            if not pipe.poll(self._start_limit):
                return self._killed("took too long to start")
            pipe.recv()  # loaded and warm
            if not pipe.poll(limit):
                return self._killed(OVER)
            return pipe.recv(), ""
        except (EOFError, BrokenPipeError):
            return self._killed("crashed")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def _started(self) -> Connection:
        if self._process is None or not self._process.is_alive() or self._pipe is None:
            context = get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=self._serve, args=(theirs, self._name), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe

    def _killed(self, why: str) -> tuple[None, str]:
        self.close()
        return None, why
