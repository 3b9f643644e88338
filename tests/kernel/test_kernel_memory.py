"""What a kernel machine uses beyond its input: kept within memory_limit, and refused where it cannot be."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_classification

from maxmargin import SVC, OneClassSVM, _native, certify
from maxmargin._validation import validate_design
from maxmargin.estimators.kernel import room
from maxmargin.exceptions import MemoryLimitError, NotConvergedWarning
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Rows

MIB = 1 << 20
peaks_are_known = pytest.mark.skipif(
    not Path("/proc/self/status").exists() or "VmHWM" not in Path("/proc/self/status").read_text(encoding="ascii"),
    reason="the system does not tell the peak of a process (ru_maxrss starts with that of its parent)",
)
slow = pytest.mark.slow
PEAK = """
import importlib, json, sys, warnings
import numpy as np
import scipy.sparse as sp
import maxmargin

def mebibytes(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name + ":")) / 1024

warnings.simplefilter("ignore")
given = json.loads(sys.argv[1])
n, d, stored = given["n"], given["d"], given["stored"]
rng = np.random.default_rng(0)
# Nothing here may take for a moment what a fit could then take unseen.
X = rng.standard_normal((n, stored or d), dtype=np.float32)
score = X[:, : min(8, X.shape[1])].sum(axis=1)
y = (score + given["noise"] * rng.standard_normal(n) > 0).astype(np.int8)
if given["classes"] > 2:
    y = (np.argsort(np.argsort(score)) * given["classes"] // n).astype(np.int8)
if stored:
    np.abs(X, out=X)
    columns = rng.integers(0, d // stored, (n, stored), dtype=np.int32)
    columns += np.arange(stored, dtype=np.int32) * np.int32(d // stored)
    X = sp.csr_matrix((X.ravel(), columns.ravel(), np.arange(n + 1, dtype=np.int32) * np.int32(stored)), (n, d))
parameters = given["parameters"]
if parameters.get("kernel") == "callable":
    parameters["kernel"] = lambda left, right: np.exp(-0.05 * np.abs(left @ right.T))
if parameters.get("kernel") == "sum":
    parameters["kernel"] = maxmargin.kernels.RBF(gamma=0.05) + maxmargin.kernels.Linear()
make = getattr(maxmargin, given["make"])
announced = []
for module in ("approximation", "base"):
    importlib.import_module("maxmargin.estimators.kernel." + module).announce = (
        lambda name, estimate, *, verbose: announced.append(estimate.n_bytes / 2**20)
    )
make(**parameters).fit(X[:200, :30], y[:200] if len(set(y[:200])) > 1 else np.arange(200) % 2)  # what a process loads once
announced.clear()
before = mebibytes("VmRSS")
model = make(memory_limit=given["limit"], **parameters).fit(X, y)
fitted = mebibytes("VmHWM") - before
model.predict(X)
dual = model.dual_coef_.data if stored else model.dual_coef_.ravel()
n_free = int((np.abs(dual) < 0.999 * parameters.get("C", 1.0)).sum())
print(json.dumps([fitted, mebibytes("VmHWM") - before, model.status_, model.relative_gap_, n_free, announced[0]]))
"""


def peaks(n, d, limit, make="SVC", *, stored=0, noise=0.1, classes=2, **parameters):
    """MiB that a fit, and one with a prediction, took beyond the data; status, gap, free multipliers; MiB announced.

    ``stored`` numbers a row make it sparse.
    """
    given = {
        "n": n, "d": d, "limit": limit * MIB, "make": make, "stored": stored, "noise": noise, "classes": classes,
        "parameters": {"gamma": 0.05, "n_jobs": 1, **parameters},
    }  # fmt: skip
    command = [sys.executable, "-c", PEAK, json.dumps(given)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1500)
    return json.loads(run.stdout)


@peaks_are_known
@pytest.mark.parametrize(("n", "stored"), [(12_000, 0), pytest.param(60_000, 0, marks=slow),
                                           pytest.param(60_000, 6, marks=slow)])  # fmt: skip
@pytest.mark.parametrize("make", ["SVC", pytest.param("SVR", marks=slow)])
def test_the_limit_is_kept(n, stored, make):
    limit = 64 + n // 1000
    fitted, predicted, status, gap, _, announced = peaks(n, 20, limit, make, stored=stored, C=0.1, max_iter=3)
    assert fitted <= announced <= limit
    assert predicted <= limit + 16
    assert status in {"optimal", "stopped_by_max_iter"}
    assert np.isfinite(gap)


CASES = {
    "wide": (2000, 3000, 80, {"gamma": 3e-4, "max_iter": 6}),
    "wide, two threads": (2000, 3000, 80, {"gamma": 3e-4, "max_iter": 6, "n_jobs": 2}),
    "text": (20_000, 30_000, 64, {"stored": 60, "kernel": "linear", "max_iter": 6}),
    "text, very many columns": (8_000, 1_000_000, 128, {"stored": 40, "max_iter": 3}),
    "columns beyond those that are numbered": (8_000, 4_000_000, 128, {"stored": 40, "max_iter": 3}),
    "gamma of sparse rows": (30_000, 3000, 64, {"stored": 100, "gamma": "scale", "C": 0.01, "max_iter": 1}),
    "laplacian of sparse rows": (10_000, 1000, 48, {"stored": 10, "kernel": "laplacian", "max_iter": 2}),
    "chi2 of sparse rows with many columns": (2000, 200_000, 64, {"stored": 20, "kernel": "chi2", "max_iter": 6}),
    "laplacian of sparse rows with many columns": (2000, 200_000, 64, {"stored": 20, "kernel": "laplacian", "max_iter": 6}),
    "half of all values": (10_000, 400, 64, {"stored": 200, "gamma": 1e-3, "max_iter": 3}),
    "many free multipliers": (12_000, 30, 96, {"C": 1e4, "gamma": 0.01, "noise": 1.0, "max_iter": 12}),
    "many free multipliers, much memory": (9_000, 30, 400, {"C": 1e4, "gamma": 0.01, "noise": 1.0, "max_iter": 12}),
    "two threads": (20_000, 20, 64, {"C": 0.1, "n_jobs": 2, "max_iter": 10}),
    "many classes, two threads": (12_000, 100, 64, {"classes": 5, "n_jobs": 2, "max_iter": 10}),
    "a function": (2500, 20, 72, {"kernel": "callable", "C": 0.1}),
    "probabilities": (6000, 400, 64, {"probability": True, "gamma": 1e-3, "max_iter": 6}),
    "probabilities of text": (20_000, 30_000, 80, {"probability": True, "stored": 60, "kernel": "linear", "max_iter": 6}),
    "probabilities of a function": (2500, 20, 72, {"probability": True, "kernel": "callable", "C": 0.1}),
    "probabilities of components": (
        20_000,
        50,
        96,
        {"probability": True, "approximation": "nystroem", "max_components": 99},
    ),
    "a sum of kernels": (12_000, 20, 64, {"kernel": "sum", "C": 0.1, "max_iter": 3}),
}
QUICK = {"wide", "probabilities", "chi2 of sparse rows with many columns", "a function", "a sum of kernels"}


@peaks_are_known
@pytest.mark.parametrize("case", [case if case in QUICK else pytest.param(case, marks=slow) for case in CASES])
def test_the_limit_is_kept_whatever_the_rows_and_the_kernel(case):
    n, d, limit, parameters = CASES[case]
    fitted, _, _, gap, n_free, announced = peaks(n, d, limit, **parameters)
    assert fitted <= announced <= limit
    assert np.isfinite(gap)
    if "free" in case:
        assert n_free > 2000


# Rows, columns, the most that may be announced (MiB), parameters; within more memory than any of them can use.
GENEROUS = {
    "rows that are kept": (2000, 200, 300, {"gamma": 3e-3, "noise": 1.0}),
    "sparse rows that are kept": (2000, 3000, 300, {"gamma": 3e-3, "noise": 1.0, "stored": 100}),
    "cheap values": (20_000, 10, 1500, {"noise": 1.0, "max_iter": 10}),
    "blocks of many free variables": (9000, 30, 1200, {"C": 1e4, "gamma": 0.01, "noise": 1.0, "max_iter": 12}),
    "a sum of kernels": (2500, 200, 300, {"kernel": "sum", "noise": 1.0}),
    "two variables a row": (1500, 20, 450, {"make": "SVR", "C": 10.0, "epsilon": 0.01, "noise": 1.0, "max_iter": 60}),
    "an interior point of all values": (2500, 20, 350, {"C": 1e4, "gamma": 0.2, "noise": 2.0, "tol": 1e-8}),
    "an interior point of columns": (20_000, 50, 1500, {"kernel": "linear", "noise": 1.0}),
    "problems side by side": (6000, 60, 1200, {"classes": 4, "n_jobs": 2, "multi_class": "ovr", "max_iter": 20}),
    "components": (8000, 10, 1100, {"approximation": "nystroem", "max_components": 300}),
    "components of SVR": (8000, 10, 1600, {"make": "SVR", "approximation": "nystroem", "max_components": 200}),
    "a function": (2500, 20, 700, {"kernel": "callable", "C": 0.1}),
}


@peaks_are_known
@pytest.mark.parametrize(
    "case", [case if case == "rows that are kept" else pytest.param(case, marks=slow) for case in GENEROUS]
)
def test_no_fit_takes_more_than_was_announced(case):
    n, d, most, parameters = GENEROUS[case]
    fitted, *_, announced = peaks(n, d, 4096, **parameters)
    assert fitted <= announced <= most


def test_blocks_and_kept_rows_are_counted_as_the_native_core_has_them():
    folder = Path(__file__).parents[2] / "cpp" / "quadratic"

    def number(file, name):
        return float(re.search(rf"\b{name} = ([0-9.e]+)[;,]", (folder / file).read_text(encoding="utf-8"))[1])

    assert number("room.hpp", "kMostVariables") == room._MOST_VARIABLES
    assert number("room.cpp", "kMostExactFree") + number("room.hpp", "kExactEntering") == room._MOST_EXACT
    assert number("room.cpp", "kUsed") == room._USED
    assert number("decision.cpp", "kAValue") == room._BYTES_BEFORE_ROWS
    assert number("decision.cpp", "kMost") == room._MOST_OF_KEPT_ROWS
    assert number("../kernels/kernel.hpp", "kDear") == room._DEAR
    assert number("row_pool.hpp", "kSlab") == room._ROWS_BESIDE


@peaks_are_known
@slow
def test_a_quarter_of_a_million_rows_in_one_gibibyte():
    fitted, predicted, status, gap, _, _ = peaks(250_000, 20, 1024, C=0.01, tol=0.02, n_jobs=2)
    assert max(fitted, predicted) < 1024
    assert status == "optimal"
    assert gap <= 0.02


@peaks_are_known
@slow
def test_two_variables_a_row_of_a_hundred_thousand_rows():
    fitted, predicted, status, gap, n_free, announced = peaks(
        100_000, 20, 96, "SVR", C=0.01, tol=0.05, epsilon=0.3, n_jobs=2
    )  # fmt: skip
    assert max(fitted, predicted) <= announced <= 96
    assert status == "optimal"
    assert gap <= 0.05
    assert n_free > 0


def test_too_little_is_refused_before_the_fit():
    X, y = make_classification(5000, 10, random_state=0)
    for make in (SVC, OneClassSVM):
        with pytest.raises(MemoryLimitError, match="a fit of 5000 rows needs about"):
            make(memory_limit=MIB).fit(X, y)


@pytest.mark.parametrize(
    ("kernel", "limit"), [(RBF(gamma=0.1) + np.inner, 8 * 1500**2), (lambda left, right: left @ right.T, 8 * 1500**2)]
)
def test_a_matrix_of_kernel_values_is_counted_with_the_rest(kernel, limit):
    X, y = make_classification(1500, 10, random_state=0)
    with pytest.raises(MemoryLimitError, match=r"needs about 2\.\d+e\+07 bytes .* 1\.8e\+07 of them for the 1500 x 1500"):
        SVC(kernel=kernel, memory_limit=limit).fit(X, y)


@pytest.mark.parametrize("kernel", [Laplacian() + RBF(), Laplacian() * Chi2(), Chi2() + Linear()])
def test_sparse_rows_are_counted_as_the_dense_panels_that_they_become(kernel):
    X = abs(sp.random_array((4000, 2000), density=0.005, rng=np.random.default_rng(0), format="csr"))
    y = np.arange(4000) % 2
    with pytest.raises(MemoryLimitError, match=r"needs about \d\.\d+e\+07 bytes"):
        SVC(kernel=kernel, memory_limit=24 * MIB).fit(X, y)
    with pytest.warns(NotConvergedWarning):  # each part alone skips zeros
        SVC(kernel=kernel.k1, memory_limit=24 * MIB, max_iter=1).fit(X, y)


@pytest.mark.parametrize(
    "kernel",
    [
        Linear(),
        RBF(gamma=1.0),
        Laplacian(gamma=1.0),
        Chi2(gamma=1.0),
        RBF(gamma=1.0) + Linear(),
        RBF(gamma=1.0) * Chi2(gamma=1.0),
        Chi2(gamma=1.0) * Chi2(gamma=0.5),
    ],
)
@pytest.mark.parametrize("density", [None, 0.01, 0.5])
def test_what_a_kernel_holds_is_known_before_it_is_made(kernel, density):
    rng = np.random.default_rng(0)
    X = rng.random((1003, 70)) if density is None else sp.random_array((1003, 70), density=density, rng=rng, format="csr")
    design = validate_design(X)
    held, least, values, _ = _native.kernel_footprint(design, kernel.native)
    made = _native.DesignKernel(design, kernel.native)
    assert made.nbytes <= held <= made.nbytes + 8 * 70
    of_one_sum = repr(kernel) != repr(RBF(gamma=1.0) * Chi2(gamma=1.0))
    assert values == (design.stored_values / 1003 if density == 0.01 and of_one_sum else 70)
    assert least > 0.0


@pytest.mark.parametrize("limit", [4 * MIB, 64 * MIB, None])
def test_the_limit_changes_no_answer(limit):
    X, y = make_classification(1500, 6, flip_y=0.1, random_state=0)
    free, limited = SVC(tol=1e-6).fit(X, y), SVC(tol=1e-6, memory_limit=limit).fit(X, y)
    assert limited.status_ == "optimal"
    assert limited.dual_ == pytest.approx(free.dual_, rel=2e-6)


@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
@pytest.mark.parametrize("limit", [4 * MIB, 9 * MIB])
def test_a_tight_limit_has_the_same_bits_for_any_number_of_threads(multi_class, limit):
    X, y = make_classification(1500, 8, n_informative=6, n_classes=3, flip_y=0.2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        models = [SVC(n_jobs=n, memory_limit=limit, multi_class=multi_class, max_iter=12).fit(X, y) for n in (1, 2, 3)]
    for other in models[1:]:
        assert other.dual_coef_.tolist() == models[0].dual_coef_.tolist()
        assert other.intercept_.tolist() == models[0].intercept_.tolist()
        assert other.history_["gap"].tolist() == models[0].history_["gap"].tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precomputed_values_are_copied_a_few_rows_at_a_time(dtype, monkeypatch):
    n = 1500
    X, y = make_classification(n, 4, flip_y=0.2, random_state=0)
    K = RBF(gamma=0.5).values(Rows(X), Rows(X)).astype(dtype)
    model = SVC(kernel="precomputed", C=1e-3).fit(K, y)
    assert model.support_.size > 0.9 * n
    whole = certify(model, K, y)
    monkeypatch.setattr("maxmargin.certificate.machine._BYTES_OF_VALUES", MIB)
    tracemalloc.start()
    try:
        in_parts = certify(model, K, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB  # 17 MiB in float64 were all of them copied at once
    assert (in_parts.primal, in_parts.dual, in_parts.gap) == (whole.primal, whole.dual, whole.gap)
