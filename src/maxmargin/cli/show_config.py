"""``maxmargin show-config``: what runs here."""

from __future__ import annotations

from maxmargin.cli.exits import exit_codes
from maxmargin.cli.options import Json

__all__ = ["show_config"]


def show_config(*, as_json: Json = False) -> None:
    """Print what runs here: native instruction set, threads, versions."""
    with exit_codes():
        from maxmargin import config
        from maxmargin.cli.output import print_json

        if as_json:
            print_json(config.config())
        else:
            config.show_config()
