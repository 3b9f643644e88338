"""What the commands print: tables for people, JSON for programs."""

from __future__ import annotations

import io
import json
import math
import sys
from typing import Any

__all__ = ["print_json", "print_rich", "size_of"]

_PLAIN_WIDTH = 110  # of tables in logs and files


def print_json(value: Any) -> None:
    """One JSON object on standard output; numbers that JSON does not have (infinity) are null."""
    sys.stdout.write(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_rich(*parts: Any) -> None:
    """Tables and text on standard output: coloured and wrapped on a terminal, plain lines elsewhere."""
    from rich.console import Console

    if sys.stdout.isatty():
        console = Console(highlight=False)
        for part in parts:
            console.print(part)
        return
    # A stream with the encoding of the real one, so that boxes are drawn in letters that it has.
    text = io.TextIOWrapper(io.BytesIO(), encoding=sys.stdout.encoding or "utf-8", errors="backslashreplace")
    plain = Console(file=text, highlight=False, width=_PLAIN_WIDTH)
    for part in parts:
        plain.print(part, soft_wrap=isinstance(part, str))  # text keeps its lines, tables have a width
    text.seek(0)
    sys.stdout.writelines(line.rstrip() + "\n" for line in text)


def size_of(n_bytes: int) -> str:
    """A file size for people."""
    size, units = float(n_bytes), ["bytes", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.3g} {units[0]}"
