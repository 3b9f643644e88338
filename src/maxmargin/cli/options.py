"""Arguments and options that several commands share, described once."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

__all__ = ["Data", "DataFormat", "Format", "Jobs", "Json", "Model", "Quiet", "Target", "ZeroBased"]


class DataFormat(str, Enum):
    """Formats of data files."""

    svmlight = "svmlight"
    csv = "csv"
    tsv = "tsv"
    parquet = "parquet"


# typing.Optional, not "X | None": typer evaluates these, also where Python is old.
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="svmlight (.gz, .bz2, .xz, .zst too), .csv, .tsv or .parquet; - for standard input.",
        show_default=False,
    ),
]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="Model file written by fit.", show_default=False)]
Target = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="COLUMN",
        help="Column of a table that holds the labels. [default: target, label, class or y]",
        show_default=False,
    ),
]
Format = Annotated[
    Optional[DataFormat],  # noqa: UP045
    typer.Option(help="Format of DATA. [default: told by the extension, else svmlight]", show_default=False),
]
ZeroBased = Annotated[
    Optional[bool],  # noqa: UP045
    typer.Option(
        "--zero-based/--one-based",
        help="How svmlight indices count. [default: from 0 if any index is 0, else from 1]",
        show_default=False,
    ),
]
Jobs = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(metavar="N", help="Threads. [default: all cores]", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and what was asked for).")]
