"""maxmargin's LinearSVC as a user calls it: the tolerance is the relative gap, so nothing has to be searched."""

from typing import Any

from benchmarks.peers import Ladder
from maxmargin import LinearSVC


def ladders(_loss: str) -> list[Ladder]:
    return [Ladder({}, "tol", [1e-3, 1e-6])]


def fit(X: Any, y: Any, loss: str, C: float, settings: dict[str, Any]) -> Any:
    model = LinearSVC(loss=loss, C=C, fit_intercept=False, tol=settings["tol"], max_iter=100_000)
    return model.fit(X, y).coef_.ravel()
