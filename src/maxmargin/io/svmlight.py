"""The svmlight / LIBSVM text format: ``label [qid:n] index:value index:value … [# comment]``.

The lines are read natively, side by side on all cores; here files are opened and errors are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from maxmargin._native import read_svmlight
from maxmargin._validation import resolve_n_jobs
from maxmargin.exceptions import InvalidParameterError, SvmlightFormatError
from maxmargin.io.source import Source, read_source

__all__ = ["SvmlightData", "load_svmlight", "parse_svmlight"]


@dataclass(frozen=True, slots=True, eq=False)
class SvmlightData:
    """What a svmlight file holds: rows, labels, and the query of each row where asked for."""

    X: csr_matrix
    y: NDArray[np.float64]
    query: NDArray[np.int64] | None = None


def load_svmlight(
    source: Source,
    *,
    n_features: int | None = None,
    dtype: Any = np.float64,
    zero_based: bool | Literal["auto"] = "auto",
    query_id: bool = False,
    n_jobs: int | None = None,
) -> SvmlightData:
    """Read a file in svmlight format.

    Parameters
    ----------
    source : path, bytes, file object or "-"
        "-" is standard input. What is packed (.gz, .bz2, .xz, .zst) is unpacked.
    n_features : int, optional
        Number of columns, where the file may not show the last ones.
    dtype : {float64, float32}, default=float64
    zero_based : bool or "auto", default="auto"
        Whether indices count from 0. "auto": they do if any index is 0. Say it where two files must agree.
    query_id : bool, default=False
        Return the ``qid`` of each row, which must then be there.
    n_jobs : int, optional
        Threads; None for all.

    Returns
    -------
    SvmlightData
        ``X`` compressed sparse rows (int32 indices where they fit), ``y`` float64, ``query`` int64 or None.

    Raises
    ------
    SvmlightFormatError
        With line, column (in bytes), what was found and what was expected.
    FileFormatError
        Where a packed file is torn.

    Notes
    -----
    A text is ``label [qid:n] index:value index:value …`` line by line. Indices ascend and may leave columns out,
    which are 0; ``#`` starts a comment; lines without a label are no rows. Numbers are read to the nearest double,
    as Python does, ``nan`` and ``inf`` included: `fit` names them.

    Examples
    --------
    >>> data = load_svmlight(b"+1 1:0.5 3:2 # a comment\\n-1 2:1e-3\\n")
    >>> data.X.toarray().tolist(), data.y.tolist()
    ([[0.5, 0.0, 2.0], [0.0, 0.001, 0.0]], [1.0, -1.0])
    """
    name, content = read_source(source)
    return parse_svmlight(
        name,
        content,
        n_features=n_features,
        dtype=dtype,
        zero_based=zero_based,
        query_id=query_id,
        n_jobs=n_jobs,
    )


def parse_svmlight(
    name: str,
    content: bytes,
    *,
    n_features: int | None = None,
    dtype: Any = np.float64,
    zero_based: bool | Literal["auto"] = "auto",
    query_id: bool = False,
    n_jobs: int | None = None,
) -> SvmlightData:
    """The rows of a text that is in memory already; ``name`` is for messages."""
    if zero_based not in (True, False, "auto"):
        raise InvalidParameterError(f"zero_based is {zero_based!r}, expected True, False or 'auto'")
    shift = 0 if zero_based != "auto" and zero_based else 1
    rows = read_svmlight(
        np.frombuffer(content, np.uint8),
        shift=shift,
        lowest=0 if zero_based == "auto" else shift,
        query=query_id,
        single=_is_single(dtype),
        n_threads=resolve_n_jobs(n_jobs),
    )
    if rows.error is not None:
        raise _format_error(name, *rows.error)
    if shift == 1 and rows.smallest_index == 0:  # "auto", which only the last row decides
        np.add(rows.indices, 1, out=rows.indices)
        shift = 0
    width = _n_columns(name, rows.largest_index + 1 - shift, n_features)
    X = csr_matrix((rows.data, rows.indices, rows.indptr), shape=(rows.labels.size, width), copy=False)
    X.has_sorted_indices = X.has_canonical_format = True  # the reader accepts nothing else
    return SvmlightData(X, rows.labels, rows.query if query_id else None)


def _is_single(dtype: Any) -> bool:
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise InvalidParameterError(f"dtype is {np.dtype(dtype).name}, expected float32 or float64")
    return bool(np.dtype(dtype) == np.float32)


def _format_error(name: str, line: int, column: int, found: str, expected: str) -> SvmlightFormatError:
    return SvmlightFormatError(
        f"{name}, line {line}, column {column}: found {found}, expected {expected}. "
        "Correct the line, or remove it if it does not belong to the data"
    )


def _n_columns(name: str, seen: int, n_features: int | None) -> int:
    seen = max(seen, 0)  # no values at all
    if n_features is None:
        return seen
    if isinstance(n_features, (bool, np.bool_)) or not isinstance(n_features, Integral) or n_features < 0:
        raise InvalidParameterError(f"n_features is {n_features!r}, expected a whole number, 0 or more, or None")
    if n_features < seen:
        raise InvalidParameterError(
            f"n_features is {n_features} but {name} has values in column {seen}; raise n_features or leave it out"
        )
    return int(n_features)
