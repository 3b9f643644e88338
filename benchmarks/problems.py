"""The problems of the benchmark: data sets × losses × C.

Every problem is ``minimise over w  ½‖w‖² + C Σᵢ ℓ(yᵢ ⟨w, xᵢ⟩)`` without intercept (the peers penalise theirs), with y = ±1.
More than two classes become one problem per class (one against the rest); the time of a case is the sum over
its classes and its gap the largest of them.

What is done to the data before any clock runs:

- sets stored as CSR stay CSR, dense sets stay dense; all values are float64, all indices int32;
- term counts become tf-idf rows of length 1;
- raw unscaled tables are standardised per feature; MNIST's pixels are divided by 255.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

__all__ = [
    "CASES_C",
    "DATA_SETS",
    "LOSSES",
    "Case",
    "DataSet",
    "cases",
    "data_folder",
    "fingerprint",
    "load",
    "regime",
    "targets",
]

LOSSES = ("hinge", "squared_hinge")
CASES_C = (0.01, 1.0, 100.0)


@dataclass(frozen=True)
class DataSet:
    """How one set is read: what happens to its values, what counts as positive, how many classes are fitted."""

    name: str
    values: str = "as stored"  # or "standardised", "pixels", "tf-idf"
    positive: str | int | None = None  # None: the larger of two labels, else one against the rest
    n_classes: int | None = None  # first so many classes unless all are asked for; None: all


DATA_SETS = {
    s.name: s
    for s in (
        DataSet("a9a"),
        DataSet("w8a"),
        DataSet("ijcnn1"),
        DataSet("phishing"),
        DataSet("sms_spam", "tf-idf"),
        DataSet("trec_questions", "tf-idf"),
        DataSet("webkb", "tf-idf"),
        DataSet("reuters_r8", "tf-idf"),
        DataSet("20newsgroups", "tf-idf", n_classes=4),
        DataSet("sector", n_classes=5),
        DataSet("cod-rna"),
        DataSet("skin_nonskin", "standardised"),
        DataSet("kddcup99_10pct", "standardised", positive="normal"),
        DataSet("susy_30k", "standardised"),
        DataSet("covtype_20k", "standardised", positive=2),
        DataSet("usps"),
        DataSet("mnist", "pixels", n_classes=2),
        DataSet("colon-cancer"),
        DataSet("duke-breast-cancer"),
    )
}


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    data: str
    loss: str
    C: float

    def to_dict(self) -> dict[str, Any]:
        return {"data": self.data, "loss": self.loss, "C": self.C}

    def __str__(self) -> str:
        return f"{self.data} {self.loss} C={self.C:g}"


def cases(names: list[str], losses: list[str], values_of_c: list[float]) -> Iterator[Case]:
    """All cases, data set by data set, so that each set is read once."""
    for name in names:
        for loss in losses:
            for c in values_of_c:
                yield Case(name, loss, c)


def data_folder() -> Path:
    """The folder of the data sets: ``MAXMARGIN_DATA``, or ``../shared/data`` beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("MAXMARGIN_DATA", default))


@lru_cache(maxsize=1)
def load(name: str) -> tuple[Any, NDArray[Any]]:
    """Matrix (CSR or C-ordered dense, float64) and labels of a set, prepared as described above."""
    spec = DATA_SETS[name]
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
        if isinstance(spec.positive, str):
            code = [str(c).rstrip(".") for c in z["classes"]].index(spec.positive)
            y = np.where(y == code, 1, -1)
        elif spec.positive is not None:
            y = np.where(y == spec.positive, 1, -1)
    return _prepared(X, spec.values), y


def _prepared(X: Any, values: str) -> Any:
    if values == "standardised":
        spread = X.std(axis=0)
        X -= X.mean(axis=0)
        X /= np.where(spread == 0, 1, spread)
    elif values == "pixels":
        X /= 255
    elif values == "tf-idf":
        from sklearn.feature_extraction.text import TfidfTransformer

        X = csr_matrix(TfidfTransformer().fit_transform(X))
        X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    return X


def targets(name: str, y: NDArray[Any], *, all_classes: bool = False) -> list[NDArray[np.float64]]:
    """The ±1 targets of the binary problems of a set: one for two classes, else one per class that is fitted."""
    classes = np.unique(y)
    first = None if all_classes else DATA_SETS[name].n_classes
    chosen = classes[1:] if classes.size == 2 else classes[:first]
    return [np.where(y == c, 1.0, -1.0) for c in chosen]


@lru_cache(maxsize=1)
def fingerprint(name: str) -> str:
    """A checksum of a prepared set, so that nothing known of it outlives a change in its preparation."""
    X, y = load(name)
    parts = (X.data, X.indices, X.indptr) if issparse(X) else (X,)
    code = zlib.crc32(np.ascontiguousarray(y))
    for part in parts:
        code = zlib.crc32(part, code)
    return f"{code:08x}"


def regime(X: Any) -> str:
    """Which aim a set belongs to."""
    if issparse(X):
        return "sparse"
    return "dense, d ≤ 256" if X.shape[1] <= 256 else "dense, d > 256"
