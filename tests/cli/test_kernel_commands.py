"""The commands with kernel machines: what they print, what they write, and the code they end with."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file, load_diabetes, load_iris, make_classification
from test_commands import run

from maxmargin import SVC, SVR, NuSVC, OneClassSVM, exceptions, load
from maxmargin.cli.machines import bytes_of
from maxmargin.io.model_file import read_model
from maxmargin.kernels import KERNEL_NAMES

IRIS = load_iris(as_frame=True).frame
X, Y = IRIS.drop(columns="target").to_numpy(), IRIS["target"].to_numpy()
TX, TY = load_diabetes(return_X_y=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same rows in every format, with classes, with numbers, and kernel values."""
    pd, folder = pytest.importorskip("pandas"), tmp_path_factory.mktemp("files")
    IRIS.to_csv(folder / "iris.csv", index=False)
    dump_svmlight_file(X, Y, str(folder / "iris.svm"), zero_based=False)
    numbers = load_diabetes(as_frame=True).frame
    numbers.to_csv(folder / "numbers.csv", index=False)
    numbers.to_csv(folder / "numbers.tsv", index=False, sep="\t")
    numbers.drop(columns="target").to_csv(folder / "no_target.csv", index=False)
    pytest.importorskip("polars").from_pandas(numbers).write_parquet(folder / "numbers.parquet")
    dump_svmlight_file(TX, TY, str(folder / "numbers.svm"), zero_based=False)
    values = pd.DataFrame(X @ X.T, columns=[f"row {i}" for i in range(len(X))])
    values.assign(label=Y).to_csv(folder / "values.csv", index=False)
    dump_svmlight_file(X @ X.T, Y, str(folder / "values.svm"), zero_based=False)
    return folder


FITS = {
    "--kernel rbf --gamma 0.5 --C 10": SVC(gamma=0.5, C=10),
    "--machine svc --kernel poly --degree 2 --coef0 1 --gamma auto": SVC(kernel="poly", degree=2, coef0=1, gamma="auto"),
    "--kernel laplacian --multi-class ovr --class-weight balanced": SVC(
        kernel="laplacian", multi_class="ovr", class_weight="balanced"
    ),
    "--kernel linear --no-intercept --tol 1e-6": SVC(kernel="linear", fit_intercept=False, tol=1e-6),
    "--machine nusvc --nu 0.2 --kernel sigmoid --gamma 0.01": NuSVC(nu=0.2, kernel="sigmoid", gamma=0.01),
    "--machine oneclass --nu 0.1": OneClassSVM(nu=0.1),
    "--kernel rbf --gamma 0.1 --approximation nystroem --approximation-tol 0.2 --seed 3": SVC(
        gamma=0.1, approximation="nystroem", approximation_tol=0.2, random_state=3
    ),
    "--machine oneclass --gamma 0.1 --approximation fourier --approximation-tol 0.3": OneClassSVM(
        gamma=0.1, approximation="fourier", approximation_tol=0.3, random_state=0
    ),
}


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
@pytest.mark.parametrize("options", FITS)
def test_the_model_is_the_one_that_python_fits(files, tmp_path, options):
    run("fit", files / "iris.csv", "--out", tmp_path / "m", "--quiet", *options.split())
    model, again = FITS[options].fit(X, Y), load(tmp_path / "m")
    assert type(again) is type(model)
    assert again.feature_names_in_.tolist() == list(IRIS.columns[:4])
    np.testing.assert_allclose(again.primal_, model.primal_, rtol=2e-3)
    lines = run("predict", tmp_path / "m", files / "iris.csv", "--quiet").stdout.split()
    assert np.mean([int(line) for line in lines] == model.predict(X)) > 0.98


@pytest.mark.parametrize("file", ["numbers.csv", "numbers.tsv", "numbers.parquet", "numbers.svm"])
def test_numbers_are_read_from_every_format(files, tmp_path, file):
    options = "--machine svr --C 100 --epsilon 5 --tol 1e-5"
    fitted = json.loads(run("fit", files / file, "--out", tmp_path / "m", "--json", *options.split()).stdout)
    model = SVR(C=100, epsilon=5, tol=1e-5).fit(TX, TY)
    assert fitted["machine"] == "svr"
    assert fitted["epsilon"] == 5.0
    assert fitted["target"] == [TY.min(), TY.max()]
    assert fitted["primal"] == pytest.approx(model.primal_, rel=1e-4)
    assert fitted["training_error"] == pytest.approx(abs(model.predict(TX) - TY).mean(), rel=1e-2)
    predicted = run("predict", tmp_path / "m", files / file)
    np.testing.assert_allclose([float(line) for line in predicted.stdout.split()], model.predict(TX), rtol=1e-2)
    assert re.search(r"the mean error is \d+\.\d+ over the 442 targets in DATA \(R² 0\.\d{3}\)", predicted.stderr)
    proof = json.loads(run("certify", tmp_path / "m", files / file, "--json").stdout)
    assert proof["loss"] == "epsilon_insensitive"
    assert proof["relative_gap"] <= 1e-5


