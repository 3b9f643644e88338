"""The names a user sees, and what importing costs."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import maxmargin
from maxmargin import exceptions

PACKAGE = Path(maxmargin.__file__).parent


def test_every_public_name_exists_and_is_documented():
    assert sorted(maxmargin.__all__) == dir(maxmargin)
    for name in maxmargin.__all__:
        if name != "__version__":
            assert inspect.getdoc(getattr(maxmargin, name)), name


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'SVM'"):
        maxmargin.SVM  # noqa: B018 - the access is the test


def test_every_module_says_what_it_exports():
    for path in PACKAGE.rglob("*.py"):
        if "_native" in path.parts or path.name == "__main__.py":
            continue
        name = ".".join(["maxmargin", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in ("torch", "jax"):  # make test-frameworks installs them and comes back
                raise
            continue
        assert module.__doc__, path
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"{module.__name__}.{name}"


def test_every_error_is_a_value_error_and_named_in_the_tree():
    for name in exceptions.__all__:
        kind = getattr(exceptions, name)
        assert name in exceptions.__doc__
        if name != "MaxMarginError" and not issubclass(kind, Warning):
            assert issubclass(kind, ValueError)
            assert issubclass(kind, exceptions.MaxMarginError)


def test_importing_loads_no_more_than_scikit_learn_svm_does():
    code = (
        "import sys, sklearn.svm; before = set(sys.modules); import maxmargin; from maxmargin import "
        "LinearSVC, certify;"
        "print(*sorted(m for m in set(sys.modules) - before if not m.startswith('maxmargin')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"concurrent.futures.thread"}  # that newer releases load themselves


def test_importing_the_package_alone_loads_nothing():
    code = "import sys, maxmargin; print('numpy' in sys.modules, 'sklearn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


def test_show_config_says_what_runs(capsys):
    maxmargin.show_config()
    text = capsys.readouterr().out
    assert text.startswith(f"maxmargin {maxmargin.__version__}")
    assert "native code" in text
    assert "numpy" in text
