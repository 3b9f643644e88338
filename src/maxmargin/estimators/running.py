"""Running the problems of one fit, whatever they are: one after the other, or side by side on a pool of threads.

A problem depends on the data and the settings alone, so the answer has the same bits whatever the number of threads.
Ctrl-C ends every problem at its next report; what has been reached is kept.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from maxmargin.callbacks import UNBOUNDED
from maxmargin.certificate import STATIONARY, PointCertificate
from maxmargin.solvers import Status

__all__ = [
    "AIM",
    "Fitted",
    "certified_status",
    "fair_share",
    "history_table",
    "no_margin_message",
    "not_converged_message",
    "run_problems",
    "worst_status",
]

AIM = 0.999  # of tol: rounding between the solver's gap and the certificate's must not cost the status

_SECONDS_BETWEEN_LOOKS = 0.05
_BY_SEVERITY: tuple[Status, ...] = (
    "optimal", "stopped_by_callback", "stopped_by_max_iter", "stopped_by_max_time", "numerical_limit",
)  # fmt: skip
_HISTORY = np.dtype(
    [("problem", "i8"), ("iteration", "i8"), ("primal", "f8"), ("dual", "f8"), ("gap", "f8"),
     ("active_rows", "i8"), ("seconds", "f8")]
)  # fmt: skip


class Fitted(Protocol):
    """What the fit of any problem has."""

    @property
    def status(self) -> Status:
        """How it ended."""

    @property
    def history(self) -> NDArray[np.float64]:
        """The solver's record."""

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""


FitT = TypeVar("FitT", bound=Fitted)
FitOne = Callable[[int, "threading.Event | None", "threading.Lock | None"], FitT]


def run_problems(fit_one: FitOne[FitT], n_problems: int, workers: int) -> list[FitT]:
    """``fit_one(problem, stop, lock)`` of each problem; each ends with a point, whatever happens."""
    return _one_by_one(fit_one, n_problems) if workers < 2 else _side_by_side(fit_one, n_problems, workers)


def _one_by_one(fit_one: FitOne[FitT], n_problems: int) -> list[FitT]:
    stop = threading.Event() if n_problems > 1 else None
    fits: list[FitT] = []
    for k in range(n_problems):
        try:
            fits.append(fit_one(k, stop, None))
        except KeyboardInterrupt:
            stop = stop or threading.Event()
            stop.set()
            fits.append(fit_one(k, stop, None))
        if stop is not None and fits[-1].interrupted:
            stop.set()
    return fits


def _side_by_side(fit_one: FitOne[FitT], n_problems: int, workers: int) -> list[FitT]:
    stop, lock = threading.Event(), threading.Lock()
    with ThreadPoolExecutor(workers, thread_name_prefix="maxmargin") as pool:
        try:
            futures: list[Future[FitT]] = []
            pressed = _submit(lambda k: futures.append(pool.submit(fit_one, k, stop, lock)), futures, n_problems, stop)
            interrupted = _wait(futures, stop) or pressed
        except BaseException:
            stop.set()  # before the pool waits for its threads
            raise
        fits: list[Any] = [future.result() for future in futures]
    return [replace(fit, interrupted=interrupted) for fit in fits]


def _submit(
    one: Callable[[int], None], futures: list[Future[FitT]], n_problems: int, stop: threading.Event
) -> bool:  # fmt: skip
    """Submit all; after a Ctrl-C the rest too, which end at once with points of their own. Returns whether it came."""
    interrupted = False
    while len(futures) < n_problems:
        try:
            one(len(futures))
        except KeyboardInterrupt:  # noqa: PERF203 - the first problems may be running while the last are submitted
            if interrupted:
                raise
            interrupted = True
            stop.set()
    return interrupted


def _wait(futures: list[Future[FitT]], stop: threading.Event) -> bool:
    """Wait for all; the first error or a Ctrl-C tells the rest to end. Returns whether it was Ctrl-C."""
    interrupted = False
    pending: set[Future[FitT]] = set(futures)
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


def fair_share(deadline: float, k: int, n_problems: int, workers: int) -> float:
    """Seconds for problem ``k``: what is left, shared with the problems still to come. No problem goes without."""
    if deadline == math.inf:
        return math.inf
    left = deadline - time.perf_counter()
    rounds = math.ceil((n_problems - k) / min(workers, n_problems))
    return max(left / rounds, 1e-9)


