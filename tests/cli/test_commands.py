"""The commands as people type them: what they print, what they write, and the code they end with."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file, load_breast_cancer, load_iris
from typer.testing import CliRunner

from maxmargin import LinearSVC, __version__, load
from maxmargin.cli.app import app
from maxmargin.io.model_file import read_model

COMMAND = [sys.executable, "-m", "maxmargin"]


def run(*arguments, code=0, stdin=None):
    result = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def cancer(tmp_path_factory):
    """Scaled rows as svmlight text."""
    X, y = load_breast_cancer(return_X_y=True)
    path = tmp_path_factory.mktemp("cancer") / "cancer.svm"
    dump_svmlight_file((X - X.mean(axis=0)) / X.std(axis=0), y, str(path), zero_based=False)
    return path


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    """A table with names, and labels that are words."""
    data = load_iris()
    path = tmp_path_factory.mktemp("iris") / "iris.csv"
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    lines = [",".join([*names, "species"])]
    lines += [
        ",".join([*map(repr, row.tolist()), data.target_names[k]]) for row, k in zip(data.data, data.target, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def iris_model(iris, tmp_path_factory):
    path = tmp_path_factory.mktemp("iris_model") / "iris.model"
    run("fit", iris, "--out", path, "--target", "species", "--quiet")
    return path


def test_fit_predict_certify(cancer, tmp_path):
    model = tmp_path / "m"
    fitted = run("fit", cancer, "--out", model, "--loss", "hinge", "--C", "0.1", "--tol", "1e-6")
    assert "optimal" in fitted.stdout
    assert "569 rows, 30 features" in fitted.stdout
    assert all(line == line.rstrip() for line in fitted.stdout.split("\n"))
    predicted = run("predict", model, cancer)
    labels = predicted.stdout.split()
    assert set(labels) == {"0", "1"}
    assert len(labels) == 569
    assert "of 569 labels in DATA agree" in predicted.stderr
    proof = run("certify", model, cancer)
    assert "proven" in proof.stdout
    assert "not proven" not in proof.stdout


def test_the_model_is_the_one_that_python_fits(cancer, tmp_path):
    options = "--loss hinge --C 0.3 --tol 1e-7 --no-intercept --class-weight balanced --n-jobs 1 --seed 3"
    run("fit", cancer, "--out", tmp_path / "m", *options.split())
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = LinearSVC(loss="hinge", C=0.3, tol=1e-7, fit_intercept=False, class_weight="balanced", n_jobs=1).fit(X, y)
    again = load(tmp_path / "m")
    assert again.intercept_ == 0.0
    np.testing.assert_allclose(again.class_weight_, model.class_weight_)
    np.testing.assert_allclose(again.decision_function(X), model.decision_function(X), atol=1e-3)


def test_json_is_one_object(cancer, tmp_path):
    fitted = json.loads(run("fit", cancer, "--out", tmp_path / "m", "--json").stdout)
    assert fitted["status"] == "optimal"
    assert fitted["relative_gap"] <= fitted["tol"] == 1e-4
    assert fitted["classes"] == {"0": 212, "1": 357}
    assert fitted["exit_code"] == 0
    proof = json.loads(run("certify", tmp_path / "m", cancer, "--json", "--worst-rows", 2).stdout)
    assert proof["gap"] == pytest.approx(fitted["gap"])
    assert len(proof["problems"][0]["worst_rows"]) <= 2


def test_quiet_prints_nothing(cancer, tmp_path):
    fitted = run("fit", cancer, "--out", tmp_path / "m", "--quiet", "--max-iter", "1", code=3)
    assert fitted.output == ""
    predicted = run("predict", tmp_path / "m", cancer, "--quiet", "--out", tmp_path / "labels")
    assert predicted.output == ""
    assert len((tmp_path / "labels").read_text().splitlines()) == 569


def test_a_stopped_fit_writes_its_model_and_says_so(cancer, tmp_path):
    fitted = run("fit", cancer, "--out", tmp_path / "m", "--max-iter", "1", "--tol", "1e-12", "--json", code=3)
    result = json.loads(fitted.stdout)
    assert result["status"] == "stopped_by_max_iter"
    assert result["exit_code"] == 3
    assert "warning: LinearSVC stopped by max_iter=1" in fitted.stderr
    assert read_model(tmp_path / "m").status == "stopped_by_max_iter"
    assert "not proven" in run("certify", tmp_path / "m", cancer, code=3).stdout


def test_without_proof_the_file_is_smaller_and_still_certifiable(cancer, tmp_path):
    run("fit", cancer, "--out", tmp_path / "a", "--quiet")
    run("fit", cancer, "--out", tmp_path / "b", "--quiet", "--no-proof")
    assert os.path.getsize(tmp_path / "b") < os.path.getsize(tmp_path / "a")
    assert "derived from the margins" in run("certify", tmp_path / "b", cancer, code=0).stdout


def test_packed_files_and_standard_input(cancer, tmp_path):
    text = cancer.read_bytes()
    (tmp_path / "cancer.svm.gz").write_bytes(gzip.compress(text))
    run("fit", tmp_path / "cancer.svm.gz", "--out", tmp_path / "a", "--quiet")
    run("fit", "-", "--out", tmp_path / "b", "--quiet", stdin=text)
    assert run("predict", tmp_path / "a", "-", stdin=text).stdout == run("predict", tmp_path / "b", cancer).stdout


def test_tables_by_name(iris, iris_model, tmp_path):
    assert read_model(iris_model).feature_names == ("sepal length", "sepal width", "petal length", "petal width")
    straight = run("predict", iris_model, iris, "--scores").stdout
    first = straight.split("\n")[0].split("\t")
    assert first[0] == "setosa"
    assert len(first) == 4
    assert float(first[1]) == max(map(float, first[1:]))
    lines = [line.split(",") for line in iris.read_text().splitlines()]
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join(",".join([line[2], f"note {i}", *line[1::-1], line[3]]) for i, line in enumerate(lines)))
    assert run("predict", iris_model, shuffled, "--scores").stdout == straight
    missing = tmp_path / "missing.csv"
    missing.write_text("\n".join(",".join(line[1:]) for line in lines))
    assert "lacks the columns 'sepal length'" in run("predict", iris_model, missing, code=2).stderr
    assert "name it with target= (--target)" in run("certify", iris_model, iris, code=2).stderr
    assert "proven" in run("certify", iris_model, iris, "--target", "species").stdout
    as_text = iris.read_text().replace(",", "\t")
    assert run("predict", iris_model, "-", "--format", "tsv", "--scores", stdin=as_text).stdout == straight


def test_sparse_rows_take_the_width_of_the_model(cancer, tmp_path):
    run("fit", cancer, "--out", tmp_path / "m", "--quiet")
    assert run("predict", tmp_path / "m", "-", stdin="0 2:1\n0\n").stdout.split() in (
        ["0", "0"],
        ["1", "1"],
        ["0", "1"],
        ["1", "0"],
    )
    assert (
        "has 31 features, but the model was trained on 30"
        in run("predict", tmp_path / "m", "-", stdin="0 31:1\n", code=2).stderr
    )
    zero = run("predict", tmp_path / "m", "-", "--zero-based", "--scores", stdin="0 2:1\n").stdout
    one = run("predict", tmp_path / "m", "-", "--one-based", "--scores", stdin="0 2:1\n").stdout
    weights = read_model(tmp_path / "m")
    assert float(zero.split("\t")[1]) == pytest.approx(weights.coef[0, 2] + weights.intercept[0])
    assert float(one.split("\t")[1]) == pytest.approx(weights.coef[0, 1] + weights.intercept[0])


BAD_INPUT = {
    "no such data": (["fit", "absent.svm", "--out", "m"], "absent.svm: No such file"),
    "no such folder": (["fit", "{data}", "--out", "absent/m"], "no such directory"),
    "out is a folder": (["fit", "{data}", "--out", "."], "is a directory"),
    "a negative C": (["fit", "{data}", "--out", "m", "--C", "-1"], "'C' parameter"),
    "a bad tolerance": (["fit", "{data}", "--out", "m", "--tol", "0"], "'tol' parameter"),
    "an unknown loss": (["fit", "{data}", "--out", "m", "--loss", "log"], "--loss"),
    "no out": (["fit", "{data}"], "--out"),
    "a number that is none": (["fit", "{data}", "--out", "m", "--max-iter", "many"], "--max-iter"),
    "an unknown command": (["train", "{data}"], "train"),
    "data instead of a model": (["predict", "{data}", "{data}"], "not a model file"),
    "a malformed line": (["fit", "{broken}", "--out", "m"], "line 2"),
    "one class": (["fit", "{single}", "--out", "m"], "one class"),
}


@pytest.mark.parametrize("what", BAD_INPUT)
def test_bad_input_is_code_2_and_no_traceback(cancer, tmp_path, what, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.svm").write_text("1 1:2\n-1 1:x\n")
    (tmp_path / "single.svm").write_text("1 1:2\n1 1:3\n")
    arguments, message = BAD_INPUT[what]
    paths = {"data": cancer, "broken": tmp_path / "broken.svm", "single": tmp_path / "single.svm"}
    result = run(*(a.format(**paths) for a in arguments), code=2)
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert not (tmp_path / "m").exists()


def test_demo_shows_every_step():
    started = time.perf_counter()
    text = run("demo").stdout
    assert time.perf_counter() - started < 60
    for words in ("569 tumours", "optimal after", "relative gap", "support vectors", "pushed to the wrong side by",
                  "over five folds", "569 of 569 predictions agree"):  # fmt: skip
        assert words in text
    assert "\x1b" not in text
    assert re.search(r"within\s+\d\.\de-\d\d\.", text)  # nothing is cut off


def test_a_terminal_without_our_letters_is_no_error(cancer, tmp_path):
    run("fit", cancer, "--out", tmp_path / "m", "--quiet")
    command = [*COMMAND, "certify", str(tmp_path / "m"), str(cancer)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert done.stdout.isascii()
    assert b"+--" in done.stdout


def test_show_config_and_version():
    assert "native code" in run("show-config").stdout
    assert json.loads(run("show-config", "--json").stdout)["maxmargin"] == __version__
    assert run("--version").stdout == f"maxmargin {__version__}\n"


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from maxmargin.cli.app import app\n"
        "try: app(['fit', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'scipy', 'sklearn', 'maxmargin.exceptions') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    options = "out loss C tol max-time max-iter target no-intercept class-weight n-jobs format quiet json no-proof seed"
    for option in options.split():
        assert f"--{option}" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes and signals are of POSIX")
def test_a_reader_that_goes_away_ends_predict_quietly(cancer, tmp_path):
    run("fit", cancer, "--out", tmp_path / "m", "--quiet")
    (tmp_path / "long.svm").write_text(cancer.read_text() * 60)
    command = [*COMMAND, "predict", str(tmp_path / "m"), str(tmp_path / "long.svm"), "--scores"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 141
    assert errors == b""


INTERRUPTED_FIT = """
import os, signal, sys
from maxmargin import callbacks
from maxmargin.cli import main
callbacks.LogLines.__call__ = lambda self, progress: os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C at the first report
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="pipes and signals are of POSIX")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_ctrl_c_writes_what_was_reached(cancer, tmp_path, more):
    options = ["fit", str(cancer), "--out", "m", "--loss", "hinge", "--C", "1e6", "--tol", "1e-12", *more]
    command = [sys.executable, "-c", INTERRUPTED_FIT, *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 130, done.stderr
    assert "the model reached so far" in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == ["m"]
    assert read_model(tmp_path / "m").status == "stopped_by_callback"
    if more:
        assert json.loads(done.stdout)["exit_code"] == 130


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_ctrl_c_before_the_fit_writes_nothing(tmp_path):
    command = [*COMMAND, "fit", "-", "--out", "m"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        time.sleep(3)  # by now it waits for its input
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert os.listdir(tmp_path) == []
