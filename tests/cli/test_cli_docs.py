"""``docs/cli.md`` and ``docs/model-file.md`` say what the program does."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from safetensors import safe_open
from scipy.sparse import csr_matrix
from sklearn.datasets import load_breast_cancer, load_diabetes
from typer.testing import CliRunner

from maxmargin import SVC, LinearSVC, save
from maxmargin.cli import exits
from maxmargin.cli.app import app
from maxmargin.io import kernel_record, kernel_tree, linear_record, reduced_record, vector_record

DOCS = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the documentation is not installed")


def section(name: str) -> str:
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    return re.split(r"\n##+ ", text.split(f"### {name}\n")[1])[0]


@pytest.mark.parametrize("command", sorted(typer.main.get_command(app).commands))
def test_every_option_is_documented_and_no_other(command):
    options = set()
    for parameter in typer.main.get_command(app).commands[command].params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            options |= {o for o in (*parameter.opts, *parameter.secondary_opts) if o.startswith("--")}
    assert set(re.findall(r"(?<![\w-])--[A-Za-z][\w-]*", section(command))) == options


def test_every_exit_code_is_documented():
    table = (DOCS / "cli.md").read_text(encoding="utf-8").split("## Exit codes")[1]
    codes = {value for name, value in vars(exits).items() if name.isupper()}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, flags=re.MULTILINE)} == codes


@pytest.mark.parametrize("memory_is_short", [True, False])
def test_a_traceback_comes_where_the_documentation_says_so(monkeypatch, tmp_path, memory_is_short):
    def fail(*arguments, **options):
        raise MemoryError("8 GB") if memory_is_short else RuntimeError("a bug")

    monkeypatch.setattr("maxmargin.cli.reading.read", fail)
    found = CliRunner().invoke(app, ["fit", "data.csv", "--out", str(tmp_path / "m")])
    assert found.exit_code == exits.UNEXPECTED
    assert ("out of memory (8 GB)" in found.stderr) == memory_is_short
    assert isinstance(found.exception, SystemExit if memory_is_short else RuntimeError)  # the latter has a traceback


@pytest.mark.skipif(os.name == "nt", reason="the examples are for a POSIX shell")
def test_the_sessions_run(tmp_path):
    frame = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "label"})
    frame.to_csv(tmp_path / "tumours.csv", index=False)
    frame.drop(columns="label").to_csv(tmp_path / "new.csv", index=False)
    load_diabetes(as_frame=True).frame.to_csv(tmp_path / "progression.csv", index=False)
    shim = tmp_path / "bin" / "maxmargin"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m maxmargin "$@"\n')
    shim.chmod(0o755)
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (.*)$", text, flags=re.MULTILINE)
    assert len(commands) >= 5
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["sh", "-e"], input="\n".join(commands), text=True, check=True, cwd=tmp_path, env={**os.environ, "PATH": path}
    )
    for name in ("labels.txt", "scores.tsv", "outliers.tsv"):
        assert len((tmp_path / name).read_text().splitlines()) == len(frame)
    assert all(map(float, (tmp_path / "numbers.txt").read_text().split()))


def documented(title: str) -> set[str]:
    text = (DOCS / "model-file.md").read_text(encoding="utf-8")
    part = re.split(r"\n##+ ", text.split(f"## {title}\n")[1])[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", part, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def content_of(path):
    with safe_open(path, framework="np") as content:
        assert set(content.metadata()) == {"maxmargin"}
        return set(content.keys())


def test_every_field_of_a_linear_file_is_documented(tmp_path):
    arrays = set(linear_record.FLOAT_ARRAYS) | set(linear_record.PROOF_ARRAYS)
    assert documented("Linear classifiers: version 1") == linear_record.FIELDS | {"sha256"} | arrays
    save(LinearSVC().fit([[0.0], [1.0]], [0, 1]), tmp_path / "m")
    assert content_of(tmp_path / "m") == arrays


def test_every_field_of_a_kernel_file_is_documented(tmp_path):
    vectors = {f"support_{name}" for name in vector_record.TYPES}
    arrays = set(kernel_record.ARRAYS) | {"class_weight"}
    assert documented("Kernel machines: version 3") == kernel_record.FIELDS | {"sha256"} | arrays | vectors
    X = np.array([[0.0], [1.0]])
    for rows in (X, csr_matrix(X)):
        save(SVC().fit(rows, [0, 1]), tmp_path / "m")
        stored = content_of(tmp_path / "m")
        assert arrays < stored <= arrays | vectors


def test_every_array_of_components_is_documented():
    arrays = set(reduced_record.LANDMARK_ARRAYS) | set(reduced_record.WAVE_ARRAYS)
    assert documented("Models of components") == arrays | {f"landmark_{name}" for name in vector_record.TYPES}


def test_every_kernel_of_a_file_is_documented():
    assert documented("Kernels") == set(kernel_tree.KERNELS) | {"name"}


def test_the_example_of_the_model_file_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(
        str(DOCS / "model-file.md"), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS
    )
    assert result.attempted == 15
    assert result.failed == 0
