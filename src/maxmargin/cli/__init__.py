"""The command ``maxmargin``: parse, call the library, print. One file for each command; ``docs/cli.md`` describes them."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; the entry point of the ``maxmargin`` script."""
    try:
        from maxmargin.cli.app import app

        app(prog_name="maxmargin")
    except KeyboardInterrupt:  # before or after a command, which has its own answer
        sys.exit(130)
