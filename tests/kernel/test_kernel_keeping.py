"""Ctrl-C that lands in Python, between native passes: what was solved is kept as a solver keeps it, or nothing changes.

It is raised by the functions that run in between, so that each place is hit, and always.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from kernel_cases import FIVE, make_data, target_of
from kernel_oracle import gram
from sklearn.datasets import load_iris

from maxmargin import SVC, SVR, NuSVC, OneClassSVM, certify
from maxmargin.exceptions import ApproximationWarning, InvalidInputError, NotConvergedWarning, TimeLimitError
from maxmargin.kernels import Limits, NystroemKernel

X, LABELS, TARGETS = make_data(120, 4, seed=9)
IRIS, SPECIES = load_iris(return_X_y=True)
FITTING, SOLVER = "maxmargin.estimators.kernel.fitting.", "maxmargin.solvers.kernel."
PROVING = "maxmargin.estimators.kernel.proving."


def press_in(monkeypatch, name, calls=(1,)):
    """Ctrl-C at these calls of a function, counted from 1; the list of all of them."""
    module, _, function = name.rpartition(".")
    original, seen = getattr(__import__(module, fromlist=[function]), function), []

    def pressed(*args, **kwargs):
        seen.append(args)
        if len(seen) in calls:
            raise KeyboardInterrupt
        return original(*args, **kwargs)

    monkeypatch.setattr(name, pressed)
    return seen


def interrupted(model, rows, y):
    with pytest.raises(KeyboardInterrupt):
        model.fit(rows, y)
    return model


# --- what a solver has reached ------------------------------------------------------------------------


@pytest.mark.parametrize("machine", FIVE)
def test_between_the_solver_and_the_certificate_the_solution_is_kept(monkeypatch, machine):
    y = target_of(machine, LABELS, TARGETS)
    whole = FIVE[machine]().fit(X, y)
    seen = press_in(monkeypatch, PROVING + "worth_at")
    model = interrupted(FIVE[machine](), X, y)
    assert len(seen) == 2
    assert model.status_ == "stopped_by_callback"
    assert model.relative_gap_ == whole.relative_gap_
    np.testing.assert_array_equal(model.predict(X), whole.predict(X))
    assert certify(model, X, y).relative_gap <= model.tol


@pytest.mark.parametrize("name", ["feasible_point", "native_monitor"])
@pytest.mark.parametrize("multi_class", ["ovo", "ovr"])
def test_between_problems_those_before_are_kept(monkeypatch, name, multi_class):
    whole = SVC(multi_class=multi_class).fit(IRIS, SPECIES)
    press_in(monkeypatch, FITTING + name, calls=[2])
    one_by_one = SVC(multi_class=multi_class, callback=lambda progress: None)
    model = interrupted(one_by_one, IRIS, SPECIES)
    assert model.status_ == "stopped_by_callback"
    assert model.predict(IRIS).shape == (150,)
    first, *rest = model.certificate_.problems
    assert first == whole.certificate_.problems[0]
    assert [problem.point.gap for problem in rest] == [np.inf, np.inf]  # nothing is known of them
    assert model.fit(IRIS, SPECIES).status_ == "optimal"


@pytest.mark.parametrize("machine", [SVC(), NuSVC(nu=0.2)])
def test_before_one_native_call_for_all_problems_there_is_nothing_to_keep(monkeypatch, machine):
    press_in(monkeypatch, FITTING + "feasible_point", calls=[2])
    assert not hasattr(interrupted(machine, IRIS, SPECIES), "status_")
    assert machine.fit(IRIS, SPECIES).status_ == "optimal"


@pytest.mark.parametrize("name", ["Watch", "finish_free_set", "steadiest_offsets", "one_blas_thread"])
def test_amid_second_order_steps_the_blocks_are_kept(monkeypatch, name):
    rng = np.random.default_rng(0)
    rows = rng.gamma(1.0, 1.0, size=(150, 22)) * np.logspace(-2, 3, 22)  # which blocks cannot solve
    y = rows @ rng.normal(size=22) / 50.0 + rng.normal(size=150)
    press_in(monkeypatch, SOLVER + name)
    model = interrupted(SVR(kernel="linear", C=10.0), rows, y)
    assert model.status_ == "stopped_by_callback"
    assert np.max(model.n_iter_) > 0
    assert np.isfinite(model.gap_)
    assert certify(model, rows, y).gap == pytest.approx(model.gap_, rel=1e-6)


def test_after_a_pass_of_a_fit_of_components_its_point_is_kept(monkeypatch):
    seen = press_in(monkeypatch, "maxmargin.solvers.components._worth", calls=[2])  # the first one is of the start
    model = interrupted(SVC(gamma=0.5, approximation="nystroem", approximation_tol=0.05), X, LABELS)
    assert len(seen) == 3
    assert model.status_ == "stopped_by_callback"
    assert model.relative_gap_ <= model.tol
    assert certify(model, X, LABELS).relative_gap <= model.tol


@pytest.mark.parametrize("machine", [NuSVC(nu=0.3), OneClassSVM()])
def test_before_the_blocks_of_a_fit_of_components_the_start_is_kept(monkeypatch, machine):
    press_in(monkeypatch, "maxmargin.solvers.components.solve_programme")
    model = interrupted(machine.set_params(gamma=0.5, approximation="nystroem", approximation_tol=0.05), X, LABELS)
    assert (model.status_, model.gap_) == ("stopped_by_callback", np.inf)
    assert model.predict(X).shape == (120,)


def test_before_anything_is_reached_the_start_is_kept(monkeypatch):
    press_in(monkeypatch, SOLVER + "choose_end_game")
    model = interrupted(SVC(), X, LABELS)
    assert (model.status_, model.gap_, model.support_.size) == ("stopped_by_callback", np.inf, 0)


# --- whole or not at all ------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", FIVE)
def test_a_model_is_stored_whole(monkeypatch, machine):
    y = target_of(machine, LABELS, TARGETS)
    whole = FIVE[machine]().fit(X, y)
    module = "classifier" if hasattr(whole, "classes_") else "single"
    press_in(monkeypatch, f"maxmargin.estimators.kernel.{module}.arrange")
    model = interrupted(FIVE[machine](), X, y)
    assert model.status_ == "optimal"
    np.testing.assert_array_equal(model.predict(X), whole.predict(X))
    assert certify(model, X, y).relative_gap <= model.tol


@pytest.mark.parametrize("machine", FIVE)
def test_who_presses_twice_has_what_was_before(monkeypatch, machine):
    y = target_of(machine, LABELS, TARGETS)
    model = FIVE[machine](gamma=0.5).fit(X, y)
    before, names = model.predict(X), set(vars(model))
    press_in(monkeypatch, "maxmargin.estimators.kernel.base.history_table", calls=[1, 2])
    interrupted(model.set_params(gamma=9.0), X[:, :3], y)
    np.testing.assert_array_equal(model.predict(X), before)
    assert set(vars(model)) == names
    fresh = FIVE[machine]()
    press_in(monkeypatch, "maxmargin.estimators.kernel.base.history_table", calls=[1, 2])
    interrupted(fresh, X, y)
    assert not hasattr(fresh, "status_")
    assert not hasattr(fresh, "n_features_in_")


class Pressed:
    """An RBF kernel, during whose call of that number Ctrl-C is pressed."""

    def __init__(self, call=0):
        self.call, self.calls = call, 0

    def __call__(self, left, right):
        self.calls += 1
        if self.calls == self.call:
            raise KeyboardInterrupt
        return gram("rbf", left, right, gamma=0.5)


@pytest.mark.parametrize("how", [None, "nystroem"])
@pytest.mark.parametrize("machine", FIVE)
def test_amid_the_values_of_a_kernel_in_python_nothing_changes(machine, how):
    y, settings = target_of(machine, LABELS, TARGETS), {"approximation": how, "approximation_tol": 0.02}
    model = FIVE[machine](kernel=Pressed(), **settings).fit(X, y)
    calls, before, names = model.kernel.calls, model.predict(X), set(vars(model))
    for call in (1, calls // 2, calls):  # the last one is the last block of the matrix, or of the components
        interrupted(model.set_params(kernel=Pressed(call)), X, y)
        np.testing.assert_array_equal(model.predict(X), before)
        assert certify(model, X, y).relative_gap <= model.tol
        assert set(vars(model)) == names
    assert not hasattr(interrupted(FIVE[machine](kernel=Pressed(2), **settings), X, y), "kernel_")


@pytest.mark.parametrize("machine", FIVE)
def test_an_error_leaves_the_fit_before_alone(machine):
    y = target_of(machine, LABELS, TARGETS)
    model = FIVE[machine](approximation="nystroem", gamma=0.5, approximation_tol=0.02).fit(X, y)
    before = model.predict(X)
    with pytest.raises(InvalidInputError):
        model.set_params(memory_limit=1.0).fit(X[:, :2], y)
    np.testing.assert_array_equal(model.predict(X), before)
    assert model.n_features_in_ == 4


@pytest.mark.parametrize("machine", FIVE)
def test_a_callback_stops_the_values_of_a_kernel_in_python(machine):
    y, said = target_of(machine, LABELS, TARGETS), []
    kernel = Pressed()
    model = FIVE[machine](kernel=kernel, callback=lambda progress: said.append(progress) or len(said) == 2).fit(X, y)
    assert model.status_ == "stopped_by_callback"
    assert np.isfinite(model.gap_) == (machine in {"SVC", "SVR"})  # which begin where f = 0
    assert kernel.calls == 2
    assert model.predict(X).shape == (120,)
    assert [(p.iteration, p.primal, p.dual, p.relative_gap) for p in said] == [(0, np.inf, 0.0, np.inf)] * 2
    assert [p.active_rows for p in said] == [34, 68]  # of 120, the first 4096 values and as many again
    assert 0.0 <= said[0].seconds <= said[1].seconds
    assert model.set_params(callback=None).fit(X, y).status_ == "optimal"


# --- max_time while Python computes kernel values -----------------------------------------------------


class Counted:
    """An RBF kernel that takes 20 µs for each value."""

    __name__ = "slow"

    def __init__(self):
        self.values = 0

    def __call__(self, left, right):
        self.values += len(left) * len(right)
        time.sleep(2e-5 * len(left) * len(right))
        return gram("rbf", left, right, gamma=0.5)


MANY, SIDES, NUMBERS = make_data(1500, 4, seed=3)  # 45 s for all values


@pytest.mark.parametrize("max_time", [0.02, 0.4])
@pytest.mark.parametrize("how", [None, "nystroem"])
def test_max_time_ends_a_fit_amid_the_values_of_a_slow_kernel(how, max_time):
    model = SVC(kernel=Counted(), max_time=max_time, approximation=how, approximation_tol=1e-6)
    started = time.perf_counter()
    with pytest.raises(TimeLimitError, match=r"the kernel 'slow' has .* raise max_time"):
        model.fit(MANY, SIDES)
    assert model.kernel.values * 2e-5 < 2.0 * max_time + 0.3  # as much again as what was before, or the first blocks
    assert time.perf_counter() - started < 5.0
    assert not hasattr(model, "status_")


# --- the components of all rows -------------------------------------------------------------------------


def at_each_block(monkeypatch, do):
    """Does that before the components of a block of rows are computed; the list of the sizes of these."""
    original, sizes = NystroemKernel.features, []

    def features(kernel, rows, n_threads=1):
        sizes.append(len(rows))
        do(len(sizes))
        return original(kernel, rows, n_threads)

    monkeypatch.setattr(NystroemKernel, "features", features)
    return sizes


@pytest.mark.parametrize("machine", FIVE)
def test_max_time_ends_a_fit_amid_the_components_of_all_rows(monkeypatch, machine):
    y = target_of(machine, SIDES, NUMBERS)
    sizes = at_each_block(monkeypatch, lambda _: time.sleep(0.1))
    model = FIVE[machine](gamma=0.5, approximation="nystroem", approximation_tol=1e-9, max_components=16, max_time=0.05)
    with pytest.warns(ApproximationWarning), pytest.warns(NotConvergedWarning, match="max_time"):
        model.fit(MANY, y)
    assert len(sizes) == 1
    assert sizes[0] < len(MANY)
    assert model.status_ == "stopped_by_max_time"
    assert model.component_coef_.shape == (1, model.n_components_)
    proof = certify(model, MANY, y)  # whatever is not known of f
    if machine in {"SVC", "SVR"}:  # which begin where f = 0
        assert model.gap_ == pytest.approx(proof.gap)
        assert (model._values(MANY[:9]) == model.intercept_).all()
        return
    assert model.gap_ == np.inf
    if model.support_.size:
        f, by_vectors = model._values(MANY[:9]), model.kernel_(MANY[:9], model.support_vectors_) @ model.dual_coef_.T
        assert np.allclose(f, by_vectors + model.intercept_, rtol=0.0, atol=1e-9 * np.abs(by_vectors).max())


def test_ctrl_c_amid_the_components_of_all_rows_leaves_a_machine_that_was_never_fitted(monkeypatch):
    def press(block):
        if block == 2:
            raise KeyboardInterrupt

    sizes = at_each_block(monkeypatch, press)
    model = interrupted(SVC(gamma=0.5, approximation="nystroem", approximation_tol=0.05), MANY, SIDES)
    assert len(sizes) == 2
    assert sizes[0] < len(MANY)
    assert not hasattr(model, "status_")


def test_growth_leaves_time_for_the_components_of_all_rows(monkeypatch):
    ends = []
    monkeypatch.setattr(Limits, "time_is_up", lambda _, seconds: ends.append(seconds))
    for how in ("nystroem", "fourier"):
        ends.clear()
        SVC(gamma=0.5, approximation=how, approximation_tol=0.01).fit(MANY, SIDES)
        assert len(ends) >= 2
        assert ends[-1] > 0.0
