"""What the point of a kernel machine is worth: the gap that a fit publishes.

The solver's multipliers and its f = Ka, which is in float64 wherever it has a part in the gap, say so at no price, and
`maxmargin.certify` will find the same but for rounding: f is off by up to u e(x) Σ |a| e(z) or so (`value_sizes`).

| what that may do to the gap, of the dual objective | the gap is |
|---|---|
| up to 1e-9, or a thousandth of the gap | the solver's |
| more | what `certify` finds, bit for bit: of the numbers that the model keeps, by the same sums |

Where float64 cannot tell a gap of ``tol`` from none, the status is ``numerical_limit``, whatever the gap has come out as.
For that f counts as off by what both sums differ in, or by u m(x) times the root of Σ (a m(z))², as roundings are, and
u e(x)² times its own multiplier: more would be too much said of most data.

A model keeps one coefficient of each row, and where multipliers of one row cancel it has lost digits of theirs: the gap is
that of the point that it tells, too. SVC with a large C is told a little wider margins where that makes the gap smaller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.certificate import PointCertificate, sums_at
from maxmargin.estimators.kernel.data import TrainingData
from maxmargin.kernels import largest_error, value_sizes
from maxmargin.machines import (
    Decision,
    Machine,
    Programme,
    Worth,
    feasible_point,
    gap_at,
    rounding_of_gap,
    steadiest_offsets,
    worth_at,
)
from maxmargin.solvers.kernel_solution import KernelSolution

__all__ = ["Judge"]

_MUCH = 1 << 17  # numbers of rows: a pass over them takes longer than to choose some
_CLEAR, _OF_GAP = 1e-9, 1e-3  # of the dual objective, and of the gap: rounding that nobody will miss
_UNIT = 2.0**-53
_VANISHED = 1e-11  # of the largest that a sum of kernel values can be: nothing
_WIDER = 4.0  # times what f may be off by: margins that rounding leaves at 1 or more
_ROUNDINGS = 4.0  # of that size: what sums over support vectors in any order are off by
_CANCELLATION = 1.0 + 1e-9  # multipliers, in sum, beside what is left of them

_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What a certificate takes from a model, and finds."""

    decision: Decision
    a: _Vector
    f: _Vector
    offsets: _Vector
    primal: float
    dual: float
    gap: float

    @property
    def certificate(self) -> PointCertificate:
        return PointCertificate(self.primal, self.dual, self.gap)


