"""What a fit needs beyond its input."""

from __future__ import annotations

__all__ = ["bytes_at_most", "bytes_needed"]

# Peaks measured on a9a, w8a and ijcnn1, without the matrices: 45 to 75 bytes a row, of labels, multipliers, slacks and
# norms; weights take 12 more.
_BYTES_A_ROW = 96
_BYTES_A_FEATURE = 80  # coefficients and directions
_LARGEST_ORDER = 2500  # of the matrices of second-order systems
_BYTES_AN_ENTRY = 48  # the matrix, its factor, what threads sum apart


def bytes_needed(n_rows: int, n_features: int) -> int:
    """Bytes that every solver needs for one binary problem; the matrices of second-order systems come on top.

    Examples
    --------
    >>> bytes_needed(1_000_000, 100)
    96008000
    """
    return _BYTES_A_ROW * n_rows + _BYTES_A_FEATURE * n_features


def bytes_at_most(n_rows: int, n_features: int) -> int:
    """Bytes with the largest matrices that any solver would form where memory is plentiful."""
    return bytes_needed(n_rows, n_features) + _BYTES_AN_ENTRY * min(n_rows, n_features + 1, _LARGEST_ORDER) ** 2
