"""The tables of docs/losses/migrating.md, and arrays for the names in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxmargin import losses

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "losses" / "migrating.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \| .*\|$", re.MULTILINE)


def arrays() -> dict[str, np.ndarray]:
    """What the names stand for; no score is at a kink."""
    rng = np.random.default_rng(0)
    n, k = 24, 5
    y, c = rng.choice([-1.0, 1.0], n), rng.integers(0, k, n)
    has = rng.random((n, k)) > 0.6
    idx = np.full((n, k), -1)
    for row, labels in zip(idx, has, strict=True):
        row[: labels.sum()] = np.flatnonzero(labels)
    u, v, far = rng.normal(size=(3, n, 4))
    return {
        "f": 2 * rng.normal(size=n), "g": rng.normal(size=n), "y": y, "y01": (y > 0).astype(int),
        "s": 2 * rng.normal(size=(n, k)), "c": c, "w": rng.uniform(size=n), "cw": rng.uniform(0.5, 2.0, k),
        "r": rng.normal(size=n), "u": u, "v": v, "n": far, "d": rng.uniform(0, 3, n), "has": has, "idx": idx,
        "grades": rng.integers(0, 3, (n, k)).astype(float),
    }  # fmt: skip


def rows(section: str) -> list[Any]:
    """The rows of one library's table, to parametrise a test with."""
    found = ROW.findall(SECTIONS[section])
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("| `")]
    assert len(found) == len(lines) > 3, f"a row of {section} cannot be read"
    return [pytest.param(theirs, ours, id=theirs) for theirs, ours in found]


def values(theirs: str, ours: str, names: dict[str, Any]) -> tuple[Any, Any]:
    """Both columns of a row, run."""
    scope = {"losses": losses, **names}
    return eval(theirs, scope), eval(ours, scope)  # the code is that of our own page


def converted(to: Callable[[np.ndarray], Any]) -> dict[str, Any]:
    """The arrays in another framework."""
    return {name: to(array) for name, array in arrays().items()}