def test_options_with_the_value_zero_are_given(files, tmp_path):
    options = "--machine nusvr --C 100 --nu 0.3"
    run("fit", files / "numbers.csv", "--out", tmp_path / "m", "--quiet", *options.split())
    assert read_model(tmp_path / "m").nu == 0.3
    options = "--machine svr --epsilon 0 --memory-limit 1GiB --max-time 60 --n-jobs 1 --seed 3"
    run("fit", files / "numbers.csv", "--out", tmp_path / "m", "--quiet", *options.split())
    assert read_model(tmp_path / "m").epsilon == 0.0
    refused = run("fit", files / "iris.csv", "--out", tmp_path / "n", "--machine", "svc", "--epsilon", "0", code=2)
    assert "--epsilon has no meaning for --machine svc" in refused.stderr


def test_an_approximation_is_named_and_what_is_proved(files, tmp_path):
    options = "--kernel rbf --gamma 0.1 --approximation nystroem --approximation-tol 0.1"
    said = run("fit", files / "iris.csv", "--out", tmp_path / "m", *options.split()).stdout
    assert re.search(r"RBF\(gamma = 0\.1\), by \d+ components \(nystroem\), estimated error \d", said)
    proof = run("certify", tmp_path / "m", files / "iris.csv").stdout
    assert "proven" in proof
    assert "the optimum's of the approximate problem" in " ".join(proof.split())
    given = json.loads(run("fit", files / "iris.csv", "--out", tmp_path / "m", *options.split(), "--json").stdout)
    assert given["n_components"] == read_model(tmp_path / "m").component_coef.shape[1]
    assert given["approximation_error"] <= 0.1
    for refused, words in (
        ("--kernel rbf --max-components 3", "--max-components has no meaning for the kernel itself"),
        ("--approximation fourier", "--approximation has no meaning for --machine linear"),
        ("--kernel poly --approximation fourier", "use approximation='nystroem'"),
    ):
        assert words in run("fit", files / "iris.csv", "--out", tmp_path / "n", *refused.split(), code=2).stderr


def test_targets_that_do_not_vary_are_placeholders(files, tmp_path):
    run("fit", files / "numbers.svm", "--out", tmp_path / "m", "--machine", "svr", "--quiet")
    assert run("predict", tmp_path / "m", "-", stdin="0 1:0.1\n0 2:0.3\n").stderr == ""


def test_one_class_needs_no_target(files, tmp_path):
    options = ["--machine", "oneclass", "--nu", "0.1", "--out", tmp_path / "m"]
    fitted = run("fit", files / "no_target.csv", *options)
    assert "442 rows, 10 features" in fitted.stdout
    assert "of the rows inside" in fitted.stdout
    scored = run("predict", tmp_path / "m", files / "no_target.csv", "--scores")
    lines = [line.split("\t") for line in scored.stdout.splitlines()]
    assert {label for label, _ in lines} == {"1", "-1"}
    assert all((float(score) >= 0) == (label == "1") for label, score in lines)
    assert f"{sum(label == '1' for label, _ in lines)} of 442 rows are inside" in scored.stderr
    assert "proven" in run("certify", tmp_path / "m", files / "no_target.csv").stdout
    # A target that is there is left out of the features, and one that was named must be there.
    assert "10 features" in run("fit", files / "numbers.csv", *options).stdout
    assert "no column 'blood'" in run("fit", files / "no_target.csv", *options, "--target", "blood", code=2).stderr


