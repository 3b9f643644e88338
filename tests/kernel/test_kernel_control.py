"""How a fit of a kernel machine is watched and stopped: callbacks, iterations, time, Ctrl-C; and started again."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_cases import FIVE, make_data, target_of
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification

from maxmargin import SVC, SVR, NuSVC, OneClassSVM, certify
from maxmargin.callbacks import EarlyStopping, Progress
from maxmargin.exceptions import LongFitWarning, NotConvergedWarning
from maxmargin.kernels import Laplacian
from maxmargin.solvers.curvature import FactoredCurvature
from maxmargin.solvers.end_game import Watch

X, LABELS, TARGETS = make_data(200, 4, seed=4)
MANY, CLASSES = make_classification(3000, 10, n_informative=8, flip_y=0.3, n_classes=4, random_state=0)
IRIS, SPECIES = load_iris(return_X_y=True)
PROMPT = 1.0  # seconds, where others load the machine; 0.2 on an idle one


@pytest.mark.parametrize("machine", FIVE)
def test_progress_is_reported_and_consistent(machine):
    seen: list[Progress] = []
    model = FIVE[machine](callback=seen.append).fit(X, target_of(machine, LABELS, TARGETS))
    assert seen
    assert [p.iteration for p in seen] == sorted(p.iteration for p in seen)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)
    for p in seen:
        assert p.gap >= 0
        assert p.primal == pytest.approx(p.dual + p.gap)
        assert p.relative_gap == pytest.approx(p.gap / max(abs(p.dual), 1e-300))
    assert model.history_["iteration"].tolist() == sorted(model.history_["iteration"])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_pair_of_classes_speaks(n_jobs):
    seen = set()
    SVC(callback=lambda p: seen.add((p.problem, p.n_problems)), n_jobs=n_jobs).fit(MANY, CLASSES)
    assert seen == {(k, 6) for k in range(6)}


@pytest.mark.parametrize("machine", FIVE)
def test_a_true_answer_stops_with_a_usable_model(machine):
    y = target_of(machine, LABELS, TARGETS)
    model = FIVE[machine](callback=lambda p: True).fit(X, y)
    assert model.status_ == "stopped_by_callback"
    assert np.isfinite(model.gap_)
    assert model.predict(X).shape == (200,)
    assert certify(model, X, y).gap == pytest.approx(model.gap_, rel=1e-6)


def test_an_error_in_a_callback_reaches_the_caller():
    def broken(progress):
        raise RuntimeError("mine")

    for n_jobs, rows, labels in ((1, X, LABELS), (2, MANY, CLASSES)):
        with pytest.raises(RuntimeError, match="mine"):
            SVC(callback=broken, n_jobs=n_jobs).fit(rows, labels)


def test_early_stopping_takes_a_kernel_machine():
    model = SVC(callback=EarlyStopping(patience=0.0, factor=1e-9), C=1e4, tol=1e-12).fit(MANY[:1200], CLASSES[:1200])
    assert model.status_ == "stopped_by_callback"


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("max_iter", [0, 1, 2])
def test_max_iter_keeps_the_best_point_and_its_gap(machine, max_iter):
    rows, labels, targets = make_data(1200, 5, seed=5)
    y = target_of(machine, labels, targets)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = FIVE[machine](max_iter=max_iter, tol=1e-12).fit(rows, y)
    assert np.max(model.n_iter_) <= max_iter
    assert np.isfinite(model.gap_)
    assert certify(model, rows, y).gap == pytest.approx(model.gap_, rel=1e-6)
    if model.status_ != "optimal":
        assert model.status_ in {"stopped_by_max_iter", "numerical_limit"}
        assert [w.category for w in caught] == [NotConvergedWarning]
        zero = f"duality gap of {model.gap_:.1e} beside a dual objective of 0"
        known = f"relative duality gap of {model.relative_gap_:.1e}"
        assert (zero if model.dual_ == 0.0 else known) in str(caught[0].message)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("classes", [2, 4])
def test_max_time_ends_a_fit(classes, n_jobs):
    with pytest.warns(NotConvergedWarning, match="max_time=1e-09"):
        model = SVC(C=100.0, max_time=1e-9, n_jobs=n_jobs).fit(MANY, CLASSES % classes)
    assert model.status_ == "stopped_by_max_time"
    assert np.isfinite(model.gap_)
    assert model.predict(MANY[:5]).shape == (5,)


def test_max_time_holds_for_second_order_steps_too():
    # Columns of very different sizes, which blocks cannot solve: the end is interior points.
    rng = np.random.default_rng(0)
    rows = rng.gamma(1.0, 1.0, size=(150, 22)) * np.logspace(-2, 3, 22)
    y = rows @ rng.normal(size=22) / 50.0 + rng.normal(size=150)
    with pytest.warns(NotConvergedWarning):
        model = SVR(kernel="linear", C=10.0, max_time=1e-4).fit(rows, y)
    assert model.status_ == "stopped_by_max_time"
    calls = []
    stopped = SVR(kernel="linear", C=10.0, callback=lambda p: calls.append(p) or len(calls) > 6).fit(rows, y)
    assert stopped.status_ == "stopped_by_callback"
    assert SVR(kernel="linear", C=10.0).fit(rows, y).status_ == "optimal"


def test_systems_of_many_columns_are_summed_in_parts_that_look_at_the_clock(monkeypatch):
    rng = np.random.default_rng(0)
    Z, bend, looks = rng.normal(size=(1000, 30)), rng.gamma(1.0, size=1000), []
    Q = FactoredCurvature(Z, np.arange(1000), 1, lambda: looks.append(1))
    right, whole = rng.normal(size=1000), Q.inverse(bend)
    assert len(looks) == 1
    monkeypatch.setattr("maxmargin.solvers.curvature._PRODUCTS_AT_ONCE", 100 * 30**2)
    in_parts = Q.inverse(bend)
    assert len(looks) == 11
    np.testing.assert_allclose(in_parts(right), whole(right), rtol=1e-9, atol=1e-12)
    assert len(looks) >= 13  # before each pass


def test_time_that_is_up_amid_a_system_keeps_the_point_before(monkeypatch):
    def slow(self):
        time.sleep(0.3)
        raise_if_late(self)

    raise_if_late = Watch.look
    monkeypatch.setattr(Watch, "look", slow)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 30))
    y = rows @ rng.normal(size=30) + rng.normal(size=3000)
    with pytest.warns(NotConvergedWarning, match="max_time"):
        model = SVR(kernel="linear", C=10.0, max_time=0.3, tol=1e-9).fit(rows, y)
    assert model.status_ == "stopped_by_max_time"
    assert model.n_iter_ <= 5  # the three blocks before, and the first step, amid which time was up
    assert certify(model, rows, y).gap == pytest.approx(model.gap_, rel=1e-6)


def press_ctrl_c_when(seen):
    """A callback that sends Ctrl-C at the report for which ``seen`` is true."""
    pressed = []

    def callback(progress):
        if not pressed and seen(progress):
            pressed.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
        return False

    return callback, pressed


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("classes", [2, 4])
def test_ctrl_c_keeps_the_partial_model(classes, n_jobs):
    callback, pressed = press_ctrl_c_when(lambda p: p.iteration >= 1)
    model = SVC(C=1e3, tol=1e-14, n_jobs=n_jobs, callback=callback)
    with pytest.raises(KeyboardInterrupt):
        model.fit(MANY, CLASSES % classes)
    assert time.perf_counter() - pressed[0] < PROMPT
    assert model.status_ == "stopped_by_callback"
    assert model.predict(MANY[:5]).shape == (5,)
    assert model.gap_ >= 0


def seconds_to_answer_ctrl_c(work):
    """Seconds from Ctrl-C, pressed after 0.3 s of ``work``, to its answer; skips the test where it was done before."""
    pressed = []

    def press():
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, press)
    try:
        timer.start()
        work()
        done = not pressed
        timer.join()
        time.sleep(0.1)
    except KeyboardInterrupt:
        if "done" not in locals():
            return time.perf_counter() - pressed[0]
    pytest.skip("this machine had finished before Ctrl-C")


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_ends_a_long_block(n_jobs):
    rows, labels = make_classification(20_000, 20, flip_y=0.4, random_state=0)
    model = SVC(C=1e4, tol=1e-14, n_jobs=n_jobs)
    assert seconds_to_answer_ctrl_c(lambda: model.fit(rows, labels)) < PROMPT
    assert model.status_ == "stopped_by_callback"
    assert model.decision_function(rows[:3]).shape == (3,)


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_ends_a_prediction(store, n_jobs):
    noise = np.random.default_rng(0)
    rows = noise.normal(size=(2000, 100)) * (noise.random((2000, 100)) < 0.1)
    model = SVC(gamma=0.05, n_jobs=n_jobs).fit(store(rows), noise.integers(0, 2, 2000))
    many = store(np.tile(rows[:1000].astype(np.float32), (300, 1)))
    assert seconds_to_answer_ctrl_c(lambda: [model.predict(many) for _ in range(9)]) < PROMPT
    assert model.predict(many[:3]).shape == (3,)


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_ends_kernel_values():
    wide = np.random.default_rng(0).random((3000, 3000))
    assert seconds_to_answer_ctrl_c(lambda: [Laplacian(gamma=0.1)(wide) for _ in range(9)]) < PROMPT


@pytest.mark.parametrize("machine", FIVE)
def test_a_warm_start_from_the_optimum_has_nothing_to_do(machine):
    rows, labels, targets = make_data(1500, 5, seed=6)
    y = target_of(machine, labels, targets)
    model = FIVE[machine](warm_start=True, tol=1e-6, gamma=1.0).fit(rows, y)
    work = model.kernel_evaluations_
    first = model.dual_
    model.fit(rows, y)
    assert model.status_ == "optimal"
    assert model.dual_ == pytest.approx(first, rel=1e-6)
    assert model.kernel_evaluations_ < work


@pytest.mark.parametrize("make", [SVC, NuSVC])
@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_a_warm_start_goes_on_from_another_problem(make, multi_class):
    nu = {"nu": 0.2} if make is NuSVC else {"C": 1.0}
    model = make(warm_start=True, multi_class=multi_class, **nu).fit(IRIS, SPECIES)
    for change in ({"gamma": 2.0}, {"tol": 1e-8}, {"nu": 0.3} if make is NuSVC else {"C": 50.0}):
        model.set_params(**change).fit(IRIS, SPECIES)
        cold = make(multi_class=multi_class).set_params(**{**model.get_params(), "warm_start": False}).fit(IRIS, SPECIES)
        assert model.status_ == "optimal"
        assert model.dual_ == pytest.approx(cold.dual_, rel=2e-3)


def test_a_warm_start_of_other_rows_or_classes_is_a_cold_one():
    model = SVC(warm_start=True).fit(IRIS, SPECIES)
    for rows, labels in ((IRIS[:100], SPECIES[:100]), (IRIS, SPECIES % 2), (X, LABELS)):
        assert model.fit(rows, labels).dual_ == pytest.approx(SVC().fit(rows, labels).dual_, rel=2e-3)


def test_a_fit_says_what_it_will_cost(capsys, monkeypatch):
    SVC(verbose=1).fit(X, LABELS)
    assert capsys.readouterr().err == ""  # a moment is not worth a word
    monkeypatch.setattr("maxmargin.estimators.kernel.estimate._MOMENT", 0.0)
    SVC(verbose=1).fit(X, LABELS)
    said = capsys.readouterr().err
    assert "SVC: 200 rows" in said
    assert "kernel evaluations" in said
    assert "MiB beyond the data" in said
    SVC().fit(X, LABELS)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("maxmargin.estimators.kernel.estimate._LONG", -1.0)
    with pytest.warns(LongFitWarning, match="about to fit 600 rows"):
        SVC().fit(MANY[:600], CLASSES[:600])
    SVC().fit(X, LABELS)  # of few rows nobody is told


@pytest.mark.parametrize("machine", [OneClassSVM(nu=0.5), NuSVC(nu=0.4)], ids=["OneClassSVM", "NuSVC"])
def test_time_that_is_up_amid_the_first_sum_leaves_a_true_gap(machine):
    """The start alone has thousands of multipliers, and f at it takes longer than ``max_time``."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12_000, 4))
    y = X[:, 0] + 0.3 * rng.normal(size=12_000) > 0
    model = clone(machine).set_params(gamma=0.5, max_time=0.01)
    with pytest.warns(NotConvergedWarning):
        model.fit(X, y)
    assert model.status_ == "stopped_by_max_time"
    certificate = certify(model, X, y)
    assert model.relative_gap_ == pytest.approx(certificate.relative_gap, rel=1e-3)
    assert model.relative_gap_ > model.tol
