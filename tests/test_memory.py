"""What a fit uses beyond its input: estimated before, kept to, refused where it cannot be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_iris, make_classification

from maxmargin import LinearSVC
from maxmargin._validation.memory import free_memory, resolve_memory_limit
from maxmargin.exceptions import InvalidParameterError, MemoryLimitError
from maxmargin.solvers import bytes_needed

MIB = 1 << 20
PEAK = """
import resource, sys
import numpy as np
from maxmargin import LinearSVC
rng = np.random.default_rng(0)
n, d = (2100, 2000)
X = rng.normal(size=(n, d)); y = (X[:, 0] + rng.normal(size=n) > 0).astype(int)
LinearSVC(n_jobs=1).fit(X[:10], y[:10])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = LinearSVC(C=10.0, loss="squared_hinge", n_jobs=1, memory_limit=eval(sys.argv[1]), tol=1e-4).fit(X, y)
assert model.status_ == "optimal"
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


PEAK_OF_ROWS = """
from pathlib import Path
import numpy as np
from scipy.sparse import csr_matrix
from maxmargin import LinearSVC

def status(field):
    return next(int(s.split()[1]) for s in Path("/proc/self/status").read_text().splitlines() if s.startswith(field))

n, d = (300_000, 12)
rng = np.random.default_rng(0)
X = csr_matrix((rng.normal(size=n * d), np.tile(np.arange(d, dtype=np.int32), n), np.arange(0, n * d + 1, d)))
y = (X @ rng.normal(size=d) + rng.normal(size=n) > 0).astype(int)
LinearSVC().fit(X[:100], y[:100])
Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again
before = status("VmRSS")
assert LinearSVC(loss="hinge").fit(X, y).status_ == "optimal"
print((status("VmHWM") - before) * 1024)
"""


def peak(limit: float | None) -> float:
    run = subprocess.run([sys.executable, "-c", PEAK, repr(limit)], check=True, capture_output=True, text=True, timeout=300)
    return float(run.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ru_maxrss counts kibibytes on Linux only")
def test_the_limit_is_kept():
    assert peak(16 * MIB) < 16


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak of a call")
def test_rows_take_no_more_than_is_said():
    run = subprocess.run([sys.executable, "-c", PEAK_OF_ROWS], check=True, capture_output=True, text=True, timeout=300)
    assert float(run.stdout) < bytes_needed(300_000, 12)


def test_too_little_is_refused_before_the_fit():
    X, y = make_classification(5000, 10, random_state=0)
    with pytest.raises(MemoryLimitError, match=r"5000 rows and 10 features needs about 4\.8e\+05 bytes"):
        LinearSVC(memory_limit=bytes_needed(5000, 10) - 1).fit(X, y)
    assert LinearSVC(memory_limit=bytes_needed(5000, 10)).fit(X, y).status_ == "optimal"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_limit_changes_no_status(n_jobs):
    X, y = load_iris(return_X_y=True)
    little = LinearSVC(memory_limit=bytes_needed(*X.shape) * 1.5, tol=1e-9, n_jobs=n_jobs).fit(X, y)
    much = LinearSVC(tol=1e-9, n_jobs=n_jobs).fit(X, y)
    assert little.status_ == much.status_ == "optimal"
    np.testing.assert_allclose(little.coef_, much.coef_, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("value", [0, -1, "1 GB", float("nan"), True])
def test_what_is_no_number_of_bytes(value):
    with pytest.raises(InvalidParameterError, match="memory_limit"):
        LinearSVC(memory_limit=value).fit([[0.0], [1.0]], [0, 1])


def test_none_is_a_share_of_what_is_free():
    assert 0 < resolve_memory_limit(None) < free_memory()


def test_numbers_that_must_be_copied_are_a_part_of_what_a_fit_needs():
    X = np.random.default_rng(0).integers(0, 200, (2000, 200), dtype=np.uint8)
    y, copied = X[:, 0] > 99, 4.0 * X.size
    least = bytes_needed(*X.shape) + copied
    for given in (X, X.tolist(), sp.csr_array(X)):
        with pytest.raises(MemoryLimitError, match="must be copied to be read as float32 or float64"):
            LinearSVC(memory_limit=0.9 * copied).fit(given, y)
    with pytest.raises(MemoryLimitError, match=r"needs about \S+ bytes beyond its input, 1\.6e\+06 of them for its numbers"):
        LinearSVC(memory_limit=least - 1).fit(X, y)
    assert LinearSVC(memory_limit=least).fit(X, y).status_ == "optimal"
    assert LinearSVC(memory_limit=least - copied).fit(X.astype(np.float32), y).status_ == "optimal"
