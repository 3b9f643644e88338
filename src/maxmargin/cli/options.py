"""Arguments and options that several commands share, described once."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

__all__ = [
    "Approximation", "ApproximationChoice", "ApproximationTol", "ClassWeight", "Coef0", "Data", "DataFormat", "Degree",
    "Epsilon", "Format", "Gamma", "Jobs", "Json", "KernelChoice", "KernelName", "Loss", "Machine", "MachineChoice",
    "MaxComponents", "MemoryLimit", "Model", "MultiClass", "MultiClassChoice", "Nu", "Quiet", "Target", "ZeroBased",
]  # fmt: skip


class DataFormat(str, Enum):
    """Formats of data files."""

    svmlight = "svmlight"
    csv = "csv"
    tsv = "tsv"
    parquet = "parquet"


class Loss(str, Enum):
    """Losses of the linear machine."""

    squared_hinge = "squared_hinge"
    hinge = "hinge"


class ClassWeight(str, Enum):
    """Class weights."""

    balanced = "balanced"


class Machine(str, Enum):
    """Machines, one for each estimator."""

    linear = "linear"
    svc = "svc"
    nusvc = "nusvc"
    svr = "svr"
    nusvr = "nusvr"
    oneclass = "oneclass"


class KernelName(str, Enum):
    """Kernels that have a name."""

    rbf = "rbf"
    linear = "linear"
    poly = "poly"
    sigmoid = "sigmoid"
    laplacian = "laplacian"
    chi2 = "chi2"
    precomputed = "precomputed"


class Approximation(str, Enum):
    """Kernels of few components in the place of others."""

    nystroem = "nystroem"
    fourier = "fourier"


class MultiClass(str, Enum):
    """Ways to tell more than two classes apart."""

    ovo = "ovo"
    ovr = "ovr"


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
        help="Column of a table that holds the labels. (default: target, label, class or y)",
        show_default=False,
    ),
]
Format = Annotated[
    Optional[DataFormat],  # noqa: UP045
    typer.Option(help="Format of DATA. (default: told by the extension, else by the first line)", show_default=False),
]
ZeroBased = Annotated[
    Optional[bool],  # noqa: UP045
    typer.Option(
        "--zero-based/--one-based",
        help="How svmlight indices count. (default: from 0 if any index is 0, else from 1)",
        show_default=False,
    ),
]
Jobs = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(metavar="N", help="Threads. (default: all cores)", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and what was asked for).")]
MemoryLimit = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="BYTES",
        help="Memory beyond the data, such as 500MB or 2GiB. (default: three quarters of what is free)",
        show_default=False,
    ),
]

_PANEL = "Kernel machines"
MachineChoice = Annotated[
    Optional[Machine],  # noqa: UP045
    typer.Option(
        "--machine",
        metavar="MACHINE",
        help="linear, svc and nusvc tell classes apart, svr and nusvr predict numbers, oneclass finds outliers; all but "
        "linear have a kernel. (default: svc where --kernel is given, else linear)",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
KernelChoice = Annotated[
    Optional[KernelName],  # noqa: UP045
    typer.Option(
        "--kernel",
        metavar="KERNEL",
        help="rbf, linear, poly, sigmoid, laplacian, chi2, or precomputed, whose DATA are kernel values. "
        "(default: rbf, of the machines with a kernel)",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Gamma = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="GAMMA",
        help="Number, scale (1 / (features * variance)) or auto (1 / features). (default: scale)",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Degree = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(help="Of poly. (default: 3)", show_default=False, rich_help_panel=_PANEL),
]
Coef0 = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(help="Of poly and sigmoid. (default: 0)", show_default=False, rich_help_panel=_PANEL),
]
Nu = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(
        help="Of nusvc, nusvr and oneclass: bounds the fraction of rows outside from above, of support vectors from "
        "below. (default: 0.5)",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Epsilon = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(
        help="Of svr: deviations up to it cost nothing. (default: 0.1)", show_default=False, rich_help_panel=_PANEL
    ),
]
ApproximationChoice = Annotated[
    Optional[Approximation],  # noqa: UP045
    typer.Option(
        "--approximation",
        help="Solve for a kernel of few components: of landmarks, for any inner product, or of random waves, for rbf and "
        "laplacian. (default: the kernel itself)",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
ApproximationTol = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(
        metavar="ERROR",
        help="Of --approximation: relative error of the kernel values to reach. (default: 0.03)",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
MaxComponents = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        metavar="N", help="Of --approximation: how many at most. (default: 4000)", show_default=False, rich_help_panel=_PANEL
    ),
]
MultiClassChoice = Annotated[
    Optional[MultiClass],  # noqa: UP045
    typer.Option(
        "--multi-class",
        help="Of svc and nusvc: each pair of classes, or each class against the rest. (default: ovo)",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
