"""The documentation is run: the sessions, the README's commands, the example of every docstring, every link."""

from __future__ import annotations

import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import maxmargin

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(maxmargin.__file__).parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
README = (ROOT / "README.md").read_text(encoding="utf-8")

MODULES = sorted(
    ".".join(["maxmargin", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__main__"
)


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "jax"):  # the frameworks are imported by whoever has them
            raise
        pytest.skip(f"{name} needs {error.name}, which make test-frameworks installs")
    result = doctest.testmod(module, optionflags=FLAGS)
    assert result.failed == 0


def fenced(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def without_numbers(line: str) -> str:
    """Times and last digits differ from machine to machine; the words must not."""
    return re.sub(r"\s+", " ", re.sub(r"\d[\d.]*(e[+-]?\d+)?", "0", line)).strip()


class ExceptForNumbers(doctest.OutputChecker):
    """Output agrees if its words do; the last digits are those of one machine."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        want = want.replace("<BLANKLINE>", "")
        return super().check_output(without_numbers(want), without_numbers(got), optionflags)


DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("benchmarks/*.md"))]
SESSIONS = [path for path in DOCUMENTS if fenced("pycon", path.read_text(encoding="utf-8"))]


def test_there_are_sessions():
    assert {"README.md", "certificate.md", "migrating.md"} <= {path.name for path in SESSIONS}


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.name)
def test_sessions(path):
    text, name = path.read_text(encoding="utf-8"), path.name
    for framework in re.findall(r"\w+", "".join(re.findall(r"\A<!-- needs (.*) -->", text))):
        pytest.importorskip(framework, reason=f"{framework} is not installed: make test-frameworks installs it")
    blocks = fenced("pycon", text)  # one session: later blocks know earlier names
    runner = doctest.DocTestRunner(ExceptForNumbers(), optionflags=FLAGS)
    runner.run(doctest.DocTestParser().get_doctest("\n".join(blocks), {}, name, name, 0))
    assert runner.summarize().attempted >= 5
    assert runner.summarize().failed == 0


def test_the_readme_shows_what_the_demo_prints():
    run = subprocess.run(
        [sys.executable, "-m", "maxmargin", "demo"], capture_output=True, text=True, encoding="utf-8", check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    printed = [without_numbers(line) for line in run.stdout.splitlines()]
    shown = next(block for block in fenced("console") if block.startswith("$ make demo"))
    position = 0
    for line in shown.splitlines()[1:]:
        if line not in ("...", ""):
            position = printed.index(without_numbers(line), position)


def test_the_first_screen_has_exactly_two_commands():
    first = "\n".join(README.splitlines()[:50])
    assert re.findall(r"^\$ (.*)$", first, re.MULTILINE) == ["make demo", "make test"]


@pytest.mark.parametrize("command", ["fit", "certify", "predict"])
def test_the_readme_shows_commands_that_exist(command):
    assert f"$ maxmargin {command} " in README


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def cells(text: str) -> list[list[str]]:
    """The rows of all tables of a Markdown text."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]


def test_the_figures_of_the_readme_are_those_of_the_benchmark():
    section = README.split("## How fast")[1].split("\n## ")[0]
    sources = set(re.findall(r"\((benchmarks/results/\w+\.md)\)", section))
    assert sources == {"benchmarks/results/full.md", "benchmarks/results/kernel.md"}
    measured = [set(row) for source in sources for row in cells((ROOT / source).read_text(encoding="utf-8"))]
    figures = cells(section)[1:]
    assert figures
    for row in figures:
        assert any(set(row) <= entry for entry in measured), row
