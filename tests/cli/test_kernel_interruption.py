"""Kernel machines on the command line, interrupted and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from sklearn.datasets import dump_svmlight_file, make_classification

from maxmargin.io.model_file import read_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")

HARD = ["--kernel", "rbf", "--C", "1e6", "--gamma", "0.01", "--tol", "1e-12"]
SIGNALLED_FIT = """
import os, signal, sys
from maxmargin import callbacks
from maxmargin.cli import main
callbacks.LogLines.__call__ = lambda self, progress: os.kill(os.getpid(), signal.NAME)  # at each report of progress
main()
"""


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """Overlapping classes: at a large C and a tiny tolerance a fit takes ten seconds, and reports at once."""
    path = tmp_path_factory.mktemp("hard") / "hard.svm"
    rows, y = make_classification(3000, 20, flip_y=0.4, random_state=0)
    dump_svmlight_file(rows, y, str(path))
    return path


def signalled(name, hard, folder):
    """The command, which gets the signal from within its fit."""
    command = [sys.executable, "-c", SIGNALLED_FIT.replace("NAME", name), "fit", str(hard), "--out", "m", *HARD, "--json"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_ctrl_c_writes_what_was_reached(hard, tmp_path):
    done = signalled("SIGINT", hard, tmp_path)
    assert done.returncode == 130, done.stderr
    assert "the model reached so far" in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == ["m"]
    model = read_model(tmp_path / "m")
    assert model.status == "stopped_by_callback"
    assert model.gap[0] > 1e-3 * abs(model.dual[0])  # far from the end
    result = json.loads(done.stdout)
    assert result["exit_code"] == 130
    assert result["training_accuracy"] is None


@pytest.mark.parametrize("before", [None, b"what was there before"])
def test_a_killed_fit_leaves_what_was_there(hard, tmp_path, before):
    if before is not None:
        (tmp_path / "m").write_bytes(before)
    done = signalled("SIGKILL", hard, tmp_path)
    assert done.returncode == -signal.SIGKILL, done.stderr  # 0 where no report came, so that nothing was killed
    assert done.stdout == ""
    assert os.listdir(tmp_path) == ([] if before is None else ["m"])
    assert before is None or (tmp_path / "m").read_bytes() == before
