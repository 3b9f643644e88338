"""Whether a matrix has a negative eigenvalue, and which rows show it: a Cholesky factor breaks off where one appears."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpotrf

__all__ = ["find_descent"]

_NAMED = 3  # rows


def find_descent(square: NDArray[Any], slack: float) -> tuple[float, NDArray[np.intp]] | None:
    """Some v'Kv below zero, with |v| = 1, and the places of the largest numbers of v; None where there is none.

    Eigenvalues above -``slack`` times the root of the sum of all K(x, z)² are rounding.
    """
    K = np.array(square, dtype=np.float64, order="F")
    size = float(np.linalg.norm(K))
    if not np.isfinite(size) or size == 0.0:
        return None
    diagonal = np.diag_indices_from(K)
    K[diagonal] += slack * size
    factor, order = dpotrf(K, lower=0)
    if order <= 0:
        return None
    # The first `order` rows show it: with K = [K₁ k; k' κ], R'R = K₁ and v = (-K₁⁻¹k, 1), v'Kv = κ - |R'⁻¹k|² ≤ 0.
    k, R = K[: order - 1, order - 1], factor[: order - 1, : order - 1]
    half = solve_triangular(R, k, trans="T", check_finite=False) if order > 1 else k
    v = np.append(-solve_triangular(R, half, check_finite=False) if order > 1 else k, 1.0)
    length = float(np.linalg.norm(v))
    value = (float(K[order - 1, order - 1]) - float(half @ half)) / length**2 - slack * size
    return value, np.argsort(-np.abs(v), kind="stable")[:_NAMED]
