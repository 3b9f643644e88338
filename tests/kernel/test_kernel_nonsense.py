"""What looks like data and is none, or has no kernel value: named, with the remedy, and never trained on."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from kernel_cases import FIVE, make_data, target_of

from maxmargin import SVC, SVR, LinearSVC, NuSVR, exceptions
from maxmargin.kernels import RBF, Linear, Polynomial, Product, Sum

X, LABELS, TARGETS = make_data(60, 4, seed=8)
X = X - X.mean(axis=0)  # of both signs


# --- degrees that are not whole -------------------------------------------------------------------


@pytest.mark.parametrize(
    "kernel", [Polynomial(degree=2.5, gamma=1.0), RBF() + Polynomial(degree=0.5, gamma=1.0, coef0=-1.0)]
)
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
def test_a_fractional_degree_of_rows_that_may_have_no_value_is_refused(kernel, store):
    with pytest.raises(exceptions.InvalidInputError, match=r"no real value .* take a whole degree"):
        SVC(kernel=kernel).fit(store(X), LABELS)
    with pytest.raises(exceptions.InvalidInputError, match="no real value"):
        kernel(X, np.abs(X))


@pytest.mark.parametrize(
    ("rows", "kernel"),
    [(np.abs(X), Polynomial(degree=2.5)), (X, Polynomial(degree=2.5, gamma=1.0, coef0=float((X**2).sum(axis=1).max())))],
    ids=["rows that are not negative", "a large coef0"],
)
@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")  # such powers may be no inner products
def test_a_fractional_degree_is_fitted_where_all_values_exist(rows, kernel):
    model = SVC(kernel=kernel).fit(rows, LABELS)
    assert model.status_ == "optimal"
    K = (model.kernel_.gamma * rows @ rows[model.support_].T + model.kernel_.coef0) ** 2.5
    expected = K @ model.dual_coef_[0] + model.intercept_[0]
    np.testing.assert_allclose(model.decision_function(rows), expected, rtol=1e-6, atol=1e-6)
    with pytest.raises(exceptions.InvalidInputError, match="no real value"):
        model.predict(-10.0 * rows)


# --- values from Python ---------------------------------------------------------------------------


def test_masked_kernel_values_are_refused():
    def kernel(left, right):
        return np.ma.masked_less(left @ right.T, 0.0)

    with pytest.raises(exceptions.KernelValueError, match="masked"):
        SVC(kernel=kernel).fit(X, LABELS)


@pytest.mark.parametrize("rows", [X, list("abcdef") * 10], ids=["numbers", "words"])
def test_waves_of_a_python_function_are_refused_whatever_its_rows(rows):
    with pytest.raises(exceptions.InvalidParameterError, match="rbf and laplacian"):
        SVC(kernel=lambda a, b: np.ones((len(a), len(b))), approximation="fourier").fit(rows, LABELS)


# --- targets and weights --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [SVR, NuSVR])
@pytest.mark.parametrize("kind", ["datetime64[D]", "timedelta64[s]"])
def test_times_are_no_numbers_to_learn(make, kind):
    with pytest.raises(exceptions.InvalidTargetError, match="Convert them"):
        make().fit(X, np.arange(60).astype(kind))


BAD_WEIGHTS = {
    "complex": (np.ones(60) + 1j, "of type complex128"),
    "times": (np.ones(60).astype("timedelta64[s]"), "of type timedelta64"),
    "sparse": (sp.csr_array(np.ones((1, 60))), "is sparse; pass a 1-D array"),
    "too large together": (np.full(60, 1e308), "divide all weights by the largest"),
}


@pytest.mark.parametrize("machine", [*FIVE, "LinearSVC"])
@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_weights_that_are_no_numbers_or_too_large_are_named(machine, case):
    weights, message = BAD_WEIGHTS[case]
    model, y = (LinearSVC(), LABELS) if machine == "LinearSVC" else (FIVE[machine](), target_of(machine, LABELS, TARGETS))
    with pytest.raises(exceptions.InvalidWeightError, match=message):
        model.fit(X, y, sample_weight=weights)


# --- rows -----------------------------------------------------------------------------------------

BAD_ROWS = {
    "words": (["one", "two"] * 30, "UnsupportedTypeError", "got text.*a Python function"),
    "words of an array": (np.array(["one", "two"] * 30, dtype=object), "UnsupportedTypeError", "got text"),
    "an iterator": (iter(X), "UnsupportedTypeError", "of type iterator; expected"),
    "lengths": ([[1.0, 2.0]] * 59 + [[1.0]], "ShapeError", "row 0 has 2 values, but row 59 has 1"),
    "a date": (pd.DataFrame({"a": X[:, 0], "when": pd.date_range("2020", periods=60)}), "InvalidInputError", "'when'"),
    "sparse with NaN": (pd.DataFrame(X).astype(pd.SparseDtype("float")), "InvalidInputError", "the fill value 0"),
}


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("case", BAD_ROWS)
def test_rows_that_are_no_table_are_named_with_the_remedy(machine, case):
    rows, kind, message = BAD_ROWS[case]
    with pytest.raises(getattr(exceptions, kind), match=message):
        FIVE[machine]().fit(rows, target_of(machine, LABELS, TARGETS))


def test_other_columns_are_named_with_the_remedy():
    frame = pd.DataFrame(X, columns=list("abcd"))
    with pytest.raises(exceptions.ShapeError, match=r"must be in the same order[^X]*X\[model.feature_names_in_\]"):
        SVC().fit(frame, LABELS).predict(frame[list("badc")])


# --- numbers that overflow ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("machine", "rows", "scale", "parameters"),
    [
        ("SVC", 1e300, 1.0, {"gamma": 1.0}),
        ("SVR", 1.0, 1e300, {}),
        ("NuSVR", 1.0, 1e200, {}),
        ("SVC", 1e160, 1.0, {"kernel": "linear"}),
    ],
)
def test_what_overflows_ends_in_words_and_no_other_warning(machine, rows, scale, parameters):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = FIVE[machine](**parameters).fit(rows * X, target_of(machine, LABELS, scale * TARGETS))
    assert model.status_ in {"optimal", "numerical_limit"}
    assert [w.category for w in caught] == [exceptions.NotConvergedWarning] * (model.status_ != "optimal")


@pytest.mark.parametrize(
    ("approximation", "kernel", "scale", "gamma", "what"),
    [
        ("nystroem", "linear", 1e160, 1.0, "kernel values"),
        ("fourier", "rbf", 1e160, 1.0, "kernel values"),
        ("fourier", "rbf", 5e153, 8e307, "components"),
    ],
)
def test_approximations_of_what_overflows_are_refused(approximation, kernel, scale, gamma, what):
    with pytest.raises(exceptions.KernelValueError, match=f"some {what} .* scale the features"):
        SVC(kernel=kernel, gamma=gamma, approximation=approximation).fit(scale * X, LABELS)


def test_large_kernel_values_are_approximated_as_small_ones_are():
    small, large = (SVC(kernel="linear", C=1 / c, approximation="nystroem").fit(c**0.5 * X, LABELS) for c in (1.0, 2.0**600))
    assert small.n_components_ == large.n_components_
    assert small.approximation_error_ == pytest.approx(large.approximation_error_)


# --- what somebody changed, or never was ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("intercept_", lambda b: b[:-1], "intercept_ has 0 numbers for 1 problems"),
        ("support_vectors_", lambda Z: Z[:, :-1], "support_vectors_ has 3 columns for 4 features"),
    ],
)
def test_an_altered_model_is_refused(name, change, message):
    model = SVC().fit(X, LABELS)
    setattr(model, name, change(getattr(model, name)))
    with pytest.raises(exceptions.InvalidModelError, match=message):
        model.predict(X)


@pytest.mark.parametrize("kernel", [Sum("rbf", Linear()), Product(RBF(), None), 2.0 * Sum(Linear(), np.inner)])
def test_a_part_that_is_no_kernel_is_named(kernel):
    with pytest.raises(exceptions.InvalidParameterError, match=r"takes kernels of maxmargin.kernels\. Got"):
        SVC(kernel=kernel).fit(X, LABELS)


def test_a_frame_that_is_not_there_yet_is_named():
    with pytest.raises(exceptions.UnsupportedTypeError, match="X is of type LazyFrame"):
        SVC().fit(pl.LazyFrame({"a": [1.0, 2.0]}), [0, 1])


@pytest.mark.parametrize("classes", [2, 3])
def test_coefficients_of_more_columns_than_memory_has_room_for(classes):
    random = np.random.default_rng(0)
    rows, columns = np.repeat(np.arange(30), 3), random.integers(0, 2**42, size=90)
    table = sp.coo_array((random.normal(size=90), (rows, columns)), shape=(30, 2**42)).tocsr()
    model = SVC(kernel="linear", C=10.0).fit(table, np.arange(30) % classes)
    used, places = np.unique(table.indices, return_inverse=True)
    narrow = sp.csr_array((table.data, places, table.indptr), shape=(30, used.size))
    expected = SVC(kernel="linear", C=10.0).fit(narrow, np.arange(30) % classes)
    assert model.coef_.shape == (1 if classes == 2 else 3, 2**42)
    found = np.zeros(expected.coef_.shape)
    entries = model.coef_.tocoo()
    found[entries.row, np.searchsorted(used, entries.col)] = entries.data
    np.testing.assert_allclose(found, expected.coef_.toarray(), atol=1e-9)
    np.testing.assert_allclose(model.decision_function(table), expected.decision_function(narrow), atol=1e-9)
