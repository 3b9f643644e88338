"""Sums of kernel values over support vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.blocks import VALUES_IN_A_BLOCK
from maxmargin.kernels.columns import WIDE, narrow_designs
from maxmargin.kernels.rows import Rows

__all__ = ["block_sums", "kernel_sums", "narrow_block_sums", "support_sums"]


def kernel_sums(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], n_threads: int = 1
) -> NDArray[np.float64]:
    """Σⱼ coef[c, j] K(xᵢ, sⱼ) of every row, in float64; (rows, rows of ``coef``)."""
    return block_sums(kernel, rows, support, coef, [len(support)], n_threads)[0]


def block_sums(
    kernel: Kernel,
    rows: Rows,
    support: Rows,
    coef: NDArray[np.float64],
    sizes: Sequence[int],
    n_threads: int = 1,
    made: _native.SupportSums | None = None,
) -> list[NDArray[np.float64]]:
    """The same over each of some blocks of support vectors, which are so large and one after the other.

    ``made`` is what `support_sums` has made of them, where somebody has kept it: the sums are the same bits.
    """
    coef = np.ascontiguousarray(coef, dtype=np.float64)
    k = coef.shape[0]
    if kernel.native is not None:
        kernel.check(rows)
        if made is not None:
            values = np.asarray(made.at(rows.design, n_threads))
        else:
            left, right = narrow_designs(rows, support)
            every = np.array(sizes, dtype=np.int64)
            values = np.asarray(_native.kernel_decision(left, right, kernel.native, coef, n_threads, every))
        return [values[:, b * k : (b + 1) * k] for b in range(len(sizes))]
    results, start = [], 0
    for size in sizes:
        results.append(_sums_in_python(kernel, rows, support, coef, start, start + size, n_threads))
        start += size
    return results


def support_sums(
    kernel: Kernel, support: Rows, coef: NDArray[np.float64], sizes: Sequence[int], n_threads: int = 1
) -> _native.SupportSums | None:
    """What is made of few support vectors for sums at row after row; None where a few megabytes do not hold it."""
    if kernel.native is None or support.design.n_features > WIDE:
        return None
    every = np.array(sizes, dtype=np.int64)
    coef = np.ascontiguousarray(coef, dtype=np.float64)
    return _native.support_sums(support.design, kernel.native, coef, n_threads, every)


def narrow_block_sums(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], sizes: Sequence[int], n_threads: int = 1
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] | None:
    """The same in float32, and the most that each sum may be off by; None where that is no faster."""
    if kernel.native is None:
        return None
    coef, every = np.ascontiguousarray(coef, dtype=np.float64), np.array(sizes, dtype=np.int64)
    kernel.check(rows)
    left, right = narrow_designs(rows, support)
    found = _native.kernel_narrow_decision(left, right, kernel.native, coef, n_threads, every)
    if found is None:
        return None
    values, doubts = (np.split(np.asarray(of_all), every.size, axis=1) for of_all in found)
    return values, doubts


def _sums_in_python(
    kernel: Kernel, rows: Rows, support: Rows, coef: NDArray[np.float64], start: int, stop: int, n_threads: int
) -> NDArray[np.float64]:
    sums = np.zeros((len(rows), coef.shape[0]))
    if start == stop:
        return sums
    block, coef = support.block(start, stop), coef[:, start:stop]
    step = max(1, VALUES_IN_A_BLOCK // (stop - start))
    for first in range(0, len(rows), step):
        values = np.ascontiguousarray(kernel.values(rows.block(first, first + step), block, n_threads))
        # Not a BLAS call: its threads would make the bits depend on their number.
        sums[first : first + step] = np.einsum("ij,kj->ik", values, coef)
    return sums
