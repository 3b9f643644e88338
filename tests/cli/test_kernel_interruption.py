"""Kernel machines on the command line, interrupted and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from sklearn.datasets import dump_svmlight_file, make_classification
from test_commands import COMMAND

from maxmargin.io.model_file import read_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")

HARD = ["--kernel", "rbf", "--C", "1e6", "--gamma", "0.01", "--tol", "1e-12"]
INTERRUPTED_FIT = """
import os, signal, sys
from maxmargin import callbacks
from maxmargin.cli import main
callbacks.LogLines.__call__ = lambda self, progress: os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C at the first report
main()
"""


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """Overlapping classes: at a large C and a tiny tolerance a fit takes minutes."""
    path = tmp_path_factory.mktemp("hard") / "hard.svm"
    rows, y = make_classification(3000, 20, flip_y=0.4, random_state=0)
    dump_svmlight_file(rows, y, str(path))
    return path


def test_ctrl_c_writes_what_was_reached(hard, tmp_path):
    command = [sys.executable, "-c", INTERRUPTED_FIT, "fit", str(hard), "--out", "m", *HARD, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 130, done.stderr
    assert "the model reached so far" in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == ["m"]
    assert read_model(tmp_path / "m").status == "stopped_by_callback"
    result = json.loads(done.stdout)
    assert result["exit_code"] == 130
    assert result["training_accuracy"] is None


def test_a_killed_fit_leaves_nothing(hard, tmp_path):
    command = [*COMMAND, "fit", str(hard), "--out", "m", *HARD]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        said = process.stderr.readline()  # what it will cost, or a line of progress: the fit is under way
        process.send_signal(signal.SIGKILL)
    assert "3000 rows" in said or "iteration" in said
    assert process.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == []
