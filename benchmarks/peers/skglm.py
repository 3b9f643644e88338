"""skglm's LinearSVC: working sets and Anderson extrapolation on the dual; hinge only."""

import warnings
from typing import Any

from skglm import LinearSVC

from benchmarks.peers import Ladder

LOOPS_IN_PYTHON = True  # an exception stops it, so the compiled process need not be killed at a limit


def ladders(loss: str) -> list[Ladder]:
    return [Ladder({}, "tol", [10.0**-k for k in range(9)])] if loss == "hinge" else []


def fit(X: Any, y: Any, _loss: str, C: float, settings: dict[str, Any]) -> Any:
    model = LinearSVC(C=C, fit_intercept=False, max_iter=1000, tol=settings["tol"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y).coef_.ravel()
