"""Exit codes, and the one place where errors become messages."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import typer

__all__ = ["BAD_INPUT", "BROKEN_PIPE", "DONE", "INTERRUPTED", "STOPPED", "UNEXPECTED", "complain", "exit_codes"]

DONE = 0
UNEXPECTED = 1  # a traceback follows, Python's own code for it; or memory ran out, where none would tell more
BAD_INPUT = 2  # wrong usage (typer's own code for it), or data, models or paths that cannot be used
STOPPED = 3  # the fit ended above its tolerance (its model is written), or a certificate is above it
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
BROKEN_PIPE = 141  # 128 + SIGPIPE: who read our output went away


def complain(message: str, *, kind: str = "error") -> None:
    """One message on standard error."""
    colour = typer.colors.RED if kind == "error" else typer.colors.YELLOW
    typer.secho(f"maxmargin: {kind}: ", fg=colour, err=True, nl=False)
    typer.echo(message, err=True)


@contextlib.contextmanager
def exit_codes() -> Iterator[None]:
    """Turn what can go wrong in a command into a message and an exit code; unexpected errors keep their traceback."""
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        complain("interrupted", kind="stopped")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _forget_stdout()
        raise typer.Exit(BROKEN_PIPE) from None
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        raise typer.Exit(BAD_INPUT) from None
    except (ValueError, MemoryError) as error:
        from maxmargin.exceptions import MaxMarginError

        if isinstance(error, MemoryError):
            complain(f"out of memory ({error}); use a machine with more, or fewer rows")
            raise typer.Exit(UNEXPECTED) from None
        if not isinstance(error, MaxMarginError):
            raise
        complain(str(error))
        raise typer.Exit(BAD_INPUT) from None


def _forget_stdout() -> None:
    """Point standard output elsewhere, for Python flushes it once more at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
