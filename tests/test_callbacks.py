"""What a fit says while it runs, and how it is stopped: by a callback, by time, by Ctrl-C."""

from __future__ import annotations

import io
import os
import signal
import threading
import time

import numpy as np
import pytest

from maxmargin import LinearSVC, certify, exceptions
from maxmargin.callbacks import (
    EarlyStopping,
    LogLines,
    Progress,
    ProgressLine,
    both,
    format_progress,
    progress_display,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(400, 6))
y = np.where(X @ rng.normal(size=6) + rng.normal(size=400) > 0, 1, -1)
three = (X @ rng.normal(size=(6, 3))).argmax(axis=1)


def test_progress_is_reported_and_consistent():
    seen: list[Progress] = []
    model = LinearSVC(loss="hinge", tol=1e-9, callback=lambda p: seen.append(p)).fit(X, y)
    assert seen
    assert all(isinstance(p, Progress) for p in seen)
    assert [p.iteration for p in seen] == sorted(p.iteration for p in seen)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)
    for p in seen:
        assert p.gap >= 0
        assert p.relative_gap == pytest.approx(p.gap / max(abs(p.dual), 1e-300))
        assert (p.problem, p.n_problems) == (0, 1)
    assert model.status_ == "optimal"


def test_iterations_and_seconds_go_on_where_a_solver_hands_over():
    wide = rng.normal(size=(4000, 210))
    seen: list[Progress] = []
    LinearSVC(loss="hinge", C=100.0, tol=1e-6, callback=lambda p: seen.append(p)).fit(wide, rng.integers(2, size=4000))
    assert [p.iteration for p in seen] == sorted(p.iteration for p in seen)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)


def test_every_class_speaks():
    seen = set()
    LinearSVC(loss="hinge", tol=1e-9, callback=lambda p: seen.add((p.problem, p.n_problems))).fit(X, three)
    assert seen == {(0, 3), (1, 3), (2, 3)}


@pytest.mark.parametrize("labels", [y, three], ids=["binary", "three classes"])
def test_a_true_answer_stops_with_a_usable_model(labels):
    model = LinearSVC(loss="hinge", tol=1e-12, callback=lambda p: True).fit(X, labels)
    assert model.status_ == "stopped_by_callback"
    assert np.isfinite(model.gap_)
    assert model.n_iter_ <= 1
    assert model.predict(X).shape == (400,)
    assert certify(model, X, labels).gap == pytest.approx(model.gap_)


def test_errors_of_a_callback_come_through():
    class CustomError(Exception):
        pass

    def broken(progress):
        raise CustomError("mine")

    for labels in (y, three):
        with pytest.raises(CustomError, match="mine"):
            LinearSVC(callback=broken).fit(X, labels)
    big = rng.normal(size=(20000, 8))  # large enough for the pool of threads
    with pytest.raises(CustomError, match="mine"):
        LinearSVC(callback=broken, n_jobs=2).fit(big, big[:, :4].argmax(axis=1))


