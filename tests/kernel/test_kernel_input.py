"""What bad input gets from the kernel machines: a named error, never a crash, a hang or silence; and hostile data."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from kernel_cases import FIVE, make_data, target_of
from kernel_oracle import gram, judge

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify, exceptions
from maxmargin.exceptions import NotConvergedWarning

X, LABELS, TARGETS = make_data(60, 4, seed=8)
STATUSES = {"optimal", "stopped_by_max_iter", "stopped_by_max_time", "numerical_limit"}


def fit(machine, rows=X, labels=LABELS, targets=TARGETS, weights=None, **parameters):
    model = FIVE[machine](**parameters)
    return model.fit(rows, target_of(machine, labels, targets), sample_weight=weights)


def with_value(value, row=17, column=2):
    Z = X.copy()
    Z[row, column] = value
    return Z


# --- X --------------------------------------------------------------------------------------------

BAD_ROWS = {
    "nan": (with_value(np.nan), "NonFiniteError", "1 NaN value .first at row 17, column 2"),
    "inf": (with_value(-np.inf), "NonFiniteError", "infinite value .first at row 17, column 2"),
    "sparse nan": (sp.csr_array(with_value(np.nan)), "NonFiniteError", "first at row 17, column 2"),
    "no rows": (X[:0], "EmptyInputError", "0 sample"),
    "no columns": (X[:, :0], "EmptyInputError", "0 feature"),
    "a vector": (X[:, 0], "ShapeError", "2-D"),
    "a cube": (X[:, :, None], "ShapeError", "2-D"),
    "complex": (X + 1j, "ComplexInputError", "Complex data not supported"),
    "text": (X.astype(str), "UnsupportedTypeError", "numbers"),
    "mixed": (np.hstack([X.astype(object), LABELS[:, None]]), "UnsupportedTypeError", "at row 0, column 4"),
    "dates": (X.astype("datetime64[s]"), "UnsupportedTypeError", "numbers"),
    "ragged": ([[1.0, 2.0], [1.0]] * 30, "ShapeError", "table of numbers"),
    "a string": ("rows", "UnsupportedTypeError", "str"),
    "nothing": (None, "UnsupportedTypeError", "NoneType"),
    "a matrix": (np.asmatrix(X), "UnsupportedTypeError", "matrix"),
    "masked": (np.ma.masked_greater(X, 0.5), "UnsupportedTypeError", "masked"),
    "frame of text": (pd.DataFrame({"a": LABELS}), "InvalidInputError", "X"),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_rows_are_named(machine, case):
    rows, kind, message = BAD_ROWS[case]
    with pytest.raises(getattr(exceptions, kind), match=message) as caught:
        fit(machine, rows)
    assert isinstance(caught.value, ValueError)
    model = fit(machine)
    if case not in ("no rows", "a matrix"):
        with pytest.raises(exceptions.InvalidInputError):
            model.predict(rows)


def test_sparse_structures_are_checked_or_put_in_order():
    A = sp.csr_array(X)
    plain = SVC().fit(A, LABELS).decision_function(X)
    unsorted = A.copy()
    for i in range(60):
        part = slice(A.indptr[i], A.indptr[i + 1])
        unsorted.indices[part], unsorted.data[part] = A.indices[part][::-1], A.data[part][::-1]
    twice = sp.csr_array((np.repeat(A.data / 2, 2), np.repeat(A.indices, 2), 2 * A.indptr), shape=A.shape)
    for rows in (unsorted, twice, sp.coo_array(A), sp.csc_array(A), sp.lil_array(A), sp.csr_matrix(A)):
        assert rows.toarray().tolist() == X.tolist()
        np.testing.assert_allclose(SVC().fit(rows, LABELS).decision_function(rows), plain, atol=1e-9)
    broken = A.copy()
    broken.indices = broken.indices.copy()
    broken.indices[3] = 4
    with pytest.raises(exceptions.SparseStructureError, match="only 4 columns"):
        SVC().fit(broken, LABELS)
    broken.indices[3] = -1
    with pytest.raises(exceptions.IndexOverflowError, match="negative column index"):
        SVC().fit(broken, LABELS)


@pytest.mark.parametrize("machine", FIVE)
def test_other_numbers_of_columns_to_predict(machine):
    model = fit(machine)
    for rows in (X[:, :3], np.hstack([X, X]), sp.csr_array(X[:, :2])):
        with pytest.raises(exceptions.ShapeError, match="is expecting 4 features"):
            model.predict(rows)
    precomputed = fit(machine, X @ X.T, kernel="precomputed")
    with pytest.raises(exceptions.ShapeError, match=r"X.shape\[1\] = 7"):
        precomputed.predict((X @ X.T)[:, :7])


def test_precomputed_matrices_are_square_and_dense():
    with pytest.raises(exceptions.ShapeError, match="square"):
        SVC(kernel="precomputed").fit(X, LABELS)
    with pytest.raises(exceptions.UnsupportedTypeError, match="toarray"):
        SVC(kernel="precomputed").fit(sp.csr_array(X @ X.T), LABELS)


@pytest.mark.parametrize("store", [np.asarray, np.asfortranarray, sp.csr_array], ids=["C", "F", "csr"])
def test_chi2_wants_no_negative_values(store):
    Z = with_value(-0.25, row=33)
    with pytest.raises(exceptions.InvalidInputError, match=r"negative values .first at row 33"):
        SVC(kernel="chi2").fit(store(Z), LABELS)
    model = SVC(kernel="chi2").fit(store(X), LABELS)
    with pytest.raises(exceptions.InvalidInputError, match="negative values"):
        model.predict(store(Z))


# --- y, weights, parameters -----------------------------------------------------------------------

BAD_LABELS = {
    "one class": (["yes"] * 60, "SingleClassError", "one class"),
    "too few": (LABELS[:59], "ShapeError", "60 rows but y has 59"),
    "none": (None, "InvalidTargetError", "requires y"),
    "nan": (np.where(LABELS == "yes", np.nan, 1.0), "NonFiniteError", "NaN"),
    "fractions": (TARGETS, "InvalidTargetError", "continuous"),
    "missing": (np.where(LABELS == "yes", None, "no"), "InvalidTargetError", "missing label"),
    "two columns": (np.ones((60, 2)), "ShapeError", "1d array"),
    "complex": (np.ones(60) * 1j, "ComplexInputError", "omplex"),
}


@pytest.mark.parametrize("make", [SVC, NuSVC])
@pytest.mark.parametrize("case", BAD_LABELS)
def test_bad_labels_are_named(make, case):
    labels, kind, message = BAD_LABELS[case]
    with pytest.raises(getattr(exceptions, kind), match=message):
        make().fit(X, labels)


BAD_TARGETS = {
    "too few": (TARGETS[:59], "ShapeError", "60 rows but y has 59"),
    "none": (None, "InvalidTargetError", "requires y"),
    "nan": (np.where(TARGETS > 0, np.nan, TARGETS), "NonFiniteError", "NaN"),
    "inf": (np.where(np.arange(60) == 7, np.inf, TARGETS), "NonFiniteError", "first at row 7"),
    "text": (LABELS, "InvalidTargetError", "not numbers"),
    "two columns": (np.ones((60, 2)), "ShapeError", "1d array"),
    "complex": (TARGETS * 1j, "ComplexInputError", "omplex"),
}


@pytest.mark.parametrize("make", [SVR, NuSVR])
@pytest.mark.parametrize("case", BAD_TARGETS)
def test_bad_targets_are_named(make, case):
    targets, kind, message = BAD_TARGETS[case]
    with pytest.raises(getattr(exceptions, kind), match=message):
        make().fit(X, targets)


BAD_WEIGHTS = {
    "negative": (np.where(np.arange(60) == 5, -1.0, 1.0), "first -1 at row 5"),
    "all zero": (np.zeros(60), "all sample weights are zero"),
    "too few": (np.ones(59), "59 entries"),
    "a matrix": (np.ones((60, 1)), "1D"),
    "text": (LABELS, "numbers"),
}


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_bad_weights_are_named(machine, case):
    with pytest.raises(exceptions.InvalidWeightError, match=BAD_WEIGHTS[case][1]):
        fit(machine, weights=BAD_WEIGHTS[case][0])


@pytest.mark.parametrize("machine", FIVE)
def test_weights_that_are_not_finite_are_named(machine):
    with pytest.raises(exceptions.NonFiniteError, match="first at row 3"):
        fit(machine, weights=np.where(np.arange(60) == 3, np.nan, 1.0))


@pytest.mark.parametrize("make", [SVC, NuSVC])
def test_weights_that_leave_one_class_are_named(make):
    with pytest.raises(exceptions.SingleClassError, match="rows of positive weight"):
        make().fit(X, LABELS, sample_weight=(LABELS == "yes").astype(float))


BAD_PARAMETERS = [
    ("C", 0.0), ("C", -1.0), ("C", np.nan), ("C", "1"), ("nu", 0.0), ("nu", 1.1), ("nu", np.nan), ("epsilon", -0.1),
    ("epsilon", np.inf), ("tol", 0.0), ("tol", -1.0), ("tol", np.inf), ("max_iter", -2), ("max_iter", 1.5), ("max_time", 0),
    ("n_jobs", 0), ("memory_limit", 0), ("gamma", -1.0), ("gamma", "wide"), ("gamma", np.inf), ("coef0", np.nan), ("degree", -1),
    ("cache_size", 0), ("callback", 3), ("class_weight", "even"), ("class_weight", {"no": -1.0}), ("class_weight", {"no": 0.0}),
    ("class_weight", {"maybe": 2.0}), ("multi_class", "all"), ("decision_function_shape", "ovx"), ("fit_intercept", 1),
]  # fmt: skip


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize(("name", "value"), BAD_PARAMETERS, ids=lambda v: str(v))
def test_parameters_outside_their_range_are_named(machine, name, value):
    if name not in FIVE[machine]().get_params():
        pytest.skip("no parameter of this machine")
    kernel = "poly" if name in ("coef0", "degree") else "rbf"
    model = FIVE[machine](kernel=kernel).set_params(**{name: value})
    with pytest.raises(exceptions.InvalidInputError, match=name):
        model.fit(X, target_of(machine, LABELS, TARGETS))


# --- hostile data ---------------------------------------------------------------------------------

rng = np.random.default_rng(0)
BASE = rng.normal(size=(120, 5))
SIDE = np.where(BASE[:, 0] + 0.5 * rng.normal(size=120) > 0, 1, -1)
HOSTILE = {
    "one column of 1e30": (np.hstack([BASE, 1e30 * BASE[:, :1]]), SIDE),
    "all of 1e30": (BASE * 1e30, SIDE),
    "all of 1e200": (BASE * 1e200, SIDE),
    "all of 1e-30": (BASE * 1e-30, SIDE),
    "denormal": (BASE * 1e-310, SIDE),
    "constant column": (np.hstack([BASE, np.full((120, 1), 7.0)]), SIDE),
    "only constant columns": (np.ones((50, 3)), np.arange(50) % 2),
    "only zeros": (np.zeros((50, 3)), np.arange(50) % 2),
    "duplicated rows": (np.repeat(BASE[:8], 30, axis=0), np.repeat(SIDE[:8], 30)),
    "duplicated rows that contradict": (np.repeat(BASE[:8], 30, axis=0), np.arange(240) % 2),
    "one row of each class": (BASE[:2], np.array([0, 1])),
    "two equal rows": (np.ones((2, 3)), np.array([0, 1])),
    "a class for each row": (BASE[:12], np.arange(12)),
    "more columns than rows": (rng.normal(size=(10, 2000)), np.arange(10) % 2),
    "empty sparse": (sp.csr_array((30, 6)), np.arange(30) % 2),
    "one against many": (BASE, np.where(np.arange(120) == 60, 1, -1)),
}
EXTREME = [{}, {"C": 1e12}, {"C": 1e300}, {"C": 1e-300}, {"C": np.inf}]


@pytest.mark.slow
@pytest.mark.parametrize("parameters", EXTREME, ids=str)
@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly"])
@pytest.mark.parametrize("case", HOSTILE)
def test_every_hostile_fit_returns_with_a_status_and_a_gap(case, kernel, parameters):
    assert_returns(case, kernel, parameters)


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_fits_return_with_a_status_and_a_gap(case):
    assert_returns(case, "rbf", {})
    assert_returns(case, "linear", {"C": 1e12})


def assert_returns(case, kernel, parameters):
    rows, y = HOSTILE[case]
    for make in (SVC, SVR, NuSVC, NuSVR, OneClassSVM):
        known = {name: value for name, value in parameters.items() if name in make().get_params()}
        if parameters and not known:
            continue
        nu = {"nu": 0.01} if make is NuSVC else {}
        model = make(kernel=kernel, max_time=30.0, **known, **nu)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                model.fit(rows, y)
            except exceptions.NonFiniteError as error:
                assert "scale the features" in str(error)
                assert np.abs(rows).max() >= 1e100
                continue
        assert model.status_ in STATUSES - {"stopped_by_max_time"}
        assert model.gap_ >= 0
        assert not np.isnan(model.relative_gap_)
        assert np.isfinite(model.dual_coef_.data if sp.issparse(model.dual_coef_) else model.dual_coef_).all()
        assert np.isfinite(model.intercept_).all()
        assert {w.category for w in caught} == (set() if model.status_ == "optimal" else {NotConvergedWarning})
        if model.status_ == "optimal":
            assert model.relative_gap_ <= 1.001e-3
        assert len(model.predict(rows)) == rows.shape[0]
        assert certify(model, rows, y).gap >= 0


SOLVABLE = [
    "constant column", "only constant columns", "only zeros", "duplicated rows", "duplicated rows that contradict",
    "one row of each class", "two equal rows", "a class for each row", "more columns than rows", "empty sparse",
    "one against many",
]  # fmt: skip


@pytest.mark.parametrize("C", [1.0, 1e12])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("case", SOLVABLE)
def test_solvable_though_hostile(case, kernel, C):
    if (case, kernel, C) == ("constant column", "linear", 1e12):
        pytest.skip("multipliers of 1e12 times values of 49 must cancel to 1: float64 cannot")
    rows, y = HOSTILE[case]
    model = SVC(kernel=kernel, C=C).fit(rows, y)
    assert model.status_ == "optimal"
    if len(model.classes_) == 2 and C == 1.0:
        gamma = model.kernel_.gamma if kernel == "rbf" else 1.0
        assert judge(model, gram(kernel, rows, gamma=gamma), y).certifies(1e-3)


@pytest.mark.parametrize("make", [SVC, lambda **p: NuSVC(nu=1e-5, **p)], ids=["SVC", "NuSVC"])
def test_one_row_against_twenty_thousand(make):
    Z = rng.normal(size=(20_001, 2)).astype(np.float32)
    labels = np.zeros(len(Z), dtype=np.int8)
    labels[12_345] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model = make(max_time=60.0).fit(Z, labels)
    assert model.status_ in {"optimal", "numerical_limit"}
    assert np.isfinite(model.gap_)


# --- frames and names -----------------------------------------------------------------------------


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames_keep_their_names(machine, frame):
    names = ["a", "b", "c", "d"]
    table = pd.DataFrame(X, columns=names) if frame is pd.DataFrame else pl.DataFrame(X, schema=names)
    model = fit(machine, table)
    assert model.feature_names_in_.tolist() == names
    np.testing.assert_allclose(model.dual_coef_, fit(machine).dual_coef_, atol=1e-6)
    model.predict(table)
    other = table.rename(columns={"a": "z"}) if frame is pd.DataFrame else table.rename({"a": "z"})
    with pytest.raises(exceptions.ShapeError, match="feature names"):
        model.predict(other)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X)
