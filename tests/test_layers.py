"""Who may use whom: stages in Python, folders in C++, and the one home of each dangerous thing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import maxmargin

PACKAGE = Path(maxmargin.__file__).parent

# A stage imports earlier stages only. `testing` may import anything; what is imported to say a version is no stage.
STAGES = [
    "exceptions", "_native", "_validation", "losses", "kernels", "problem", "machines", "callbacks", "solvers",
    "certificate", "model", "estimators", "io", "inspection", "config", "cli",
]  # fmt: skip
OUTSIDE = {"__init__", "__main__", "testing"}

# A folder of cpp/ includes itself and these.
CPP = {
    "memory": set(),
    "simd": set(),
    "parallel": set(),
    "losses": set(),
    "design": {"memory", "parallel", "simd"},
    "linalg": {"design", "memory", "parallel", "simd"},
    "text": {"design", "memory", "parallel"},
    "certificate": {"design", "losses", "memory", "parallel", "simd", "solvers"},  # of solvers/ the problem only
    "kernels": {"design", "memory", "parallel", "simd"},
    "quadratic": {"kernels", "linalg", "memory", "parallel", "simd", "solvers"},  # of solvers/ the problem only
    "solvers": {"certificate", "design", "linalg", "losses", "memory", "parallel", "simd"},
}


def stage_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def home(name: str) -> str:
    """The stage that a public name of the package comes from."""
    return maxmargin._HOME.get(name, f"maxmargin.{name}").split(".")[1]


def used_stages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import: say where from"
            module = node.module or ""
            if module == "maxmargin":
                yield from (home(alias.name) for alias in node.names)
            elif module.startswith("maxmargin."):
                yield module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("maxmargin."))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "maxmargin":
            yield home(node.attr)


SOURCES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_stage_imports_earlier_stages_only(path):
    stage = stage_of(path)
    assert stage in STAGES or stage in OUTSIDE, f"{path.name} belongs to no stage"
    if stage in OUTSIDE:
        return
    for other in set(used_stages(path)) - {"__version__"}:
        assert other in STAGES, f"{other} is no stage"
        assert STAGES.index(other) <= STAGES.index(stage)


def test_the_documented_order_is_this_one(root):
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert " → ".join(STAGES) in text


def cpp_files(root: Path) -> list[Path]:
    return sorted(path for path in (root / "cpp").rglob("*") if path.suffix in (".hpp", ".cpp"))


def test_native_folders_include_what_they_may(root):
    for path in cpp_files(root):
        folder = path.parent.name
        for other in re.findall(r'#include "(\w+)/', path.read_text(encoding="utf-8")):
            assert other == folder or other in CPP[folder], f"{path} includes {other}/"


def test_no_solver_takes_part_in_a_certificate(root):
    for path in cpp_files(root):
        if path.parent.name == "certificate":
            assert set(re.findall(r'#include "solvers/(.*)"', path.read_text(encoding="utf-8"))) <= {"problem.hpp"}


@pytest.mark.parametrize(
    ("what", "pattern", "homes"),
    [
        ("vector intrinsics", r"immintrin|arm_neon|_mm\d*_\w+\(", {"simd"}),
        ("threads and locks", r"std::(j?thread|mutex|condition_variable)\b|<(thread|mutex)>", {"parallel"}),
        ("Python", r"Python\.h|nanobind|\bPy[A-Z]\w+", set()),
        ("printing", r"printf|<iostream>|std::c(out|err)\b", set()),
        ("files", r"\bfopen|<fstream>|<filesystem>", set()),
    ],
)  # fmt: skip
def test_the_only_home_of(root, what, pattern, homes):
    for path in cpp_files(root):
        if path.parent.name not in homes:
            found = re.search(pattern, path.read_text(encoding="utf-8"))
            assert found is None, f"{path} has {found and found.group()}: {what} live in {homes or 'no folder of cpp/'}"
