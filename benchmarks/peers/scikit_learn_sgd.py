"""scikit-learn's SGDClassifier: α = 1/(C·n) makes its objective ours divided by C·n; epochs are swept.

Its "optimal" schedule diverges on the squared hinge; there the first step is one over the curvature of the worst row.
"""

import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.utils.extmath import row_norms

from benchmarks.peers import Ladder


def ladders(_loss: str) -> list[Ladder]:
    epochs = [float(4**k) for k in range(1, 9)]
    return [Ladder({"average": average}, "max_iter", epochs) for average in (False, True)]


def fit(X: Any, y: Any, loss: str, C: float, settings: dict[str, Any]) -> Any:
    schedule = {"learning_rate": "optimal"}
    if loss == "squared_hinge":
        schedule = {"learning_rate": "invscaling", "eta0": 0.5 / row_norms(X, squared=True).max(), "power_t": 0.25}
    model = SGDClassifier(
        loss=loss, alpha=1 / (C * X.shape[0]), fit_intercept=False, tol=None, random_state=0,
        average=settings["average"], max_iter=int(settings["max_iter"]), **schedule,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y).coef_.ravel()
