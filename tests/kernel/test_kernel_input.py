"""What bad input gets from the kernel machines: a named error, never a crash, a hang or silence; and names of columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from kernel_cases import FIVE, make_data, target_of

from maxmargin import SVC, SVR, NuSVC, NuSVR, certify, exceptions

X, LABELS, TARGETS = make_data(60, 4, seed=8)


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


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("kernel", ["rbf", "laplacian", "precomputed"])
@pytest.mark.parametrize("dtype", [np.int8, np.float16])
def test_narrow_numbers_are_what_they_are_in_float32(machine, kernel, dtype):
    wide = np.round(5.0 * X).astype(np.float32)
    wide = np.round(wide @ wide.T) if kernel == "precomputed" else wide - 2.0
    narrow = wide.astype(dtype)
    assert (narrow == wide).all()
    model, known = fit(machine, narrow, kernel=kernel), fit(machine, wide, kernel=kernel)
    assert model.dual_coef_.tolist() == known.dual_coef_.tolist()
    assert model.intercept_.tolist() == known.intercept_.tolist()
    assert model.predict(narrow).tolist() == known.predict(wide).tolist()
    assert model.support_vectors_.astype(float).tolist() == known.support_vectors_.astype(float).tolist()
    target = target_of(machine, LABELS, TARGETS)
    assert certify(model, narrow, target).gap == certify(known, wide, target).gap


@pytest.mark.parametrize("machine", FIVE)
def test_sparse_integers_of_a_byte(machine):
    wide = sp.csr_array(np.round(5.0 * X).astype(np.float32))
    model, known = fit(machine, wide.astype(np.int8)), fit(machine, wide)
    assert model.dual_coef_.toarray().tolist() == known.dual_coef_.toarray().tolist()
    assert model.predict(wide.astype(np.int8)).tolist() == known.predict(wide).tolist()


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
    "all zero": (np.zeros(60), "all samples have zero or negative weights"),
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
    ("n_jobs", 0), ("memory_limit", 0), ("gamma", -1.0), ("gamma", "wide"), ("gamma", np.inf), ("coef0", np.nan),
    ("degree", -1), ("cache_size", 0), ("callback", 3), ("class_weight", "even"), ("class_weight", {"no": -1.0}),
    ("class_weight", {"no": 0.0}), ("class_weight", {"maybe": 2.0}), ("multi_class", "all"),
    ("decision_function_shape", "ovx"), ("fit_intercept", 1),
]  # fmt: skip
OF_MACHINES = [(m, name, value) for m in FIVE for name, value in BAD_PARAMETERS if name in FIVE[m]().get_params()]


@pytest.mark.parametrize(("machine", "name", "value"), OF_MACHINES, ids=str)
def test_parameters_outside_their_range_are_named(machine, name, value):
    model = FIVE[machine](kernel="poly" if name in ("coef0", "degree") else "rbf").set_params(**{name: value})
    with pytest.raises(exceptions.InvalidInputError, match=name):
        model.fit(X, target_of(machine, LABELS, TARGETS))


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
