"""Damaged files of kernel machines: whatever is wrong is named, whatever loads works."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from damage import assert_flipped_bytes_are_noticed, drop, edit, error_of, put, put_array, rewritten
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from maxmargin import SVC, SVR, exceptions, load, save
from maxmargin.io.model_file import read_model
from maxmargin.kernels import RBF, Linear

X, Y = load_iris(return_X_y=True)
SPARSE = sp.csr_matrix(X.astype(np.float32))


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "m"
    save(SVC().fit(X, Y), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def sparse_content(tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "m"
    save(SVC(kernel=Linear() + RBF(gamma=1.0)).fit(SPARSE, Y), path)
    return path.read_bytes()


def test_every_truncation_is_an_error(tmp_path, content):
    for size in [*range(0, 64), *range(64, len(content), 53), len(content) - 1]:
        error_of(tmp_path / "m", content[:size])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_every_flipped_byte_is_an_error(content, tmp_path_factory, data):
    assert_flipped_bytes_are_noticed(tmp_path_factory.getbasetemp() / "flipped.model", content, data)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["svr", "rbf", "ovr", "sparse", "none", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "gamma", "k1"]), inner, max_size=2),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_damaged_header_with_a_right_checksum_is_an_error_or_a_valid_model(sparse_content, tmp_path_factory, data):
    def change(header, arrays):
        header[data.draw(st.sampled_from(sorted(header)))] = data.draw(JUNK)

    path = tmp_path_factory.getbasetemp() / "junk.model"
    path.write_bytes(rewritten(sparse_content, change))
    try:
        model = load(path)
    except exceptions.ModelFileError:
        return
    assert model.predict(np.zeros((1, 4))).shape == (1,)


ARRAYS = st.sampled_from(["support", "n_support", "dual_coef", "support_data", "support_indices", "support_indptr", "scale"])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_arrays_with_a_right_checksum_are_an_error_or_a_valid_model(sparse_content, tmp_path_factory, data):
    def change(header, arrays):
        array = arrays[data.draw(ARRAYS)]
        place = data.draw(st.integers(0, array.size - 1))
        limits = np.iinfo(array.dtype) if array.dtype.kind == "i" else None
        near = st.integers(-2, 200) if limits is None else st.integers(-2, 200) | st.integers(limits.min, limits.max)
        array.reshape(-1)[place] = data.draw(near)

    path = tmp_path_factory.getbasetemp() / "arrays.model"
    path.write_bytes(rewritten(sparse_content, change))
    try:
        model = load(path)
    except exceptions.ModelFileError:
        return
    assert model.predict(sp.csr_matrix(np.zeros((1, 4)))).shape == (1,)


def test_a_width_that_no_memory_holds_is_an_error_or_nothing_is_allocated(tmp_path):
    save(SVR(epsilon=99.0).fit(X, X[:, 0]), tmp_path / "m")

    def change(header, arrays):
        header["n_features"] = 10**15
        arrays["support_vectors"] = np.zeros((0, 10**15))

    (tmp_path / "wide").write_bytes(rewritten((tmp_path / "m").read_bytes(), change))
    with pytest.raises(exceptions.ShapeError, match="4 features"):
        read_model(tmp_path / "wide").predict(X)


def kernel(**tree):
    return put("kernel", tree)


def deep_tree():
    tree = {"name": "linear"}
    for _ in range(400):
        tree = {"name": "scaled", "factor": 1.0, "kernel": tree}
    return tree


def deep_kernel(header, arrays):
    header["kernel"] = deep_tree()


DEFECTS = {
    "schema_version of another kind": put("schema_version", 1),
    "parameters of version 3 in version 2": put("schema_version", 2),
    "parameters absent": drop("parameters"),
    "parameters list": put("parameters", []),
    "parameters unknown": put("parameters", {"alpha": 1.0}),
    "parameters of another machine": put("parameters", {"nu": 0.5}),
    "parameters callback": put("parameters", {"callback": None}),
    "parameters decision_function_shape": put("parameters", {"decision_function_shape": "xyz"}),
    "parameters boolean for a number": put("parameters", {"C": True}),
    "parameters object": put("parameters", {"C": {"a": 1, "b": 2}}),
    "parameters list within": put("parameters", {"C": [1.0]}),
    "parameters infinity of 2": put("parameters", {"C": {"infinity": 2}}),
    "parameters infinite tol": put("parameters", {"tol": {"infinity": 1}}),
    "parameters bytes that are none": put("parameters", {"class_weight": {"pairs": [[{"bytes": "☃"}, 1.0]]}}),
    "parameters pairs that are none": put("parameters", {"class_weight": {"pairs": [[1]]}}),
    "parameters pairs within pairs": put("parameters", {"class_weight": {"pairs": [[{"pairs": []}, 1.0]]}}),
    "parameters weight text": put("parameters", {"class_weight": {"pairs": [[1, "x"]]}}),
    "parameters kernel unknown": put("parameters", {"kernel": {"kernel": {"name": "cosine"}}}),
    "parameters kernel too deep": lambda header, arrays: header.update(parameters={"kernel": {"kernel": deep_tree()}}),
    "parameters random_state negative": put("parameters", {"random_state": -1}),
    "parameters random_state float": put("parameters", {"random_state": 1.0}),
    "parameters max_components of more than 64 bits": put("parameters", {"max_components": 2**63}),
    "schema_version of a linear classifier": put("kind", "linear_classifier"),
    "machine unknown": put("machine", "knn"),
    "machine number": put("machine", 1),
    "epsilon of another machine": put("machine", "svr"),
    "label_type without classes": put("classes", None),
    "class_weight of other classes": put("classes", [0, 1]),
    "multi_class unknown": put("multi_class", "all"),
    "multi_class number": put("multi_class", 1),
    "multi_class null": put("multi_class", None),
    "dual_coef of another way": put("multi_class", "ovr"),
    "decision_function_shape unknown": put("decision_function_shape", "xyz"),
    "support_storage unknown": put("support_storage", "csr"),
    "support_storage list": put("support_storage", []),
    "array of another storage": put("support_storage", "sparse"),
    "support_vectors unannounced": put("support_storage", "none"),
    "kernel null": put("kernel", None),
    "kernel text": put("kernel", "rbf"),
    "kernel without a name": kernel(gamma=1.0),
    "kernel unknown": kernel(name="cosine"),
    "kernel of a list": kernel(name=["rbf"]),
    "kernel without gamma": kernel(name="rbf"),
    "kernel with a parameter too many": kernel(name="rbf", gamma=1.0, degree=2.0),
    "kernel with text for a number": kernel(name="rbf", gamma="scale"),
    "kernel with a boolean": kernel(name="rbf", gamma=True),
    "kernel negative": kernel(name="rbf", gamma=-1.0),
    "kernel overflowing": kernel(name="rbf", gamma=10**400),
    "kernel sum of one": kernel(name="sum", k1={"name": "linear"}),
    "kernel sum of numbers": kernel(name="sum", k1=1.0, k2=2.0),
    "kernel scaled by zero": kernel(name="scaled", factor=0.0, kernel={"name": "linear"}),
    "kernel with precomputed inside": kernel(name="sum", k1={"name": "linear"}, k2={"name": "precomputed"}),
    "kernel too deep": deep_kernel,
    "support_vectors of a precomputed kernel": kernel(name="precomputed"),
    "C null": put("C", None),
    "nu of another machine": put("nu", 0.5),
    "epsilon text": put("epsilon", "0.1"),
    "fit_intercept": put("fit_intercept", 1),
    "n_features of other vectors": put("n_features", 5),
    "support_vectors of another width": put("n_features", 5),
    "n_features float": put("n_features", 4.0),
    "support beyond n_rows": put("n_rows", 3),
    "kernel_evaluations negative": put("kernel_evaluations", -1),
    "unknown": put("unknown", 1),
    "nu absent": drop("nu"),
    "kernel absent": drop("kernel"),
    "dual_coef absent": drop("dual_coef"),
    "class_weight absent": drop("class_weight"),
    "support_vectors absent": drop("support_vectors"),
    "n_support that does not fit": edit("n_support", 0, 1),
    "n_support negative": edit("n_support", 0, -(2**31)),
    "n_support int64": put_array("n_support", np.zeros(3, np.int64)),
    "support out of order": edit("support", 0, 149),
    "support two dimensions": put_array("support", np.zeros((3, 1), np.int64)),
    "dual_coef of another size": put_array("dual_coef", np.zeros((2, 3))),
    "dual_coef integers": put_array("dual_coef", np.zeros((2, 3), np.int64)),
    "dual_coef NaN": edit("dual_coef", (0, 0), np.nan),
    "dual_coef inf": edit("dual_coef", (1, 3), np.inf),
    "intercept inf": edit("intercept", 0, np.inf),
    "scale zero": edit("scale", 0, 0.0),
    "tube": edit("tube", 0, 1.0),
    "gap negative": edit("gap", 0, -1.0),
    "n_iter negative": edit("n_iter", 0, -1),
    "support_vectors of another size": put_array("support_vectors", np.zeros((3, 4))),
    "support_vectors integers": put_array("support_vectors", np.zeros((3, 4), np.int32)),
    "support_vectors NaN": edit("support_vectors", (0, 0), np.nan),
    "support_vectors one dimension": put_array("support_vectors", np.zeros(240)),
    "extra array": put_array("extra", np.zeros(2)),
}
WHERE = {"n_features of other vectors": "support_vectors", "support_vectors unannounced": "support_vectors"}


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_field_is_checked(tmp_path, content, defect):
    message = error_of(tmp_path / "m", rewritten(content, DEFECTS[defect]))
    assert WHERE.get(defect, defect.split()[0]) in message


SPARSE_DEFECTS = {
    "support_indptr too short": put_array("support_indptr", np.zeros(2, np.int32)),
    "support_indptr nothing": put_array("support_indptr", np.zeros(0, np.int32)),
    "support_indptr two dimensions": put_array("support_indptr", np.zeros((2, 2), np.int32)),
    "support_indptr another type": put_array("support_indptr", np.zeros(2, np.int64)),
    "support_indptr beyond": edit("support_indptr", -1, 10**6),
    "support_indptr falling": edit("support_indptr", 1, 10**6),
    "support_indptr not from 0": edit("support_indptr", 0, 1),
    "support_indices negative": edit("support_indices", 0, -1),
    "support_indices beyond": edit("support_indices", 0, 4),
    "support_indices repeated": edit("support_indices", 1, 0),
    "support_data too short": put_array("support_data", np.zeros(2, np.float32)),
    "support_data NaN": edit("support_data", 0, np.nan),
    "support_data integers": put_array("support_data", np.zeros(2, np.int32)),
}


@pytest.mark.parametrize("defect", SPARSE_DEFECTS)
def test_sparse_support_vectors_are_checked(tmp_path, sparse_content, defect):
    message = error_of(tmp_path / "m", rewritten(sparse_content, SPARSE_DEFECTS[defect]))
    assert defect.split()[0] in message or "support_vectors" in message
