"""Many small problems of one fit: one native call solves their first blocks, and nothing tells that from the answer."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_classification

from maxmargin import SVC, NuSVC, _native, certify
from maxmargin.exceptions import NotConvergedWarning

X, Y = make_classification(900, 8, n_informative=6, n_classes=6, n_clusters_per_class=1, flip_y=0.1, random_state=0)
FITTING = "maxmargin.estimators.kernel.fitting."
PROMPT = 2.0  # seconds; 0.05 on an idle machine


@pytest.fixture
def calls(monkeypatch):
    """How many programmes each native call has had, and with how many threads."""
    seen, original = [], _native.solve_kernels

    def counted(kernel, programmes, **kwargs):
        seen.append((len(programmes), kwargs["n_threads"]))
        return original(kernel, programmes, **kwargs)

    monkeypatch.setattr(_native, "solve_kernels", counted)
    return seen


def assert_same(model, other):
    assert model.status_ == other.status_
    for name in ("support_", "dual_coef_", "intercept_", "n_iter_"):
        left, right = (getattr(m, name) for m in (model, other))
        np.testing.assert_array_equal(*(v.toarray() if sp.issparse(v) else v for v in (left, right)))
    assert model.certificate_.problems == other.certificate_.problems
    assert model.kernel_evaluations_ == other.kernel_evaluations_


CASES = {
    "pairs": (SVC, {"C": 10.0}),
    "rest": (SVC, {"C": 10.0, "multi_class": "ovr"}),
    "pairs of nu": (NuSVC, {"nu": 0.2}),
    "rest of nu": (NuSVC, {"nu": 0.1, "multi_class": "ovr"}),
    "weights of classes": (SVC, {"class_weight": "balanced", "decision_function_shape": "ovo"}),
    "no intercept": (SVC, {"fit_intercept": False}),
    "a linear kernel": (SVC, {"kernel": "linear", "C": 0.1}),
    "few blocks": (SVC, {"C": 100.0, "tol": 1e-13, "max_iter": 2}),
    "a function": (SVC, {"kernel": lambda left, right: np.exp(-0.1 * ((left[:, None] - right) ** 2).sum(axis=2))}),
}


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.NotConvergedWarning")
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("case", CASES)
def test_the_bits_are_those_of_one_after_the_other(calls, case, store):
    make, parameters = CASES[case]
    if callable(parameters.get("kernel")) and store is not np.asarray:
        pytest.skip("a function of dense rows")
    rows = store(np.where(np.abs(X) < 0.5, 0.0, X))
    weights = np.random.default_rng(0).choice([0.0, 0.5, 1.0, 2.0], Y.size)
    model = make(n_jobs=2, **parameters).fit(rows, Y, sample_weight=weights)
    n = 6 if parameters.get("multi_class") == "ovr" else 15
    assert calls == [(n, 2)]
    assert_same(model, make(n_jobs=1, **parameters).fit(rows, Y, sample_weight=weights))
    assert calls == [(n, 2), (n, 1)]
    for n_jobs in (1, 2):
        model = make(n_jobs=n_jobs, callback=lambda progress: None, **parameters)
        assert_same(
            model.fit(rows, Y, sample_weight=weights), make(n_jobs=2, **parameters).fit(rows, Y, sample_weight=weights)
        )
    assert len(calls) == 4  # one by one where somebody listens
    certified = certify(model, rows, Y, weights).relative_gap
    assert certified <= model.tol or model.status_ != "optimal"


def test_what_else_is_in_the_call_changes_no_bit(calls, monkeypatch):
    whole = SVC(n_jobs=2).fit(X, Y)
    monkeypatch.setattr(FITTING + "_MOST_TOGETHER", 1300)
    assert_same(SVC(n_jobs=2).fit(X, Y), whole)
    assert calls[0] == (15, 2)
    assert sum(n for n, _ in calls[1:]) == 15
    assert len(calls) > 3
    some = np.isin(Y, (1, 4))
    pair = whole.certificate_.problems[[p.label for p in whole.certificate_.problems].index("1 / 4")]
    alone = SVC(gamma=whole.kernel_.gamma).fit(X[some], Y[some])
    assert alone.gap_ == pytest.approx(pair.point.gap, abs=1e-9)
    assert alone.dual_ == pytest.approx(pair.point.dual, rel=1e-9)


def test_large_problems_and_little_memory_have_threads_of_their_own(calls, monkeypatch):
    monkeypatch.setattr(FITTING + "_SMALL", 200)
    SVC(n_jobs=2).fit(X, Y)
    monkeypatch.undo()
    SVC(n_jobs=2, memory_limit=4 * 2**20).fit(X, Y)
    assert calls == []


def test_what_blocks_do_not_end_goes_on(calls):
    rng = np.random.default_rng(0)
    rows = rng.gamma(1.0, 1.0, size=(360, 22)) * np.logspace(-2, 3, 22)  # columns that blocks cannot solve
    y = np.argmax(rows[:, :3] * np.logspace(2, 1.6, 3) + rng.normal(size=(360, 3)), axis=1)
    model = SVC(kernel="linear", C=10.0, tol=1e-5, n_jobs=2).fit(rows, y)
    one = SVC(kernel="linear", C=10.0, tol=1e-5, n_jobs=1, callback=lambda progress: None).fit(rows, y)
    assert calls == [(3, 2)]
    assert model.status_ == "optimal"
    np.testing.assert_array_equal(model.dual_coef_, one.dual_coef_)
    assert certify(model, rows, y).relative_gap <= 1e-5


@pytest.mark.parametrize("max_time", [1e-9, 0.02])
def test_time_is_shared(max_time):
    rows, y = np.tile(X, (4, 1)), np.tile(Y, 4)
    rows += np.random.default_rng(0).normal(size=rows.shape)
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model = SVC(C=1e5, tol=1e-12, n_jobs=2, max_time=max_time).fit(rows, y)
    assert time.perf_counter() - started < PROMPT
    assert model.status_ == "stopped_by_max_time"
    assert np.isfinite(model.gap_)
    assert model.predict(rows[:3]).shape == (3,)


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_keeps_what_has_been_solved(calls):
    rows, y = np.tile(X, (12, 1)), np.tile(Y, 12)
    rows += np.random.default_rng(0).normal(size=rows.shape)
    model, pressed = SVC(C=1e5, tol=1e-12, n_jobs=2), []

    def press():
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.4, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(rows, y)
    assert time.perf_counter() - pressed[0] < PROMPT
    assert len(calls) == 1
    assert model.status_ == "stopped_by_callback"
    gaps = np.array([problem.point.gap for problem in model.certificate_.problems])
    assert gaps.size == 15
    assert np.isinf(gaps).any()
    assert model.predict(rows[:3]).shape == (3,)
    assert SVC(n_jobs=2).fit(X, Y).status_ == "optimal"


def test_ctrl_c_between_two_calls_keeps_those_before(monkeypatch):
    whole = SVC(n_jobs=2).fit(X, Y)
    monkeypatch.setattr(FITTING + "_MOST_TOGETHER", 1300)
    begin, seen = FITTING + "feasible_point", []
    original = __import__("maxmargin.machines", fromlist=["feasible_point"]).feasible_point

    def pressed(*args):
        seen.append(args)
        if len(seen) == 6:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(begin, pressed)
    model = SVC(n_jobs=2)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert model.status_ == "stopped_by_callback"
    kept = [p.point.gap < np.inf for p in model.certificate_.problems]
    assert 0 < sum(kept) < 15
    for ours, theirs, known in zip(model.certificate_.problems, whole.certificate_.problems, kept, strict=True):
        assert not known or ours == theirs


def test_an_error_in_the_handler_of_a_signal_reaches_the_caller():
    if os.name == "nt":
        pytest.skip("sends POSIX signals")

    def broken(number, frame):
        raise RuntimeError("mine")

    rows, y = np.tile(X, (12, 1)), np.tile(Y, 12)
    rows += np.random.default_rng(0).normal(size=rows.shape)
    before = signal.signal(signal.SIGUSR1, broken)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        with pytest.raises(RuntimeError, match="mine"):
            SVC(C=1e5, tol=1e-12, n_jobs=2).fit(rows, y)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)


def test_native_tasks_are_checked():
    kernel = _native.MatrixKernel(np.eye(3))
    good = (np.ones(3), -np.ones(3), np.ones(3), np.arange(3), None, np.zeros(3), 1e-3, 10, 1 << 20, False)
    assert [len(part) for part in _native.solve_kernels(kernel, [], seconds=1.0)] == [0] * 5
    results, multipliers, *_ = _native.solve_kernels(kernel, [good, good], seconds=9.0, n_threads=2)
    assert [result[0] for result in results] == ["optimal"] * 2
    np.testing.assert_array_equal(multipliers, np.full(6, -1.0))
    for k, wrong in ((1, np.ones(2)), (3, np.arange(1, 4)), (4, np.full(3, -1)), (5, np.zeros(4))):
        with pytest.raises((ValueError, IndexError)):
            _native.solve_kernels(kernel, [good, (*good[:k], wrong, *good[k + 1 :])], seconds=9.0)
    for wrong_group in (np.array([0, 1, 0]), np.array([0, -1, 0])):
        with pytest.raises(IndexError, match="group"):
            _native.machine_gap(np.ones(3), -np.ones(3), np.ones(3), wrong_group, np.zeros(3), np.zeros(3), np.zeros(1))
