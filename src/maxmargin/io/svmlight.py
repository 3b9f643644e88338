"""The svmlight / LIBSVM text format: ``label [qid:n] index:value index:value … [# comment]``.

The lines are read natively, side by side on all cores; here files are opened and errors are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from maxmargin._native import SvmlightText
from maxmargin._validation import resolve_n_jobs
from maxmargin.exceptions import IndexOverflowError, InvalidParameterError, SvmlightFormatError
from maxmargin.io.source import Source, read_source

__all__ = ["SvmlightData", "load_svmlight"]

_LARGEST_INT32 = 2**31 - 1


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
        A path ending in .gz, .bz2, .xz or .zst is unpacked; "-" is standard input.
    n_features : int, optional
        Number of columns, where the file may not show the last ones.
    dtype : {float64, float32}, default=float64
    zero_based : bool or "auto", default="auto"
        Whether indices count from 0. "auto": they do if any index is 0.
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
        With line, column, what was found and what was expected.

    Examples
    --------
    >>> data = load_svmlight(b"+1 1:0.5 3:2 # a comment\\n-1 2:1e-3\\n")
    >>> data.X.toarray().tolist(), data.y.tolist()
    ([[0.5, 0.0, 2.0], [0.0, 0.001, 0.0]], [1.0, -1.0])
    """
    single = _is_single(dtype)
    n_threads = resolve_n_jobs(n_jobs)
    name, content = read_source(source)
    text = SvmlightText(content, query_id, n_threads)
    if text.error is not None:
        raise _format_error(name, *text.error)
    shift, width = _columns(name, text, zero_based=zero_based, n_features=n_features)
    wide = max(text.n_values, width, text.n_rows + 1) > _LARGEST_INT32
    data, indices, indptr = text.rows(shift, single, wide, n_threads)
    X = csr_matrix((data, indices, indptr), shape=(text.n_rows, width), copy=False)
    X.has_sorted_indices = X.has_canonical_format = True  # the reader accepts nothing else
    return SvmlightData(X, text.labels(), text.query() if query_id else None)


def _is_single(dtype: Any) -> bool:
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise InvalidParameterError(f"dtype is {np.dtype(dtype).name}, expected float32 or float64")
    return bool(np.dtype(dtype) == np.float32)


def _format_error(name: str, line: int, column: int, found: str, expected: str) -> SvmlightFormatError:
    return SvmlightFormatError(
        f"{name}, line {line}, column {column}: found {found}, expected {expected}. "
        "Correct the line, or remove it if it does not belong to the data"
    )


def _columns(
    name: str, text: SvmlightText, *, zero_based: bool | Literal["auto"], n_features: int | None
) -> tuple[int, int]:
    """What to subtract from the indices, and the number of columns."""
    smallest = text.smallest_index if text.n_values else 1
    if zero_based is False and smallest == 0:
        raise SvmlightFormatError(
            f"{name} has an index 0, expected indices from 1; pass zero_based=True if they count from 0"
        )
    shift = 0 if zero_based is True or (zero_based == "auto" and smallest == 0) else 1
    seen = text.largest_index - shift + 1 if text.n_values else 0
    if seen > np.iinfo(np.int64).max - 1:
        raise IndexOverflowError(f"{name} has an index of {text.largest_index}, expected below 2^63")
    if n_features is not None and n_features < seen:
        raise InvalidParameterError(
            f"n_features is {n_features} but {name} has values in column {seen}; raise n_features or leave it out"
        )
    return shift, seen if n_features is None else n_features
