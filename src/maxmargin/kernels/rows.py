"""The rows a kernel compares: numbers in a table, or objects of any kind, behind one interface."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin._validation import validate_table
from maxmargin.exceptions import EmptyInputError, UnsupportedTypeError

__all__ = ["Rows"]


class Rows:
    """Rows as they were given, and as a validated table once a kernel asks for numbers.

    Parameters
    ----------
    given : array-like, frame, sparse matrix, or any sequence of objects
    n_threads : int
        Threads for the pass that looks for NaN.
    """

    def __init__(self, given: Any, n_threads: int = 1) -> None:
        self.given = given
        self._n_threads = n_threads
        self._table: Any = None
        self._design: _native.Design | None = None

    def __len__(self) -> int:
        return self._table.shape[0] if self._table is not None else _count(self.given)

    @property
    def table(self) -> Any:
        """The numbers: a float array or CSR matrix, borrowed where it can be."""
        if self._table is None:
            self._validate()
        return self._table

    @property
    def design(self) -> _native.Design:
        """The numbers, lent to the native core."""
        if self._design is None:
            self._validate()
        assert self._design is not None
        return self._design

    @property
    def n_features(self) -> int | None:
        """Columns, where the rows are a table."""
        shape: tuple[int, ...] = getattr(self.given if self._table is None else self._table, "shape", ())
        return int(shape[1]) if len(shape) == 2 else None

    def _validate(self) -> None:
        self._table, self._design = validate_table(self.given, self._n_threads)

    def take(self, indices: NDArray[np.integer[Any]]) -> Rows:
        """The rows at ``indices``, copied."""
        if self._table is None:
            return Rows(_take(self.given, indices), self._n_threads)
        return Rows(self._table[indices], self._n_threads)

    def block(self, start: int, stop: int) -> Rows:
        """Rows ``start`` to ``stop``, those of a dense table without a copy."""
        if start == 0 and stop >= len(self):
            return self
        source = self.given if self._table is None else self._table
        if isinstance(source, np.ndarray):
            return Rows(source[start:stop], self._n_threads)
        return self.take(np.arange(start, min(stop, len(self))))


def _count(given: Any) -> int:
    from sklearn.utils.validation import _num_samples

    if given is None or isinstance(given, (str, bytes, dict, set)):
        raise UnsupportedTypeError(f"X is a {type(given).__name__}; expected a sequence with one entry for each row")
    try:
        count = int(_num_samples(given))
    except TypeError as error:
        raise UnsupportedTypeError(f"X of type {type(given).__name__} has no rows: {error}") from error
    if count == 0:
        raise EmptyInputError("X has 0 sample(s) while a minimum of 1 is required.")
    return count


def _take(given: Any, indices: NDArray[np.integer[Any]]) -> Any:
    # Lists, frames of every make, sparse matrices: scikit-learn takes rows of them all.
    from sklearn.utils import _safe_indexing

    return _safe_indexing(given, indices)