def certified_status(status: Status, certificate: PointCertificate, tol: float) -> Status:
    """The certificate has the last word on whether a point is optimal."""
    if status in ("interrupted", "stopped_by_callback"):
        return "stopped_by_callback"
    if certificate.relative_gap <= tol:
        return "optimal"
    if status == "optimal":
        return "numerical_limit"
    return status


def worst_status(fits: Sequence[Fitted]) -> Status:
    """The status of the whole fit: the gravest of its problems; of a fit that Ctrl-C ended, that it was ended."""
    if any(fit.interrupted for fit in fits):
        return "stopped_by_callback"
    return max((fit.status for fit in fits), key=_BY_SEVERITY.index)


def history_table(fits: Sequence[Fitted]) -> NDArray[Any]:
    """All records of all problems as one structured array, a field for each quantity."""
    records = np.concatenate([np.zeros((0, 6)), *(fit.history for fit in fits)])
    table = np.empty(len(records), dtype=_HISTORY)
    table["problem"] = np.repeat(np.arange(len(fits)), np.array([len(fit.history) for fit in fits], dtype=np.intp))
    for column, name in enumerate(_HISTORY.names[1:] if _HISTORY.names else ()):
        table[name] = records[:, column]
    return table


def not_converged_message(model: Any, norm: str) -> str:
    """Why the fit stopped, how far it is from the optimum, what that means for predictions, what to do."""
    reason = {
        "stopped_by_max_iter": f"max_iter={model.max_iter}",
        "stopped_by_max_time": f"max_time={model.max_time} s",
        "numerical_limit": "the limit of float64 arithmetic",
    }[model.status_]
    remedy = {
        "stopped_by_max_iter": "Raise max_iter, or raise tol if this is good enough",
        "stopped_by_max_time": "Raise max_time, or raise tol if this is good enough",
        "numerical_limit": _beyond_rounding(model),
    }[model.status_]
    if model.status_ == "numerical_limit" and model.relative_gap_ <= model.tol:
        return (
            f"{type(model).__name__} stopped by {reason}: its relative duality gap has come out as "
            f"{model.relative_gap_:.1e}, but sums of multipliers and kernel values as large as these may be off by more "
            f"than tol={model.tol:g} of the objective. {remedy}."
        )
    if model.relative_gap_ < UNBOUNDED or math.isinf(model.gap_):
        gap, above = f"relative duality gap of {model.relative_gap_:.1e}", "that fraction"
    else:  # of numbers like these only the first says anything
        gap, above = f"duality gap of {model.gap_:.1e} beside a dual objective of 0", "as much"
    n = int(np.max(model.n_iter_))
    stopped = (
        f"{type(model).__name__} stopped by {reason} after {n} iteration{'s' * (n != 1)} with a {gap} (tol={model.tol:g})"
    )
    if model.certificate_.inner_product is False:
        return f"{stopped}. {STATIONARY}. {remedy}."
    return (
        f"{stopped}: the objective is at most {above} above the optimum, and a decision value (without intercept) can "
        f"differ from {model.certificate_.whose} by up to {model.certificate_.radius:.1e}·{norm}. {remedy}."
    )


def no_margin_message(model: Any) -> str:
    """The same for a machine with ν whose optimum is zero, beside which every gap is large."""
    certificate = model.certificate_
    sides = ", and so is what decides between the sides" if hasattr(model, "classes_") else "; all rows count as inside"
    return (
        f"{type(model).__name__} stopped by the limit of float64 arithmetic: with nu={model.nu:g} there is no margin, and "
        f"the optimum is zero. The objective of {certificate.primal:.1e} and its bound of {certificate.dual:.1e} are "
        f"rounding{sides}. Raise nu, or take a kernel that tells the rows better apart."
    )


def _beyond_rounding(model: Any) -> str:
    scale = "Scale the features (for example with StandardScaler)"
    if hasattr(model, "C"):
        return f"{scale} or lower C"
    return f"{scale} or raise nu: below some nu there is no margin, and the optimum is zero"
