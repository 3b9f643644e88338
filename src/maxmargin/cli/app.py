"""The commands, put together. Nothing heavy is imported before a command runs, so that ``--help`` is instant."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Annotated

import typer

from maxmargin.cli.certify import certify
from maxmargin.cli.demo import demo
from maxmargin.cli.fit import fit
from maxmargin.cli.predict import predict
from maxmargin.cli.show_config import show_config

__all__ = ["app"]

app = typer.Typer(
    name="maxmargin",
    help="Support vector machines that prove their optimum.",
    epilog="Exit codes: 0 done, 1 unexpected error or out of memory, 2 bad usage or input, 3 stopped before the tolerance, "
    "130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(fit)
app.command()(predict)
app.command()(certify)
app.command()(demo)
app.command("show-config")(show_config)


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        import maxmargin

        typer.echo(f"maxmargin {maxmargin.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    # A terminal that cannot show a letter shows its number; it never stops the work.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError):
                stream.reconfigure(errors="backslashreplace")
