"""Every example runs, without a warning, and is short enough to be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))
SAYS = {
    "first_fit": "predicts the same: True",
    "certify": "relative gap: ours",
    "text_classification": "cooking:",
    "warm_start": "iterations",
    "callback": "stopped_by_callback",
    "kernel_file": "the same predictions: True",
    "kernel_sum": "row 17: ",
    "outliers": "5 of 178 wines lie outside",
}


def test_every_example_is_expected():
    assert {path.stem for path in EXAMPLES} == set(SAYS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 60
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert SAYS[path.stem] in done.stdout
    assert done.stderr == ""
