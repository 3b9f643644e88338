"""Fitting the binary problems of one model: one after the other, or side by side on a pool of threads.

Each problem depends on the data and the settings alone, so the answer has the same bits whatever the number
of threads. Ctrl-C ends every problem at its next report; what has been reached is kept.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.callbacks import Callback, native_monitor
from maxmargin.certificate import PointCertificate, certify_point
from maxmargin.exceptions import MemoryLimitError
from maxmargin.problem import Loss, Problem, sign_target
from maxmargin.solvers import Settings, Start, Status, bytes_needed, solve

__all__ = ["BinaryFit", "FitTask", "fit_problems", "history_table", "worst_status"]

_WORTH_A_POOL = 1 << 17  # stored values x problems below which starting threads costs more than it gains
_SECONDS_BETWEEN_LOOKS = 0.05
_QUICKLY_CERTIFIED = 1 << 24  # stored values; after Ctrl-C larger problems are left with an unknown (infinite) gap
_AIM = 0.999  # of tol: rounding between the solver's gap and the certificate's must not cost the status

_BY_SEVERITY: tuple[Status, ...] = (
    "optimal", "stopped_by_callback", "stopped_by_max_iter", "stopped_by_max_time", "numerical_limit",
)  # fmt: skip
_HISTORY = np.dtype(
    [("problem", "i8"), ("iteration", "i8"), ("primal", "f8"), ("dual", "f8"), ("gap", "f8"),
     ("active_rows", "i8"), ("seconds", "f8")]
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class BinaryFit:
    """A fitted binary problem: the point, its certificate, and the rows with a positive multiplier."""

    status: Status
    coef: NDArray[np.float64]
    intercept: float
    support: NDArray[np.int64]
    multipliers: NDArray[np.float64]
    certificate: PointCertificate
    n_iter: int
    history: NDArray[np.float64]
    interrupted: bool


@dataclass(frozen=True, slots=True, eq=False)
class FitTask:
    """All that the binary problems of one fit share; ``positives`` has the code of each one's positive class."""

    design: _native.Design
    codes: NDArray[np.intp]
    c: NDArray[np.float64]
    positives: Sequence[int]
    loss: Loss
    fit_intercept: bool
    settings: Settings
    memory_limit: float
    deadline: float
    starts: Sequence[Start | None]
    callback: Callback | None


