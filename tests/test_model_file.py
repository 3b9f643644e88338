"""Model files: what is saved is loaded, damage is named, and nobody ever sees half a file."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from damage import assert_flipped_bytes_are_noticed, assert_same_fields, drop, edit, error_of, put, put_array, rewritten
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as to_bytes
from sklearn.datasets import load_iris, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from maxmargin import LinearSVC, certify, exceptions
from maxmargin.io.container import SCHEMA_VERSION
from maxmargin.io.model_file import load, read_model, save, write_model


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return LinearSVC(loss="hinge", class_weight="balanced").fit(X, y), X, y


LABELS = {
    "str": np.array(["ham", "späm", "☃"]),
    "object": np.array(["a", "b", "c"], dtype=object),
    "objects of integers": np.array([3, 5, 7], dtype=object),
    "int64": np.array([-1, 0, 2**40]),
    "int8": np.array([-1, 0, 7], dtype=np.int8),
    "uint64": np.array([0, 1, 2**64 - 1], dtype=np.uint64),
    "float64": np.array([-1.0, 0.0, 1.0]),
    "float32": np.array([-1.0, 0.0, 1.0], dtype=np.float32),
    "bool": np.array([False, True]),
    "bytes": np.array([b"\xe4", b"\xf6", b"\xfc"]),
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("proof", [True, False])
def test_what_is_saved_is_loaded(tmp_path, kind, proof):
    classes = LABELS[kind]
    X, codes = make_classification(60, 5, n_informative=4, n_redundant=0, n_classes=classes.size, random_state=0)
    estimator = LinearSVC(C=0.1).fit(X, classes[codes])
    save(estimator, tmp_path / "a.model", proof=proof)
    again = load(tmp_path / "a.model")
    np.testing.assert_array_equal(again.predict(X), estimator.predict(X))
    assert again.predict(X).dtype == estimator.predict(X).dtype
    np.testing.assert_array_equal(again.decision_function(X), estimator.decision_function(X))
    assert again.status_ == estimator.status_
    assert again.gap_ == estimator.gap_
    assert again.C == 0.1
    model = read_model(tmp_path / "a.model")
    assert (model.multipliers is not None) == proof
    write_model(model, tmp_path / "b.model")
    assert_same_fields(read_model(tmp_path / "b.model"), model)
    assert (tmp_path / "a.model").read_bytes() == (tmp_path / "b.model").read_bytes()


def test_the_proof_survives(tmp_path, iris):
    estimator, X, y = iris
    save(estimator, tmp_path / "iris.model")
    again = certify(load(tmp_path / "iris.model"), X, y)
    assert again.to_dict() == certify(estimator, X, y).to_dict()
    save(estimator, tmp_path / "short.model", proof=False)
    assert (tmp_path / "short.model").stat().st_size < (tmp_path / "iris.model").stat().st_size
    assert certify(load(tmp_path / "short.model"), X, y).multipliers_from == "solver"


def test_feature_names_and_parameters_survive(tmp_path):
    pd = pytest.importorskip("pandas")
    X, y = make_classification(50, 4, random_state=0)
    frame = pd.DataFrame(X, columns=["a", "b", "ç", "d e"])
    estimator = LinearSVC(loss="hinge", C=2.0, tol=1e-5, fit_intercept=False, class_weight={0: 2.0, 1: 0.5}).fit(frame, y)
    save(estimator, tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.feature_names_in_.tolist() == list(frame.columns)
    for name in ("loss", "C", "tol", "fit_intercept"):
        assert getattr(again, name) == getattr(estimator, name)
    refit = again.fit(frame, y)
    np.testing.assert_allclose(refit.coef_, estimator.coef_)


def test_a_warm_start_from_a_file(tmp_path, iris):
    estimator, X, y = iris
    save(estimator, tmp_path / "m")
    again = load(tmp_path / "m").set_params(warm_start=True)
    assert again.fit(X, y).n_iter_ <= estimator.n_iter_


@pytest.mark.parametrize("what", [make_pipeline(StandardScaler(), LinearSVC()), "model.txt", None])
def test_only_models_are_saved(tmp_path, what):
    with pytest.raises(exceptions.UnsupportedTypeError, match="cannot hold"):
        save(what, tmp_path / "m")
    assert os.listdir(tmp_path) == []


def test_an_unfitted_estimator_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        save(LinearSVC(), tmp_path / "m")
    assert os.listdir(tmp_path) == []


def test_names_too_long_for_the_format_are_refused_when_saved(tmp_path, iris, monkeypatch):
    monkeypatch.setattr("maxmargin.io.container._LONGEST_HEADER", 500)
    model = replace(iris[0]._to_model(), feature_names=("a" * 500, "b", "c", "d"))
    with pytest.raises(exceptions.InvalidModelError, match="feature_names"):
        save(model, tmp_path / "m")
    assert os.listdir(tmp_path) == []


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def content(iris, tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "m"
    save(iris[0], path)
    return path.read_bytes()


def test_other_files_are_recognised(tmp_path, iris):
    assert "empty" in error_of(tmp_path / "m", b"")
    assert "pickle" in error_of(tmp_path / "m", pickle.dumps(iris[0]))
    assert "not a model file" in error_of(tmp_path / "m", b"solver_type L2R_L2LOSS_SVC_DUAL\n")
    assert "not written by maxmargin" in error_of(tmp_path / "m", to_bytes({"coef": np.ones(3)}))
    assert "not a model file" in error_of(tmp_path / "m", os.urandom(8) + b"x" * 100)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent")


def test_every_truncation_is_an_error(tmp_path, content):
    for size in [*range(0, 64), *range(64, len(content), 37), len(content) - 1]:
        error_of(tmp_path / "m", content[:size])
    error_of(tmp_path / "m", content + b"\0")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_every_flipped_byte_is_an_error(content, tmp_path_factory, data):
    assert_flipped_bytes_are_noticed(tmp_path_factory.getbasetemp() / "flipped.model", content, data)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_damaged_header_with_a_right_checksum_is_an_error_or_a_valid_model(content, tmp_path_factory, data):
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    )

    def change(header, arrays):
        header[data.draw(st.sampled_from(sorted(header)))] = data.draw(junk)

    path = tmp_path_factory.getbasetemp() / "junk.model"
    path.write_bytes(rewritten(content, change))
    try:
        model = load(path)
    except exceptions.ModelFileError:
        return
    assert model.predict(np.zeros((1, 4))).shape == (1,)


DEFECTS = {
    "format": put("format", "other"),
    "schema_version text": put("schema_version", "1"),
    "schema_version zero": put("schema_version", 0),
    "schema_version newer": put("schema_version", SCHEMA_VERSION + 1),
    "schema_version of another kind": put("schema_version", 2),
    "schema_version absent": drop("schema_version"),
    "kind": put("kind", "kernel_classifier"),
    "library_version": put("library_version", 1),
    "label_type unknown": put("label_type", "complex128"),
    "label_type list": put("label_type", []),
    "classes not a list": put("classes", "abc"),
    "classes of another type": put("classes", ["a", "b", "c"]),
    "classes too large": put("classes", [0, 1, 2**63]),
    "classes repeated": put("classes", [0, 1, 1]),
    "coef rows for the classes": put("classes", [0, 1]),
    "feature_names of numbers": put("feature_names", [1, 2, 3, 4]),
    "feature_names too few": put("feature_names", ["a"]),
    "loss": put("loss", "log"),
    "C text": put("C", "1"),
    "C negative": put("C", -1.0),
    "C boolean": put("C", True),
    "fit_intercept": put("fit_intercept", 1),
    "tol": put("tol", 0.0),
    "status": put("status", "perfect"),
    "n_iter": put("n_iter", 1.5),
    "fit_time": put("fit_time", None),
    "n_rows": put("n_rows", 0),
    "multipliers beyond n_rows": put("n_rows", 3),
    "proof": put("proof", 1),
    "multiplier arrays unannounced": put("proof", False),
    "unknown": put("unknown", 1),
    "tol absent": drop("tol"),
    "coef absent": drop("coef"),
    "gap absent": drop("gap"),
    "multiplier_values absent": drop("multiplier_values"),
    "coef float32": put_array("coef", np.zeros((3, 4), np.float32)),
    "coef integers": put_array("coef", np.zeros((3, 4), np.int64)),
    "coef one dimension": put_array("coef", np.zeros(12)),
    "coef columns": put_array("coef", np.zeros((3, 0))),
    "coef NaN": edit("coef", (0, 0), np.nan),
    "intercept two dimensions": put_array("intercept", np.zeros((3, 1))),
    "intercept scalar": put_array("intercept", np.float64(0.0)),
    "intercept inf": edit("intercept", 0, np.inf),
    "class_weight negative": edit("class_weight", 0, -1.0),
    "dual NaN": edit("dual", 0, np.nan),
    "gap negative": edit("gap", 0, -1.0),
    "multipliers unsorted": edit("multiplier_rows", 0, 149),
    "multipliers negative row": edit("multiplier_rows", 0, -1),
    "multipliers row beyond": edit("multiplier_rows", -1, 150),
    "multipliers negative": edit("multiplier_values", 0, -0.5),
    "multipliers NaN": edit("multiplier_values", 0, np.nan),
    "multipliers zero": edit("multiplier_values", 0, 0.0),
    "multiplier_starts descending": edit("multiplier_starts", 1, -(2**63)),
    "multiplier_starts beyond": edit("multiplier_starts", 3, 10**9),
    "multiplier_starts too few": put_array("multiplier_starts", np.zeros(2, np.int64)),
    "multiplier_values too few": put_array("multiplier_values", np.zeros(2)),
    "extra array": put_array("extra", np.zeros(2)),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_field_is_checked(tmp_path, content, defect):
    message = error_of(tmp_path / "m", rewritten(content, DEFECTS[defect]))
    assert defect.split()[0] in message
    assert "got" in message


def test_a_newer_file_says_to_upgrade(tmp_path, content):
    def change(header, arrays):
        header |= {"schema_version": SCHEMA_VERSION + 1, "library_version": "9.0", "something": "new"}

    message = error_of(tmp_path / "m", rewritten(content, change, sign=False))
    assert "9.0" in message
    assert "upgrade" in message


def test_a_changed_number_is_noticed(tmp_path, content):
    message = error_of(tmp_path / "m", rewritten(content, edit("coef", (0, 0), 1.5), sign=False))
    assert "sha256" in message


@pytest.mark.parametrize("text", ["[1]", "nonsense", '{"a":NaN}', '{"a":1e999}', "[" * 100_000, '"x"', "1" * 10_000])
def test_a_header_that_is_no_object_is_an_error(tmp_path, content, text):
    assert "header" in error_of(tmp_path / "m", to_bytes({"coef": np.ones(3)}, {"maxmargin": text}))


# --- atomic writing -------------------------------------------------------------------------------------------------


def test_a_failed_save_leaves_the_old_file(tmp_path, iris, monkeypatch):
    path = tmp_path / "m"
    save(iris[0], path)
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(LinearSVC(C=7.0).fit(iris[1], iris[2]), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m"]


def test_a_killed_save_leaves_a_whole_file(tmp_path):
    """Killed at any moment while it saves again and again, the file is one of those that were saved."""
    script = (
        "import sys; from maxmargin import LinearSVC; from maxmargin.io.model_file import write_model;"
        "from sklearn.datasets import make_classification; X, y = make_classification(400, 50, random_state=0);"
        "models = [LinearSVC(C=c).fit(X, y)._to_model() for c in (0.1, 1.0)]\n"
        "print('ready', flush=True)\n"
        "while True:\n    for model in models: write_model(model, sys.argv[1])"
    )
    path = tmp_path / "m"
    for delay in (0.01, 0.033):
        with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        if path.exists():
            assert read_model(path).C in (0.1, 1.0)


@pytest.mark.skipif(os.name == "nt", reason="links and modes are of POSIX")
def test_links_modes_and_devices(tmp_path, iris):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "m")
    old = os.umask(0o027)
    try:
        save(iris[0], tmp_path / "link")
    finally:
        os.umask(old)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "m").stat().st_mode & 0o777 == 0o640
    save(iris[0], os.devnull)
    assert not os.path.isfile(os.devnull)
    with pytest.raises(FileNotFoundError):
        save(iris[0], tmp_path / "absent" / "m")
    with pytest.raises(IsADirectoryError):
        save(iris[0], tmp_path)
