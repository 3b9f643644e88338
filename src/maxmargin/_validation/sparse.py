"""Any SciPy sparse input to compressed rows with sorted, unique column indices; the input stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin._validation.copies import Copies
from maxmargin._validation.dense import float_dtype
from maxmargin.exceptions import IndexOverflowError, InvalidInputError, SparseStructureError

__all__ = ["to_csr_arrays"]

_Vector = NDArray[Any]


def to_csr_arrays(X: Any, copies: Copies) -> tuple[_Vector, _Vector, _Vector]:
    """``(data, indices, indptr)`` that the native core can borrow; those of ``X`` itself where they will do."""
    dtype = float_dtype(X.dtype)
    given = X if X.format == "csr" else None
    if given is None:
        X = _convert(X, copies)
    indptr = X.indptr
    _check_row_starts(indptr, X.indices.size, X.shape[0])
    nnz = int(indptr[-1])
    indices, data = X.indices[:nnz], X.data[:nnz]
    if data.size < nnz:
        raise SparseStructureError(f"X stores {data.size} values but its indptr counts {nnz}")
    indices, indptr = _one_index_type(indices, indptr, copies)
    if not _check_columns(indices, indptr, X.shape[1]):
        data, indices, indptr = _sum_duplicates(data, indices, indptr, X.shape, copies)
        indices, indptr = _one_index_type(indices, indptr, copies)
    data = _contiguous(data, dtype, copies)
    made = [part for part in (data, indices, indptr) if given is None or not _is_of(given, part)]
    copies.keep(float(sum(part.nbytes for part in made)))
    return data, indices, indptr


def _is_of(given: Any, part: _Vector) -> bool:
    return any(np.may_share_memory(part, known) for known in (given.data, given.indices, given.indptr))


def _convert(X: Any, copies: Copies) -> Any:
    rows_at_once = 1.0 if X.format in ("csc", "coo") else 2.0  # others become rows by way of these
    index = 8 if max(X.nnz, *X.shape) > np.iinfo(np.int32).max else 4
    needed = rows_at_once * X.nnz * (X.dtype.itemsize + index) + index * (X.shape[0] + 1.0)
    copies.take(needed, f"a sparse matrix in the format {X.format!r}")
    try:
        return X.tocsr()
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidInputError(f"X of type {type(X).__name__} cannot be converted to compressed rows: {error}") from error


def _check_row_starts(indptr: _Vector, n_stored: int, n_rows: int) -> None:
    """Raise unless ``indptr`` starts at 0, never falls, and ends within the stored values."""
    if indptr.size != n_rows + 1 or indptr[0] != 0:
        raise SparseStructureError(
            f"X has an indptr of length {indptr.size} that starts with {indptr[:1]}; expected {n_rows + 1} entries from 0"
        )
    falls = indptr[1:] < indptr[:-1]
    if falls.any():
        row = int(np.argmax(falls))
        if indptr[row + 1] < 0:
            raise IndexOverflowError(
                f"X has a negative indptr at row {row}: {indptr.dtype} cannot count its stored values; "
                "build the matrix with int64 index arrays"
            )
        raise SparseStructureError(f"X has an indptr that falls at row {row}; rebuild the matrix")
    if int(indptr[-1]) > n_stored:
        raise SparseStructureError(f"X has {n_stored} column indices but its indptr counts {int(indptr[-1])}")


def _check_columns(indices: _Vector, indptr: _Vector, n_features: int) -> bool:
    """Whether each row's columns rise strictly; raises where one is outside [0, n_features)."""
    lowest, highest, rising = _native.column_order(indices, indptr)
    if lowest < 0:
        raise IndexOverflowError(
            f"X has a negative column index {lowest} at {_place(indices < 0, indptr)}: an overflow of "
            f"{indices.dtype}, "
            "or a corrupted matrix; build it with int64 index arrays"
        )
    if highest >= n_features:
        raise SparseStructureError(
            f"X has the column index {highest} at {_place(indices == highest, indptr)} but only {n_features} columns"
        )
    return rising


def _place(bad: NDArray[np.bool_], indptr: _Vector) -> str:
    position = int(np.argmax(bad))
    return f"row {int(np.searchsorted(indptr, position, side='right')) - 1}"


def _sum_duplicates(
    data: _Vector, indices: _Vector, indptr: _Vector, shape: tuple[int, int], copies: Copies
) -> tuple[_Vector, _Vector, _Vector]:
    from scipy.sparse import csr_array

    dtype = float_dtype(data.dtype)
    copies.take(float(data.size * dtype.itemsize + indices.nbytes + indptr.nbytes), "sparse rows that are not in order")
    data = data.astype(dtype)  # sums of small integers could overflow
    copy = csr_array((data, indices.copy(), indptr.copy()), shape=shape)
    copy.has_sorted_indices = False
    copy.sum_duplicates()
    return copy.data, copy.indices, copy.indptr


def _one_index_type(indices: _Vector, indptr: _Vector, copies: Copies) -> tuple[_Vector, _Vector]:
    wide = np.dtype(np.int64 if 8 in (indices.dtype.itemsize, indptr.dtype.itemsize) else np.int32)
    return _contiguous(indices, wide, copies), _contiguous(indptr, wide, copies)


def _contiguous(values: _Vector, dtype: np.dtype[Any], copies: Copies) -> _Vector:
    if values.dtype != dtype or not values.flags.c_contiguous:
        copies.take(float(values.size * dtype.itemsize), f"a sparse matrix with numbers of {values.dtype}")
    return np.ascontiguousarray(values, dtype=dtype)
