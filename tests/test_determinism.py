"""Same seed, same bits: again, with any number of threads, beside other fits, and in another process."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from maxmargin import LinearSVC, certify
from maxmargin.solvers import bytes_needed

LOSSES = ["hinge", "squared_hinge"]


def table(n=50_000, d=5, dtype=np.float32):
    """Enough rows for threads to share the passes over them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)).astype(dtype)
    return X, (X @ rng.normal(size=d) + rng.normal(size=n) > 0.3).astype(int)


def text(n=3000, d=4000):
    """Enough features for coordinate descent, sparse."""
    rng = np.random.default_rng(1)
    X = sp.random_array((n, d), density=0.005, rng=rng, format="csr")
    return X, (X @ rng.normal(size=d) + 0.1 * rng.normal(size=n) > 0).astype(int)


def wide(n=60, d=900):
    """Fewer rows than features, dense."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, d))
    return X, (X[:, 0] + rng.normal(size=n) > 0).astype(int)


def classes(n=4000, d=8):
    """Several binary problems, fitted side by side."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, d))
    return X, (X @ rng.normal(size=(d, 5)) + rng.normal(size=(n, 5))).argmax(axis=1)


DATA = {make.__name__: make for make in (table, text, wide, classes)}


def bits(model):
    """All numbers a fit leaves, except times."""
    parts = [model.coef_, model.intercept_, model.dual_coef_.toarray(), np.array([model.primal_, model.dual_, model.gap_])]
    parts += [model.history_[name] for name in model.history_.dtype.names if name != "seconds"]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("data", DATA)
def test_again_and_with_any_number_of_threads(data, loss):
    X, y = DATA[data]()
    expected = bits(LinearSVC(loss=loss, random_state=5, n_jobs=1).fit(X, y))
    for n_jobs in (1, 2, 3, 4, None):
        assert bits(LinearSVC(loss=loss, random_state=5, n_jobs=n_jobs).fit(X, y)) == expected


@pytest.mark.parametrize("room", [100_000, 400_000, 800_000])  # beyond the rows of one problem; its matrix takes 180,000
def test_with_any_number_of_threads_where_memory_is_tight(room):
    X, y = classes(3000, 60)
    limit = bytes_needed(*X.shape) + room
    fits = [LinearSVC(loss="hinge", C=10.0, memory_limit=limit, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2, 3)]
    assert len({bits(model) for model in fits}) == 1


@pytest.mark.parametrize("data", DATA)
def test_certificates_have_the_same_bits_with_any_number_of_threads(data):
    X, y = DATA[data]()
    proofs = [certify(LinearSVC(n_jobs=k).fit(X, y), X, y).to_dict() for k in (1, 2, 4)]
    assert proofs[1:] == proofs[:-1]


def test_another_seed_is_another_way_to_the_same_optimum():
    X, y = text()
    fits = [LinearSVC(loss="hinge", tol=1e-7, random_state=seed).fit(X, y) for seed in (0, 1)]
    assert bits(fits[0]) != bits(fits[1])
    np.testing.assert_allclose(fits[0].primal_, fits[1].primal_, rtol=1e-7)


def test_no_seed_is_a_fixed_seed_and_the_global_generator_is_left_alone():
    X, y = text()
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    a = bits(LinearSVC().fit(X, y))
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    np.random.seed(1)
    assert bits(LinearSVC().fit(X, y)) == a


def test_warm_starts_are_reproducible():
    X, y = text()

    def path():
        model = LinearSVC(warm_start=True, loss="hinge")
        return [bits(model.set_params(C=C).fit(X, y)) for C in (0.1, 1.0, 10.0)]

    assert path() == path()


def test_concurrent_fits_of_different_problems_do_not_disturb_each_other():
    jobs = [(name, loss) for name in DATA for loss in LOSSES]
    data = {name: make() for name, make in DATA.items()}
    expected = {job: bits(LinearSVC(loss=job[1], n_jobs=2).fit(*data[job[0]])) for job in jobs}
    found: dict[tuple[str, str], str] = {}

    def fit(job):
        found[job] = bits(LinearSVC(loss=job[1], n_jobs=2).fit(*data[job[0]]))

    threads = [threading.Thread(target=fit, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_another_process_finds_the_same_bits():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_determinism import *\n"
        "print(bits(LinearSVC(loss='hinge').fit(*wide())), bits(LinearSVC().fit(*table(2000))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [bits(LinearSVC(loss="hinge").fit(*wide())), bits(LinearSVC().fit(*table(2000)))]


@pytest.mark.parametrize("d", [1, 3, 8, 30, 90])
@pytest.mark.parametrize("layout", ["C", "F", "columns", "sparse"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_has_the_value_that_it_has_among_others(d, layout, dtype):
    X, y = table(50, 2 * d, dtype)
    X = sp.csr_array(X) if layout == "sparse" else X[:, ::2] if layout == "columns" else np.array(X, order=layout)
    model = LinearSVC().fit(X, y)
    every = model.decision_function(X)
    for n in range(1, 10):
        np.testing.assert_array_equal(model.decision_function(X[7 : 7 + n]), every[7 : 7 + n])
