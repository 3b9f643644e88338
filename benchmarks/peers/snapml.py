"""Snap ML's SupportVectorMachine, one and two threads: its regularizer is 1/C."""

from typing import Any

from snapml import SupportVectorMachine

from benchmarks.peers import Ladder


def ladders(_loss: str) -> list[Ladder]:
    steps = [10.0**-k for k in range(1, 9)]
    return [Ladder({"n_jobs": n_jobs}, "tol", steps) for n_jobs in (1, 2)]


def fit(X: Any, y: Any, loss: str, C: float, settings: dict[str, Any]) -> Any:
    model = SupportVectorMachine(
        loss=loss, regularizer=1 / C, fit_intercept=False, max_iter=1_000_000, random_state=0,
        n_jobs=settings["n_jobs"], tol=settings["tol"],
    )  # fmt: skip
    return model.fit(X, y).coef_.ravel()
