"""`certify` for kernel machines: f = Ka anew in float64, from the training rows and the coefficients, nothing else.

The gap of a point (a, b) is a sum of one term for each variable, so the rows are gone through in chunks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.certificate.point import PointCertificate
from maxmargin.certificate.report import Certificate, ClassCertificate, WorstRow
from maxmargin.exceptions import ShapeError
from maxmargin.kernels import ApproximateKernel, Kernel, Rows, kernel_sums
from maxmargin.machines import Machine, Programme, feasible_point, gap_at, gap_terms

__all__ = ["MachineClaim", "certify_machine", "sums_at"]

_CHUNK = 1 << 14  # rows
_BYTES_OF_VALUES = 1 << 26  # of precomputed values that are copied at a time, in float64
_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MachineClaim:
    """What a kernel machine says: its problems on the training data, and the point of each that it holds."""

    kernel: Kernel
    rows: Rows
    support: NDArray[np.int64]
    support_vectors: Rows | None  # None where they are not stored: kernel values have no vectors
    labels: Sequence[Any]
    machine: Callable[[int], Machine]
    point: Callable[[int, Machine], tuple[_Vector, _Vector]]
    loss: str
    costs: dict[str, Any]


def certify_machine(claim: MachineClaim, worst_rows: int, n_threads: int) -> Certificate:
    """The certificate of a claim; raises ShapeError where the rows are not those of the fit."""
    _check_rows(claim)
    problems = []
    for k, label in enumerate(claim.labels):
        machine = claim.machine(k)
        programme = machine.programme
        wanted, offsets = claim.point(k, machine)
        a = feasible_point(programme, wanted)
        f = sums_at(claim.kernel, claim.rows, programme, a, n_threads)
        point = PointCertificate(*gap_at(programme, a, f, offsets))
        values = _signs(claim.loss, programme) * (f + float(offsets.mean()))
        worst = _worst(programme, gap_terms(programme, a, f, offsets), values, point.gap, worst_rows)
        problems.append(ClassCertificate(label, point, worst))
    largest = math.sqrt(max(0.0, float(claim.kernel.diagonal(claim.rows, n_threads).max())))
    return Certificate(
        tuple(problems), len(claim.rows), claim.rows.n_features or 0, claim.loss, largest_norm=largest, **claim.costs
    )


def _check_rows(claim: MachineClaim) -> None:
    if claim.support_vectors is None or not claim.kernel.numeric or claim.support.size == 0:
        return
    theirs, ours = claim.rows.take(claim.support).table, claim.support_vectors.table
    same = theirs.shape == ours.shape and abs(theirs - ours).max() == 0.0
    if not same:
        raise ShapeError(
            "the rows support_ of X are not the support vectors of the model; certify proves a model on its own training "
            "data"
        )


def sums_at(kernel: Kernel, data: Rows, programme: Programme, a: _Vector, n_threads: int) -> _Vector:
    """f = Ka at the row of each variable, in float64; the same bits for the same a, whoever asks."""
    rows, place = np.unique(programme.row, return_inverse=True)
    net = np.zeros(rows.size)
    np.add.at(net, place, a)
    used = np.flatnonzero(net)
    f = np.zeros(rows.size)
    if used.size == 0:
        return f[place]
    support = rows[used]
    vectors = None if kernel.pairwise else data.take(support)
    coef = net[used][None, :]
    weights = kernel.weights(vectors, coef, n_threads) if isinstance(kernel, ApproximateKernel) and vectors else None
    size = _CHUNK if vectors is not None else max(1, min(_CHUNK, _BYTES_OF_VALUES // (8 * support.size)))
    for start in range(0, rows.size, size):
        chunk = rows[start : start + size]
        if vectors is None:
            values = np.asarray(data.table[np.ix_(chunk, support)], dtype=np.float64)
            f[start : start + size] = np.einsum("ij,j->i", values, net[used])
        elif isinstance(kernel, ApproximateKernel) and weights is not None:
            f[start : start + size] = kernel.sums(data.take(chunk), weights, n_threads)[:, 0]
        else:
            f[start : start + size] = kernel_sums(kernel, data.take(chunk), vectors, coef, n_threads)[:, 0]
    return f[place]


def _signs(loss: str, programme: Programme) -> _Vector:
    """The label of each variable where there are labels: yᵢ(f + b) is a margin; else 1."""
    if loss == "hinge":
        return np.asarray(-programme.linear)
    if loss == "nu_hinge" and programme.group is not None:
        return np.asarray(1.0 - 2.0 * programme.group, dtype=np.float64)
    return np.ones(programme.size)


def _worst(programme: Programme, terms: _Vector, values: _Vector, gap: float, count: int) -> tuple[WorstRow, ...]:
    """The rows with the largest terms, and their margins."""
    order = np.lexsort((programme.row, -terms))[: min(count, terms.size)]
    return tuple(
        WorstRow(int(programme.row[v]), float(terms[v]) / gap if gap > 0 else 0.0, float(terms[v]), float(values[v]))
        for v in order
        if terms[v] > 0
    )
