"""Fitting the binary problems of a linear model: solver, certificate, and what is kept of both."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.callbacks import Callback, native_monitor
from maxmargin.certificate import PointCertificate, certify_point
from maxmargin.estimators.running import AIM, certified_status, fair_share, run_problems
from maxmargin.exceptions import MemoryLimitError
from maxmargin.problem import Loss, Problem, sign_target
from maxmargin.solvers import Settings, Solution, Start, Status, bytes_needed, matrix_bytes_at_most, solve

__all__ = ["BinaryFit", "FitTask", "fit_problems"]

_WORTH_A_POOL = 1 << 17  # stored values x problems below which starting threads costs more than it gains
_QUICKLY_CERTIFIED = 1 << 24  # stored values; after Ctrl-C larger problems are left with an unknown (infinite) gap


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
    copied: float  # of that, for the numbers of the rows
    deadline: float
    starts: Sequence[Start | None]
    callback: Callback | None


def fit_problems(task: FitTask) -> list[BinaryFit]:
    """Fit them all; each ends with a point, whatever happens."""
    k = len(task.positives)
    needed = bytes_needed(task.design.n_rows, task.design.n_features)
    left = task.memory_limit - task.copied
    if needed > left:
        raise MemoryLimitError(
            f"a fit of {task.design.n_rows} rows and {task.design.n_features} features needs about "
            f"{needed + task.copied:.2g} bytes beyond its input,"
            + (f" {task.copied:.2g} of them for its numbers as floats," if task.copied else "")
            + f" and memory_limit allows {task.memory_limit:.2g}; raise memory_limit, or fit on fewer rows"
        )
    # The size of the systems decides how they are solved, and so the bits: it must not depend on the number of threads.
    matrices = min(left - needed, matrix_bytes_at_most(task.design.n_rows, task.design.n_features))
    task = replace(task, settings=replace(task.settings, matrix_bytes=matrices))
    side_by_side = int(min(k, left / (needed + matrices)))
    workers = max(1, min(task.settings.n_threads, side_by_side))
    if task.design.stored_values * k < _WORTH_A_POOL:
        workers = 1
    settings = replace(task.settings, n_threads=max(1, task.settings.n_threads // workers))
    return run_problems(partial(_fit_one, task, settings), k, workers)


def _fit_one(
    task: FitTask, settings: Settings, k: int, stop: threading.Event | None, lock: threading.Lock | None
) -> BinaryFit:
    if stop is not None and stop.is_set():
        return _unsolved(task, k)
    problem = Problem(task.design, sign_target(task.codes, task.positives[k]), task.c, task.loss, task.fit_intercept)
    if task.deadline < math.inf:
        share = fair_share(task.deadline, k, len(task.positives), task.settings.n_threads)
        settings = replace(settings, max_time=share)
    monitor = native_monitor(task.callback, stop, lock, k, len(task.positives))
    solution = solve(problem, replace(settings, tol=AIM * settings.tol), task.starts[k], monitor)
    interrupted = stop is not None and stop.is_set()
    try:
        return _certified(task, settings, problem, solution, interrupted=interrupted)
    except KeyboardInterrupt:  # what has been solved is kept, as a solver keeps it
        return _certified(task, settings, problem, replace(solution, status="interrupted"), interrupted=True)


def _certified(
    task: FitTask, settings: Settings, problem: Problem, solution: Solution, *, interrupted: bool
) -> BinaryFit:  # fmt: skip
    """The problem at the point of a solution, and what it is worth."""
    interrupted = interrupted or solution.status == "interrupted"
    if solution.certified is not None:  # by the certificate's own pass over the data; a second would give the same
        certificate = PointCertificate(*solution.certified)
    elif interrupted and task.design.stored_values > _QUICKLY_CERTIFIED:
        certificate = PointCertificate(math.inf, -math.inf, math.inf)
    else:
        certificate = certify_point(
            problem, solution.coef, solution.intercept, solution.multipliers, settings.n_threads
        )  # fmt: skip
    support = np.flatnonzero(solution.multipliers > 0.0)
    return BinaryFit(
        certified_status(solution.status, certificate, settings.tol), solution.coef, solution.intercept,
        support, solution.multipliers[support], certificate, solution.n_iter, solution.history, interrupted,
    )  # fmt: skip


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
