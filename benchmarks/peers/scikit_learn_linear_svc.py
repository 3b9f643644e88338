"""scikit-learn's LinearSVC (its copy of LIBLINEAR): dual coordinate descent, or the primal for the squared hinge."""

import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from benchmarks.peers import Ladder


def ladders(loss: str) -> list[Ladder]:
    dual = Ladder({"dual": True}, "tol", [10.0**-k for k in range(9)])
    primal = Ladder({"dual": False}, "tol", [10.0**-k for k in range(10)])
    return [dual] if loss == "hinge" else [primal, dual]


def fit(X: Any, y: Any, loss: str, C: float, settings: dict[str, Any]) -> Any:
    # max_iter never stops it: the tolerance or the time cap does.
    model = LinearSVC(loss=loss, C=C, fit_intercept=False, max_iter=100_000_000, random_state=0, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y).coef_.ravel()
