"""maxmargin's LinearSVC as a user calls it: the tolerance is the relative gap, so nothing has to be searched."""

from maxmargin import LinearSVC

from benchmarks.peers import Ladder

PACKAGE = "maxmargin"


def ladders(loss):
    return [Ladder({}, "tol", [1e-3, 1e-6])]


def fit(X, y, loss, C, settings):
    model = LinearSVC(loss=loss, C=C, fit_intercept=False, tol=settings["tol"], max_iter=100_000)
    return model.fit(X, y).coef_.ravel()
