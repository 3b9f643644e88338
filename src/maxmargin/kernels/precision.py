"""What float64 may have done to kernel values: each is off by about u e(x) e(z), u = 2⁻⁵³.

With q = ‖x‖², where rows are far from zero and differences alone count from a centre of theirs (cpp/kernels/origin.hpp),
|K(x, z)| ≤ m(x) m(z), and every sum over features off by two roundings of its largest value,

    linear             m² = q                     e² = 2q
    poly               m² = (γq + |c₀|)ⁿ          e² = (2n + 1) m²
    sigmoid            m² = 1                     e² = 2 (γq + |c₀|) + 2
    rbf                m² = 1                     e² = (A + s)² / A      s = 2γq            A = 2 + s of the mean of q
    laplacian, chi2    m² = 1                     e² = (A + s)² / A      s = 2γ√(dq)

Sums, products and multiples follow from these as in cpp/kernels/magnitudes.hpp, which bounds float32 in the same way. This
is no bound: many roundings cancel. It says which digits are there at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.kernels.base import Kernel, NativeFunction

__all__ = ["largest_error", "value_sizes"]

_Vector = NDArray[np.float64]


def value_sizes(kernel: Kernel, q: _Vector, d: int) -> tuple[_Vector, _Vector]:
    """m(x) and e(x) of rows of the squared lengths ``q`` and ``d`` features, for a kernel that the native core knows."""
    assert kernel.native is not None
    with np.errstate(all="ignore"):
        m, e = _squares(kernel.native, q, float(q.mean()), d)
        return np.sqrt(m) if np.ndim(m) else np.full(q.shape, float(m) ** 0.5), np.sqrt(e)


def largest_error(kernel: Kernel, q: _Vector, d: int) -> float:
    """The largest e(x)² of such rows."""
    assert kernel.native is not None
    most = q.max()
    return float(_squares(kernel.native, most, 0.5 * float(most), d)[1])


def _squares(function: NativeFunction, q: Any, typical: float, d: int) -> tuple[Any, Any]:
    """m² and e² of each row."""
    if function[0] == "scaled":
        m, e = _squares(function[2], q, typical, d)
        return function[1] * m, function[1] * (e + m)
    if function[0] not in ("sum", "product"):
        return _simple(function, q, typical, d)
    m, e = _squares(function[1], q, typical, d)
    for part in function[2:]:
        m_part, e_part = _squares(part, q, typical, d)
        if function[0] == "sum":
            m, e = m + m_part, e + e_part + m + m_part
        else:
            m, e = m * m_part, m * e_part + e * m_part + m * m_part
    return m, e


def _simple(function: NativeFunction, q: Any, typical: float, d: int) -> tuple[Any, Any]:
    kind, gamma, coef0, degree = function
    if kind == "linear":
        return q, 2.0 * q
    if kind == "poly":
        m = (gamma * q + abs(coef0)) ** degree
        return m, (2.0 * degree + 1.0) * m
    if kind == "sigmoid":
        return 1.0, 2.0 * (gamma * q + abs(coef0)) + 2.0
    s, of_typical = (
        (2.0 * gamma * q, 2.0 * gamma * typical) if kind == "rbf" else _distances(2.0 * gamma * d**0.5, q, typical)
    )
    return 1.0, (2.0 + of_typical + s) ** 2 / (2.0 + of_typical)


def _distances(factor: float, q: Any, typical: float) -> tuple[Any, float]:
    return factor * q**0.5, factor * typical**0.5
