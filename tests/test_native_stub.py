"""The stub of the native module agrees with the modules: names by stubtest, signatures by what nanobind records."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from maxmargin import _native

FOLDER = Path(_native.__file__).parent
ROOT = Path(__file__).resolve().parents[1]

# What stubtest cannot know of the functions and types that nanobind makes.
OF_NANOBIND = (
    "is not a function",
    "metaclass differs",
    "isn't marked with @disjoint_base",
    '__init__ is inconsistent, stub does not have *args parameter "args"',
)


def test_names():
    pytest.importorskip("mypy", reason="mypy is not installed")
    command = [
        sys.executable,
        "-m",
        "mypy.stubtest",
        "maxmargin._native",
        "--concise",
        "--mypy-config-file",
        "pyproject.toml",
    ]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"}
    )  # fmt: skip
    lines = run.stdout.splitlines()
    assert any("maxmargin._native.solve_newton is not a function" in line for line in lines), run.stdout + run.stderr
    assert [line for line in lines if not any(known in line for known in OF_NANOBIND)] == []


def parameters(definition: ast.FunctionDef) -> tuple[list[str], list[str], dict[str, str]]:
    """Positional names, their defaults, and keyword-only names with theirs; types are left out."""
    arguments = definition.args
    keyword = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return (
        [argument.arg for argument in arguments.args],
        [ast.unparse(value) for value in arguments.defaults],
        {argument.arg: ast.unparse(value) if value else "required" for argument, value in keyword},
    )


def recorded(function) -> tuple[list[str], list[str], dict[str, str]]:
    """The parameters of a native function as nanobind wrote them down when it was compiled."""
    signature, _, defaults = function.__nb_signature__[0]
    signature = re.sub(r"ndarray\[[^\]]*\]", "ndarray", signature)  # of arrays it tells strides and devices
    signature = re.sub(r"\\(\d+)", lambda match: repr(defaults[int(match.group(1))]), signature)
    return parameters(ast.parse(f"{signature}: ...").body[0])


def stub_functions():
    """Native functions and methods with their definition in the stub."""
    tree = ast.parse((FOLDER / "__init__.pyi").read_text(encoding="utf-8"))
    owners = [(_native, tree), *((getattr(_native, c.name), c) for c in tree.body if isinstance(c, ast.ClassDef))]
    for owner, scope in owners:
        for node in scope.body:
            if isinstance(node, ast.FunctionDef) and hasattr(getattr(owner, node.name), "__nb_signature__"):
                yield pytest.param(getattr(owner, node.name), node, id=f"{owner.__name__}.{node.name}")


@pytest.mark.parametrize(("function", "definition"), list(stub_functions()))
def test_signatures(function, definition):
    assert parameters(definition) == recorded(function)


def test_every_instruction_set_has_the_same_names():
    modules = [importlib.import_module(f"maxmargin._native._{name}") for name in _native.available_instruction_sets()]
    assert len({tuple(sorted(vars(module))) for module in modules}) == 1
