"""Data files of any kind the library reads: svmlight text, CSV, TSV and Parquet tables, by one function."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError, TableFormatError
from maxmargin.io.columns import Columns, TableFormat, listed
from maxmargin.io.source import Source, plain_suffix, read_source
from maxmargin.io.svmlight import parse_svmlight

__all__ = ["FORMATS", "Format", "Table", "read_data"]

Format = Literal["svmlight"] | TableFormat
FORMATS: tuple[Format, ...] = ("svmlight", "csv", "tsv", "parquet")

_BY_SUFFIX: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".svm": "svmlight",
    ".svmlight": "svmlight",
    ".libsvm": "svmlight",
}
_USUAL_TARGETS = ("target", "label", "class", "y")
_BYTES_TO_GUESS_FROM = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows, labels where there are any, and names where the file has them."""

    X: Any
    y: NDArray[Any] | None
    feature_names: tuple[str, ...] | None
    target_name: str | None


def read_data(
    source: Source,
    *,
    target: str | None = None,
    format: Format | None = None,
    need_target: bool = True,
    n_features: int | None = None,
    features: Sequence[str] | None = None,
    zero_based: bool | Literal["auto"] = "auto",
    n_jobs: int | None = None,
) -> Table:
    """Read a data file.

    Parameters
    ----------
    source : path, bytes, file object or "-"
    target : str, optional
        The column that holds the labels of a table; by default the one called target, label, class or y, in any case.
    format : {"svmlight", "csv", "tsv", "parquet"}, optional
        By default told by the extension, and where that says nothing, guessed from the first line.
    need_target : bool, default=True
        False: a table without labels, or with some missing, is fine.
    n_features : int, optional
        Number of columns of a svmlight file.
    features : sequence of str, optional
        Columns of a table to take as features, in this order; by default all but the labels.
    zero_based : bool or "auto", default="auto"
        How the indices of a svmlight file count, as for `load_svmlight`.
    n_jobs : int, optional
        Threads of the svmlight reader.

    Returns
    -------
    Table

    Raises
    ------
    TableFormatError, SvmlightFormatError
        The file is malformed, a column is missing, or a feature is not numeric.

    Examples
    --------
    >>> table = read_data(b"a,b,label\\n1,2,yes\\n3,4,no\\n", format="csv")
    >>> table.X.tolist(), table.y.tolist(), table.feature_names
    ([[1.0, 2.0], [3.0, 4.0]], ['yes', 'no'], ('a', 'b'))
    """
    if format is not None and format not in FORMATS:
        raise InvalidParameterError(f"format is {format!r}, expected one of {', '.join(FORMATS)}")
    name, content = read_source(source)
    chosen = format or _format_of(source, content)
    if chosen == "svmlight":
        data = parse_svmlight(name, content, n_features=n_features, zero_based=zero_based, n_jobs=n_jobs)
        return Table(data.X, _whole_labels(data.y), None, None)
    columns = Columns(name, content, chosen, take_all=features is None)
    known = frozenset(features or ())
    candidates = [column for column in columns.names if column not in known]
    target = _find_target(name, candidates, target, need_target=need_target)
    wanted = [column for column in columns.names if column != target] if features is None else list(features)
    _check_present(name, columns.names, wanted)
    labels = None if target is None else columns.labels(target, complete=need_target)
    return Table(columns.matrix(wanted), labels, tuple(wanted), target)


def _format_of(source: Source, content: bytes) -> Format:
    """By the extension; by the content where there is none that says it."""
    if isinstance(source, (str, PathLike)):
        known = _BY_SUFFIX.get(plain_suffix(os.fsdecode(source)))
        if known is not None:
            return known
    if content.startswith(b"PAR1"):
        return "parquet"
    lines = content[:_BYTES_TO_GUESS_FROM].splitlines()
    first = next((line.strip() for line in lines if line.strip() and not line.startswith(b"#")), b"")
    if re.search(rb"(^|\s)\d+:\S", first):
        return "svmlight"
    return "csv" if b"," in first else "tsv" if b"\t" in first else "svmlight"


def _whole_labels(y: NDArray[np.float64]) -> NDArray[Any]:
    """Labels as integers where they all are: the classes 1 and 2, not 1.0 and 2.0."""
    whole = y.astype(np.int64) if np.isfinite(y).all() and (np.abs(y) < 2**53).all() else None
    return whole if whole is not None and np.array_equal(whole, y) else y


def _find_target(name: str, columns: list[str], target: str | None, *, need_target: bool) -> str | None:
    if target in columns:
        return target
    usual = [column for column in columns if column.lower() in _USUAL_TARGETS]
    if target is None and len(usual) == 1:
        return usual[0]
    if not need_target:
        return usual[0] if target is None and usual else None
    if target is not None:
        near = difflib.get_close_matches(target, columns, n=3)
        hint = f"Did you mean {listed(near)}?" if near else f"Its columns: {listed(columns)}"
        raise TableFormatError(f"{name} has no column {target!r}. {hint}")
    which = (
        f"columns {listed(usual)} might hold"
        if usual
        else "no column is called target, label, class or y, and one must hold"
    )
    raise TableFormatError(
        f"{name} does not say which column holds the labels: {which} them; name it with target= (--target). "
        f"Its columns: {listed(columns)}"
    )


def _check_present(name: str, columns: list[str], features: list[str]) -> None:
    there = frozenset(columns)
    missing = [feature for feature in features if feature not in there]
    if missing:
        raise TableFormatError(
            f"{name} lacks the columns {listed(missing)}; the model was trained on {len(features)} columns, pass them all"
        )