def test_kernel_values_of_any_format(files, tmp_path):
    options = ["--kernel", "precomputed", "--quiet"]
    for name in ("values.csv", "values.svm"):
        run("fit", files / name, "--out", tmp_path / name, *options)
        assert "proven" in run("certify", tmp_path / name, files / name).stdout
    labels = run("predict", tmp_path / "values.csv", files / "values.csv").stdout
    assert run("predict", tmp_path / "values.svm", files / "values.svm").stdout == labels
    pd = pytest.importorskip("pandas")
    support = [f"row {i}" for i in read_model(tmp_path / "values.csv").support]
    pd.read_csv(files / "values.csv")[[*support[::-1], "label"]].to_csv(tmp_path / "few.csv", index=False)
    assert run("predict", tmp_path / "values.csv", tmp_path / "few.csv").stdout == labels
    assert "lacks the columns" in run("certify", tmp_path / "values.csv", tmp_path / "few.csv", code=2).stderr


def test_json_has_what_people_see(files, tmp_path):
    options = ["--kernel", "rbf", "--gamma", "0.5", "--json"]
    fitted = json.loads(run("fit", files / "iris.svm", "--out", tmp_path / "m", *options).stdout)
    expected = {"machine": "svc", "kernel": "RBF(gamma = 0.5)", "n_problems": 3, "C": 1.0, "loss": "hinge", "exit_code": 0,
                "classes": {"0": 50, "1": 50, "2": 50}, "scored_rows": 150, "tol": 1e-3, "status": "optimal"}  # fmt: skip
    assert {name: fitted[name] for name in expected} == expected
    assert fitted["n_support"] == read_model(tmp_path / "m").support.size
    proof = json.loads(run("certify", tmp_path / "m", files / "iris.svm", "--json", "--worst-rows", 1).stdout)
    assert [problem["label"] for problem in proof["problems"]] == ["0 / 1", "0 / 2", "1 / 2"]
    assert proof["tol"] == 1e-3


def test_tables_for_people(files, tmp_path):
    fitted = run("fit", files / "iris.csv", "--out", tmp_path / "m", "--kernel", "rbf", "--tol", "0.1", "--C", "100")
    for words in ("RBF(gamma = 0.0641", "3 problems, at most", "kernel values", "of the rows right", "0 (50), 1 (50)"):
        assert words in fitted.stdout
    proof = run("certify", tmp_path / "m", files / "iris.csv").stdout
    assert "hinge, RBF(gamma = 0.06417), C = 100" in proof
    assert re.search(r"^ pair +primal", proof, re.MULTILINE)
    assert "·√K(x, x) of the exact optimum's" in proof
    run("fit", files / "numbers.csv", "--out", tmp_path / "m", "--machine", "nusvr", "--quiet", "--tol", "0.1")
    proof = run("certify", tmp_path / "m", files / "numbers.csv").stdout
    assert "None" not in proof
    assert "nu = 0.5" in proof
    assert re.search(r"^ +primal", proof, re.MULTILINE)


