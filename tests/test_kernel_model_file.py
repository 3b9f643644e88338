"""Files of kernel machines: what is saved is loaded, and damage is named."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from damage import assert_same_fields
from sklearn.datasets import load_iris

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify, exceptions, load, save
from maxmargin.io.model_file import read_model, write_model
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Polynomial, Sigmoid
from maxmargin.model.parameters import parameter_names

X, Y = load_iris(return_X_y=True)
WORDS = np.array(["setosa", "vers☃", "virginica"])[Y]
SPARSE = sp.csr_matrix(X.astype(np.float32))

MACHINES = {
    "svc": (SVC(C=10.0, class_weight="balanced"), X, WORDS),
    "svc float32": (SVC(multi_class="ovr"), X.astype(np.float32), Y.astype(np.int8)),
    "svc sparse": (SVC(kernel="laplacian", fit_intercept=False), SPARSE, Y > 0),
    "svc of a composed kernel": (SVC(kernel=2.0 * RBF(gamma=0.5) * Linear() + Chi2(gamma=1.0)), X, Y),
    "svc precomputed": (SVC(kernel="precomputed", decision_function_shape="ovo"), X @ X.T, Y),
    "nu_svc": (NuSVC(nu=0.2, kernel=Polynomial(degree=2) + Sigmoid(gamma=1e-3)), X, WORDS),
    "svr": (SVR(kernel=0.5 * Laplacian()), SPARSE, X[:, 0]),
    "svr without support": (SVR(epsilon=99.0), X, X[:, 0]),
    "nu_svr": (NuSVR(), X.astype(np.float32), X[:, 0]),
    "one_class": (OneClassSVM(nu=0.1, kernel="linear"), X, None),
}


@pytest.mark.parametrize("name", MACHINES)
def test_what_is_saved_is_loaded(tmp_path, name):
    estimator, rows, y = MACHINES[name]
    estimator.fit(rows, y)
    save(estimator, tmp_path / "a")
    again = load(tmp_path / "a")
    assert type(again) is type(estimator)
    np.testing.assert_array_equal(again.predict(rows), estimator.predict(rows))
    assert again.predict(rows).dtype == estimator.predict(rows).dtype
    assert certify(again, rows, y).to_dict() == certify(estimator, rows, y).to_dict()
    assert_same_fields(read_model(tmp_path / "a"), estimator._to_model())
    save(again, tmp_path / "b")
    write_model(read_model(tmp_path / "a"), tmp_path / "c")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_wide_indices_stay(tmp_path):
    model = SVC(kernel="linear").fit(SPARSE, Y)._to_model()
    vectors = model.support_vectors.copy()
    vectors.indices, vectors.indptr = vectors.indices.astype(np.int64), vectors.indptr.astype(np.int64)
    write_model(dataclasses.replace(model, support_vectors=vectors), tmp_path / "m")
    assert read_model(tmp_path / "m").support_vectors.indices.dtype == np.int64
    np.testing.assert_array_equal(load(tmp_path / "m").predict(X), model.predict(X))


def test_support_vectors_with_columns_twice(tmp_path):
    rows = sp.csr_matrix((np.ones(6, np.float32), [1, 0, 0, 1, 1, 0], [0, 2, 4, 6]), shape=(3, 2))
    rows.data[:3], rows.indices[2] = [1.0, 2.0, 3.0], 1
    assert not rows.has_canonical_format
    estimator = SVC(kernel="linear").fit(rows, [0, 1, 0])
    save(estimator, tmp_path / "m")
    np.testing.assert_array_equal(load(tmp_path / "m").decision_function(rows), estimator.decision_function(rows))


def test_files_of_version_1_still_load():
    model = load(Path(__file__).parent / "data" / "linear_version_1.model")
    assert model.score(X, Y) > 0.9
    assert certify(model, X, Y).relative_gap <= model.tol


def test_parameters_survive(tmp_path):
    save(
        SVR(C=3.0, epsilon=0.2, tol=1e-5, kernel="poly", degree=2, coef0=1.0, fit_intercept=False).fit(X, X[:, 0]),
        tmp_path / "m",
    )
    again = load(tmp_path / "m")
    kept = {"C": 3.0, "epsilon": 0.2, "tol": 1e-5, "kernel": "poly", "degree": 2.0, "coef0": 1.0, "fit_intercept": False}
    assert {name: again.get_params()[name] for name in kept} == kept
    save(NuSVC(nu=0.1, class_weight={0: 1.0, 1: 2.0, 2: 1.0}).fit(X, Y), tmp_path / "m")
    assert load(tmp_path / "m").class_weight == {0: 1.0, 1: 2.0, 2: 1.0}
    assert load(tmp_path / "m").nu == 0.1


PARAMETERS = {
    "defaults": (SVC(), Y),
    "all of svc": (
        SVC(
            C=np.inf, kernel="poly", degree=2, gamma="auto", coef0=1, shrinking=False, tol=0.01,
            cache_size=7, class_weight={0: 2, 1: 0.5}, verbose=0, max_iter=10**6, decision_function_shape="ovo",
            random_state=7, multi_class="ovo", fit_intercept=False, max_time=np.inf, n_jobs=2, warm_start=True,
            memory_limit=2**40, approximation="nystroem", approximation_tol=0.5, max_components=99,
        ), Y),
    "balanced": (SVC(class_weight="balanced", break_ties=True, max_time=None, n_jobs=-1), WORDS),
    "weights of words": (SVC(class_weight={"setosa": 0.5, "vers☃": np.float64(3.0), "virginica": 1}), WORDS),
    "weights of bytes": (SVC(class_weight={b"\xe9": 0.5}), np.array([b"a", b"\xe9"])[1 * (Y > 0)]),
    "weights of booleans": (NuSVC(class_weight={True: 2.0, False: 1.0}, nu=0.1, random_state=np.int64(5)), Y > 0),
    "a kernel of kernels": (SVC(kernel=2.0 * RBF() + Polynomial(degree=2, gamma="auto") * Linear()), Y),
    "a kernel and a name": (SVR(kernel=RBF(gamma=0.5), gamma=3.0, epsilon=0.0), X[:, 0]),
    "nu_svr": (NuSVR(C=2, nu=1, max_components=5, random_state=0), X[:, 0]),
    "one_class": (OneClassSVM(nu=0.3, approximation="fourier", max_components=40, approximation_tol=9.0), None),
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_all_parameters_that_are_plain_values_survive(tmp_path, name):
    estimator, y = PARAMETERS[name]
    save(estimator.fit(X, y), tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.get_params() == estimator.get_params()
    assert set(parameter_names(estimator._machine_name)) == estimator.get_params(deep=False).keys() - {"callback"}
    np.testing.assert_array_equal(again.fit(X, y).predict(X), estimator.predict(X))


def test_a_generator_and_a_callback_are_left_out(tmp_path):
    estimator = SVC(random_state=np.random.default_rng(0), callback=lambda progress: False, max_components=50)
    save(estimator.fit(X, Y), tmp_path / "m")
    kept = {name: value for name, value in estimator.get_params().items() if name not in ("random_state", "callback")}
    assert load(tmp_path / "m").get_params() == {**kept, "random_state": None, "callback": None}


def test_files_without_parameters_still_load(tmp_path):
    """Written before schema version 3: the kernel and the weights are numbers, what only shapes the fit has its defaults."""
    again = load(Path(__file__).parent / "data" / "kernel_version_2.model")
    kept = {"C": 10.0, "kernel": "rbf", "gamma": 0.25, "class_weight": None}
    assert again.get_params() == {**SVC().get_params(), **kept}
    assert certify(again, X, Y).relative_gap <= again.tol
    save(again, tmp_path / "m")
    assert load(tmp_path / "m").get_params() == again.get_params()


def test_a_warm_start_from_a_file(tmp_path):
    estimator = SVC(C=100.0, tol=1e-6).fit(X, Y)
    save(estimator, tmp_path / "m")
    again = load(tmp_path / "m").set_params(warm_start=True).fit(X, Y)
    assert again.kernel_evaluations_ <= estimator.kernel_evaluations_
    assert again.status_ == "optimal"


def test_other_training_data_are_refused(tmp_path):
    save(SVC().fit(X, Y), tmp_path / "m")
    with pytest.raises(exceptions.ShapeError, match="149"):
        certify(load(tmp_path / "m"), X[1:], Y[1:])
    with pytest.raises(exceptions.ShapeError, match="not the support vectors"):
        certify(load(tmp_path / "m"), X[::-1].copy(), Y)


def test_what_is_no_number_is_not_saved(tmp_path):
    with pytest.raises(exceptions.UnsupportedTypeError, match="Python code"):
        save(SVC(kernel=lambda left, right: left @ right.T).fit(X, Y), tmp_path / "m")
    with pytest.raises(exceptions.InvalidParameterError, match="proof=False is for linear models"):
        save(SVC().fit(X, Y), tmp_path / "m", proof=False)
    deep = Linear()
    for _ in range(101):
        deep = deep + Linear()
    with pytest.raises(exceptions.UnsupportedTypeError, match="100 kernels within each other"):
        save(SVC(kernel=deep).fit(X, Y), tmp_path / "m")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_a_killed_save_leaves_a_whole_file(tmp_path):
    """Killed at any moment while it saves again and again, the file is one of those that were saved."""
    script = (
        "import sys; from maxmargin import SVC; from maxmargin.io.model_file import write_model;"
        "from sklearn.datasets import make_classification; X, y = make_classification(400, 50, random_state=0);"
        "models = [SVC(C=c).fit(X, y)._to_model() for c in (0.1, 1.0)]\n"
        "print('ready', flush=True)\n"
        "while True:\n    for model in models: write_model(model, sys.argv[1])"
    )
    path = tmp_path / "m"
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    if path.exists():
        assert read_model(path).C in (0.1, 1.0)
