"""Kernels in Python: what they may return, what they may not, and rows of any kind."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from kernel_cases import FIVE, make_data, target_of
from kernel_oracle import gram, judge
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from maxmargin import SVC, SVR, OneClassSVM, certify
from maxmargin.exceptions import (
    IndefiniteKernelWarning,
    InvalidParameterError,
    KernelShapeError,
    KernelSymmetryError,
    KernelValueError,
    MemoryLimitError,
    NotConvergedWarning,
)
from maxmargin.kernels import RBF, Chi2, Linear, Polynomial, PythonKernel, Scaled

X, LABELS, TARGETS = make_data(60, 3, seed=7)
STATUSES = {"optimal", "numerical_limit", "stopped_by_max_iter", "stopped_by_max_time"}


def shared(left, right):
    """Letters that two words share."""
    return np.array([[len(set(a) & set(b)) for b in right] for a in left], dtype=float)


def edges(left, right):
    """Edges that two graphs share."""
    as_set = [{frozenset((a, b)) for a in g for b in g[a]} for g in (*left, *right)]
    return np.array([[len(a & b) for b in as_set[len(left) :]] for a in as_set[: len(left)]], dtype=float)


# --- what a function may not return -----------------------------------------------------------------

SHAPES = {
    "one row": lambda a, b: np.ones((1, len(b))),
    "transposed": lambda a, b: np.ones((len(b), len(a) + 1)),
    "a vector": lambda a, b: np.ones(len(a)),
    "a number": lambda a, b: 1.0,
    "an empty array": lambda a, b: np.zeros((0, 0)),
    "three dimensions": lambda a, b: np.ones((len(a), len(b), 1)),
}


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("case", SHAPES)
def test_wrong_shapes_are_named(machine, case):
    with pytest.raises(KernelShapeError, match=r"expected \(60, 60\): one row for each"):
        FIVE[machine](kernel=SHAPES[case]).fit(X, target_of(machine, LABELS, TARGETS))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_named_with_their_rows(bad):
    K = gram("rbf", X)
    K[17, 3] = K[3, 17] = bad
    with pytest.raises(KernelValueError, match=f"2 values that are not finite .first {bad} for rows 3 and 17"):
        SVC(kernel=lambda a, b: K).fit(X, LABELS)


@pytest.mark.parametrize("bad", ["text", None, object()])
def test_what_is_no_array_of_numbers_is_named(bad):
    with pytest.raises((KernelValueError, KernelShapeError), match="<lambda>"):
        SVC(kernel=lambda a, b: bad).fit(X, LABELS)


def test_complex_values_are_named():
    with pytest.raises(KernelValueError, match="complex"):
        SVC(kernel=lambda a, b: gram("rbf", a, b) * 1j).fit(X, LABELS)


def test_a_kernel_that_is_not_symmetric_is_named_with_its_rows():
    K = gram("rbf", X)
    K[5, 40] += 0.25
    for kernel, rows in ((lambda a, b: K, X), ("precomputed", K)):
        with pytest.raises(KernelSymmetryError, match=r"for rows (5 and 40|40 and 5)"):
            SVC(kernel=kernel).fit(rows, LABELS)


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("how", ["negative diagonal", "squared distance", "opposite", "far apart"])
def test_indefinite_kernels_are_named_and_end_with_a_status(machine, how):
    K = gram("rbf", X)
    if how == "negative diagonal":
        K[9, 9] = -1.0
        where = "for row 9 and itself"
    elif how == "squared distance":
        K[4, 11] = K[11, 4] = 5.0
        where = "rows 4 and 11 the squared distance"
    elif how == "opposite":
        K[4, 11] = K[11, 4] = -1.5
        where = "the value -1.5 for rows 4 and 11, and no more than 1 is possible"
    else:
        K = -gram("linear", X - 0.5)
        where = "no inner product"
    y = target_of(machine, LABELS, TARGETS)
    for kernel, rows in ((lambda a, b: K, X), ("precomputed", K)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = FIVE[machine](kernel=kernel, max_time=30.0).fit(rows, y)
        messages = [str(w.message) for w in caught if w.category is IndefiniteKernelWarning]
        assert len(messages) == 1
        assert where in messages[0]
        assert model.status_ in STATUSES
        assert model.gap_ >= 0
        assert np.isfinite(model.dual_coef_).all()


def test_an_error_in_a_function_reaches_the_caller():
    def broken(left, right):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        SVC(kernel=broken).fit(X, LABELS)


def test_wrong_shapes_to_predict_are_named_too():
    def moody(left, right):
        return gram("rbf", left, right) if len(left) > 1 else np.ones(3)

    model = SVC(kernel=moody).fit(X, LABELS)
    with pytest.raises(KernelShapeError, match="moody"):
        model.predict(X[:1])


def test_a_matrix_that_does_not_fit_into_the_limit_is_refused_before_any_value():
    def never(left, right):
        raise AssertionError("a value was asked for")

    with pytest.raises(MemoryLimitError, match="3000 x 3000 values"):
        SVC(kernel=never, memory_limit=2**24).fit(list(range(3000)), [0, 1] * 1500)


# --- rows of any kind -------------------------------------------------------------------------------

WORDS = ["apple", "apply", "ape", "maple", "pal", "xyz", "zoo", "oxo", "yoyo", "zzz"]
FRUIT = [1] * 5 + [0] * 5
GRAPHS = [{0: [1], 1: [2]}, {0: [1], 1: [2, 3]}, {0: [1]}, {7: [8], 8: [9]}, {7: [8], 8: [7, 9]}, {8: [9]}]


@pytest.mark.parametrize("rows", [WORDS, tuple(WORDS), np.array(WORDS), np.array(WORDS, dtype=object), pd.Series(WORDS)])
def test_words(rows):
    model = SVC(kernel=shared).fit(rows, FRUIT)
    assert model.status_ == "optimal"
    assert judge(model, shared(WORDS, WORDS), np.array(FRUIT)).certifies(1e-3)
    assert model.predict(rows).tolist() == FRUIT
    assert [list(model.support_vectors_)[k] for k in range(len(model.support_))] == [WORDS[i] for i in model.support_]
    assert certify(model, rows, FRUIT).relative_gap <= 1e-3
    assert model.shape_fit_ == (10,)


def test_graphs():
    model = SVC(kernel=edges).fit(GRAPHS, [0, 0, 0, 1, 1, 1])
    assert model.predict(GRAPHS).tolist() == [0, 0, 0, 1, 1, 1]
    assert OneClassSVM(kernel=edges, nu=0.5).fit(GRAPHS).status_ == "optimal"
    assert SVR(kernel=edges).fit(GRAPHS, np.arange(6.0)).status_ == "optimal"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_with_columns_of_different_kinds(library):
    frames = pytest.importorskip(library)
    table = frames.DataFrame({"height": X[:, 0], "word": ["a" if name == "yes" else "b" for name in LABELS]})
    seen = set()

    def mixed(left, right):
        seen.update({type(left), type(right)})
        same = np.asarray(left["word"])[:, None] == np.asarray(right["word"])[None, :]
        return same + gram("rbf", np.asarray(left["height"])[:, None], np.asarray(right["height"])[:, None])

    model = SVC(kernel=mixed).fit(table, LABELS)
    assert (model.predict(table) == LABELS).all()
    assert seen == {frames.DataFrame}
    assert certify(model, table, LABELS).relative_gap <= 1e-3


def test_a_function_gets_frames_beside_a_kernel_of_numbers():
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    seen = set()

    def first_column(left, right):
        seen.update({type(left), type(right)})
        return np.outer(left["a"], right["a"])

    model = SVC(kernel=PythonKernel(first_column) + RBF(gamma=1.0)).fit(table, LABELS)
    values = model.decision_function(table)
    K = np.outer(X[:, 0], X[:, 0]) + gram("rbf", X, gamma=1.0)
    assert judge(model, K, LABELS).certifies(1e-3)
    np.testing.assert_allclose(values, K[:, model.support_] @ model.dual_coef_[0] + model.intercept_, atol=1e-9)
    assert seen == {pd.DataFrame}


# --- kernels as objects -----------------------------------------------------------------------------


def test_grid_search_over_kernels_and_their_numbers():
    grid = {"kernel": [Linear(), RBF(), 2.0 * RBF() + Linear()], "C": [1.0, 10.0]}
    found = GridSearchCV(SVC(), grid, cv=3).fit(X, LABELS)
    assert isinstance(found.best_params_["kernel"], (Linear, RBF, type(RBF() + Linear())))
    nested = GridSearchCV(
        SVC(kernel=RBF() + 3.0 * Linear()), {"kernel__k1__gamma": [0.1, 1.0], "kernel__k2__factor": [1, 2]}, cv=3
    )
    nested.fit(X, LABELS)
    assert set(nested.best_params_) == {"kernel__k1__gamma", "kernel__k2__factor"}
    assert nested.best_estimator_.kernel.k2.factor == nested.best_params_["kernel__k2__factor"]


def test_parameters_are_nested_and_cloned_apart():
    model = SVC(kernel=RBF(gamma=0.5) * (Polynomial(degree=2) + Chi2()))
    assert model.get_params()["kernel__k2__k1__degree"] == 2
    copy = clone(model).set_params(kernel__k2__k1__degree=4, kernel__k1__gamma="auto")
    assert model.kernel.k2.k1.degree == 2
    assert copy.kernel.k2.k1.degree == 4
    assert copy.kernel.k1.gamma == "auto"
    assert clone(model).kernel == model.kernel
    assert hash(clone(model).kernel) == hash(model.kernel)
    assert pickle.loads(pickle.dumps(model)).kernel == model.kernel


def test_fit_leaves_the_kernel_of_the_user_alone():
    kernel = RBF() + Scaled(2.0, Polynomial())
    model = SVC(kernel=kernel).fit(X, LABELS)
    assert kernel.k1.gamma == "scale"
    assert model.kernel is kernel
    assert isinstance(model.kernel_.k1.gamma, float)


@pytest.mark.parametrize("kernel", [RBF() + Linear(), shared])
def test_models_are_pickled(kernel):
    rows, labels = (X, LABELS) if kernel is not shared else (WORDS, FRUIT)
    model = SVC(kernel=kernel).fit(rows, labels)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.decision_function(rows).tolist() == model.decision_function(rows).tolist()


@pytest.mark.parametrize(
    "kernel", [Scaled(0.0, RBF()), Scaled(-1.0, RBF()), Scaled(np.inf, RBF()), RBF(gamma=-1.0), RBF(gamma=np.nan),
               RBF(gamma="big"), Polynomial(degree=-1), Polynomial(coef0=np.inf), PythonKernel(3),
               RBF() + Scaled(True, RBF())],
)  # fmt: skip
def test_numbers_of_kernels_are_checked(kernel):
    with pytest.raises(InvalidParameterError):
        SVC(kernel=kernel).fit(X, LABELS)


@pytest.mark.parametrize("kernel", ["poly3", "RBF", 3, None, RBF, ["rbf"]])
def test_what_is_no_kernel_is_named(kernel):
    with pytest.raises(InvalidParameterError, match="'kernel' parameter must be one of 'linear'"):
        SVC(kernel=kernel).fit(X, LABELS)


def test_precomputed_and_python_kernels_in_cross_validation():
    K = gram("rbf", X)
    with warnings.catch_warnings():
        warnings.simplefilter("error", NotConvergedWarning)
        by_matrix = cross_val_score(SVC(kernel="precomputed"), K, LABELS, cv=3)
        by_function = cross_val_score(SVC(kernel=lambda a, b: gram("rbf", a, b)), X, LABELS, cv=3)
    np.testing.assert_array_equal(by_matrix, by_function)
