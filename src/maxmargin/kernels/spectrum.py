"""Whether a matrix has a negative eigenvalue, and which rows show it: a Cholesky factor breaks off where one appears."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native

__all__ = ["find_descent"]

_NAMED = 3  # rows


def find_descent(
    square: NDArray[Any], slack: float, *, least_size: float = 0.0, n_threads: int = 1
) -> tuple[float, NDArray[np.intp]] | None:
    """Some v'Kv below zero, with |v| = 1, and the places of the largest numbers of v; None where there is none.

    Eigenvalues above -``slack`` times the root of the sum of all K(x, z)², or ``least_size`` where that is more, are
    rounding. Not by LAPACK, whose threads would wait for those of NumPy's BLAS.
    """
    found = _native.matrix_descent(square, slack, least_size, n_threads)
    if found is None:
        return None
    value, v = found
    return value, np.argsort(-np.abs(v), kind="stable")[:_NAMED]
