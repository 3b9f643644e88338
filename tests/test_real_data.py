"""Real sets, as stored and with both losses: optimal, judged by the formulas of `oracle`.

The sets are not part of the project: ``MAXMARGIN_DATA`` names their folder (default ``../shared/data`` beside
the repository). Where it is absent these tests skip and say so.
"""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path

import numpy as np
import oracle
import pytest
import scipy.sparse as sp

from maxmargin import LinearSVC

pytestmark = pytest.mark.slow
DATA = Path(os.environ.get("MAXMARGIN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
TOL = 1e-6
GENEROUS_SECONDS = 120.0
SETS = [
    "a9a", "w8a", "ijcnn1", "cod-rna", "phishing", "covtype_20k", "covtype_20k standardised", "breast_cancer_wdbc",
    "sms_spam", "webkb", "colon-cancer",
]  # fmt: skip


@lru_cache(maxsize=1)
def load(name):
    stem, _, preparation = name.partition(" ")
    path = DATA / f"{stem}.npz"
    if not path.exists():
        pytest.skip(f"no data set at {path}; set MAXMARGIN_DATA to the folder of the .npz files")
    with np.load(path) as z:
        y = z["y"]
        if "data" in z.files:
            return sp.csr_array((z["data"], z["indices"], z["indptr"]), shape=tuple(z["shape"])), y
        X = z["X"]
    if preparation == "standardised":
        spread = X.std(axis=0)
        X = (X - X.mean(axis=0)) / np.where(spread == 0, 1, spread)
    if stem == "covtype_20k":
        y = np.where(y == 2, 1, -1)
    return X, y


@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("name", SETS)
def test_optimal_within_a_generous_time(name, loss, C, fit_intercept):
    X, y = load(name)
    started = time.perf_counter()
    model = LinearSVC(loss=loss, C=C, fit_intercept=fit_intercept, tol=TOL, max_time=None).fit(X, y)
    assert time.perf_counter() - started < GENEROUS_SECONDS
    assert model.status_ == "optimal"
    assert model.relative_gap_ <= TOL
    positives = model.classes_[1:] if model.classes_.size == 2 else model.classes_
    c = np.full(len(y), C)
    for row, positive in enumerate(positives):
        sign = np.where(y == positive, 1.0, -1.0)
        w, b, alpha = model.coef_[row], model.intercept_[row], oracle.multipliers(model, row)
        gap = oracle.relative_gap(X, sign, c, loss, fit_intercept, w, b, alpha)
        assert -1e-11 <= gap <= TOL * 1.01
