"""What float64 may have done to kernel values: each is off by about u e(x) e(z), u = 2⁻⁵³.

With q = ‖x‖², |K(x, z)| ≤ m(x) m(z), and every sum over features off by two roundings of its largest value,

    linear             m² = q                     e² = 2q
    poly               m² = (γq + |c₀|)ⁿ          e² = (2n + 1) m²
    sigmoid            m² = 1                     e² = 2 (γq + |c₀|) + 2
    rbf                m² = 1                     e² = (A + s)² / A      s = 2γq            A = 2 + the mean of s
    laplacian, chi2    m² = 1                     e² = (A + s)² / A      s = γ√(dq)

Sums, products and multiples follow from these as in cpp/kernels/magnitudes.hpp, which bounds float32 in the same way. This
is no bound: many roundings cancel. It says which digits are there at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.kernels.base import Kernel, NativeFunction
from maxmargin.kernels.rows import Rows

__all__ = ["value_sizes"]

_Vector = NDArray[np.float64]


def value_sizes(
    kernel: Kernel, rows: Rows, absent: NDArray[np.bool_], diagonal: Callable[[], NDArray[Any]], n_threads: int = 1
) -> tuple[_Vector, _Vector]:
    """m(x) and e(x) of each row; of a kernel that the native core does not know, from its ``diagonal`` alone.

    Parameters
    ----------
    kernel : Kernel
        Resolved.
    rows : Rows
    absent : ndarray of shape (n,), bool
        Rows of no weight, which may hold anything.
    diagonal : callable
        K(x, x) of each row, from where these are known already.
    n_threads : int
    """
    with np.errstate(all="ignore"):
        if kernel.native is None:
            m = np.where(absent, 0.0, np.abs(np.asarray(diagonal(), dtype=np.float64)))
            return np.sqrt(m), np.sqrt(2.0 * m)
        q = np.where(absent, 0.0, rows.design.squared_norms(n_threads))
        m, e = _squares(kernel.native, q, rows.design.n_features)
        return np.sqrt(np.broadcast_to(m, len(rows))), np.sqrt(e)


def _squares(function: NativeFunction, q: _Vector, d: int) -> tuple[Any, Any]:
    """m² and e² of each row."""
    if function[0] == "scaled":
        m, e = _squares(function[2], q, d)
        return function[1] * m, function[1] * (e + m)
    if function[0] not in ("sum", "product"):
        return _simple(function, q, d)
    m, e = _squares(function[1], q, d)
    for part in function[2:]:
        m_part, e_part = _squares(part, q, d)
        if function[0] == "sum":
            m, e = m + m_part, e + e_part + m + m_part
        else:
            m, e = m * m_part, m * e_part + e * m_part + m * m_part
    return m, e


def _simple(function: NativeFunction, q: _Vector, d: int) -> tuple[Any, Any]:
    kind, gamma, coef0, degree = function
    if kind == "linear":
        return q, 2.0 * q
    if kind == "poly":
        m = (gamma * q + abs(coef0)) ** degree
        return m, (2.0 * degree + 1.0) * m
    if kind == "sigmoid":
        return 1.0, 2.0 * (gamma * q + abs(coef0)) + 2.0
    s = 2.0 * gamma * q if kind == "rbf" else gamma * np.sqrt(d * q)
    typical = 2.0 + float(s.mean())
    return 1.0, (typical + s) ** 2 / typical if math.isfinite(typical) else np.full_like(q, math.inf)
