"""What ``maxmargin certify`` prints about the rows that hold most of the gap."""

from __future__ import annotations

import re

import numpy as np
import pytest
from typer.testing import CliRunner

from maxmargin import LinearSVC, save
from maxmargin.cli.app import app


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A model of three classes, many of whose rows hold a part of its gap, and its data."""
    folder = tmp_path_factory.mktemp("fitted")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = (X @ rng.normal(size=(4, 3)) + rng.normal(size=(300, 3))).argmax(axis=1)
    save(LinearSVC(loss="hinge", tol=1e-2).fit(X, y), folder / "m")
    lines = [
        f"{label} " + " ".join(f"{j}:{x!r}" for j, x in enumerate(row.tolist())) for row, label in zip(X, y, strict=True)
    ]
    (folder / "data.svm").write_text("\n".join(lines) + "\n")
    return folder / "m", folder / "data.svm"


@pytest.mark.parametrize("count", [0, 1, 5, 12])
def test_as_many_rows_are_printed_as_were_asked_for(fitted, count):
    model, data = map(str, fitted)
    printed = CliRunner().invoke(app, ["certify", model, data, "--worst-rows", str(count)])
    assert printed.exit_code == 0, printed.output
    table = printed.stdout.partition("Rows that hold most of the gap:")[2]
    assert len(re.findall(r"\d+\.\d%", table)) == count


def test_five_rows_are_printed_where_nothing_is_said(fitted):
    model, data = map(str, fitted)
    printed = CliRunner().invoke(app, ["certify", model, data])
    assert len(re.findall(r"\d+\.\d%", printed.stdout)) == 5
