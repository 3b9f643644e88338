"""Data files of any kind the library reads: svmlight text, CSV, TSV and Parquet tables, by one function.

Tables are read by polars, or pandas where that is what is installed.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from os import fspath
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError, MaxMarginError, TableFormatError
from maxmargin.io.source import Source, plain_suffix, read_source
from maxmargin.io.svmlight import load_svmlight

__all__ = ["FORMATS", "Format", "Table", "read_data"]

Format = Literal["svmlight", "csv", "tsv", "parquet"]
FORMATS: tuple[Format, ...] = ("svmlight", "csv", "tsv", "parquet")

_BY_SUFFIX: dict[str, Format] = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet"}
_USUAL_TARGETS = ("target", "label", "class", "y")


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
        The column that holds the labels of a table; by default the one called target, label, class or y.
    format : {"svmlight", "csv", "tsv", "parquet"}, optional
        By default told by the extension; anything else is svmlight.
    need_target : bool, default=True
        False: a table without labels is fine.
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
    chosen = format or _format_of(source)
    if chosen not in FORMATS:
        raise InvalidParameterError(f"format is {chosen!r}, expected one of {', '.join(FORMATS)}")
    if chosen == "svmlight":
        data = load_svmlight(source, n_features=n_features, zero_based=zero_based, n_jobs=n_jobs)
        return Table(data.X, _whole_labels(data.y), None, None)
    name, content = read_source(source)
    columns = _read_columns(name, content.tobytes(), chosen)
    known = frozenset(features or ())
    candidates = [column for column in columns if column not in known]
    target = _find_target(name, candidates, target, need_target=need_target)
    chosen_features = [column for column in columns if column != target] if features is None else list(features)
    _check_present(name, columns, chosen_features)
    labels = None if target is None else columns[target]
    return Table(_matrix(name, columns, chosen_features), labels, tuple(chosen_features), target)


def _format_of(source: Source) -> Format:
    if isinstance(source, (bytes, bytearray)) or hasattr(source, "read"):
        return "svmlight"
    return _BY_SUFFIX.get(plain_suffix(fspath(cast("str", source))), "svmlight")


def _whole_labels(y: NDArray[np.float64]) -> NDArray[Any]:
    """Labels as integers where they all are: the classes 1 and 2, not 1.0 and 2.0."""
    whole = y.astype(np.int64) if np.isfinite(y).all() and (np.abs(y) < 2**53).all() else None
    return whole if whole is not None and np.array_equal(whole, y) else y


def _read_columns(name: str, content: bytes, format: Format) -> dict[str, NDArray[Any]]:
    try:
        return _read_with_polars(content, format)
    except ImportError:
        pass
    except MaxMarginError:
        raise
    except Exception as error:  # whatever the foreign reader raises of a malformed file
        raise TableFormatError(f"{name} cannot be read as {format}: {error}") from error
    try:
        return _read_with_pandas(content, format)
    except ImportError:
        raise InvalidParameterError(
            f"{format} files need the package polars (or pandas); pip install 'maxmargin[tables]'"
        ) from None
    except Exception as error:
        raise TableFormatError(f"{name} cannot be read as {format}: {error}") from error


def _read_with_polars(content: bytes, format: Format) -> dict[str, NDArray[Any]]:
    import polars

    buffer = io.BytesIO(content)
    if format == "parquet":
        frame = polars.read_parquet(buffer)
    else:
        frame = polars.read_csv(buffer, separator="," if format == "csv" else "\t", infer_schema_length=None)
    return {column: frame[column].to_numpy() for column in frame.columns}


def _read_with_pandas(content: bytes, format: Format) -> dict[str, NDArray[Any]]:
    import pandas

    buffer = io.BytesIO(content)
    if format == "parquet":
        frame = pandas.read_parquet(buffer)
    else:
        frame = pandas.read_csv(buffer, sep="," if format == "csv" else "\t")
    return {str(column): frame[column].to_numpy() for column in frame.columns}


def _find_target(name: str, columns: list[str], target: str | None, *, need_target: bool) -> str | None:
    if target is None:
        usual = [column for column in columns if column.lower() in _USUAL_TARGETS]
        if len(usual) == 1 or (usual and not need_target):
            return usual[0]
        if not need_target:
            return None
        raise TableFormatError(
            f"{name} does not say which column holds the labels; name it with target= (--target). "
            f"Its columns: {_listed(columns)}"
        )
    if target in columns:
        return target
    if not need_target:
        return None
    near = difflib.get_close_matches(target, columns, n=3)
    hint = f"Did you mean {_listed(near)}?" if near else f"Its columns: {_listed(columns)}"
    raise TableFormatError(f"{name} has no column {target!r}. {hint}")


def _check_present(name: str, columns: dict[str, NDArray[Any]], features: list[str]) -> None:
    missing = [feature for feature in features if feature not in columns]
    if missing:
        raise TableFormatError(
            f"{name} lacks the columns {_listed(missing)}; the model was trained on {len(features)} columns, pass them all"
        )


def _matrix(name: str, columns: dict[str, NDArray[Any]], features: list[str]) -> NDArray[Any]:
    if not features:
        raise TableFormatError(f"{name} has no feature columns beside the labels")
    bad = [column for column in features if columns[column].dtype.kind not in "biuf"]
    if bad:
        raise TableFormatError(
            f"{name} has columns that are not numbers: {_listed(bad)}; encode them (for example one column per "
            "category) or leave them out"
        )
    dtype = np.result_type(*(columns[column].dtype for column in features))
    single = dtype.kind == "f" and dtype.itemsize <= 4
    matrix = np.empty((columns[features[0]].size, len(features)), np.float32 if single else np.float64)
    for j, column in enumerate(features):
        matrix[:, j] = columns[column]
    return matrix


def _listed(names: list[str]) -> str:
    shown = ", ".join(map(repr, names[:8]))
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")
