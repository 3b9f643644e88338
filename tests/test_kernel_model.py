"""The kernel model: it predicts by itself, becomes an estimator again, and refuses every field that cannot be."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_iris

from maxmargin import SVC, SVR, KernelModel, LinearSVC, NuSVC, NuSVR, OneClassSVM, certify, exceptions
from maxmargin.io.model_file import to_estimator
from maxmargin.kernels import RBF, Chi2, Kernel, Laplacian, Linear, Polynomial, Precomputed, Sigmoid

X, Y = load_iris(return_X_y=True)
TWO = Y < 2

MACHINES = {
    "svc of two classes": (SVC(class_weight="balanced"), Y[TWO]),
    "svc one against one": (SVC(C=10.0), Y),
    "svc pairwise values": (SVC(decision_function_shape="ovo"), Y),
    "svc one against the rest": (SVC(multi_class="ovr", fit_intercept=False), Y),
    "nu_svc": (NuSVC(nu=0.2), Y),
    "svr": (SVR(epsilon=0.05), X[:, 0]),
    "nu_svr": (NuSVR(nu=0.3, C=2.0), X[:, 0]),
    "one_class": (OneClassSVM(nu=0.1), None),
}
STORAGES = {
    "float64": np.asarray,
    "float32": lambda rows: rows.astype(np.float32),
    "sparse": lambda rows: sp.csr_matrix(rows.astype(np.float32)),
}
KERNELS = {
    "linear": Linear(),
    "poly": Polynomial(degree=2, coef0=1.0),
    "sigmoid": Sigmoid(gamma=0.01),
    "laplacian": Laplacian(),
    "chi2": Chi2(),
    "a sum": 2.0 * RBF(gamma=0.5) + Linear(),
    "a product": Linear() * (RBF(gamma=0.1) + 0.5 * Laplacian(gamma=1.0)),
}


def values_of(model, rows):
    return model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)


def assert_same_machine(estimator, rows, y):
    model = estimator._to_model()
    again = to_estimator(model)
    assert type(again) is type(estimator)
    for other in (model, again):
        np.testing.assert_array_equal(values_of(other, rows), values_of(estimator, rows))
        np.testing.assert_array_equal(other.predict(rows), estimator.predict(rows))
    for name in ("support_", "n_support_", "intercept_", "n_iter_", "shape_fit_", "n_features_in_"):
        np.testing.assert_array_equal(getattr(again, name), getattr(estimator, name))
    assert certify(again, rows, y).to_dict() == certify(estimator, rows, y).to_dict()
    assert again.certificate_ == estimator.certificate_
    assert model.relative_gap == estimator.relative_gap_
    return model, again


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("name", MACHINES)
def test_a_fit_its_model_and_its_estimator_say_the_same(name, storage):
    estimator, y = MACHINES[name]
    rows = STORAGES[storage](X if y is None or len(y) == len(X) else X[TWO])
    model, again = assert_same_machine(estimator.fit(rows, y), rows, y)
    assert model.machine == name.split()[0]
    assert again.support_vectors_.dtype == rows.dtype
    assert sp.issparse(again.support_vectors_) == sp.issparse(rows) == sp.issparse(again.dual_coef_)


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_comes_back(name):
    estimator = SVC(kernel=KERNELS[name]).fit(X, Y)
    _, again = assert_same_machine(estimator, X, Y)
    assert again.kernel_ == estimator.kernel_
    refit = again.fit(X, Y)
    np.testing.assert_allclose(refit.decision_function(X), estimator.decision_function(X), atol=1e-6)


def test_kernel_values_need_the_columns_of_the_support_vectors_only():
    K = X @ X.T
    estimator = SVC(kernel=Precomputed()).fit(K, Y)
    model, again = assert_same_machine(estimator, K, Y)
    assert model.support_vectors is None
    assert again.get_params()["kernel"] == Precomputed()
    np.testing.assert_array_equal(model.decision_function(K[:, model.support]), estimator.decision_function(K))
    with pytest.raises(exceptions.ShapeError, match="should be equal to 150"):
        model.decision_function(K[:, :7])


@pytest.mark.parametrize("rows", [X, sp.csr_matrix(X)])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_a_model_without_support_vectors(rows, kernel):
    estimator = SVR(kernel=kernel, epsilon=100.0).fit(rows, X[:, 0])
    assert estimator.support_.size == 0
    assert_same_machine(estimator, rows, X[:, 0])


def test_one_class_without_rivals():
    y = np.where(np.arange(150) < 3, "few", "many")
    assert_same_machine(SVC(C=0.01).fit(X, y), X, y)


def common_letters(left, right):
    return np.array([[len(set(a) & set(b)) for b in right] for a in left], dtype=float)


class Mine(Kernel):
    def values(self, left, right, n_threads=1):
        return left.table @ right.table.T

    def diagonal(self, rows, n_threads=1):
        return (rows.table**2).sum(axis=1)


NUMBERS = np.repeat(np.arange(4.0)[:, None], 2, axis=1)
CODE = {
    "a function": (common_letters, ["ab", "bc", "cd", "de"]),
    "a sum with one": (RBF(gamma=1.0) + common_letters, NUMBERS),
    "a product within": (2.0 * (Linear() * common_letters), NUMBERS),
}


@pytest.mark.parametrize("name", CODE)
@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
def test_python_code_is_refused_by_name(name):
    kernel, rows = CODE[name]
    estimator = SVC(kernel=kernel).fit(rows, [0, 0, 1, 1])
    with pytest.raises(exceptions.UnsupportedTypeError, match=r"'common_letters' is Python code.*precomputed"):
        estimator._to_model()


def test_kernels_of_other_makers_are_refused_by_name():
    with pytest.raises(exceptions.UnsupportedTypeError, match=r"Mine is not one of maxmargin\.kernels.*precomputed"):
        SVC(kernel=Mine()).fit(X, Y)._to_model()


def test_a_calibration_is_refused_by_name():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        estimator = SVC(probability=True).fit(X, Y)
    with pytest.raises(exceptions.UnsupportedTypeError, match="CalibratedClassifierCV"):
        estimator._to_model()


def test_columns_are_matched_by_name():
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    estimator = SVC().fit(frame, Y)
    model = estimator._to_model()
    assert model.feature_names == ("a", "b", "c", "d")
    assert to_estimator(model).feature_names_in_.tolist() == list(frame.columns)
    np.testing.assert_array_equal(model.decision_function(frame), estimator.decision_function(frame))
    with pytest.raises(exceptions.ShapeError, match="another order"):
        model.decision_function(frame[["b", "a", "c", "d"]])
    with pytest.raises(exceptions.ShapeError, match="X has 3 features, but the model has 4"):
        model.decision_function(X[:, :3])


def test_a_model_is_frozen_short_to_print_and_certified_through_its_estimator():
    model = SVC(gamma=0.5).fit(X, Y)._to_model()
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.C = 2.0
    with pytest.raises(ValueError, match="read-only"):
        model.dual_coef[0, 0] = 1.0
    assert repr(model).startswith("KernelModel(svc, RBF(gamma=0.5), ")
    with pytest.raises(exceptions.NotCertifiableError, match="certify the estimator"):
        certify(model, X, Y)


def test_a_changed_estimator_is_refused():
    estimator = SVC().fit(X, Y)
    estimator._n_support = estimator._n_support + 1
    with pytest.raises(exceptions.InvalidModelError, match="n_support_"):
        estimator._to_model()


@pytest.fixture(scope="module")
def fields():
    """The fields of a valid model, of three classes one against one."""
    model = SVC().fit(X, Y)._to_model()
    return {field.name: getattr(model, field.name) for field in dataclasses.fields(model)}


def edited(array, place, value):
    copy = np.array(array)
    copy[place] = value
    return copy


BAD = {
    "machine is unknown": lambda f: {"machine": "linear"},
    "kernel without a number": lambda f: {"kernel": RBF()},
    "kernel with an infinite number": lambda f: {"kernel": Polynomial(degree=2.0, gamma=1.0, coef0=np.inf)},
    "kernel with a negative number": lambda f: {"kernel": RBF(gamma=-1.0)},
    "kernel with an integer": lambda f: {"kernel": RBF(gamma=1)},
    "support of int32": lambda f: {"support": f["support"].astype(np.int32)},
    "support beyond the rows": lambda f: {"support": edited(f["support"], -1, 150)},
    "support before the rows": lambda f: {"support": edited(f["support"], 0, -1)},
    "support out of order": lambda f: {"support": f["support"][::-1].copy()},
    "support twice": lambda f: {"support": edited(f["support"], -1, f["support"][0])},
    "n_support of int64": lambda f: {"n_support": f["n_support"].astype(np.int64)},
    "n_support negative": lambda f: {"n_support": f["n_support"] + np.array([-99, 99, 0], np.int32)},
    "n_support too many": lambda f: {"n_support": f["n_support"] + np.array([1, 0, 0], np.int32)},
    "n_support overflowing": lambda f: {"n_support": np.array([2**31 - 1] * 3, np.int32)},
    "n_support of two classes": lambda f: {"n_support": f["n_support"][:2]},
    "dual_coef too narrow": lambda f: {"dual_coef": f["dual_coef"][:, 1:]},
    "dual_coef too low": lambda f: {"dual_coef": f["dual_coef"][:1]},
    "dual_coef NaN": lambda f: {"dual_coef": edited(f["dual_coef"], (0, 0), np.nan)},
    "dual_coef float32": lambda f: {"dual_coef": f["dual_coef"].astype(np.float32)},
    "intercept too short": lambda f: {"intercept": f["intercept"][:2]},
    "intercept infinite": lambda f: {"intercept": edited(f["intercept"], 0, np.inf)},
    "intercept where there is none": lambda f: {"fit_intercept": False},
    "scale of another machine": lambda f: {"scale": np.full(3, 2.0)},
    "scale of zero": lambda f: {"scale": np.zeros(3)},
    "tube of another machine": lambda f: {"tube": np.ones(3)},
    "support_vectors too few": lambda f: {"support_vectors": f["support_vectors"][1:]},
    "support_vectors too narrow": lambda f: {"support_vectors": f["support_vectors"][:, 1:]},
    "support_vectors of integers": lambda f: {"support_vectors": f["support_vectors"].astype(int)},
    "support_vectors NaN": lambda f: {"support_vectors": edited(f["support_vectors"], (0, 0), np.nan)},
    "support_vectors absent": lambda f: {"support_vectors": None},
    "support_vectors by columns": lambda f: {"support_vectors": sp.csc_matrix(f["support_vectors"])},
    "support_vectors of a precomputed kernel": lambda f: {"kernel": Precomputed()},
    "kernel that the vectors do not suit": lambda f: {
        "kernel": Chi2(gamma=1.0), "support_vectors": edited(f["support_vectors"], (0, 0), -1.0)
    },
    "n_features of a precomputed kernel": lambda f: {"kernel": Precomputed(), "support_vectors": None},
    "C of zero": lambda f: {"C": 0.0},
    "tol NaN": lambda f: {"tol": np.nan},
    "nu of another machine": lambda f: {"nu": 0.5},
    "epsilon of another machine": lambda f: {"epsilon": 0.5},
    "status unknown": lambda f: {"status": "interrupted"},
    "gap negative": lambda f: {"gap": -np.ones(3)},
    "primal NaN": lambda f: {"primal": np.full(3, np.nan)},
    "n_iter of floats": lambda f: {"n_iter": np.ones(3)},
    "n_iter negative": lambda f: {"n_iter": np.array([-1, 0, 0])},
    "n_rows of zero": lambda f: {"n_rows": 0},
    "fit_time negative": lambda f: {"fit_time": -1.0},
    "kernel_evaluations infinite": lambda f: {"kernel_evaluations": np.inf},
    "classes repeated": lambda f: {"classes": np.array([0, 1, 1])},
    "classes absent": lambda f: {"classes": None},
    "class_weight too short": lambda f: {"class_weight": np.ones(2)},
    "class_weight negative": lambda f: {"class_weight": -np.ones(3)},
    "multi_class unknown": lambda f: {"multi_class": "crammer_singer"},
    "decision_function_shape unknown": lambda f: {"decision_function_shape": None},
    "feature_names too few": lambda f: {"feature_names": ("a",)},
    "fit_intercept of a machine that has one": lambda f: {"machine": "nu_svc", "nu": 0.5, "fit_intercept": False},
    "nu too large": lambda f: {"machine": "nu_svc", "nu": 1.5},
    "C of a machine without": lambda f: {"machine": "nu_svc", "nu": 0.5, "C": 2.0},
    "classes of a regression": lambda f: {"machine": "svr", "epsilon": 0.1},
    "nu absent": lambda f: {"machine": "nu_svc"},
    "parameters in a list": lambda f: {"parameters": [("C", 1.0)]},
    "parameters of another machine": lambda f: {"parameters": {"nu": 0.5}},
    "parameters with a number for a name": lambda f: {"parameters": {1: 0.5}},
    "parameters with a function": lambda f: {"parameters": {"kernel": np.dot}},
    "parameters with a kernel that is unknown": lambda f: {"parameters": {"kernel": "cosine"}},
    "parameters with a number of NumPy": lambda f: {"parameters": {"C": np.float64(1.0)}},
    "parameters with a generator": lambda f: {"parameters": {"random_state": np.random.default_rng(0)}},
    "parameters with text for a width": lambda f: {"parameters": {"gamma": "wide"}},
    "parameters with weights in a list": lambda f: {"parameters": {"class_weight": [1.0]}},
    "parameters out of range": lambda f: {"parameters": {"max_components": 0}},
}  # fmt: skip


@pytest.mark.parametrize("defect", BAD)
def test_every_field_is_checked(fields, defect):
    with pytest.raises(exceptions.InvalidModelError) as caught:
        KernelModel(**{**fields, **BAD[defect](fields)})
    assert repr(defect.split()[0]) in str(caught.value)


def test_the_fields_of_the_fixture_are_valid(fields):
    assert KernelModel(**fields).predict(X[:1]).tolist() == [0]
    unknown = {"primal": np.full(3, np.inf), "dual": np.full(3, -np.inf), "gap": np.full(3, np.inf)}
    assert KernelModel(**{**fields, **unknown}).relative_gap == np.inf


def test_linear_models_are_not_kernel_models():
    assert not isinstance(LinearSVC().fit(X, Y)._to_model(), KernelModel)
