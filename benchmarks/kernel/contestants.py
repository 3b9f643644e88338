"""The contestants. Each fits ``SVC``'s problem and hands back support rows, signed multipliers and the intercept."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from benchmarks.peers import OURS, Ladder

__all__ = ["available", "fit", "ladders"]

Vector = NDArray[np.float64]
Answer = tuple[NDArray[np.int64], Vector, float]
_CACHE = 4000  # MB for everyone who has a cache: more than any set here needs
_TOLERANCES = [10.0**-k for k in range(1, 9)]  # of their own stopping rules


def _as_sklearn(kind: Any, X: Any, y: Vector, C: float, gamma: float, **settings: Any) -> Answer:
    model = kind(C=C, gamma=gamma, kernel="rbf", **settings).fit(X, y)
    coef = model.dual_coef_.toarray() if issparse(model.dual_coef_) else np.asarray(model.dual_coef_)
    return np.asarray(model.support_), coef.ravel().astype(float), float(np.ravel(model.intercept_)[0])


def _maxmargin(X: Any, y: Vector, C: float, gamma: float, tol: float) -> Answer:
    from maxmargin import SVC

    return _as_sklearn(SVC, X, y, C, gamma, tol=tol, max_time=None)


def _sklearn(X: Any, y: Vector, C: float, gamma: float, tol: float) -> Answer:
    from sklearn.svm import SVC

    return _as_sklearn(SVC, X, y, C, gamma, tol=tol, cache_size=_CACHE)


def _sklearnex(X: Any, y: Vector, C: float, gamma: float, tol: float, dtype: str) -> Answer:
    from sklearnex.svm import SVC

    return _as_sklearn(SVC, X.astype(dtype), y, C, gamma, tol=tol, cache_size=_CACHE)


def _libsvm(X: Any, y: Vector, C: float, gamma: float, tol: float) -> Answer:
    from libsvm.svmutil import svm_parameter, svm_problem, svm_train

    rows = X if issparse(X) else X.tolist()
    model = svm_train(svm_problem(y, rows), svm_parameter(f"-t 2 -c {C!r} -g {gamma!r} -e {tol!r} -m {_CACHE} -q"))
    sign = 1.0 if model.get_labels()[0] == 1 else -1.0
    coef = sign * np.array([c[0] for c in model.get_sv_coef()])
    return np.array(model.get_sv_indices()) - 1, coef, -sign * model.rho[0]


def _thundersvm(X: Any, y: Vector, C: float, gamma: float, tol: float) -> Answer:
    from thundersvm import SVC

    support, coef, b = _as_sklearn(SVC, X, y, C, gamma, tol=tol, n_jobs=2)
    sign = 1.0 if y[0] == 1 else -1.0  # its first class is the one of the first row
    return support, sign * coef, sign * b


_FITS: dict[str, tuple[str, Callable[..., Answer]]] = {
    OURS: ("maxmargin", _maxmargin),
    "sklearnex": ("sklearnex", _sklearnex),
    "sklearn": ("sklearn", _sklearn),
    "libsvm": ("libsvm", _libsvm),
    "thundersvm": ("thundersvm", _thundersvm),
}


def available() -> list[str]:
    """Those whose package is installed, we first and then the one that is fastest as a rule."""
    return [name for name, (package, _) in _FITS.items() if find_spec(package) is not None]


def ladders(name: str) -> list[Ladder]:
    """Its settings from loose to tight."""
    if name == OURS:
        return [Ladder({}, "tol", [1e-3, 1e-6])]
    if name == "sklearnex":
        return [Ladder({"dtype": dtype}, "tol", _TOLERANCES) for dtype in ("float32", "float64")]
    return [Ladder({}, "tol", _TOLERANCES)]


def fit(name: str, X: Any, y: Vector, C: float, gamma: float, settings: dict[str, Any]) -> Answer:
    """Fit; everything in here is timed, so conversions count."""
    return _FITS[name][1](X, y, C, gamma, **settings)
