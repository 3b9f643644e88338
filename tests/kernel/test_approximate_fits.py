"""Approximate fits: of any data, within memory, repeatable, refused where they make no sense."""

from __future__ import annotations

import contextlib
import pickle
import warnings
from unittest import SkipTest

import numpy as np
import pytest
from approximate_cases import HOW, LARGE, MACHINES, X2, X3, XR, Y2, Y3, YR, approximate
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify
from maxmargin.callbacks import Progress
from maxmargin.exceptions import (
    ApproximationWarning,
    InvalidParameterError,
    KernelSymmetryError,
    LongFitWarning,
    MemoryLimitError,
    NotConvergedWarning,
)
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Polynomial

INFEASIBLE = "check_class_weight_classifiers"


# --- the data --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", HOW)
def test_sparse_rows_give_the_same_model(how):
    dense = SVC(gamma=0.1, approximation=how, approximation_tol=0.1).fit(X2, Y2)
    sparse = SVC(gamma=0.1, approximation=how, approximation_tol=0.1).fit(csr_matrix(X2), Y2)
    assert sparse.n_components_ == dense.n_components_
    assert np.allclose(sparse.decision_function(X2), dense.decision_function(csr_matrix(X2)), rtol=0.0, atol=0.02)


@pytest.mark.parametrize("how", HOW)
def test_float32_rows_give_nearly_the_same_model(how):
    machine = SVC(gamma=0.1, approximation=how, approximation_tol=0.1)
    double, single = (clone(machine).fit(X2.astype(dtype), Y2) for dtype in (np.float64, np.float32))
    assert np.allclose(single.decision_function(X2), double.decision_function(X2), rtol=0.0, atol=0.02)


@pytest.mark.parametrize("how", HOW)
def test_rows_that_are_all_equal(how):
    X, y = np.ones((20, 3)), np.arange(20) % 2
    model = SVC(gamma=0.1, approximation=how).fit(X, y)
    assert model.status_ == "optimal"
    assert np.isfinite(model.decision_function(X)).all()


def test_a_kernel_of_zeros():
    model = SVR(kernel="linear", approximation="nystroem").fit(np.zeros((20, 3)), np.arange(20.0))
    assert np.allclose(model.predict(np.ones((2, 3))), model.intercept_)


def test_a_function_that_is_not_symmetric_is_named():
    def crooked(left, right):
        return np.array([[float(a[0] > b[0]) + (a == b).all() for b in right] for a in left])

    with pytest.raises(KernelSymmetryError, match="drawn at random"):
        SVC(kernel=crooked, approximation="nystroem").fit(X2, Y2)


def common_letters(left, right):
    return np.array([[float(sum(a == b for a, b in zip(u, v, strict=True))) for v in right] for u in left])


def test_objects_have_landmarks_too():
    random = np.random.default_rng(0)
    words = ["".join(random.choice(list("abcd"), 4)) for _ in range(80)]
    y = [int(word.count("a") > word.count("b")) for word in words]
    model = SVC(kernel=common_letters, approximation="nystroem", approximation_tol=1e-6).fit(words, y)
    exact = SVC(kernel=common_letters).fit(words, y)
    assert model.n_components_ == 13  # sixteen indicators, three of which depend on the others
    assert set(model.kernel_.landmarks) <= set(words)
    assert model.primal_ == pytest.approx(exact.primal_, rel=3e-3)
    assert certify(model, words, y).relative_gap <= model.tol * 1.01
    assert np.array_equal(model.predict(words), exact.predict(words))


@pytest.mark.parametrize(
    "kernel", [Polynomial(degree=2, coef0=1.0), Chi2(gamma=0.1), RBF(gamma=0.1) + Linear(), Laplacian(gamma=0.1)]
)
def test_any_kernel_has_landmarks(kernel):
    X = np.abs(X2)
    model = SVC(kernel=kernel, approximation="nystroem", approximation_tol=2e-3).fit(X, Y2)
    exact = SVC(kernel=kernel).fit(X, Y2)
    assert model.n_components_ < X.shape[0]
    assert (model.predict(X) == exact.predict(X)).mean() > 0.9


def test_the_laplacian_has_waves():
    model = SVC(kernel="laplacian", gamma=0.05, approximation="fourier", approximation_tol=0.05).fit(X2, Y2)
    exact = SVC(kernel="laplacian", gamma=0.05).fit(X2, Y2)
    assert (model.predict(X2) == exact.predict(X2)).mean() > 0.9


# --- promises --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("machines", "name"), [(MACHINES, "pairs"), (LARGE, "svr")])
def test_same_seed_same_bits_whatever_the_threads(machines, name, how):
    machine, X, y = machines[name]
    fits = [approximate(machine, how, approximation_tol=0.1, n_jobs=n, random_state=3).fit(X, y) for n in (1, 2, 2)]
    for other in fits[1:]:
        assert np.array_equal(fits[0].component_coef_, other.component_coef_)
        assert np.array_equal(fits[0].dual_coef_, other.dual_coef_)
    another = approximate(machine, how, approximation_tol=0.1, random_state=4).fit(X, y)
    assert not np.array_equal(fits[0].intercept_, another.intercept_)


@pytest.mark.parametrize("how", HOW)
def test_it_can_be_pickled_and_fitted_exactly_again(how):
    model = SVC(gamma=0.1, approximation=how, approximation_tol=0.1).fit(X3, Y3)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.decision_function(X3), model.decision_function(X3))
    model.set_params(approximation=None).fit(X3, Y3)
    assert not hasattr(model, "n_components_")
    assert not hasattr(model, "component_coef_")
    assert model.kernel_ == RBF(gamma=0.1)
    assert certify(model, X3, Y3).approximation is None