def test_of_large_data_some_rows_are_looked_at(files, tmp_path, monkeypatch):
    monkeypatch.setattr("maxmargin.cli.fit_report._MOST_VALUES", 1000.0)
    for options, words in (("--kernel rbf", "right"), ("--machine svr", "mean error"), ("--machine oneclass", "inside")):
        said = run("fit", files / "iris.svm", "--out", tmp_path / "m", *options.split()).stdout
        step = -(-150 * read_model(tmp_path / "m").support.size // 1000)
        assert step > 1
        assert f"{-(-150 // step)} rows looked at" in said
        assert words in said


def test_many_pairs_are_a_short_table(tmp_path):
    rows, y = make_classification(400, 10, n_informative=8, n_classes=10, n_clusters_per_class=1, random_state=0)
    dump_svmlight_file(rows, y, str(tmp_path / "ten.svm"))
    run("fit", tmp_path / "ten.svm", "--out", tmp_path / "m", "--kernel", "rbf", "--quiet")
    proof = run("certify", tmp_path / "m", tmp_path / "ten.svm").stdout
    assert "33 more, smaller gaps" in proof
    assert "all 45" in proof
    assert len(proof.splitlines()) < 40


def test_a_stopped_fit_writes_its_model_and_says_so(files, tmp_path):
    options = "--machine svr --C 1e6 --epsilon 1e-3 --max-iter 0 --json"
    stopped = run("fit", files / "numbers.csv", "--out", tmp_path / "m", *options.split(), code=3)
    assert json.loads(stopped.stdout)["status"] == "stopped_by_max_iter"
    assert "warning: SVR stopped by max_iter=0" in stopped.stderr
    assert read_model(tmp_path / "m").status == "stopped_by_max_iter"
    assert "not proven" in run("certify", tmp_path / "m", files / "numbers.csv", code=3).stdout


REFUSED = {
    "--nu 0.2": "which is the default; leave it out, or say --machine with one of nusvc, nusvr, oneclass",
    "--gamma 2": "--gamma has no meaning for --machine linear",
    "--kernel rbf --loss hinge": "--loss has no meaning for --machine svc",
    "--kernel rbf --no-proof": "--no-proof has no meaning for --machine svc",
    "--machine linear --kernel rbf": "--kernel has no meaning for --machine linear; leave it out",
    "--machine nusvc --C 3": "--C has no meaning for --machine nusvc",
    "--machine svr --class-weight balanced": "--class-weight has no meaning for --machine svr",
    "--machine oneclass --no-intercept": "--no-intercept has no meaning for --machine oneclass",
    "--machine svr --multi-class ovr": "--multi-class has no meaning for --machine svr",
    "--kernel rbf --degree 3": "--degree has no meaning for --kernel rbf; leave it out, or say --kernel poly",
    "--machine svc --coef0 1": "--coef0 has no meaning for --kernel rbf, which is the default",
    "--kernel linear --gamma 1": "--gamma has no meaning for --kernel linear",
    "--kernel cosine": "--kernel",
    "--machine tree": "--machine",
    "--kernel rbf --gamma wide": "Got 'wide' instead",
    "--kernel rbf --C 0": "The 'C' parameter of SVC",
    "--machine svr --epsilon -1": "The 'epsilon' parameter of SVR",
    "--kernel rbf --memory-limit much": "--memory-limit is 'much'",
    "--kernel rbf --memory-limit 1kB": "raise memory_limit",
    "--machine nusvc --nu 1.2": "The 'nu' parameter of NuSVC",
    "--machine svr --target species": "no column 'species'",
    "--kernel precomputed": "Precomputed matrix must be a square matrix",
}


@pytest.mark.parametrize("options", REFUSED)
def test_what_makes_no_sense_is_code_2_and_no_traceback(files, tmp_path, options):
    refused = run("fit", files / "iris.csv", "--out", tmp_path / "m", *options.split(), code=2)
    assert REFUSED[options] in re.sub(r"\s+", " ", refused.stderr)
    assert "Traceback" not in refused.output
    assert refused.stdout == ""
    assert not (tmp_path / "m").exists()


def test_nu_that_is_too_large_and_targets_that_are_words_are_named(files, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("a,label\n" + "".join(f"{i},{'few' if i < 2 else 'many'}\n" for i in range(20)))
    refused = run("fit", table, "--out", tmp_path / "m", "--machine", "nusvc", code=2)
    assert "the largest feasible nu is 0.2" in refused.stderr
    refused = run("fit", table, "--out", tmp_path / "m", "--machine", "svr", code=2)
    assert "not numbers" in refused.stderr
    (tmp_path / "t.svm").write_text("1.5 1:1\n2.5 1:2\n3 1:3\n")
    refused = run("fit", tmp_path / "t.svm", "--out", tmp_path / "m", "--kernel", "rbf", code=2)
    assert "to predict numbers, say --machine svr" in refused.stderr
    run("fit", files / "numbers.svm", "--out", tmp_path / "m", "--machine", "svr", "--quiet")
    refused = run("predict", tmp_path / "m", files / "numbers.svm", "--scores", code=2)
    assert "--scores has no meaning for a regression" in refused.stderr


def test_help_names_every_kernel_and_default(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = re.sub(r"[\s│]+", " ", run("fit", "--help").stdout)
    for kernel in KERNEL_NAMES:
        assert kernel in text
    for default in ("rbf, of the machines", "scale", "0.5", "0.1", "ovo", "1e-4; 1e-3 with a kernel", "squared_hinge"):
        assert f"(default: {default}" in text


def test_memory_in_every_unit():
    assert bytes_of("1e6") == bytes_of("1000 kB") == bytes_of("1MB") == 1e6
    assert bytes_of("2GiB") == 2 * bytes_of("1024MiB") == 2**31
    with pytest.raises(exceptions.InvalidParameterError, match="expected a number of bytes"):
        bytes_of("GB")


def test_the_demo_shows_every_step():
    text = run("demo", "--kernel").stdout
    for words in ("1797 pictures", "optimal after", "45 pairs", "all 45", "% right", "read as", "██", "row ",
                  "497 of 497 predictions agree"):  # fmt: skip
        assert words in text
    assert "\x1b" not in text
