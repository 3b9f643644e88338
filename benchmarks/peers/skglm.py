"""skglm's LinearSVC: working sets and Anderson extrapolation on the dual; hinge only."""

import warnings

from skglm import LinearSVC

from benchmarks.peers import Ladder

PACKAGE = "skglm"


def ladders(loss):
    return [Ladder({}, "tol", [10.0**-k for k in range(9)])] if loss == "hinge" else []


def fit(X, y, loss, C, settings):
    model = LinearSVC(C=C, fit_intercept=False, max_iter=1000, tol=settings["tol"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y).coef_.ravel()
