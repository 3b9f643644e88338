"""Reading DATA for a command: for a fit, or as a model wants it."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maxmargin import LinearModel
    from maxmargin.cli.options import DataFormat
    from maxmargin.io import Table

__all__ = ["read"]


def read(
    data: str,
    *,
    target: str | None,
    format: DataFormat | None,
    zero_based: bool | None,
    n_jobs: int | None,
    quiet: bool,
    model: LinearModel | None = None,
    need_target: bool = True,
) -> Table:
    """Read DATA; with a ``model``, the columns it was trained on, by name where it knows their names."""
    from maxmargin.io import read_data

    with _spinner(data, quiet=quiet):
        table = read_data(
            data,
            target=target,
            format=None if format is None else format.value,
            need_target=need_target,
            features=None if model is None else model.feature_names,
            zero_based="auto" if zero_based is None else zero_based,
            n_jobs=n_jobs,
        )
    if model is not None:
        _widen(data, table, model.n_features)
    return table


def _widen(data: str, table: Table, n_features: int) -> None:
    """Give sparse rows the width of the model: a svmlight file does not show columns that are zero everywhere."""
    from maxmargin.exceptions import ShapeError

    width = table.X.shape[1]
    if width > n_features or (width < n_features and not hasattr(table.X, "tocsr")):
        raise ShapeError(f"{data} has {width} features, but the model was trained on {n_features}; pass the same columns")
    if width < n_features:
        table.X.resize(table.X.shape[0], n_features)


def _spinner(data: str, *, quiet: bool) -> Any:
    """On a terminal, something that moves while a file is read."""
    if quiet or not sys.stderr.isatty():
        return contextlib.nullcontext()
    from rich.console import Console
    from rich.markup import escape

    return Console(stderr=True).status(f"reading {escape(data)}")
