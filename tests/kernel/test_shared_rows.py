"""Rows of kernel values that several problems have in common: they save values, and change no bit of any answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import dense
from sklearn.metrics.pairwise import rbf_kernel
from threadpoolctl import threadpool_limits

from maxmargin import SVC, NuSVC, _native
from maxmargin._validation import validate_table
from maxmargin.estimators.kernel import base
from maxmargin.machines.classification import pair_problems
from maxmargin.solvers import Settings
from maxmargin.solvers.end_game import KernelSource
from maxmargin.solvers.kernel import solve_programme

N, WIDTH, CLASSES = 700, 210, 4
GAMMA = {"dense": 0.004, "sparse": 0.02}


def rows_and_classes(storage, dtype, n=N):
    rng = np.random.default_rng(5)
    if storage == "dense":
        X = rng.standard_normal((n, WIDTH)).astype(dtype)
    else:
        columns = rng.integers(0, 33, (n, 60)) + 33 * np.arange(60)
        values = rng.standard_normal((n, 60)).astype(dtype)
        X = sp.csr_array((values.ravel(), columns.ravel(), np.arange(n + 1) * 60), shape=(n, 2000))
    scores = dense(X)[:, :CLASSES] + rng.normal(size=(n, CLASSES))
    return X, scores.argmax(axis=1)


class Stores:
    """Counts the stores that fits make, and what these compute; ``shared=False`` takes them away."""

    def __init__(self, monkeypatch):
        self.made, self.shared, make = [], True, base.rows_for_all

        def count(kernel, problems, room, n_threads):
            kept, left = make(kernel, problems, room, n_threads)
            self.made.append(kept)
            return (kept, left) if self.shared else (None, replace(room, left=room.left + room.kept, kept=0.0))

        monkeypatch.setattr(base, "rows_for_all", count)


@pytest.fixture
def stores(monkeypatch):
    with threadpool_limits(1, "blas"):  # what end games make of several is not the question here
        yield Stores(monkeypatch)


def bits(model):
    return (
        dense(model.dual_coef_).tolist(), model.intercept_.tolist(), model.history_["gap"].tolist(), model.support_.tolist(),
        model.kernel_evaluations_, model.status_,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("storage", "dtype", "kernel"),
    [
        ("dense", np.float32, "rbf"),
        ("dense", np.float64, "rbf"),
        ("sparse", np.float32, "rbf"),
        ("sparse", np.float32, "laplacian"),
        ("sparse", np.float32, "chi2"),
    ],
)
def test_shared_rows_change_no_bit_for_any_number_of_threads(stores, storage, dtype, kernel):
    X, y = rows_and_classes(storage, dtype)
    X = abs(X) if kernel == "chi2" else X

    def fit(n_jobs):
        return SVC(kernel=kernel, C=3.0, gamma=GAMMA[storage], tol=1e-4, multi_class="ovr", n_jobs=n_jobs).fit(X, y)

    stores.shared = False
    alone = fit(1)
    stores.shared = True
    assert alone.status_ == "optimal"
    for n_jobs in (1, 2):
        assert bits(fit(n_jobs)) == bits(alone)
    first, *_ = stores.made[1:]
    assert first.in_use
    assert 0.0 < first.computed < 0.5 * alone.kernel_evaluations_


@pytest.mark.parametrize("make", [SVC, NuSVC])
def test_weights_and_absent_rows(stores, make):
    X, y = rows_and_classes("sparse", np.float64)
    weights = np.random.default_rng(1).integers(0, 4, N).astype(float)
    settings = {"C": 2.0} if make is SVC else {"nu": 0.2}
    fits = []
    for shared in (False, True):
        stores.shared = shared
        estimator = make(gamma=0.02, n_jobs=2, class_weight={0: 2.0}, multi_class="ovr", **settings)
        fits.append(estimator.fit(X, y, sample_weight=weights))
    assert bits(fits[0]) == bits(fits[1])
    assert stores.made[-1].in_use
    assert not np.isin(np.flatnonzero(weights == 0.0), fits[1].support_).any()


def test_rows_that_give_way_change_no_bit(stores):
    X, y = rows_and_classes("dense", np.float32)
    limit = 2 * 32.0 * N**2 + 4.4e6

    def fit(n_jobs):
        return SVC(C=3.0, gamma=0.004, tol=1e-5, multi_class="ovr", n_jobs=n_jobs, memory_limit=limit).fit(X, y)

    first, *others = (fit(n_jobs) for n_jobs in (1, 2, 2))
    for other in others:
        assert bits(other) == bits(first)
    assert all(kept.in_use and kept.nbytes < limit for kept in stores.made)
    assert stores.made[-1].nbytes < 0.8 * 4.0 * N**2


def test_nothing_is_shared_where_values_are_cheap_or_memory_is_short_or_little_is_in_common(stores):
    X, y = rows_and_classes("dense", np.float32)
    SVC(gamma=0.1, multi_class="ovr").fit(X[:, :20], y)
    SVC(gamma=0.004, multi_class="ovr", memory_limit=6 << 20).fit(X, y)
    SVC(gamma=0.004, multi_class="ovr").fit(X, y > 1)
    SVC(gamma=0.004, multi_class="ovo").fit(X, y)
    assert stores.made == [None, None, None, None]


def programme_of(y, rows, C):
    signs = np.where(y[rows] == 1, 1.0, -1.0)
    return pair_problems(rows, signs, np.full(rows.size, C), [rows.size], fit_intercept=True)[0].programme


@pytest.mark.parametrize("storage", ["dense", "sparse"])
@pytest.mark.parametrize("pairs", [False, True])
def test_values_of_C_folds_and_pairs_share_the_rows_of_one_store(storage, pairs):
    X, y = rows_and_classes(storage, np.float32)
    _, design = validate_table(X, 1)
    kernel = _native.DesignKernel(design, ("rbf", GAMMA[storage], 0.0, 0.0), 1)
    kept = _native.KeptRows(kernel, y.astype(np.int64) if pairs else np.zeros(N, dtype=np.int64), 1e9)
    folds = [np.arange(N) % 3 != k for k in range(3)]
    others = [np.isin(y, (1, other)) for other in (0, 2)] if pairs else [np.full(N, fill_value=True)]
    source = KernelSource(lambda rows, others: rbf_kernel(X[rows], X[others], GAMMA[storage]))
    settings, asked = Settings(1e-3, -1, np.inf, 2), 0.0
    for C in (0.3, 3.0, 30.0):
        for rows in (np.flatnonzero(fold & other) for fold in folds for other in others):
            programme = programme_of(y, rows, C)
            start = np.zeros(rows.size)
            alone = solve_programme(kernel, programme, settings, start, 1e9, source)
            shared = solve_programme(kernel, programme, settings, start, 1e9, source, kept=kept)
            assert shared.multipliers.tolist() == alone.multipliers.tolist()
            assert shared.decision.tolist() == alone.decision.tolist()
            asked += alone.kernel_evaluations
    assert 0.0 < kept.computed < 0.35 * asked


def test_a_store_is_of_one_kernel_and_of_rows_that_are_there():
    X, y = rows_and_classes("dense", np.float32, 300)
    _, design = validate_table(X, 1)
    kernel, other = (_native.DesignKernel(design, ("rbf", gamma, 0.0, 0.0), 1) for gamma in (0.004, 0.1))
    rows = np.arange(300)
    programme = programme_of(y, rows, 1.0)
    everyone, half = np.zeros(300, dtype=np.int64), np.where(rows < 150, 0, -1)

    def solve(kept):
        return _native.solve_kernel(
            kernel, programme.linear, programme.lower, programme.upper, programme.row, programme.group,
            start=np.zeros(300), tol=1e-3, max_iter=100, max_time=np.inf, kept=kept,
        )  # fmt: skip

    assert solve(_native.KeptRows(kernel, everyone, 1e8)).status == "optimal"
    with pytest.raises(ValueError, match="another kernel"):
        solve(_native.KeptRows(other, everyone, 1e8))
    with pytest.raises(ValueError, match="no segment"):
        solve(_native.KeptRows(kernel, half, 1e8))
    with pytest.raises(ValueError, match="segment"):
        _native.KeptRows(kernel, everyone[:10], 1e8)
    with pytest.raises(IndexError, match="segment"):
        _native.KeptRows(kernel, everyone + 300, 1e8)
