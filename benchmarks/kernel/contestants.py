"""The contestants. Each fits ``SVC``'s problem and hands back support rows, signed multipliers and the intercept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from threadpoolctl import ThreadpoolController

from benchmarks.peers import OURS, Ladder
from benchmarks.search import AIMS, Run, best
from benchmarks.served import OVER

__all__ = ["CONTESTANTS", "KNOB", "TOLERANCES", "elsewhere", "fit", "ladders", "missing", "thundersvm_rows"]

Vector = NDArray[np.float64]
Answer = tuple[NDArray[np.int64], Vector, float]
KNOB = "tol"
TOLERANCES = [10.0**-k for k in range(1, 9)]  # of their own stopping rules
_CACHE = 2000  # MB, with which tolerances are swept; libsvm is never faster with less
_OTHER_CACHE = 200  # MB, the default of the others: with what was best, once more
_DENSE = 1000  # columns up to which thundersvm gets dense rows: its sparse ones take a hundred times as long


def _as_sklearn(kind: Any, X: Any, y: Vector, C: float, gamma: float, **settings: Any) -> Answer:
    model = kind(C=C, gamma=gamma, kernel="rbf", **settings).fit(X, y)
    coef = model.dual_coef_.toarray() if issparse(model.dual_coef_) else np.asarray(model.dual_coef_)
    return np.asarray(model.support_), coef.ravel().astype(float), float(np.ravel(model.intercept_)[0])


def _maxmargin(X: Any, y: Vector, C: float, gamma: float, tol: float) -> Answer:
    from maxmargin import SVC

    return _as_sklearn(SVC, X, y, C, gamma, tol=tol, max_time=None)


def _sklearn(X: Any, y: Vector, C: float, gamma: float, tol: float, cache_size: float) -> Answer:
    from sklearn.svm import SVC

    return _as_sklearn(SVC, X, y, C, gamma, tol=tol, cache_size=cache_size)


def _sklearnex(X: Any, y: Vector, C: float, gamma: float, tol: float, cache_size: float, dtype: str) -> Answer:
    from sklearnex.svm import SVC

    return _as_sklearn(SVC, X.astype(dtype), y, C, gamma, tol=tol, cache_size=cache_size)


@lru_cache
def _threads_of_openmp() -> ThreadpoolController:
    return ThreadpoolController()


def _libsvm(X: Any, y: Vector, C: float, gamma: float, tol: float, threads: int) -> Answer:
    from libsvm.svmutil import svm_parameter, svm_problem, svm_train

    rows = csr_matrix(X)  # its fastest way in, from dense arrays too
    parameters = svm_parameter(f"-t 2 -c {C!r} -g {gamma!r} -e {tol!r} -m {_CACHE} -q")
    with _threads_of_openmp().limit(limits=threads, user_api="openmp"):
        model = svm_train(svm_problem(y, rows), parameters)
    sign = 1.0 if model.get_labels()[0] == 1 else -1.0
    coef = sign * np.array([c[0] for c in model.get_sv_coef()])
    return np.array(model.get_sv_indices()) - 1, coef, -sign * model.rho[0]


def thundersvm_rows(X: Any) -> Any:
    """The rows in the form that thundersvm is fastest with."""
    return X.toarray() if issparse(X) and X.shape[1] <= _DENSE else X


def _thundersvm(X: Any, y: Vector, C: float, gamma: float, tol: float, n_jobs: int) -> Answer:
    from thundersvm import SVC

    support, coef, rho = _as_sklearn(SVC, thundersvm_rows(X), y, C, gamma, tol=tol, n_jobs=n_jobs)
    sign = 1.0 if y[0] == 1 else -1.0  # its first class is the one of the first row
    return support, sign * coef, -sign * rho  # its intercept_ is LIBSVM's rho, which is subtracted


class _Contestant(NamedTuple):
    package: str  # as it is imported
    distribution: str
    fit: Callable[..., Answer]
    ways: list[dict[str, Any]]  # settings of each ladder


# Its precise way first in each turn: where float32 stalls it is stopped once float64 is there.
_CACHED = {"cache_size": _CACHE}
# We first, then in the order of who is fastest as a rule: limits come from those who went before.
CONTESTANTS = {
    OURS: _Contestant("maxmargin", "maxmargin", _maxmargin, [{}]),
    "sklearnex": _Contestant(
        "sklearnex",
        "scikit-learn-intelex",
        _sklearnex,
        [{"dtype": dtype, **_CACHED} for dtype in ("float64", "float32")],
    ),
    "sklearn": _Contestant("sklearn", "scikit-learn", _sklearn, [_CACHED]),
    "libsvm": _Contestant("libsvm", "libsvm-official", _libsvm, [{"threads": 2}, {"threads": 1}]),
    "thundersvm": _Contestant("thundersvm", "thundersvm-cpu", _thundersvm, [{"n_jobs": 2}, {"n_jobs": 1}]),
}


def missing(name: str) -> str:
    """Why a contestant cannot take part: what its import says. Empty where it can."""
    tried = subprocess.run(
        [sys.executable, "-c", f"import {CONTESTANTS[name].package}"], capture_output=True, text=True, check=False
    )
    return (tried.stderr.strip().splitlines() or ["it crashes"])[-1] if tried.returncode else ""


def ladders(name: str) -> list[Ladder]:
    """Its settings from loose to tight."""
    steps = [1e-3, 1e-6] if name == OURS else TOLERANCES  # ours is the gap itself
    return [Ladder(way, KNOB, steps) for way in CONTESTANTS[name].ways]


def elsewhere(name: str, runs: list[Run]) -> list[Ladder]:
    """What is left to try with the other size of cache: what was best for each aim, and on from where a fit was stopped."""
    found = []
    for way in CONTESTANTS[name].ways:
        if "cache_size" not in way:
            continue
        mine = [run for run in runs if run.settings == {**way, KNOB: run.settings[KNOB]}]
        steps = {hit.settings[KNOB] for aim in AIMS if (hit := best(mine, aim)) is not None}
        if best(mine, AIMS[-1]) is None:
            stopped = [run.settings[KNOB] for run in mine if run.error == OVER]
            steps |= {step for step in TOLERANCES if stopped and step <= max(stopped)}
        found.append(Ladder({**way, "cache_size": _OTHER_CACHE}, KNOB, sorted(steps, reverse=True)))
    return found


def fit(name: str, X: Any, y: Vector, C: float, gamma: float, settings: dict[str, Any]) -> Answer:
    """Fit; everything in here is timed, so conversions count."""
    return CONTESTANTS[name].fit(X, y, C, gamma, **settings)
