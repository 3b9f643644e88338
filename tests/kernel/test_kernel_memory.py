"""What a kernel machine uses beyond its input: kept within memory_limit, and refused where it cannot be."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import make_classification

from maxmargin import SVC, OneClassSVM
from maxmargin.exceptions import MemoryLimitError

MIB = 1 << 20
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ru_maxrss counts kibibytes on Linux only")
PEAK = """
import json, resource, sys, warnings
import numpy as np
import scipy.sparse as sp
import maxmargin
warnings.simplefilter("ignore")
n, d, make, limit, store, parameters = json.loads(sys.argv[1])
rng = np.random.default_rng(0)
X = rng.normal(size=(n, d)).astype(np.float32)
y = (X[:, 0] + 0.1 * rng.normal(size=n) > 0).astype(np.int8)
if store == "csr":
    X[rng.random((n, d)) < 0.7] = 0.0
    X = sp.csr_matrix(X)
make = getattr(maxmargin, make)
make().fit(X[:1200], y[:1200])  # what the first fit of a process loads is not this fit's
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = make(gamma=0.05, memory_limit=limit, n_jobs=1, **parameters).fit(X, y)
fitted = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model.predict(X)
predicted = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([(fitted - before) / 1024, (predicted - before) / 1024, model.status_, model.relative_gap_]))
"""


def peaks(n, d, make, limit, store="dense", **parameters):
    """MiB that a fit, and a fit and a prediction, took beyond the data; status and relative gap."""
    given = json.dumps([n, d, make, limit, store, parameters])
    run = subprocess.run([sys.executable, "-c", PEAK, given], check=True, capture_output=True, text=True, timeout=1500)
    return json.loads(run.stdout)


@linux
@pytest.mark.parametrize(("n", "store"), [(12_000, "dense"), pytest.param(60_000, "dense", marks=pytest.mark.slow),
                                          pytest.param(60_000, "csr", marks=pytest.mark.slow)])  # fmt: skip
@pytest.mark.parametrize("make", ["SVC", pytest.param("SVR", marks=pytest.mark.slow)])
def test_the_limit_is_kept(n, store, make):
    limit = 64 + n // 1000
    fitted, predicted, status, gap = peaks(n, 20, make, limit * MIB, store, C=0.1, max_iter=3)
    assert fitted <= limit
    assert predicted <= limit + 16
    assert status in {"optimal", "stopped_by_max_iter"}
    assert np.isfinite(gap)


@linux
@pytest.mark.slow
def test_a_quarter_of_a_million_rows_in_one_gibibyte():
    fitted, predicted, _, gap = peaks(250_000, 20, "SVC", 1024 * MIB, C=0.01, tol=0.1, max_iter=4)
    assert max(fitted, predicted) < 1024
    assert np.isfinite(gap)


def test_too_little_is_refused_before_the_fit():
    X, y = make_classification(5000, 10, random_state=0)
    for make in (SVC, OneClassSVM):
        with pytest.raises(MemoryLimitError, match="a fit of 5000 rows needs about"):
            make(memory_limit=MIB).fit(X, y)


@pytest.mark.parametrize("limit", [4 * MIB, 64 * MIB, None])
def test_the_limit_changes_no_answer(limit):
    X, y = make_classification(1500, 6, flip_y=0.1, random_state=0)
    free, limited = SVC(tol=1e-6).fit(X, y), SVC(tol=1e-6, memory_limit=limit).fit(X, y)
    assert limited.status_ == "optimal"
    assert limited.dual_ == pytest.approx(free.dual_, rel=2e-6)
