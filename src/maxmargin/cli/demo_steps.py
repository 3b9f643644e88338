"""What the demonstrations have in common: headings with code, text below them, and their last step."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from maxmargin.cli.output import print_rich, size_of

__all__ = ["print_indented", "print_step", "save_and_load"]


def print_step(number: int, title: str, code: str) -> None:
    """The heading of a step, and its code."""
    from rich.markup import escape

    print_rich(f"\n[bold]{number}  {title}[/]")
    print_indented(f"[cyan]{escape(code)}[/]")


def print_indented(*parts: Any) -> None:
    """Print below a step, indented however narrow the terminal is."""
    from rich.padding import Padding

    print_rich(*(Padding(part, (0, 0, 0, 3)) for part in parts))


def save_and_load(number: int, model: Any, X: Any, *, file: str, rows: str) -> None:
    """The step that saves a model, loads it, and compares what both predict."""
    import numpy as np

    from maxmargin import load, save

    print_step(number, "Save, load, predict", f'save(model, "{file}"); load("{file}").predict({rows})')
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        save(model, path)
        agree = int(np.sum(load(path).predict(X) == model.predict(X)))
        print_indented(
            f"{size_of(path.stat().st_size)} with the proof, never pickle; {agree} of {len(X)} predictions agree."
        )
