"""Reading svmlight text: maxmargin against scikit-learn, interleaved, medians; the arrays must be identical.

    python -m benchmarks.svmlight_reader

a9a comes as text; sector is written out once from its arrays.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from benchmarks.problems import data_folder
from maxmargin.io import load_svmlight

ROUNDS = 5


def seconds(read: Callable[[], Any]) -> float:
    start = time.perf_counter()
    read()
    return time.perf_counter() - start


def compare(name: str, path: Path) -> None:
    theirs, labels = load_svmlight_file(str(path))
    ours = load_svmlight(path)
    for field in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(ours.X, field), getattr(theirs, field))
    np.testing.assert_array_equal(ours.y, labels)
    for n_jobs in (1, 2):
        mine = partial(load_svmlight, path, n_jobs=n_jobs)
        times = [(seconds(partial(load_svmlight_file, str(path))), seconds(mine)) for _ in range(ROUNDS)]
        peer, us = (1e3 * statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:8} {n_jobs} threads: scikit-learn {peer:7.1f} ms, maxmargin {us:6.1f} ms, ratio {peer / us:.1f}")


def main() -> None:
    folder = data_folder()
    compare("a9a", folder / "raw" / "a9a")
    arrays = np.load(folder / "sector.npz")
    X = csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=arrays["shape"])
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "sector.svmlight"
        dump_svmlight_file(X, arrays["y"], str(path), zero_based=False)
        compare("sector", path)


if __name__ == "__main__":
    main()
