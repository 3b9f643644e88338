"""What runs here: versions, instruction set, threads."""

from __future__ import annotations

import platform
import sys
from typing import Any

__all__ = ["config", "show_config"]

_LIBRARIES = (
    "numpy", "scipy", "scikit-learn", "safetensors", "rich", "typer", "pandas", "polars", "pyarrow", "zstandard",
)  # fmt: skip


def config() -> dict[str, Any]:
    """The facts that `show_config` prints, as plain values."""
    import maxmargin
    from maxmargin import _native
    from maxmargin._validation.threads import available_cores

    return {
        "maxmargin": maxmargin.__version__,
        "instruction_set": _native.instruction_set(),
        "available_instruction_sets": _native.available_instruction_sets(),
        "vector_width": _native.vector_width(),
        "cores": available_cores(),
        "helper_threads": _native.pool_size(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def show_config() -> None:
    """Print what runs here: native instruction set, threads, versions.

    Examples
    --------
    >>> from maxmargin import show_config
    >>> show_config()  # doctest: +ELLIPSIS
    maxmargin ...
    """
    facts = config()
    available = ", ".join(facts["available_instruction_sets"])
    lines = [
        f"maxmargin {facts['maxmargin']}",
        f"  native code   {facts['instruction_set']} ({facts['vector_width']} doubles a register; available: {available})",
        f"  cores         {facts['cores']} ({facts['helper_threads']} helper threads started)",
        f"  python        {facts['python']} on {facts['platform']}",
    ]
    lines += [f"  {name:<13} {version}" for name, version in facts["libraries"].items()]
    print("\n".join(lines))