def test_history_is_a_table():
    model = LinearSVC(loss="hinge", tol=1e-9).fit(X, three)
    history = model.history_
    assert history.dtype.names == ("problem", "iteration", "primal", "dual", "gap", "active_rows", "seconds")
    assert set(history["problem"]) == {0, 1, 2}
    assert np.all(history["gap"] >= 0)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_gaps_are_those_of_all_rows(loss):
    Z = rng.normal(size=(20_000, 4))
    labels = Z @ rng.normal(size=4) + rng.normal(size=20_000) > 0
    seen: list[Progress] = []

    def near_enough(progress):
        time.sleep(0.003)  # so long that the next iteration is reported again
        seen.append(progress)
        return progress.relative_gap < 0.05

    model = LinearSVC(loss=loss, tol=1e-9, callback=near_enough).fit(Z, labels)
    assert model.status_ == "stopped_by_callback"
    assert model.relative_gap_ < 0.05
    for gap in (np.array([p.relative_gap for p in seen]), model.history_["gap"]):
        first = int(np.argmax(np.isfinite(gap)))
        assert first > 0  # some of the rows came first
        assert np.all(np.isinf(gap[:first]))
        assert np.all(np.isfinite(gap[first:]))
    early = model.history_[np.isinf(model.history_["gap"])]
    assert np.all(np.isinf(early["primal"]))
    assert np.all(early["dual"] == 0.0)
    assert np.all(early["active_rows"] < 20_000 // 4)
    assert "no objective  no bound yet" in format_progress(seen[0])


def test_max_iter_warns_with_the_gap_and_its_meaning():
    model = LinearSVC(loss="hinge", tol=1e-12, max_iter=2)
    with pytest.warns(exceptions.NotConvergedWarning) as caught:
        model.fit(X, y)
    message = str(caught[0].message)
    assert f"{model.relative_gap_:.1e}" in message
    assert "max_iter=2" in message
    assert f"{model.certificate_.radius:.1e}" in message
    assert "decision value" in message
    assert caught[0].filename == __file__
    assert model.status_ == "stopped_by_max_iter"
    assert model.n_iter_ <= 2


def test_max_time_stops():
    Z = rng.normal(size=(20000, 200))
    labels = rng.integers(0, 5, size=20000)
    start = time.perf_counter()
    with pytest.warns(exceptions.NotConvergedWarning, match=r"max_time=0\.05"):
        model = LinearSVC(loss="hinge", tol=1e-14, max_time=0.05).fit(Z, labels)
    assert time.perf_counter() - start < 5
    assert model.status_ == "stopped_by_max_time"
    assert np.isfinite(model.gap_)


@pytest.fixture(scope="module")
def long_work():
    Z = rng.normal(size=(200_000, 60)).astype(np.float32)
    return Z, rng.integers(0, 8, size=200_000)


def fit_and_press_ctrl_c(model, Z, labels, timer):
    """Seconds from Ctrl-C to its answer; None where the fit was over before."""
    try:
        timer.start()
        model.fit(Z, labels)
        timer.join()
        time.sleep(0.1)
    except KeyboardInterrupt:
        answered = time.perf_counter()
        return answered - timer.pressed if "status_" in vars(model) else None
    return None


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_classes", [2, 8])
@pytest.mark.parametrize("callback", [None, lambda p: None], ids=["silent", "with callback"])
def test_ctrl_c_keeps_the_partial_model(long_work, n_classes, n_jobs, callback):
    Z, labels = long_work
    labels = labels % n_classes
    model = LinearSVC(loss="hinge", tol=1e-15, C=100.0, n_jobs=n_jobs, callback=callback)

    def press():
        timer.pressed = time.perf_counter()
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.25, press)
    seconds = fit_and_press_ctrl_c(model, Z, labels, timer)
    if seconds is None:
        pytest.skip("this machine had finished the fit before Ctrl-C")
    assert seconds < 2.0  # 0.2 s on an idle machine
    assert model.status_ == "stopped_by_callback"
    assert model.coef_.shape == (1 if n_classes == 2 else n_classes, 60)
    assert model.predict(Z[:5]).shape == (5,)


def test_early_stopping_waits_for_its_patience():
    stop = EarlyStopping(patience=1.0, factor=0.5)

    def at(iteration, gap, seconds):
        return stop(Progress(iteration, 0.0, 0.0, gap, gap, 0, seconds))

    assert [at(0, 10, 0.0), at(1, 4, 0.5), at(2, 3.9, 1.2), at(3, 3.8, 1.6)] == [False, False, False, True]
    assert not at(0, 100, 0.0)  # a new fit begins
    some_rows = [at(k, float("inf"), seconds) for k, seconds in ((0, 0.0), (1, 2.0), (2, 4.0))]
    assert [*some_rows, at(3, 10, 5.0), at(4, 9, 5.5), at(5, 8, 6.5)] == [False, False, False, False, False, True]


def test_displays():
    progress = Progress(3, 1.5, 1.0, 0.5, 0.5, 7, 2.0, problem=1, n_problems=3)
    assert format_progress(progress).startswith("problem 2/3  iteration    3")
    stream = io.StringIO()
    assert isinstance(progress_display(stream), LogLines)
    LogLines(stream, every=0.0)(progress)
    assert "relative gap 5.0e-01" in stream.getvalue()
    line = ProgressLine(stream, delay=0.0)
    line(progress)
    line.close()


def test_both_tells_both():
    heard = []
    either = both(lambda p: heard.append("first") or True, lambda p: heard.append("second"))
    assert either(None)
    assert heard == ["first", "second"]
    assert both(None, None) is None


def test_verbose_is_silent_for_short_fits(capfd):
    LinearSVC(verbose=1).fit(X, y)
    assert capfd.readouterr().out == ""


def test_a_live_line_does_not_wrap_on_a_narrow_terminal():
    from rich.console import Console

    from maxmargin.callbacks import _one_line

    console = Console(file=io.StringIO(), width=40)
    text = "iteration  123  objective 15207.2  relative gap 1.1e-02  active 30000  4.4 s"
    assert len(console.render_lines(text)) > 1
    assert len(console.render_lines(_one_line(text))) == 1
