"""What the documentation of the losses shows: the page on frameworks, the pictures, the modules that import a framework."""

from __future__ import annotations

import doctest
import importlib
import sys
from pathlib import Path

import pytest

import maxmargin

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(maxmargin.__file__).parent
LECTURES = ROOT / "docs" / "lectures"
WITH_TORCH = [f"maxmargin.losses.torch.{path.stem}" for path in sorted((PACKAGE / "losses" / "torch").glob("*.py"))]


@pytest.mark.parametrize("name", [*WITH_TORCH, "maxmargin.losses.fused._torch", "maxmargin.losses.fused._jax"])
def test_modules_that_import_a_framework(name):
    pytest.importorskip("jax" if "jax" in name else "torch", reason="not installed: make test-frameworks installs it")
    module = importlib.import_module(name.removesuffix(".__init__"))
    assert module.__doc__
    assert all(hasattr(module, public) for public in module.__all__)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).failed == 0


def test_the_page_on_frameworks():
    for name in ("torch", "jax"):
        pytest.importorskip(name, reason=f"{name} is not installed: make test-frameworks installs it")
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        from test_documentation import test_sessions
    finally:
        sys.path.pop(0)
    test_sessions(ROOT / "docs" / "losses-in-frameworks.md")


def test_the_pictures_are_those_of_their_script(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: it is one of the extras")
    sys.path.insert(0, str(LECTURES))
    try:
        import pictures
    finally:
        sys.path.pop(0)
    pictures.draw(tmp_path)
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {path.name for path in (LECTURES / "images").iterdir()}
    page = (LECTURES / "1-losses.md").read_text(encoding="utf-8")
    for name in drawn:
        assert (tmp_path / name).stat().st_size > 20_000
        assert f"(images/{name})" in page
    X, y = pictures.points()
    assert f"np.array({X.tolist()})" in page  # the picture of the training is that of the session
    assert f"np.array({y.tolist()})" in page
