"""Kernel values from outside are looked at before they are believed: shape, finite, symmetric, an inner product."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.exceptions import IndefiniteKernelWarning, KernelShapeError, KernelSymmetryError, KernelValueError
from maxmargin.kernels.spectrum import find_descent

__all__ = ["check_matrix", "check_spectrum", "check_values", "spread_rows"]

_SLACK = 1e-5  # of √(K(x, x) K(z, z)): what rounding in float32 may do to a value, and so to the symmetry of a matrix
_FLOOR = 0.1  # of that slack, of the largest value: float64 has more digits than float32, even where both were in use
_BLOCK = 512


def check_values(
    values: Any, shape: tuple[int, int], name: str, numbers: Callable[[int, int], tuple[int, int]] = lambda i, j: (i, j)
) -> NDArray[np.float64]:
    """The values as float64 of ``shape``; ``numbers`` says which rows of the user's a pair of rows is.

    Raises
    ------
    KernelShapeError, KernelValueError
        Another shape, or NaN or infinity, with the first pair of rows that has it.
    """
    if hasattr(values, "toarray"):
        values = values.toarray()
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        raise KernelValueError(
            f"{name} returned a masked array with masked values; a kernel has a value for every pair of rows"
        )
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise TypeError("its values are complex")
        array = array if array.dtype == np.float64 else array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise KernelValueError(f"{name} returned something that is not an array of numbers: {error}") from error
    if array.shape != shape:
        raise KernelShapeError(
            f"{name} returned an array of shape {array.shape} for {shape[0]} and {shape[1]} rows; expected {shape}: "
            "one row for each of the first, one column for each of the second"
        )
    bad = ~np.isfinite(array)
    if bad.any():
        place = np.argwhere(bad)[0].tolist()
        row, column = numbers(*place)
        raise KernelValueError(
            f"{name} returned {int(bad.sum())} values that are not finite (first {array[tuple(place)]} for rows "
            f"{row} and {column}); a kernel must be finite for every pair of rows"
        )
    return array


def check_matrix(
    matrix: NDArray[Any], name: str, numbers: NDArray[np.integer[Any]] | None = None, n_threads: int = 1
) -> None:
    """Raise unless K(x, z) = K(z, x) up to rounding; warn where rows show that K is no inner product.

    Two rows do where K(x, x) < 0, K(x, x) + K(z, z) < 2 K(x, z), or |K(x, z)|² > K(x, x) K(z, z). If none do,
    `check_spectrum` looks at several together.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
    name : str
        What messages call the kernel.
    numbers : ndarray of int, optional
        What messages call the rows; None for 0, 1, …
    n_threads : int

    Raises
    ------
    KernelSymmetryError
        With the worst pair of rows.

    Warns
    -----
    IndefiniteKernelWarning
        With the worst pair of rows, or some of those that show it. The fit goes on, and ends with a status.
    """
    diagonal = np.array(matrix.diagonal(), dtype=np.float64)
    largest = max(float(matrix.max()), -float(matrix.min()))
    # Values in float32 may be what is left of larger ones, as those of centred rows are.
    floor = (1.0 if matrix.dtype == np.float32 else _FLOOR) * largest or 1.0
    crooked, apart, aligned = _native.matrix_defects(matrix, floor, _SLACK * floor, n_threads)
    number = np.arange(matrix.shape[0]) if numbers is None else numbers
    if crooked[0] > _SLACK:
        _, row, column = crooked
        first, second = number[row], number[column]
        raise KernelSymmetryError(
            f"{name} is not symmetric: {matrix[row, column]:g} for rows {first} and {second}, but {matrix[column, row]:g} "
            f"for rows {second} and {first}; a kernel has K(x, z) = K(z, x), take for example the mean of both"
        )
    lowest = int(diagonal.argmin())
    if diagonal[lowest] < -_SLACK * floor:
        _warn_indefinite(f"{name} has the value {diagonal[lowest]:g} for row {number[lowest]} and itself")
    elif apart[0] > 4.0 * _SLACK:
        _, row, column = apart
        distance = diagonal[row] + diagonal[column] - 2.0 * float(matrix[row, column])
        _warn_indefinite(f"{name} gives rows {number[row]} and {number[column]} the squared distance {distance:g}")
    elif aligned[0] > 4.0 * _SLACK:
        _, row, column = aligned
        _warn_indefinite(
            f"{name} has the value {matrix[row, column]:g} for rows {number[row]} and {number[column]}, and no more than "
            f"{np.sqrt(max(diagonal[row], 0.0) * max(diagonal[column], 0.0)):g} is possible for rows of these lengths"
        )
    else:
        some = spread_rows(matrix.shape[0])
        square = matrix if some.size == matrix.shape[0] else matrix[np.ix_(some, some)]
        check_spectrum(square, name, number[some], n_threads=n_threads)


def spread_rows(n_rows: int) -> NDArray[np.intp]:
    """The rows that `check_spectrum` is to look at: all, or some from everywhere."""
    return np.arange(n_rows) if n_rows <= _BLOCK else np.linspace(0, n_rows - 1, _BLOCK).astype(np.intp)


def check_spectrum(
    square: NDArray[Any],
    name: str,
    numbers: NDArray[np.integer[Any]],
    *,
    least_size: float = 0.0,
    n_threads: int = 1,
) -> bool:
    """Warn where Σ aᵢ aⱼ K(xᵢ, xⱼ) < 0 for some a, by more than rounding, with rows that have the most part in it.

    Parameters
    ----------
    square : ndarray of shape (n, n)
        Symmetric kernel values.
    name : str
        What messages call the kernel.
    numbers : ndarray of int
        What they call the rows.
    least_size : float
        Of the matrix that these are a part of: no less than the root of the sum of its K(x, z)².
    n_threads : int

    Returns
    -------
    bool
        Whether there are such a.
    """
    found = find_descent(square, _SLACK, least_size=least_size, n_threads=n_threads)
    if found is None:
        return False
    value, places = found
    rows = [str(number) for number in np.sort(numbers[places])]
    _warn_indefinite(
        f"{name} has a sum of aᵢ aⱼ K(xᵢ, xⱼ) of {value:.2g} for numbers a whose squares sum to 1, the largest at "
        f"{'row' if len(rows) == 1 else 'rows'} {', '.join(rows)}"
    )
    return True


def _warn_indefinite(what: str) -> None:
    warnings.warn(
        f"{what}, so it is no inner product (not positive semidefinite). The fit ends with a status all the same, but its "
        "problem may have several optima, and a small gap shows a stationary point only; check the kernel, or add a "
        "constant to its diagonal",
        IndefiniteKernelWarning,
        stacklevel=2,
    )
