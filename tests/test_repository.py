"""The repository keeps its own rules: sizes, versions, names, reasons, leftovers."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import re
import subprocess
from pathlib import Path

import pytest

import maxmargin

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(maxmargin.__file__).parent

LINES = {".py": 300, ".pyi": 300, ".cpp": 350, ".hpp": 350}
FUNCTION = 40
LONG_FILES = {
    "tests/test_model_file.py": "one small test for each field that can be wrong",
    "tests/test_validation.py": "one small test for each kind of bad input",
    "tests/test_linear_svc.py": "one small test for each promise of the estimator",
}
LONG_FUNCTIONS = {
    "bindings/design.cpp:bind_design": "a list of declarations",
    "bindings/text.cpp:bind_text": "a list of declarations",
    "cpp/linalg/gram.cpp:add_packed": "one loop nest with its packing",
}


def tracked(*suffixes: str) -> list[Path]:
    """The files of the repository; in a source distribution, which has no history, all files of its folders."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.splitlines()
    else:
        folders = ("bindings", "cpp", "src", "tests", "benchmarks", "examples", "docs")
        names = [str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*")]
    paths = [ROOT / name for name in names]
    return [path for path in paths if path.is_file() and path.suffix in suffixes]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- sizes ---------------------------------------------------------------------------------------


def test_files_are_short():
    long = {name_of(path) for path in tracked(*LINES) if len(read(path).splitlines()) > LINES[path.suffix]}
    assert long <= set(LONG_FILES), "split it by noun"


def python_functions(path: Path):
    """Name and length of each function: its statements, without signature and docstring."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield node.name, (node.end_lineno - body[0].lineno + 1 if body else 0)


def native_functions(path: Path):
    """Name and length of each function, found by the indentation that clang-format gives it."""
    lines = read(path).splitlines()
    for indent in ("", "  "):
        start = None
        for k, line in enumerate(lines):
            opens = re.match(rf"{indent}(?!namespace|struct|class|enum|union|public|private|protected)[A-Za-z]", line)
            if start is None and opens and line.endswith("{"):
                start = k
            elif start is not None and line.startswith(indent + "}"):
                name = re.search(r"(\w+)\(", " ".join(lines[max(0, start - 3) : start + 1]).rsplit(";")[-1])
                yield name.group(1) if name else lines[start], k - start + 1
                start = None


def test_functions_are_short():
    long = set()
    for path in tracked(".py", ".cpp", ".hpp"):
        functions = python_functions(path) if path.suffix == ".py" else native_functions(path)
        long |= {f"{name_of(path)}:{name}" for name, lines in functions if lines > FUNCTION}
    assert long <= set(LONG_FUNCTIONS), "name its steps"


def test_allowances_are_used():
    names = {name_of(path) for path in tracked(*LINES)}
    assert set(LONG_FILES) | {entry.split(":")[0] for entry in LONG_FUNCTIONS} <= names


# --- versions and names --------------------------------------------------------------------------


def test_versions_are_equal():
    version = maxmargin.__version__
    assert re.search(r'^version = "(.*)"', read(ROOT / "pyproject.toml"), re.MULTILINE).group(1) == version
    assert re.search(r"^version: (.*)$", read(ROOT / "CITATION.cff"), re.MULTILINE).group(1) == version
    assert f"## {version}" in read(ROOT / "CHANGELOG.md")
    try:
        installed = importlib.metadata.version("maxmargin")
    except importlib.metadata.PackageNotFoundError:
        return  # run from the source tree
    assert installed == version


def test_the_public_names_are_exactly_these():
    assert sorted(maxmargin.__all__) == sorted({*maxmargin._HOME, *maxmargin._MODULES, "__version__"})
    source = ast.parse(read(PACKAGE / "__init__.py"))
    typed = {
        alias.asname or alias.name
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("maxmargin")
        for alias in node.names
    }
    assert typed == set(maxmargin.__all__) - {"__version__"}, "type checkers see other names than users"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_exports_what_it_does_not_hide(path):
    tree = ast.parse(read(path))
    defined = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and not n.name.startswith("_")}
    exported = [n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"]
    if "_native" in path.parts or not defined:
        return
    assert exported, f"{path} has public names but no __all__"
    assert defined <= set(ast.literal_eval(exported[0].value)), "start its name with _ or export it"


def test_every_public_name_has_a_runnable_example():
    for name in maxmargin.__all__:
        value = getattr(maxmargin, name)
        if callable(value) and name not in ("Certificate", "save", "load"):  # made and shown by `certify`; shown together
            assert ">>> " in (inspect.getdoc(value) or ""), name


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


# --- reasons and leftovers -----------------------------------------------------------------------


def test_every_exception_to_a_linter_names_its_rule_and_the_rarer_ones_their_reason():
    for path in tracked(".py"):
        for line in read(path).splitlines():
            if path == Path(__file__):
                continue
            assert not re.search(r"#\s*noqa(?!:)", line), f"{path}: {line}"
            assert not re.search(r"#\s*type: ignore(?!\[)", line), f"{path}: {line}"
            if PACKAGE.name in path.parts and "noqa" in line and "UP045" not in line:
                assert re.search(r"noqa: [A-Z0-9, ]+ - \w", line), f"{path}: say why: {line}"


def test_every_ignored_rule_has_its_reason():
    text = read(ROOT / "pyproject.toml")
    for section in re.findall(r"^(?:ignore|extend-exclude) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL):
        assert all("#" in line for line in section.splitlines())
    for line in re.findall(r'^"\w+/\*\*" = .*$', text, re.MULTILINE):
        assert "#" in line, line


def test_nothing_is_left_behind():
    left = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|(?<![\w.])/(home|root|work)/\w|--(extra-)?index-url|\t$| $", re.MULTILINE)
    for path in tracked(".py", ".pyi", ".cpp", ".hpp", ".md", ".toml", ".yml", ".yaml", ".cff", ".txt", ".json"):
        if path != Path(__file__):
            found = left.search(read(path))
            assert found is None, f"{name_of(path)} has {found and found.group()!r}"


def test_names_are_nouns():
    for path in tracked(".py", ".cpp", ".hpp", ".md"):
        assert path.stem.strip("_") not in {"utils", "util", "helpers", "misc", "common"}, path


def test_every_header_says_what_it_is():
    for path in tracked(".hpp"):
        assert read(path).startswith("// "), path
        assert "#pragma once" in read(path), path


def test_make_describes_every_verb():
    text = read(ROOT / "Makefile")
    verbs = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split())
    described = {verb for line in re.findall(r"^([a-z -]+):.*## ", text, re.MULTILINE) for verb in line.split()}
    assert {"demo", "test", "test-all", "test-native", "lint", "bench", "docs", "asan", "tsan", "clean", "help"} <= verbs
    assert described == verbs
    for document in ("README.md", "CONTRIBUTING.md"):
        shown = re.findall(r"(?:^ {4}|`|\$ )make ([a-z -]+)", read(ROOT / document), re.MULTILINE)
        assert shown
        assert {verb for words in shown for verb in words.split()} <= verbs
