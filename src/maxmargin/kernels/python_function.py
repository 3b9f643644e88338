"""Any Python function of two sets of rows as a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.checks import check_values
from maxmargin.kernels.rows import Rows

__all__ = ["PythonKernel"]

_BLOCK = 32  # rows whose diagonal is taken from all values among them


class PythonKernel(Kernel):
    """K(x, z) = function(X, Z)[i, j], for rows of any kind: numbers, strings, graphs, frames.

    A fit on n rows calls the function for all n × n values, and holds them in float64, 8n² bytes: 3.2 GB for 20,000 rows.
    ``approximation="nystroem"`` calls it for those with its landmarks only.

    Parameters
    ----------
    function : callable
        Gets two sets of rows, each of the type that was passed to ``fit``, and returns an array of shape
        (rows of the first, rows of the second). It is called with blocks of rows, with the training rows, the support
        vectors of a class or landmarks as the second argument, so each value must depend on its two rows alone.

    Examples
    --------
    >>> import numpy as np
    >>> def common_letters(left, right):
    ...     return np.array([[len(set(a) & set(b)) for b in right] for a in left])
    >>> PythonKernel(common_letters)(["abc", "bcd"]).tolist()
    [[3.0, 2.0], [2.0, 3.0]]
    """

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"the kernel {getattr(self.function, '__name__', type(self.function).__name__)!r}"

    def resolve(self, rows: Rows, weights: NDArray[np.float64] | None = None) -> Kernel:
        """The same kernel with numbers for parameters."""
        del rows, weights
        if not callable(self.function):
            raise InvalidParameterError(f"PythonKernel takes a function of two sets of rows. Got {self.function!r} instead.")
        return self

    def values(self, left: Rows, right: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """Values between two sets of rows."""
        del n_threads
        given = self.function(left.given, right.given)
        return check_values(given, (len(left), len(right)), self.name, lambda i, j: (left.number(i), right.number(j)))

    def diagonal(self, rows: Rows, n_threads: int = 1) -> NDArray[np.float64]:
        """K(x, x) of each row."""
        parts = [rows.block(start, start + _BLOCK) for start in range(0, len(rows), _BLOCK)]
        return np.concatenate([self.values(part, part, n_threads).diagonal() for part in parts])

    @property
    def numeric(self) -> bool:
        """Rows may be anything."""
        return False
