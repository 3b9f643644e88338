"""Reading DATA for a command: for a fit, or as a model wants it."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maxmargin import KernelModel, LinearModel
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
    model: LinearModel | KernelModel | None = None,
    need_target: bool = True,
    all_columns: bool = True,
    dense: bool = False,
) -> Table:
    """Read DATA; with a ``model``, the columns it was trained on, by name where it knows their names.

    Of a model of precomputed kernel values without ``all_columns`` only those of the support vectors. ``dense`` is for
    kernel values, which are never sparse.
    """
    from maxmargin.io import read_data

    precomputed = model is not None and getattr(model, "support_vectors", model) is None
    columns = None if all_columns or not precomputed else _support(model)
    with _spinner(data, quiet=quiet):
        table = read_data(
            data,
            target=target,
            format=None if format is None else format.value,
            need_target=need_target,
            features=None if model is None else _features(model, columns),
            zero_based="auto" if zero_based is None else zero_based,
            n_jobs=n_jobs,
        )
    if target is not None and model is None and table.feature_names is not None and table.target_name != target:
        _raise_no_column(data, target)  # one-class data need no target; one that is named must be there all the same
    if model is not None:
        _widen(data, table, model.n_features, columns)
    return replace(table, X=table.X.toarray()) if (dense or precomputed) and hasattr(table.X, "toarray") else table


def _support(model: Any) -> NDArray[np.int64] | None:
    """The columns of kernel values that a prediction needs."""
    support: NDArray[np.int64] = model.support
    return support if support.size else None


def _features(model: LinearModel | KernelModel, columns: NDArray[np.int64] | None) -> tuple[str, ...] | None:
    """Names of the columns to read."""
    names = model.feature_names
    return names if names is None or columns is None else tuple(names[column] for column in columns)


def _raise_no_column(data: str, target: str) -> None:
    from maxmargin.exceptions import TableFormatError

    raise TableFormatError(f"{data} has no column {target!r}; name one that it has, or leave --target out")


def _widen(data: str, table: Table, n_features: int, columns: NDArray[np.int64] | None) -> None:
    """Give sparse rows the width of the model: a svmlight file does not show columns that are zero everywhere.

    Where only some ``columns`` are needed, these alone will do.
    """
    from maxmargin.exceptions import ShapeError

    width = table.X.shape[1]
    if columns is not None and width == columns.size:
        return
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
