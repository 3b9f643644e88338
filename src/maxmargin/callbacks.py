"""What a fit says while it runs, and ready-made listeners.

A callback is any function of one `Progress`; a true answer stops the binary problem it speaks of, which keeps its best
point. The calls of one fit never overlap, but with several classes they come from several threads.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

__all__ = [
    "UNBOUNDED",
    "Callback",
    "EarlyStopping",
    "LogLines",
    "Progress",
    "ProgressLine",
    "both",
    "format_progress",
    "gap_text",
    "native_monitor",
    "nothing_yet",
    "progress_display",
]

UNBOUNDED = 1e100  # relative gaps above say only that the dual objective is 0
TINY = 1e-300  # keeps relative gaps defined where the dual objective is zero


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a fit stands.

    Attributes
    ----------
    iteration : int
    primal, dual, gap, relative_gap : float
        As the solver sees them; the certificate of the finished fit is computed from problem and point alone.
        Large linear fits begin with some of the rows, whose objectives say nothing about the others: until all
        rows are in, primal and the gaps are infinite and dual is 0. So it is while Python computes the values of a kernel.
    active_rows : int
        Rows that matter to the current step: for kernel machines the support vectors so far, and all multipliers in
        steps of the interior point method. While Python computes kernel values, the rows whose values are there.
    seconds : float
        Since the start of this problem.
    problem, n_problems : int
        Which of the binary problems speaks (one-vs-rest fits have one for each class).
    """

    iteration: int
    primal: float
    dual: float
    gap: float
    relative_gap: float
    active_rows: int
    seconds: float
    problem: int = 0
    n_problems: int = 1


def nothing_yet(rows: int, seconds: float, n_problems: int) -> Progress:
    """Where a fit stands that has the kernel values of so many rows, and no point."""
    return Progress(0, math.inf, 0.0, math.inf, math.inf, rows, seconds, n_problems=n_problems)


Callback = Callable[[Progress], "bool | None"]


def native_monitor(
    callback: Callback | None,
    stop: threading.Event | None,
    lock: threading.Lock | None,
    problem: int,
    n_problems: int,
) -> Callable[[int, float, float, float, int, float], bool] | None:
    """Adapt a callback to the native core's calls; ``stop`` ends the problem at its next report."""
    if callback is None and stop is None:
        return None

    def monitor(iteration: int, primal: float, dual: float, gap: float, active_rows: int, seconds: float) -> bool:
        if stop is not None and stop.is_set():
            return True
        if callback is None:
            return False
        relative_gap = gap / max(abs(dual), TINY)
        progress = Progress(
            iteration, primal, dual, gap, relative_gap, active_rows, seconds, problem, n_problems
        )  # fmt: skip
        if lock is None:
            return bool(callback(progress))
        with lock:
            return bool(callback(progress))

    return monitor


class EarlyStopping:
    """Stop a problem once the gap has not fallen by ``factor`` within ``patience`` seconds.

    Its patience begins with the first finite gap.

    Examples
    --------
    >>> from maxmargin import LinearSVC
    >>> model = LinearSVC(callback=EarlyStopping(patience=5.0))
    """

    def __init__(self, patience: float = 10.0, factor: float = 0.9) -> None:
        self.patience = patience
        self.factor = factor
        self._best: dict[int, tuple[float, float]] = {}

    def __call__(self, progress: Progress) -> bool:
        """Answer whether to stop."""
        best, since = self._best.get(progress.problem, (float("inf"), 0.0))
        unknown = math.isinf(progress.gap)
        if unknown or progress.iteration == 0 or progress.seconds < since or progress.gap < self.factor * best:
            self._best[progress.problem] = (progress.gap, progress.seconds)
            return False
        return progress.seconds - since > self.patience


class LogLines:
    """One plain line at most every ``every`` seconds; nothing for fits shorter than that."""

    def __init__(self, stream: TextIO | None = None, every: float = 1.0) -> None:
        self.stream = stream
        self.every = every
        self._last = time.monotonic()

    def __call__(self, progress: Progress) -> bool:
        """Print the line; never stops a fit."""
        now = time.monotonic()
        if now - self._last >= self.every:
            self._last = now
            print(format_progress(progress), file=self.stream or sys.stderr, flush=True)
        return False


class ProgressLine:
    """A live line on a terminal, rewritten in place; appears once a fit has taken ``delay`` seconds."""

    def __init__(self, stream: TextIO | None = None, delay: float = 0.3) -> None:
        self.stream = stream
        self.delay = delay
        self._started = time.monotonic()
        self._live: Any = None

    def __call__(self, progress: Progress) -> bool:
        """Rewrite the line; never stops a fit."""
        if self._live is None:
            if time.monotonic() - self._started < self.delay:
                return False
            self._live = self._open()
        self._live.update(_one_line(format_progress(progress)))
        return False

    def _open(self) -> Any:
        from rich.console import Console
        from rich.live import Live

        live = Live(console=Console(file=self.stream or sys.stderr), transient=True, refresh_per_second=10)
        live.start()
        return live

    def close(self) -> None:
        """Remove the line."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def _one_line(text: str) -> Any:
    """Text that a narrow terminal cuts off, because what is rewritten must not wrap."""
    from rich.highlighter import ReprHighlighter
    from rich.text import Text

    line = Text(text, no_wrap=True, overflow="ellipsis")
    ReprHighlighter().highlight(line)
    return line


def gap_text(relative_gap: float) -> str:
    """A relative gap in figures, or in words where no bound is known yet (the dual objective is still 0)."""
    return f"relative gap {relative_gap:.1e}" if relative_gap < UNBOUNDED else "no bound yet"


def format_progress(progress: Progress) -> str:
    """The text of one line of progress."""
    of = f"problem {progress.problem + 1}/{progress.n_problems}  " if progress.n_problems > 1 else ""
    objective = "no objective" if math.isinf(progress.primal) else f"objective {progress.primal:.6g}"
    return (
        f"{of}iteration {progress.iteration:>4}  {objective}  {gap_text(progress.relative_gap)}  "
        f"active {progress.active_rows}  {progress.seconds:.1f} s"
    )


def progress_display(stream: TextIO | None = None) -> LogLines | ProgressLine:
    """A live line where ``stream`` is a terminal, plain lines otherwise."""
    target = stream or sys.stderr
    return ProgressLine(target) if target.isatty() else LogLines(target)


def both(first: Callback | None, second: Callback | None) -> Callback | None:
    """One callback that tells two; stops where either asks for it."""
    if first is None or second is None:
        return first or second

    def tell(progress: Progress) -> bool:
        stop = [bool(first(progress)), bool(second(progress))]
        return any(stop)

    return tell