def test_nothing_is_approximated_unless_asked_for():
    for machine, X, y in MACHINES.values():
        assert machine.approximation is None
        assert not hasattr(clone(machine).fit(X, y), "n_components_")


def test_landmarks_become_support_vectors():
    for name in ("pairs", "rest", "two classes", "svr"):
        machine, X, y = MACHINES[name]
        model = approximate(machine, "nystroem", approximation_tol=0.05).fit(X, y)
        small = model.compress(tol=1e-6)
        assert small.kernel_ == RBF(gamma=0.1)
        assert small.support_.size <= model.n_components_
        assert np.array_equal(small.support_vectors_, X[small.support_])
        assert np.allclose(small._values(X), model._values(X), rtol=0.0, atol=2e-6)
        assert int(small.n_support_.sum()) == small.support_.size
    assert small.compress(tol=0.2).support_.size < small.support_.size


def test_waves_are_no_support_vectors():
    model = SVC(gamma=0.1, approximation="fourier", approximation_tol=0.1).fit(X2, Y2)
    with pytest.raises(InvalidParameterError, match="predicts by its"):
        model.compress(tol=0.1)


def test_too_little_memory_is_refused_before_the_fit():
    with pytest.raises(MemoryLimitError, match="with 16 components needs about"):
        SVC(approximation="nystroem", memory_limit=100_000).fit(X3, Y3)


def test_memory_ends_the_growth_and_says_so():
    needed = 320 * 300 + (1 << 20)
    with pytest.warns(ApproximationWarning, match="memory_limit allows no more"):
        model = SVC(gamma=2.0, approximation="nystroem", approximation_tol=1e-6, memory_limit=needed + 700_000).fit(X3, Y3)
    assert 16 <= model.n_components_ < 60


@pytest.mark.parametrize(
    "settings",
    [{"approximation": "nystrom"}, {"approximation": True}, {"approximation_tol": 0.0}, {"approximation_tol": "fine"},
     {"max_components": 0}, {"max_components": 1.5}],
)  # fmt: skip
@pytest.mark.parametrize("machine", [SVC(), SVR(), NuSVC(), NuSVR(), OneClassSVM()], ids=lambda m: type(m).__name__)
def test_bad_parameters_are_named(machine, settings):
    with pytest.raises(InvalidParameterError, match=next(iter(settings))):
        clone(machine).set_params(**settings).fit(X2, Y2)


@pytest.mark.parametrize(
    "kernel", ["poly", "chi2", "linear", RBF(gamma=0.1) + Linear(), 2.0 * RBF(gamma=0.1), common_letters]
)
def test_only_rbf_and_laplacian_have_waves(kernel):
    with pytest.raises(InvalidParameterError, match="use approximation='nystroem'"):
        SVC(kernel=kernel, approximation="fourier").fit(np.abs(X2), Y2)


@pytest.mark.parametrize("how", HOW)
def test_given_kernel_values_are_not_approximated(how):
    with pytest.raises(InvalidParameterError, match="'precomputed' has them all"):
        SVC(kernel="precomputed", approximation=how).fit(X2 @ X2.T, Y2)


def test_a_random_state_that_is_none_is_named():
    with pytest.raises(InvalidParameterError, match="random_state"):
        SVR(approximation="nystroem", random_state="now").fit(XR, YR)


@pytest.mark.parametrize(("machines", "name"), [(MACHINES, "two classes"), (MACHINES, "svr"), (LARGE, "svr")])
def test_a_fit_can_be_stopped_and_keeps_its_point(machines, name):
    machine, X, y = machines[name]
    seen: list[Progress] = []

    def stop(progress):
        seen.append(progress)
        return True

    model = approximate(machine, "nystroem", tol=1e-12, callback=stop).fit(X, y)
    assert seen
    assert model.status_ == "stopped_by_callback"
    assert np.isfinite(model.predict(X)).all()
    with pytest.warns(NotConvergedWarning):
        late = approximate(machine, "nystroem", tol=1e-12, max_iter=1).fit(X, y)
    assert late.status_ == "stopped_by_max_iter"
    assert np.isfinite(late.gap_)


def test_its_cost_is_announced(capsys, monkeypatch):
    monkeypatch.setattr("maxmargin.estimators.kernel.estimate._MOMENT", 0.0)
    SVC(approximation="nystroem", gamma=0.1, verbose=1).fit(X2, Y2)
    assert f"SVC: {X2.shape[0]} rows" in capsys.readouterr().err
    with warnings.catch_warnings():
        warnings.simplefilter("error", LongFitWarning)
        SVC(approximation="nystroem", gamma=0.1).fit(X2, Y2)


CHECKED = [
    SVC(approximation="nystroem"),
    pytest.param(SVC(approximation="fourier", approximation_tol=0.1), marks=pytest.mark.slow),
    pytest.param(NuSVC(nu=0.1, approximation="nystroem"), marks=pytest.mark.slow),
    SVR(approximation="fourier", approximation_tol=0.1),
    NuSVR(approximation="nystroem"),
    OneClassSVM(approximation="nystroem"),
]


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.ApproximationWarning")
@pytest.mark.filterwarnings("ignore:NuSVC stopped by the limit of float64")
@pytest.mark.parametrize("machine", CHECKED, ids=lambda m: f"{type(m).__name__}-{m.approximation}")
def test_scikit_learn_checks_pass_with_an_approximation(machine):
    done = 0
    for estimator, check in estimator_checks_generator(machine):
        name = check.func.__name__
        if name.startswith("check_sample_weight_equivalence") or (name == INFEASIBLE and isinstance(machine, NuSVC)):
            continue  # copies of a row change which rows are drawn; weights that leave nu no room are named
        with contextlib.suppress(SkipTest):
            check(estimator)
            done += 1
    assert done > 30
