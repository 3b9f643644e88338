"""A command that is killed leaves the model file as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file

KILLED_FIT = """
import os, signal
from maxmargin import callbacks
from maxmargin.cli import main
callbacks.LogLines.__call__ = lambda self, progress: os.kill(os.getpid(), signal.SIGKILL)  # at the first report
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
@pytest.mark.parametrize("before", [None, b"what was there before"])
def test_a_killed_fit_leaves_the_model_as_it_was(tmp_path, before):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 10))
    dump_svmlight_file(X, np.where(X[:, 0] + rng.normal(size=300) > 0, 1, -1), str(tmp_path / "data"))
    if before is not None:
        (tmp_path / "m").write_bytes(before)
    command = [
        sys.executable,
        "-c",
        KILLED_FIT,
        "fit",
        "data",
        "--out",
        "m",
        "--loss",
        "hinge",
        "--C",
        "1e6",
        "--tol",
        "1e-12",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert sorted(os.listdir(tmp_path)) == (["data"] if before is None else ["data", "m"])
    assert before is None or (tmp_path / "m").read_bytes() == before
