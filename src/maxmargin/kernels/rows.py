"""The rows a kernel compares: numbers in a table, or objects of any kind, behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin._validation import Copies, validate_table
from maxmargin.exceptions import EmptyInputError, UnsupportedTypeError

__all__ = ["Rows"]


class Rows:
    """Rows as they were given, and as a validated table once a kernel asks for numbers.

    Parameters
    ----------
    given : array-like, frame, sparse matrix, or any sequence of objects
    n_threads : int
        Threads for the pass that looks for NaN.
    copies : Copies, optional
        Counts the copy that is made where the numbers cannot be borrowed, and may refuse it.
    """

    def __init__(self, given: Any, n_threads: int = 1, copies: Copies | None = None) -> None:
        self._given = given
        self._given_later: Callable[[], Any] | None = None
        self._numbers: NDArray[np.integer[Any]] | int = 0
        self._n_threads = n_threads
        self.copies = Copies() if copies is None else copies
        self._table: Any = None
        self._design: _native.Design | None = None

    def __len__(self) -> int:
        return int(self._table.shape[0]) if self._table is not None else _count(self.given)

    @property
    def given(self) -> Any:
        """The rows as they were given."""
        if self._given_later is not None:
            self._given, self._given_later = self._given_later(), None
        return self._given

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

    def number(self, k: int) -> int:
        """The number of row ``k`` among the rows that a user passed, of which these may be some."""
        return self._numbers + k if isinstance(self._numbers, int) else int(self._numbers[k])

    def _validate(self) -> None:
        known = self.given if self._table is None else self._table
        self._table, self._design = validate_table(known, self._n_threads, self.copies)

    def take(self, indices: NDArray[np.integer[Any]]) -> Rows:
        """The rows at ``indices``, copied."""
        part = self._part(lambda rows: _take(rows, indices), lambda table: table[indices])
        part._numbers = self._numbers + indices if isinstance(self._numbers, int) else self._numbers[indices]
        return part

    def block(self, start: int, stop: int) -> Rows:
        """Rows ``start`` to ``stop``, those of a dense table without a copy."""
        if start == 0 and stop >= len(self):
            return self
        if self._table is None and not isinstance(self.given, np.ndarray):
            return self.take(np.arange(start, min(stop, len(self))))
        part = self._part(lambda rows: _take(rows, np.arange(start, min(stop, len(self)))), lambda table: table[start:stop])
        part._numbers = self._numbers + start if isinstance(self._numbers, int) else self._numbers[start:stop]
        return part

    def _part(self, of_given: Callable[[Any], Any], of_table: Callable[[Any], Any]) -> Rows:
        """Some rows, as numbers and, once asked for, as they were given: a kernel may have parts that want either."""
        if self._table is None:
            given = self.given
            return Rows(of_table(given) if isinstance(given, np.ndarray) else of_given(given), self._n_threads)
        part = Rows(None, self._n_threads)
        part._table, part._given_later = of_table(self._table), lambda: of_given(self.given)
        return part


def _count(given: Any) -> int:
    if type(given) is np.ndarray and given.ndim and given.shape[0]:  # what follows takes as long as a small block
        return len(given)
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