class Judge:
    """Proves the machines of one fit.

    Parameters
    ----------
    data : TrainingData
    matrix : ndarray of shape (n, n), optional
        Its kernel values, where all are in memory.
    """

    def __init__(self, data: TrainingData, matrix: NDArray[np.float64] | None = None) -> None:
        self._data = data
        self._matrix = matrix
        self._known: tuple[_Vector, _Vector] | None = None
        self._largest_of_all: float | None = None
        self._largest_of_few: float | None = None  # the same, where nobody asks for some rows alone

    def prove(
        self, machine: Machine, solution: KernelSolution, tol: float, n_threads: int
    ) -> tuple[Decision, PointCertificate, bool]:
        """The decision function of a solution, its certificate, and whether its gap can be told from none."""
        programme, a, f = machine.programme, solution.multipliers, solution.decision
        worth = worth_at(programme, a, f)
        offsets = self._settled(machine, a, f, worth.offsets)
        if solution.offsets is not None and not math.isfinite(worth.dual) and np.isnan(f).any():
            offsets = solution.offsets
        decision = machine.read(a, offsets)
        point = PointCertificate(*(worth.point if offsets is worth.offsets else gap_at(programme, a, f, offsets)))
        if solution.status == "interrupted" or not point.gap < np.inf:  # nothing that takes long
            return decision, point, True
        cancel = not machine.one_each and _cancel(programme, a)
        if not cancel and self._clear(machine, solution, decision, offsets, point, worth):
            return decision, point, True
        return self._as_told(machine, decision, solution, tol, n_threads)

    def vanishes(self, programme: Programme, decision: Decision, dual: float) -> bool:
        """Whether a dual objective that is a sum of kernel values is no more than their rounding."""
        size = float(np.abs(decision.coef * decision.scale) @ self._sizes[0][decision.rows])
        return not programme.linear.any() and abs(dual) <= _VANISHED * size * size

    def _as_told(
        self, machine: Machine, decision: Decision, solution: KernelSolution, tol: float, n_threads: int
    ) -> tuple[Decision, PointCertificate, bool]:
        """The same of the point that a certificate will take from the model."""
        told = self._told(machine, decision, n_threads)
        doubt = self._doubt(machine.programme, told, solution)
        rounding = rounding_of_gap(machine.programme, told.a, told.f, told.offsets, doubt)
        if machine.hinge and not max(told.gap, rounding) <= tol * abs(told.dual):
            wider = self._told(machine, _wider(machine, told, doubt), n_threads)
            still = rounding_of_gap(machine.programme, wider.a, wider.f, wider.offsets, doubt)
            if max(wider.gap, still) < max(told.gap, rounding):
                told, rounding = wider, still
        return told.decision, told.certificate, rounding <= tol * abs(told.dual)

    def _told(self, machine: Machine, decision: Decision, n_threads: int) -> _Told:
        data, programme = self._data, machine.programme
        a, _ = self._point(machine, decision)
        f = sums_at(data.kernel, data.rows, programme, a, n_threads)
        decision = machine.read(a, self._settled(machine, a, f, steadiest_offsets(programme, a, f)))
        again, offsets = self._point(machine, decision)
        if not np.array_equal(again, a):
            a, f = again, sums_at(data.kernel, data.rows, programme, again, n_threads)
        return _Told(decision, a, f, offsets, *gap_at(programme, a, f, offsets))

    def _settled(self, machine: Machine, a: _Vector, f: _Vector, offsets: _Vector) -> _Vector:
        """The offsets that the model is told, of those that make the gap least."""
        if not all(map(math.isfinite, offsets.tolist())):  # of kernel values that overflow nothing is known
            offsets = np.where(np.isfinite(offsets), offsets, 0.0)
        if machine.settle is None or np.isnan(f).any():  # and where f is not known there is nothing to settle
            return offsets
        e = self._sizes[1]
        with np.errstate(all="ignore"):
            rounding = _ROUNDINGS * _UNIT * float(np.abs(self._net(machine.programme, a)) @ e) * float(e.max())
        return machine.settle(f, offsets, rounding if math.isfinite(rounding) else 0.0)

    def _point(self, machine: Machine, decision: Decision) -> tuple[_Vector, _Vector]:
        coef = np.zeros(self._data.n_rows)
        coef[decision.rows] = decision.coef
        a, offsets = machine.point(coef, decision.intercept, decision.scale, decision.epsilon or 0.0)
        return feasible_point(machine.programme, a), offsets

    def _clear(
        self,
        machine: Machine,
        solution: KernelSolution,
        decision: Decision,
        offsets: _Vector,
        point: PointCertificate,
        worth: Worth,
    ) -> bool:
        """Whether rounding has no part in the gap that anyone would miss."""
        programme, a = machine.programme, solution.multipliers
        told = decision.scale + abs(decision.epsilon or 0.0)  # what offsets are told as
        if worth.mass == 0.0:
            return True
        little = max(_CLEAR * abs(point.dual), _OF_GAP * point.gap)
        unit = max(_UNIT, worth.drift)  # by how much multipliers, and so sums of them, may be off
        most = 4.0 * unit * (self._largest(decision.rows) * worth.mass + worth.steepest + told)
        if most * worth.width <= little:
            return True  # by so much that no row needs to be looked at
        with np.errstate(all="ignore"):
            e = self._sizes[1]
            doubt = unit * float(np.abs(self._net(programme, a)) @ e) * e[programme.row] + _UNIT * told
            return rounding_of_gap(programme, a, solution.decision, offsets, doubt) <= little

    def _largest(self, support: NDArray[np.int64]) -> float:
        """The largest e(x)² of all rows, or of the support vectors where they are few among many."""
        data = self._data
        if self._largest_of_few is not None:
            return self._largest_of_few
        if self._known is None and data.components is None and data.kernel.native is not None:
            much = data.rows.design.stored_values > _MUCH
            if much and 4 * support.size <= data.n_rows:
                design = data.rows.take(support).design
                return largest_error(
                    data.kernel, _native.kernel_norms(design, data.kernel.native, data.n_threads), design.n_features
                )
            if self._largest_of_all is None:
                q = _native.kernel_norms(data.rows.design, data.kernel.native, data.n_threads)
                q = q if data.weights is None else q[data.weights > 0.0]
                self._largest_of_all = largest_error(data.kernel, q, data.rows.design.n_features)
                self._largest_of_few = None if much else self._largest_of_all
            return self._largest_of_all
        return float(self._sizes[1].max()) ** 2

    def _net(self, programme: Programme, a: _Vector) -> _Vector:
        """The sum of the multipliers of each row of the data."""
        return np.asarray(np.bincount(programme.row, a, self._data.n_rows), dtype=np.float64)

    def _doubt(self, programme: Programme, told: _Told, solution: KernelSolution) -> _Vector:
        """What f may be off by at the row of each variable, about."""
        m, e = self._sizes
        net = self._net(programme, told.a)
        with np.errstate(all="ignore"):
            doubt = _UNIT * (float(np.linalg.norm(net * m)) * m + np.abs(net) * e**2)[programme.row]
            if np.array_equal(net, self._net(programme, solution.multipliers)):  # then both sums are of the same numbers
                doubt = np.maximum(doubt, np.abs(told.f - solution.decision))
        return np.asarray(doubt)

    @property
    def _sizes(self) -> tuple[_Vector, _Vector]:
        """m(x) and e(x) of each row."""
        if self._known is None:
            self._known = self._found_sizes()
        return self._known

    def _found_sizes(self) -> tuple[_Vector, _Vector]:
        data = self._data
        if data.components is not None:
            m = np.einsum("ij,ij->i", data.components, data.components)
            return np.sqrt(m), np.sqrt(2.0 * m)

        absent = data.masses() == 0.0  # such rows may hold anything
        if data.kernel.native is not None:
            q = np.where(absent, 0.0, _native.kernel_norms(data.rows.design, data.kernel.native, data.n_threads))
            return value_sizes(data.kernel, q, data.rows.design.n_features)
        diagonal = data.kernel.diagonal(data.rows) if self._matrix is None else self._matrix.diagonal()
        m = np.where(absent, 0.0, np.abs(np.asarray(diagonal, dtype=np.float64)))
        return np.sqrt(m), np.sqrt(2.0 * m)


def _wider(machine: Machine, told: _Told, doubt: _Vector) -> Decision:
    """All margins a little wider, for SVC: a row that rounding leaves short of 1 costs C times that, one beyond a times.

    With C = 1e12 that is the difference between a gap of half the objective and none.
    """
    slack = _WIDER * float(doubt[told.a != 0.0].max(initial=0.0))
    if not slack < 1.0:
        return told.decision
    return machine.read(feasible_point(machine.programme, told.a * (1.0 + slack)), told.offsets)


def _cancel(programme: Programme, a: _Vector) -> bool:
    """Whether the multipliers of one row are larger than their sum, which is all that a model keeps of them."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.abs(a).sum() > _CANCELLATION * np.abs(np.bincount(programme.row, a)).sum())
