"""Columns of tables: read by polars, or by pandas where only that is installed, and turned into numbers here."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError, TableFormatError

__all__ = ["Columns", "TableFormat", "listed"]

TableFormat = Literal["csv", "tsv", "parquet"]

_SEPARATORS = {"csv": ",", "tsv": "\t"}
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})  # what a table says where a number is missing
_ROWS_PER_BLOCK = 4096  # one column of a block touches as many cache lines, which stay for the next columns


class Columns:
    """The columns of one table, by name. With ``take_all`` every column has a part, so none may lack a name."""

    def __init__(self, name: str, content: bytes, format: TableFormat, *, take_all: bool) -> None:
        self.name = name
        with _named(name, format):
            self._frame = _read(content, format)
        self.names = [str(column) for column in self._frame.columns]
        if not self.names:
            raise TableFormatError(f"{name} has no columns")
        if format != "parquet":
            self._check_header(_header(content, _SEPARATORS[format]), take_all=take_all)
        if len(self._frame) == 0:
            raise TableFormatError(f"{name} has a header but no rows; its columns: {listed(self.names)}")

    def labels(self, column: str, *, complete: bool) -> NDArray[Any]:
        """A column as it is; with ``complete``, none may be missing."""
        values = self._values(column)
        if complete:
            missing = np.flatnonzero(_is_missing(values))
            if missing.size:
                raise TableFormatError(
                    f"{self.name} has {missing.size} missing labels in column {column!r} (first at row {missing[0] + 1}); "
                    "drop these rows"
                )
        return values

    def matrix(self, columns: Sequence[str]) -> NDArray[Any]:
        """Some columns as the columns of a matrix: float32 where that holds every value, else float64; NaN if missing."""
        if not columns:
            raise TableFormatError(f"{self.name} has no feature columns beside the labels")
        numbers = self._numbers(columns)
        dtype = np.result_type(np.float16, *(values.dtype for values in numbers))
        matrix = np.empty((len(self._frame), len(columns)), np.float32 if dtype.itemsize <= 4 else np.float64)
        for first in range(0, len(matrix), _ROWS_PER_BLOCK):
            rows = slice(first, first + _ROWS_PER_BLOCK)
            for j, values in enumerate(numbers):
                matrix[rows, j] = values[rows]
        return matrix

    def _numbers(self, columns: Sequence[str]) -> list[NDArray[Any]]:
        numbers = [_to_numbers(self._values(column)) for column in columns]
        refused = [
            f"{column!r} ({reason})" for column, reason in zip(columns, numbers, strict=True) if isinstance(reason, str)
        ]
        if refused:
            raise TableFormatError(
                f"{self.name} has columns that are not numbers: {listed(refused, quote=False)}; encode them (for example "
                "one column per category) or leave them out"
            )
        return [values for values in numbers if not isinstance(values, str)]

    def _values(self, column: str) -> NDArray[Any]:
        return np.asarray(self._frame[self._frame.columns[self.names.index(column)]].to_numpy())

    def _check_header(self, header: list[str], *, take_all: bool) -> None:
        if len(header) != len(self.names):
            return  # a header over several lines
        twice = [column for column, count in Counter(header).items() if count > 1]
        if twice:
            raise TableFormatError(f"{self.name} has more than one column named {listed(twice)}; give each its own name")
        if "" in header and take_all:
            raise TableFormatError(
                f"{self.name} has no name for column {header.index('') + 1}; name it, or leave it out "
                "(pandas writes the row numbers so, without index=False)"
            )
        counted = [str(i) for i in range(len(header) + 1)]  # 0, 1, 2 … or 1, 2, 3 … are names
        if all(map(_is_number, header)) and header not in (counted[:-1], counted[1:]):
            raise TableFormatError(
                f"{self.name} begins with numbers ({listed(header, quote=False)}), expected the names of the columns "
                "in the first line; add them"
            )


def listed(names: Sequence[str], *, quote: bool = True) -> str:
    """The first few names, for a message."""
    shown = ", ".join(map(repr, names[:8]) if quote else names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")


@contextmanager
def _named(name: str, format: str) -> Iterator[None]:
    """Whatever the foreign reader raises of a malformed file is our error."""
    try:
        yield
    except (InvalidParameterError, MemoryError):
        raise
    except BaseException as error:
        # A panic of polars is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TableFormatError(f"{name} cannot be read as {format}: {reason}; is it whole, and is it {format}?") from error


def _read(content: bytes, format: TableFormat) -> Any:
    # For both readers, empty lines are nothing at the ends, and rows of missing values between others.
    if format != "parquet" and content.endswith((b"\n\n", b"\n\r\n")):
        content = content.rstrip(b"\r\n")
    if format != "parquet" and content.startswith((b"\n", b"\r\n")):
        content = content.lstrip(b"\r\n")
    buffer = io.BytesIO(content)
    try:
        import polars
    except ImportError:
        return _read_with_pandas(buffer, format)
    if format == "parquet":
        return polars.read_parquet(buffer)
    return polars.read_csv(buffer, separator=_SEPARATORS[format], infer_schema_length=None)


def _read_with_pandas(buffer: io.BytesIO, format: TableFormat) -> Any:
    try:
        import pandas
    except ImportError:
        raise InvalidParameterError(
            f"{format} files need the package polars (or pandas); pip install 'maxmargin[tables]'"
        ) from None
    if format == "parquet":
        try:
            return pandas.read_parquet(buffer)
        except ImportError:
            raise InvalidParameterError(
                "parquet files need the package polars (or pandas with pyarrow); pip install 'maxmargin[tables]'"
            ) from None
    # As polars reads: only nothing at all is missing here, and no column becomes the index.
    return pandas.read_csv(
        buffer,
        sep=_SEPARATORS[format],
        index_col=False,
        keep_default_na=False,
        na_values=[""],
        skip_blank_lines=False,
        low_memory=False,
    )


def _header(content: bytes, separator: str) -> list[str]:
    first = next((line for line in io.BytesIO(content) if line.strip(b"\r\n")), b"")
    try:
        return next(csv.reader([first.decode("utf-8-sig", "replace").rstrip("\r\n")], delimiter=separator), [])
    except csv.Error:  # what the reader of the table made of it counts
        return []


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python's own digit grouping


def _is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind == "O":
        return np.fromiter(map(_is_absent, values), np.bool_, len(values))
    return np.zeros(len(values), np.bool_)


def _is_absent(value: Any) -> bool:
    # None of polars, NaN and NA of pandas.
    return value is None or (isinstance(value, float) and value != value) or type(value).__name__ == "NAType"


def _to_numbers(values: NDArray[Any]) -> NDArray[Any] | str:
    """The column as numbers, or what in it is none."""
    if values.ndim == 1 and values.dtype.kind in "biuf":
        return values
    if values.ndim != 1 or values.dtype.kind != "O":
        return str(values.dtype) if values.ndim == 1 else "a list in every row"
    numbers = np.empty(len(values))
    for i, value in enumerate(values):
        number = _to_number(value)
        if number is None:
            shown = str(value)
            return f"{shown[:20] + '…' if len(shown) > 20 else shown!r} at row {i + 1}"
        numbers[i] = number
    return numbers


def _to_number(value: Any) -> float | None:
    if _is_absent(value):
        return np.nan
    if isinstance(value, str):
        if value.strip().lower() in _MISSING:
            return np.nan
        return float(value) if _is_number(value) else None
    # Numbers of other kinds, as columns with gaps hold them: bool, int, Decimal.
    return float(value) if isinstance(value, (int, float, Decimal, np.integer, np.floating, np.bool_)) else None
