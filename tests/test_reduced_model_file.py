"""Files of approximate and compressed machines: what is saved is loaded, proved again where it can be; damage is named."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from damage import assert_same_fields, drop, edit, error_of, put, put_array, rewritten
from sklearn.datasets import load_iris

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify, exceptions, load, save
from maxmargin.io.model_file import read_model
from maxmargin.kernels import RBF, FourierKernel, Linear, NystroemKernel

X, Y = load_iris(return_X_y=True)
SPARSE = sp.csr_matrix(X.astype(np.float32))
SETTINGS = {"gamma": 0.1, "approximation_tol": 0.1}
MACHINES = {
    "svc of pairs": (SVC(**SETTINGS), X, Y),
    "svc against the rest, sparse": (SVC(**SETTINGS, multi_class="ovr"), SPARSE, Y),
    "svc of two classes, float32": (SVC(**SETTINGS, fit_intercept=False), X.astype(np.float32), Y > 0),
    "nu_svc": (NuSVC(**SETTINGS, nu=0.2), X, Y),
    "svr": (SVR(**SETTINGS, kernel="laplacian"), SPARSE, X[:, 0]),
    "nu_svr": (NuSVR(**SETTINGS), X, X[:, 0]),
    "one_class": (OneClassSVM(**SETTINGS, nu=0.1), X, None),
}


def same_after_a_file(model, rows, path):
    save(model, path)
    again = load(path)
    assert type(again) is type(model)
    stored = read_model(path)
    for other in (again, stored):
        np.testing.assert_array_equal(other.predict(rows), model.predict(rows))
    np.testing.assert_array_equal(again._values(rows), model._values(rows))
    assert again.certificate_ == model.certificate_
    assert_same_fields_but_the_kernel(stored, model._to_model())
    save(again, path.with_suffix(".again"))
    assert path.read_bytes() == path.with_suffix(".again").read_bytes()
    return again


def assert_same_fields_but_the_kernel(first, second):
    kernels = [model.kernel for model in (first, second)]
    for model in (first, second):  # approximate kernels are equal to themselves only
        object.__setattr__(model, "kernel", None)
    assert_same_fields(first, second)
    for model, kernel in zip((first, second), kernels, strict=True):
        object.__setattr__(model, "kernel", kernel)


@pytest.mark.parametrize("how", ["nystroem", "fourier"])
@pytest.mark.parametrize("name", MACHINES)
def test_an_approximate_model_predicts_the_same_and_is_proved_again(tmp_path, name, how):
    machine, rows, y = MACHINES[name]
    model = machine.set_params(approximation=how).fit(rows, y)
    again = same_after_a_file(model, rows, tmp_path / "m")
    assert certify(again, rows, y).to_dict() == certify(model, rows, y).to_dict()
    assert (again.n_components_, again.approximation_error_) == (model.n_components_, model.approximation_error_)
    assert again.get_params() == model.get_params()
    if how == "nystroem":
        assert isinstance(again.kernel_, NystroemKernel)
        assert sp.issparse(again.kernel_.landmarks) == sp.issparse(rows)
        assert again.kernel_.landmarks.dtype == rows.dtype
        ours, theirs = again.compress(tol=0.01), model.compress(tol=0.01)
        np.testing.assert_array_equal(ours.support_, theirs.support_)
        np.testing.assert_array_equal(ours._dense_dual(), theirs._dense_dual())
    else:
        assert isinstance(again.kernel_, FourierKernel)


@pytest.mark.parametrize("how", [None, "nystroem"])
@pytest.mark.parametrize("name", MACHINES)
def test_a_compressed_model_predicts_the_same_and_says_what_was_done(tmp_path, name, how):
    machine, rows, y = MACHINES[name]
    model = machine.set_params(approximation=how).fit(rows, y).compress(tol=0.1)
    again = same_after_a_file(model, rows, tmp_path / "m")
    assert again.compression_ == model.compression_
    assert again.dual_coef_.shape[0] == again.intercept_.size
    assert hasattr(again, "n_components_") == (how is not None)
    assert not hasattr(again, "component_coef_")
    with pytest.raises(exceptions.NotCertifiableError, match="was compressed"):
        certify(again, rows, y)
    smaller = again.compress(tol=1e6)
    assert smaller.support_.size == 0
    same_after_a_file(smaller, rows, tmp_path / "n")


def test_compressed_kernel_values_need_fewer_columns(tmp_path):
    K = X @ X.T
    model = SVC(kernel="precomputed").fit(K, Y).compress(K, tol=0.01)
    again = same_after_a_file(model, K, tmp_path / "m")
    np.testing.assert_array_equal(again.predict(K[:, again.support_]), model.predict(K))


def test_composed_kernels_have_landmarks_in_files(tmp_path):
    kernel = 2.0 * RBF(gamma=0.5) + Linear()
    model = SVC(kernel=kernel, approximation="nystroem", approximation_tol=0.01).fit(X, Y)
    assert same_after_a_file(model, X, tmp_path / "m").kernel_.kernel == kernel


def test_a_model_without_a_margin_can_be_saved(tmp_path):
    rows, y = np.tile(X[:40], (2, 1)), np.repeat([0, 1], 40)  # every row with both labels
    with pytest.warns(exceptions.NotConvergedWarning):
        model = NuSVC(nu=0.5, approximation="nystroem").fit(rows, y)
    same_after_a_file(model, rows, tmp_path / "m")


def test_landmarks_of_code_are_refused_by_name(tmp_path):
    def shared(left, right):
        return np.array([[len(set(a) & set(b)) for b in right] for a in left], dtype=float)

    model = SVC(kernel=shared, approximation="nystroem").fit(["ab", "bc", "cd", "de"], [0, 0, 1, 1])
    for other in (model, model.compress(tol=0.01)):
        with pytest.raises(exceptions.UnsupportedTypeError, match=r"'shared' is Python code.*precomputed"):
            save(other, tmp_path / "m")


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    path = tmp_path_factory.mktemp("contents") / "m"
    found = {}
    for how in ("nystroem", "fourier"):
        model = SVC(**SETTINGS, approximation=how).fit(X, Y)
        save(model, path)
        found[how] = path.read_bytes()
    save(SVC(**SETTINGS).fit(X, Y).compress(tol=0.1), path)
    return {**found, "compressed": path.read_bytes()}


def within(field, name, value):
    def change(header, arrays):
        header[field][name] = value

    return change


def without(field, name):
    def change(header, arrays):
        del header[field][name]

    return change


def one_wave(header, arrays):
    header["approximation"]["n_components"] = 1
    arrays["component_coef"] = np.zeros((3, 1))


DEFECTS = {
    "nystroem approximation list": put("approximation", []),
    "nystroem approximation absent": drop("approximation"),
    "nystroem approximation unknown": within("approximation", "name", "nystrom"),
    "nystroem approximation number": within("approximation", "name", 1),
    "nystroem approximation half": within("approximation", "n_components", 1.5),
    "nystroem approximation none": within("approximation", "n_components", 0),
    "nystroem approximation negative": within("approximation", "error", -1.0),
    "nystroem approximation text": within("approximation", "tol", "fine"),
    "nystroem approximation without": without("approximation", "error"),
    "nystroem approximation more": within("approximation", "more", 1),
    "nystroem component_coef for other components": within("approximation", "n_components", 10**15),
    "nystroem landmark_storage of the other way": within("approximation", "name", "fourier"),
    "nystroem landmark_storage none": put("landmark_storage", "none"),
    "nystroem landmark_storage unknown": put("landmark_storage", "csr"),
    "nystroem landmark_data absent": put("landmark_storage", "sparse"),
    "nystroem component_coef absent": drop("component_coef"),
    "nystroem landmark_storage unannounced": put("approximation", None),
    "nystroem component_coef NaN": edit("component_coef", (0, 0), np.nan),
    "nystroem component_coef low": put_array("component_coef", np.zeros((2, 3))),
    "nystroem whitening infinite": edit("whitening", (0, 0), np.inf),
    "nystroem whitening flat": put_array("whitening", np.zeros(9)),
    "nystroem whitening number": put_array("whitening", np.float64(1.0)),
    "nystroem landmarks wide": put_array("landmark_vectors", np.zeros((3, 5))),
    "nystroem landmarks NaN": edit("landmark_vectors", (0, 0), np.nan),
    "nystroem landmark_vectors integers": put_array("landmark_vectors", np.zeros((3, 4), np.int64)),
    "nystroem landmark_rows beyond": edit("landmark_rows", 0, 150),
    "nystroem landmark_rows before": edit("landmark_rows", 0, -1),
    "nystroem landmark_rows few": put_array("landmark_rows", np.zeros(2, np.int64)),
    "nystroem landmark_rows twice": lambda header, arrays: arrays["landmark_rows"].fill(0),
    "nystroem landmark_classes beyond": edit("landmark_classes", 0, 3),
    "nystroem kernel precomputed": put("kernel", {"name": "precomputed"}),
    "nystroem compression half": put("compression", {"n_support": 3}),
    "fourier frequencies NaN": edit("frequencies", (0, 0), np.nan),
    "fourier frequencies wide": put_array("frequencies", np.zeros((8, 3))),
    "fourier approximation odd": one_wave,
    "fourier kernel poly": put("kernel", {"name": "poly", "degree": 2.0, "gamma": 1.0, "coef0": 0.0}),
    "fourier landmark_storage dense": put("landmark_storage", "dense"),
    "compressed compression absent": drop("compression"),
    "compressed compression text": put("compression", "much"),
    "compressed compression negative": within("compression", "distance", -1.0),
    "compressed compression half": within("compression", "n_support", 0.5),
    "compressed compression other": within("compression", "n_support", 1),
    "compressed compression word": within("compression", "everywhere", "yes"),
    "compressed dual_coef in pairs": lambda header, arrays: arrays.update(dual_coef=arrays["dual_coef"][:2].copy()),
    "compressed dual_coef of multipliers": put("compression", None),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_field_is_checked(tmp_path, contents, defect):
    which, field = defect.split()[:2]
    assert field in error_of(tmp_path / "m", rewritten(contents[which], DEFECTS[defect]))