def fit_problems(task: FitTask) -> list[BinaryFit]:
    """Fit them all; each ends with a point, whatever happens."""
    k = len(task.positives)
    workers = min(task.settings.n_threads, k)
    needed = bytes_needed(task.design.n_rows, task.design.n_features)
    if needed > task.memory_limit:
        raise MemoryLimitError(
            f"a fit of {task.design.n_rows} rows and {task.design.n_features} features needs about {needed:.2g} bytes "
            f"beyond its input, and memory_limit allows {task.memory_limit:.2g}; raise memory_limit, or fit on fewer rows"
        )
    workers = int(min(workers, task.memory_limit // needed))
    settings = replace(task.settings, matrix_bytes=(task.memory_limit - workers * needed) / workers)
    task = replace(task, settings=settings)
    if workers < 2 or task.design.stored_values * k < _WORTH_A_POOL:
        return _one_by_one(task)
    return _side_by_side(task, workers)


def _one_by_one(task: FitTask) -> list[BinaryFit]:
    stop = threading.Event() if len(task.positives) > 1 else None
    fits: list[BinaryFit] = []
    for k in range(len(task.positives)):
        fits.append(_fit_one(task, k, task.settings, stop, None))
        if stop is not None and fits[-1].interrupted:
            stop.set()
    return fits


def _side_by_side(task: FitTask, workers: int) -> list[BinaryFit]:
    stop, lock = threading.Event(), threading.Lock()
    settings = replace(task.settings, n_threads=max(1, task.settings.n_threads // workers))
    with ThreadPoolExecutor(workers, thread_name_prefix="maxmargin") as pool:
        try:
            futures = [pool.submit(_fit_one, task, k, settings, stop, lock) for k in range(len(task.positives))]
            interrupted = _wait(futures, stop)
        except BaseException:
            stop.set()  # before the pool waits for its threads
            raise
        fits = [future.result() for future in futures]
    return [replace(fit, interrupted=interrupted) for fit in fits]


def _wait(futures: list[Future[BinaryFit]], stop: threading.Event) -> bool:
    """Wait for all; the first error or a Ctrl-C tells the rest to end. Returns whether it was Ctrl-C."""
    interrupted = False
    pending: set[Future[BinaryFit]] = set(futures)
    while pending:
        try:
            done, pending = wait(pending, timeout=_SECONDS_BETWEEN_LOOKS)
            if any(future.exception() is not None for future in done):
                stop.set()
        except KeyboardInterrupt:  # noqa: PERF203 - each wait may be interrupted
            if interrupted:
                raise
            interrupted = True
            stop.set()
    return interrupted


def _fit_one(
    task: FitTask, k: int, settings: Settings, stop: threading.Event | None, lock: threading.Lock | None
) -> BinaryFit:
    if stop is not None and stop.is_set():
        return _unsolved(task, k)
    problem = Problem(task.design, sign_target(task.codes, task.positives[k]), task.c, task.loss, task.fit_intercept)
    if task.deadline < math.inf:
        settings = replace(settings, max_time=_fair_share(task, k))
    monitor = native_monitor(task.callback, stop, lock, k, len(task.positives))
    solution = solve(problem, replace(settings, tol=_AIM * settings.tol), task.starts[k], monitor)
    interrupted = solution.status == "interrupted" or (stop is not None and stop.is_set())
    if interrupted and task.design.stored_values > _QUICKLY_CERTIFIED:
        certificate = PointCertificate(math.inf, -math.inf, math.inf)
    else:
        certificate = certify_point(
            problem, solution.coef, solution.intercept, solution.multipliers, settings.n_threads
        )  # fmt: skip
    support = np.flatnonzero(solution.multipliers > 0.0)
    return BinaryFit(
        _status(solution.status, certificate, settings.tol), solution.coef, solution.intercept,
        support, solution.multipliers[support], certificate, solution.n_iter, solution.history, interrupted,
    )  # fmt: skip


def _fair_share(task: FitTask, k: int) -> float:
    """Seconds for problem ``k``: what is left, shared with the problems still to come. No class goes without."""
    left = task.deadline - time.perf_counter()
    rounds = math.ceil((len(task.positives) - k) / min(task.settings.n_threads, len(task.positives)))
    return max(left / rounds, 1e-9)


def _unsolved(task: FitTask, k: int) -> BinaryFit:
    """A problem that Ctrl-C came before: its start, or w = 0, b = 0, α = 0, whose objectives are known."""
    start = task.starts[k]
    zero = np.zeros(task.design.n_features)
    coef, intercept = (zero, 0.0) if start is None else (start.coef, start.intercept)
    objective = float(task.c.sum()) if start is None else math.inf
    certificate = PointCertificate(objective, 0.0, objective)
    nothing = np.zeros(0)
    return BinaryFit(
        "stopped_by_callback", coef, intercept, nothing.astype(np.int64), nothing, certificate, 0,
        nothing.reshape(0, 6), interrupted=True,
    )  # fmt: skip


def _status(status: Status, certificate: PointCertificate, tol: float) -> Status:
    """The certificate has the last word on whether a point is optimal."""
    if status in ("interrupted", "stopped_by_callback"):
        return "stopped_by_callback"
    if certificate.relative_gap <= tol:
        return "optimal"
    if status == "optimal":
        return "numerical_limit"
    return status


def worst_status(fits: Sequence[BinaryFit]) -> Status:
    """The status of the whole fit: the gravest of its problems."""
    return max((fit.status for fit in fits), key=_BY_SEVERITY.index)


def history_table(fits: Sequence[BinaryFit]) -> NDArray[Any]:
    """All records of all problems as one structured array, a field for each quantity."""
    table = np.empty(sum(len(fit.history) for fit in fits), dtype=_HISTORY)
    start = 0
    for k, fit in enumerate(fits):
        part = table[start : start + len(fit.history)]
        part["problem"] = k
        for column, name in enumerate(_HISTORY.names[1:] if _HISTORY.names else ()):
            part[name] = fit.history[:, column]
        start += len(fit.history)
    return table
