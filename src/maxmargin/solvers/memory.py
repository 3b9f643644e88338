"""What a fit needs beyond its input."""

from __future__ import annotations

__all__ = ["bytes_at_most", "bytes_needed", "matrix_bytes_at_most"]

# Peaks measured on a9a, w8a and ijcnn1, without the matrices: 45 to 75 bytes a row, of labels, multipliers, slacks and
# norms; weights take 12 more.
_BYTES_A_ROW = 96
_BYTES_A_FEATURE = 80  # coefficients and directions
# Of the two forms of Newton's systems (cpp/solvers/newton_system.cpp): largest order, and bytes an entry for the matrix,
# its factor, and what threads sum apart.
_MOST_FEATURES, _BYTES_OF_FEATURES = 2500, 48
_MOST_ROWS, _BYTES_OF_ROWS = 2048, 12


def bytes_needed(n_rows: int, n_features: int) -> int:
    """Bytes that every solver needs for one binary problem; the matrices of second-order systems come on top.

    Examples
    --------
    >>> bytes_needed(1_000_000, 100)
    96008000
    """
    return _BYTES_A_ROW * n_rows + _BYTES_A_FEATURE * n_features


def matrix_bytes_at_most(n_rows: int, n_features: int) -> int:
    """Bytes of the largest matrices that any solver would form for one binary problem where memory is plentiful.

    Examples
    --------
    >>> matrix_bytes_at_most(1_000_000, 99)
    480000
    """
    if n_features <= min(n_rows, _MOST_FEATURES):
        return int(_BYTES_OF_FEATURES * (n_features + 1) ** 2)
    return int(_BYTES_OF_ROWS * min(n_rows, _MOST_ROWS) ** 2)


def bytes_at_most(n_rows: int, n_features: int) -> int:
    """Bytes for one binary problem where memory is plentiful."""
    return bytes_needed(n_rows, n_features) + matrix_bytes_at_most(n_rows, n_features)
