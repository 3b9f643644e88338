"""scikit-learn's SGDClassifier: α = 1/(C·n) makes its objective ours divided by C·n; epochs are swept."""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier

from benchmarks.peers import Ladder

PACKAGE = "scikit-learn"


def ladders(loss):
    epochs = [float(4**k) for k in range(1, 9)]
    return [Ladder({"average": average}, "max_iter", epochs) for average in (False, True)]


def fit(X, y, loss, C, settings):
    model = SGDClassifier(
        loss=loss, alpha=1 / (C * X.shape[0]), fit_intercept=False, tol=None, random_state=0,
        average=settings["average"], max_iter=int(settings["max_iter"]),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y).coef_.ravel()
