"""Raw input: what is read in place, what is converted, and the named error that every defect gets."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from maxmargin import LinearSVC, exceptions
from maxmargin._validation import Copies, resolve_n_jobs, validate_design, validate_target, validate_weights
from maxmargin._validation.dense import to_array, to_floats
from maxmargin._validation.sparse import to_csr_arrays

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4))
X.flags.writeable = False
y = np.where(X[:, 0] > 0, 1, -1)


def decision(data):
    return validate_design(data).decision(np.arange(1.0, 5.0), 0.5)


# --- dense ----------------------------------------------------------------------------------------

LAYOUTS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "every second row": lambda a: np.repeat(a, 2, axis=0)[::2],
    "every second column": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "reversed": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "transposed": lambda a: a.T.copy().T,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_floats_of_any_layout_are_borrowed(layout, dtype):
    array = LAYOUTS[layout](X.astype(dtype))
    assert to_floats(to_array(array, Copies()), Copies()) is array
    np.testing.assert_allclose(decision(array), array.astype(float) @ np.arange(1.0, 5.0) + 0.5, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "float16"])
def test_small_numbers_become_float32(dtype):
    array = (rng.integers(0, 2, size=(30, 4))).astype(dtype)
    assert to_floats(array, Copies()).dtype == np.float32
    np.testing.assert_allclose(decision(array), array.astype(float) @ np.arange(1.0, 5.0) + 0.5)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64", "longdouble"])
def test_wide_numbers_become_float64(dtype):
    array = (rng.integers(0, 100, size=(30, 4))).astype(dtype)
    assert to_floats(array, Copies()).dtype == np.float64
    np.testing.assert_allclose(decision(array), array.astype(float) @ np.arange(1.0, 5.0) + 0.5)


def test_read_only_foreign_bytes_and_unaligned_arrays_are_read():
    frozen = X.copy()
    frozen.flags.writeable = False
    packed = np.zeros(30, dtype=[("tag", "u1"), ("values", "f8", 4)])
    packed["values"] = X
    for array in (frozen, X.astype(">f8"), packed["values"], X.tolist(), np.asarray(X, dtype=object)):
        np.testing.assert_allclose(decision(array), decision(X))


def test_frames_are_read():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frame = pd.DataFrame(X, columns=list("abcd"))
    for data in (
        frame,
        pl.DataFrame(X, schema=list("abcd")),
        frame.astype("Float64"),
        frame.convert_dtypes(),
    ):
        np.testing.assert_allclose(decision(data), decision(X))


def test_frame_errors_name_the_column():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X.copy(), columns=["age", "height", "weight", "income"])  # pandas 2 borrows
    frame.loc[3, "weight"] = np.nan
    with pytest.raises(exceptions.NonFiniteError, match=r"1 NaN value \(first at row 3, column 2 \('weight'\)\)"):
        validate_design(frame)


@pytest.mark.parametrize(
    ("defect", "error", "message"),
    [
        (np.ones(5), exceptions.ShapeError, "Reshape your data"),
        (np.ones((2, 2, 2)), exceptions.ShapeError, "2-D"),
        (np.float64(3.0), exceptions.ShapeError, "scalar"),
        (np.empty((0, 3)), exceptions.EmptyInputError, r"0 sample\(s\)"),
        (np.empty((3, 0)), exceptions.EmptyInputError, r"0 feature\(s\)"),
        (X + 1j, exceptions.ComplexInputError, "Complex data not supported"),
        ([[1.0, 2j]], exceptions.ComplexInputError, "Complex data not supported"),
        (np.array([[1, 2j]], dtype=object), exceptions.ComplexInputError, "Complex data not supported"),
        ([["a", "b"]], exceptions.UnsupportedTypeError, "OneHotEncoder"),
        (np.array([[1.0, "7"]], dtype=object), exceptions.UnsupportedTypeError, "'7' at row 0, column 1"),
        (np.array([[1.0, {}]], dtype=object), exceptions.UnsupportedTypeError, "{} at row 0, column 1"),
        (np.array([["2020-01-01"]], dtype="M8[D]"), exceptions.UnsupportedTypeError, "datetime64"),
        ([[1.0, 2.0], [3.0]], exceptions.InvalidInputError, "cannot be read"),
        (None, exceptions.UnsupportedTypeError, "NoneType"),
        ("text", exceptions.UnsupportedTypeError, "str"),
        (np.ones((1, 1)).view(np.matrix), exceptions.UnsupportedTypeError, "numpy.asarray"),
        (np.ma.masked_equal([[1.0, 2.0]], 2.0), exceptions.UnsupportedTypeError, "1 masked"),
        (sp.csr_array(X + 1j), exceptions.ComplexInputError, "Complex"),
        (sp.csr_array((0, 3)), exceptions.EmptyInputError, "sample"),
    ],
)
def test_defective_design(defect, error, message):
    with pytest.raises(error, match=message) as caught:
        validate_design(defect)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("container", [np.asarray, np.asfortranarray, sp.csr_array, sp.csc_matrix, sp.coo_array])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_first_nan_is_named(container, dtype):
    bad = X.astype(dtype)
    bad[17, 2] = bad[20, 0] = bad[29, 3] = np.nan
    with pytest.raises(exceptions.NonFiniteError, match=r"X has 3 NaN values \(first at row 17, column 2\); drop or impute"):
        validate_design(container(bad))
    bad[3, 1] = -np.inf
    with pytest.raises(exceptions.NonFiniteError, match=r"3 NaN values and 1 infinite value \(first at row 3, column 1\)"):
        validate_design(container(bad))


def test_large_finite_values_are_not_taken_for_infinite():
    assert validate_design(np.full((3, 3), 1.7e308)).n_rows == 3
    assert validate_design(np.full((3, 3), 3e38, dtype=np.float32)).n_rows == 3


# --- sparse ---------------------------------------------------------------------------------------

S = sp.random(30, 4, density=0.5, format="csr", random_state=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix])
def test_compressed_rows_are_borrowed(dtype, index, kind):
    matrix = kind(S.astype(dtype))
    matrix.indices, matrix.indptr = matrix.indices.astype(index), matrix.indptr.astype(index)
    data, indices, indptr = to_csr_arrays(matrix, Copies())
    assert np.shares_memory(data, matrix.data)
    assert np.shares_memory(indices, matrix.indices)
    assert indptr is matrix.indptr or np.shares_memory(indptr, matrix.indptr)
    np.testing.assert_allclose(decision(matrix), matrix.toarray().astype(float) @ np.arange(1.0, 5.0) + 0.5)


@pytest.mark.parametrize("form", ["csc", "coo", "lil", "dok", "bsr", "dia"])
def test_other_sparse_formats_are_converted(form):
    np.testing.assert_allclose(decision(S.asformat(form)), decision(S.toarray()))


def test_unsorted_and_duplicate_indices_are_handled_without_touching_the_input():
    matrix = sp.csr_array((np.arange(1.0, 6.0), [3, 1, 1, 2, 0], [0, 3, 3, 5]), shape=(3, 4))
    before = matrix.data.copy(), matrix.indices.copy(), matrix.indptr.copy()
    data, indices, indptr = to_csr_arrays(matrix, Copies())
    assert (data.tolist(), indices.tolist(), indptr.tolist()) == (
        [5.0, 1.0, 5.0, 4.0],
        [1, 3, 0, 2],
        [0, 2, 2, 4],
    )
    for old, now in zip(before, (matrix.data, matrix.indices, matrix.indptr), strict=True):
        np.testing.assert_array_equal(old, now)


def test_duplicates_of_small_integers_do_not_overflow():
    matrix = sp.csr_array((np.full(4, 100, dtype=np.int8), [1, 1, 1, 1], [0, 4]), shape=(1, 2))
    assert to_csr_arrays(matrix, Copies())[0].tolist() == [400.0]


def corrupted(**parts):
    matrix = S.copy()
    for name, array in parts.items():
        setattr(matrix, name, array)
    return matrix


def changed(array, position, value):
    array = array.copy()
    array[position] = value
    return array


@pytest.mark.parametrize(
    ("matrix", "error"),
    [
        (corrupted(indices=changed(S.indices, 5, -7)), exceptions.IndexOverflowError),
        (corrupted(indices=changed(S.indices, 5, 4)), exceptions.SparseStructureError),
        (corrupted(indptr=changed(S.indptr, 3, -2)), exceptions.IndexOverflowError),
        (corrupted(indptr=changed(S.indptr, 3, 50)), exceptions.SparseStructureError),
        (corrupted(indptr=changed(S.indptr, 30, 10**6)), exceptions.SparseStructureError),
        (corrupted(indptr=changed(S.indptr, 0, 1)), exceptions.SparseStructureError),
        (corrupted(data=S.data[:-1]), exceptions.SparseStructureError),
    ],
)
def test_corrupted_sparse_structure_is_named_never_read(matrix, error):
    with pytest.raises(error):
        validate_design(matrix)


# --- labels and weights ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1, 0, 2], [-1.0, 1.0, -1.0, 1.0], [True, False, True, True], ["b", "a", "c", "a"],
        [10**9, 5, 7, 5], np.array([-128, 127, 0, 0], dtype=np.int8), np.array([2**63, 1, 2, 1], dtype=np.uint64),
        np.array(["x", "y", "x", "y"], dtype=object), np.array([3, 300, 3, 4], dtype=np.uint16), [-5, 100000,
        3, 3],
    ],
)  # fmt: skip
def test_classes_and_codes_are_those_of_unique(labels):
    target = validate_target(labels, 4)
    classes, codes = np.unique(labels, return_inverse=True)
    np.testing.assert_array_equal(target.classes, classes)
    assert target.classes.dtype == classes.dtype
    np.testing.assert_array_equal(target.codes, codes)


def test_labels_of_frames():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    words = ["no", "yes", "no"]
    for labels in (
        pd.Series(words),
        pd.Categorical(words),
        pl.Series(words),
        pd.Series(words, dtype="string"),
    ):
        assert validate_target(labels, 3).classes.tolist() == ["no", "yes"]
    assert validate_target(pd.Series([1, 2, 1], dtype="Int64"), 3).classes.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (None, exceptions.InvalidTargetError, "requires y to be passed, but the target y is None"),
        ([1, 1, 1], exceptions.SingleClassError, "one class: .1."),
        ([0, 1], exceptions.ShapeError, "X has 3 rows but y has 2 labels"),
        ([[0, 1], [1, 0], [0, 1]], exceptions.ShapeError, "1d array"),
        ([0.5, 1.5, 0.5], exceptions.InvalidTargetError, "Unknown label type: continuous"),
        ([0.0, np.nan, 1.0], exceptions.NonFiniteError, r"1 NaN value \(first at row 1\)"),
        ([0, 1j, 1], exceptions.ComplexInputError, "Complex"),
        (np.array(["a", None, "b"], dtype=object), exceptions.InvalidTargetError, "missing label at row 1"),
        (np.array(["a", 3, "b"], dtype=object), exceptions.InvalidTargetError, "mixes types"),
        (np.array(["a", np.nan, "b"], dtype=object), exceptions.NonFiniteError, "row 1"),
        (sp.csr_array([[1], [0], [1]]), exceptions.InvalidTargetError, "sparse"),
    ],
)
def test_defective_labels(labels, error, message):
    with pytest.raises(error, match=message):
        validate_target(labels, 3)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, -2, 1], exceptions.InvalidWeightError, "1 negative entries .first -2 at row 1"),
        ([0, 0, 0], exceptions.InvalidWeightError, "all samples have zero or negative weights: the largest is 0"),
        ([-3, -2, -3], exceptions.InvalidWeightError, "all samples have zero or negative weights: the largest is -2"),
        ([1, np.nan, 1], exceptions.NonFiniteError, "row 1"),
        ([1, 1], exceptions.InvalidWeightError, "2 entries"),
        ([[1], [1], [1]], exceptions.InvalidWeightError, "1D"),
        (["a", "b", "c"], exceptions.InvalidWeightError, "numbers"),
    ],
)
def test_defective_weights(weights, error, message):
    with pytest.raises(error, match=message):
        validate_weights(weights, 3)


def test_one_class_of_positive_weight_is_one_class():
    with pytest.raises(exceptions.SingleClassError, match="rows of positive weight"):
        LinearSVC().fit(X, y, sample_weight=(y > 0).astype(float))


def test_overflow_of_costs_is_named():
    with pytest.raises(exceptions.InvalidWeightError, match="overflows at row 0"):
        LinearSVC(C=1e300).fit(X, y, sample_weight=np.full(30, 1e300))


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("C", 0), ("C", -1.0), ("C", np.nan), ("C", np.inf), ("C", "1"), ("C", None), ("C", True),
        ("tol", 0.0), ("tol", np.nan), ("max_iter", -1), ("max_iter", 1.5), ("max_time", 0),
        ("max_time", np.nan), ("loss", "log"),
        ("loss", None), ("penalty", "l1"), ("penalty", "elastic"), ("multi_class", "crammer_singer"),
        ("multi_class", "ovo"), ("dual", "maybe"), ("fit_intercept", "yes"), ("intercept_scaling", 0),
        ("class_weight", "heavy"), ("class_weight", {1: -1.0}), ("class_weight", {1: np.nan}),
        ("class_weight", {"unknown": 2.0}), ("verbose", -1), ("verbose", "loud"), ("random_state", -1),
        ("random_state", "seed"), ("n_jobs", 0), ("n_jobs", 1.5), ("warm_start", None), ("callback", 3),
    ],
)  # fmt: skip
def test_parameters_out_of_range(parameter, value):
    with pytest.raises(exceptions.InvalidInputError, match=parameter):
        LinearSVC(**{parameter: value}).fit(X, y)


def test_predict_checks_columns_and_values():
    model = LinearSVC().fit(X, y)
    with pytest.raises(exceptions.ShapeError, match="X has 3 features, but LinearSVC is expecting 4 features as input"):
        model.predict(X[:, :3])
    with pytest.raises(exceptions.ShapeError, match="X has 5 features"):
        model.predict(sp.csr_array((2, 5)))
    with pytest.raises(exceptions.NonFiniteError):
        model.predict(np.full((1, 4), np.nan))


def test_n_jobs_means_threads():
    assert resolve_n_jobs(3) == 3
    assert resolve_n_jobs(None) >= 1
    assert resolve_n_jobs(-1) == resolve_n_jobs(None)
    assert resolve_n_jobs(-1000) == 1


def test_default_threads_respect_threadpoolctl():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    with threadpoolctl.threadpool_limits(1):
        assert resolve_n_jobs(None) == 1


def test_one_thread_inside_a_joblib_worker():
    from joblib import Parallel, delayed

    counts = Parallel(n_jobs=2, backend="threading")(delayed(resolve_n_jobs)(None) for _ in range(2))
    assert counts == [1, 1]
