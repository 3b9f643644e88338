"""The problems: data sets with an rbf kernel, several (C, gamma) each; the first class against the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn import datasets
from sklearn.feature_extraction.text import TfidfTransformer

from benchmarks.problems import data_folder

__all__ = ["CASES", "QUICK", "SMALL", "KernelCase", "load"]


@dataclass(frozen=True)
class KernelCase:
    """One row of the table."""

    data: str
    C: float
    gamma: float

    def __str__(self) -> str:
        return f"{self.data} C={self.C:g} gamma={self.gamma:g}"


_SETTINGS = {
    "mushrooms": [(1, 0.1), (100, 0.01)],
    "phishing": [(1, 0.1), (100, 0.1)],
    "satimage": [(1, 0.03), (100, 0.1)],
    "pendigits": [(1, 0.1), (10, 0.1)],
    "usps": [(10, 0.01), (100, 0.01)],
    "letter": [(10, 0.3), (100, 0.1)],
    "covtype_20k": [(1, 0.1), (100, 0.1)],
    "susy_30k": [(1, 0.05), (10, 0.02)],
    "sms_spam": [(1, 1.0), (10, 0.5)],
    "webkb": [(1, 1.0), (10, 0.5)],
    "trec_questions": [(1, 1.0), (10, 0.5)],
    "reuters_r8": [(1, 1.0), (10, 0.5)],
    "sector": [(1, 1.0), (10, 0.5)],
    "20newsgroups": [(1, 1.0), (10, 0.5)],
    "ijcnn1": [(1, 1.0), (32, 2.0)],
    "w8a": [(1, 0.05), (8, 0.05)],
    "a9a": [(1, 0.05), (10, 0.02)],
    "cod-rna": [(1, 1.0), (10, 0.1)],
    "skin_nonskin": [(10, 5e-4), (1, 0.01)],
    "mnist": [(1, 0.01), (10, 0.02)],
}
# At most 500 rows: bundled with scikit-learn, standardised, or as they are.
_SMALL = {
    "iris": [(1, 0.25), (100, 0.25)],
    "wine": [(1, 0.08), (100, 0.08)],
    "breast_cancer": [(1, 0.03), (100, 0.03)],
    "digits": [(1, 0.02), (100, 0.02)],
    "colon-cancer": [(1, 5e-4), (100, 5e-4)],
    "duke-breast-cancer": [(1, 1.4e-4), (100, 1.4e-4)],
}
QUICK = ("mushrooms", "phishing", "satimage", "pendigits", "usps", "letter", "covtype_20k", "sms_spam", "webkb")
CASES = [KernelCase(data, float(C), gamma) for data, settings in _SETTINGS.items() for C, gamma in settings]
SMALL = [KernelCase(data, float(C), gamma) for data, settings in _SMALL.items() for C, gamma in settings]
_BUNDLED = ("iris", "wine", "breast_cancer", "digits")
_MOST = 500  # rows of a bundled set
_STANDARDISED = ("covtype_20k", "susy_30k", "satimage", "pendigits", "letter")
_TEXTS = ("sms_spam", "webkb", "trec_questions", "reuters_r8", "20newsgroups")  # counts; sector has rows of length 1


@lru_cache(maxsize=1)
def load(name: str) -> tuple[Any, NDArray[np.float64]]:
    """Matrix (CSR or dense, float64) and labels ±1."""
    if name in _BUNDLED:
        return _bundled(name)
    path = data_folder() / f"{name}.npz"
    if not path.exists():
        raise FileNotFoundError(f"no data set at {path}; set MAXMARGIN_DATA to the folder of the .npz files")
    with np.load(path) as z:
        if "data" in z.files:
            X = csr_matrix((z["data"].astype(np.float64), z["indices"], z["indptr"].astype(np.int32)), shape=z["shape"])
            X.sort_indices()
        else:
            X = np.ascontiguousarray(z["X"], dtype=np.float64)
        y = z["y"]
    if name in _STANDARDISED:
        spread = X.std(axis=0)
        X = (X - X.mean(axis=0)) / np.where(spread == 0, 1, spread)
    elif name in _TEXTS:
        X = csr_matrix(TfidfTransformer().fit_transform(X))
        X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    elif name == "mnist":
        X /= 255
    positive = 2 if name == "covtype_20k" else np.unique(y)[-1] if np.unique(y).size == 2 else np.unique(y)[0]
    return X, np.where(y == positive, 1.0, -1.0)


def _bundled(name: str) -> tuple[Any, NDArray[np.float64]]:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    some = np.sort(np.random.default_rng(0).permutation(y.size)[:_MOST])
    X = X[some] - X[some].mean(axis=0)
    spread = X.std(axis=0)
    return X / np.where(spread == 0, 1, spread), np.where(y[some] == 1, 1.0, -1.0)
