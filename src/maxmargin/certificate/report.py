"""The certificate of a model: what `certify` returns and a fit carries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from maxmargin.certificate.point import PointCertificate

__all__ = ["IF_INNER_PRODUCT", "STATIONARY", "Certificate", "ClassCertificate", "WorstRow"]

IF_INNER_PRODUCT = "if the kernel is an inner product"
STATIONARY = (
    "This kernel is no inner product for all rows: a small gap shows a stationary point, which need not be an optimum, and "
    "bounds no decision value"
)


@dataclass(frozen=True, slots=True)
class WorstRow:
    """A row that holds much of the gap: position, share of the gap (0 to 1), term, margin yᵢ(⟨w, xᵢ⟩ + b).

    Of a regression the margin is the predicted value, of one class the decision value.
    """

    row: int
    share: float
    term: float
    margin: float


@dataclass(frozen=True, slots=True)
class ClassCertificate:
    """The certificate of one binary problem: ``label`` against the rest; for pairs ``"a / b"``, for no classes None."""

    label: Any
    point: PointCertificate
    worst_rows: tuple[WorstRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """Proof of how good a model is, computed from the problem and the model's numbers alone.

    The optimum of the training objective lies in ``[dual, primal]``. A model of several classes has one
    problem for each class, or pair of classes: ``primal``, ``dual`` and ``gap`` are sums over them,
    ``relative_gap`` and ``radius`` the largest. ‖x‖ is √K(x, x) where there is a kernel.

    Attributes
    ----------
    problems : tuple of ClassCertificate
    n_rows, n_features : int
    loss : str
        ``hinge`` or ``squared_hinge``; of kernel machines also ``epsilon_insensitive``, ``nu_hinge``,
        ``nu_epsilon_insensitive`` and ``one_class``.
    C : float
        1 where the machine has none.
    multipliers_from : {"model", "margins", "solver"}
        Where the dual point came from: stored with the model, derived from its margins (squared hinge), or
        found by solving the problem anew (a hinge model that stores none).
    largest_norm : float or None
        Largest ‖x‖ among the rows, for ``largest_shift``; a fit does not compute it.
    fit_intercept : bool
    nu : float or None
        Of the machines that have one.
    approximation : str or None
        Of a kernel machine that was fitted with one: what is proved is then its approximate problem, whose kernel is that
        of the components.
    inner_product : bool or None
        Whether the kernel is one for any rows; None where it comes from outside and nobody can tell. Where it is not
        (sigmoid), a small gap shows a stationary point, ``dual`` is no bound, and ``radius`` is infinite.
    """

    problems: tuple[ClassCertificate, ...]
    n_rows: int
    n_features: int
    loss: Any  # a Loss, or the name of that of a kernel machine
    C: float
    multipliers_from: str = "model"
    largest_norm: float | None = None
    fit_intercept: bool = True
    nu: float | None = None
    approximation: str | None = None
    inner_product: bool | None = True

    @property
    def whose(self) -> str:
        """What decision values are near to."""
        return "the exact optimum's" if self.approximation is None else "the optimum's of the approximate problem"

    @property
    def primal(self) -> float:
        """Objective of the model."""
        return sum(problem.point.primal for problem in self.problems)

    @property
    def dual(self) -> float:
        """Lower bound on the objective of every model."""
        return sum(problem.point.dual for problem in self.problems)

    @property
    def gap(self) -> float:
        """``primal − dual``, summed without cancellation."""
        return sum(problem.point.gap for problem in self.problems)

    @property
    def relative_gap(self) -> float:
        """Largest ``gap / |dual|`` of the problems."""
        return max(problem.point.relative_gap for problem in self.problems)

    @property
    def radius(self) -> float:
        """Any decision value without intercept is within ``radius · ‖x‖`` of the exact optimum's; infinite if unknown."""
        if self.inner_product is False:
            return math.inf
        return max(problem.point.radius for problem in self.problems)

    @property
    def largest_shift(self) -> float | None:
        """``radius · ‖x‖`` for the longest row: no row's decision value (without intercept) is further off."""
        if self.largest_norm is None or self.inner_product is False:
            return None
        return self.radius * self.largest_norm

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, ready for JSON."""
        return {
            "primal": self.primal,
            "dual": self.dual,
            "gap": self.gap,
            "relative_gap": self.relative_gap,
            "radius": None if self.inner_product is False else self.radius,
            "largest_shift": self.largest_shift,
            "n_rows": self.n_rows,
            "n_features": self.n_features,
            "loss": self.loss,
            "C": self.C,
            "nu": self.nu,
            "fit_intercept": self.fit_intercept,
            "approximation": self.approximation,
            "inner_product": self.inner_product,
            "multipliers_from": self.multipliers_from,
            "problems": [_problem_dict(problem, bounds=self.inner_product is not False) for problem in self.problems],
        }

    def __str__(self) -> str:
        return "\n".join([_headline(self), "", *_table(self), "", *_meaning(self), *_worst(self)])


def _problem_dict(problem: ClassCertificate, *, bounds: bool) -> dict[str, Any]:
    label = problem.label.item() if hasattr(problem.label, "item") else problem.label
    return {
        "label": label,
        "primal": problem.point.primal,
        "dual": problem.point.dual,
        "gap": problem.point.gap,
        "relative_gap": problem.point.relative_gap,
        "radius": problem.point.radius if bounds else None,
        "worst_rows": [{"row": r.row, "share": r.share, "term": r.term, "margin": r.margin} for r in problem.worst_rows],
    }


def _headline(c: Certificate) -> str:
    loss = c.loss.replace("_", " ")
    size = f"{c.n_rows} rows, {c.n_features} features"
    nu = "" if c.nu is None else f", nu = {c.nu:g}"
    line = f"Certificate: {size}, {loss}, C = {c.C:g}{nu}; relative gap {c.relative_gap:.1e}"
    return line if c.approximation is None else f"{line}\nof the approximate problem ({c.approximation})"


def _table(c: Certificate) -> list[str]:
    names = ["all" if problem.label is None else str(problem.label) for problem in c.problems]
    width = max(5, *map(len, names))
    lines = [f"  {'class':<{width}}  {'primal':>14}  {'dual':>14}  {'gap':>8}  {'relative':>8}"]
    for name, problem in zip(names, c.problems, strict=True):
        p = problem.point
        lines.append(f"  {name:<{width}}  {p.primal:>14.8g}  {p.dual:>14.8g}  {p.gap:>8.1e}  {p.relative_gap:>8.1e}")
    return lines


def _meaning(c: Certificate) -> list[str]:
    if c.inner_product is False:
        return [f"  {STATIONARY}."]
    condition = "" if c.inner_product else f", {IF_INNER_PRODUCT}"
    lines = [f"  Decision values (without intercept) are within {c.radius:.1e} x |row| of {c.whose}{condition}."]
    if c.largest_norm is not None:
        lines.append(f"  For the longest of these rows (norm {c.largest_norm:.3g}) that is {c.largest_shift:.1e}.")
    source = {
        "margins": "  The model stores no multipliers; they were derived from its margins.",
        "solver": "  The model stores no multipliers; the dual bound was found by solving the problem anew.",
    }
    if c.multipliers_from in source:
        lines.append(source[c.multipliers_from])
    return lines


def _worst(c: Certificate) -> list[str]:
    rows = [(r.share, r.row, r.margin, problem.label) for problem in c.problems for r in problem.worst_rows]
    if not rows:
        return []
    count = max(len(problem.worst_rows) for problem in c.problems)  # as many in all as were asked for of each
    lines = ["", "  Rows with the largest part of the gap:", "      row     share      margin  class"]
    for share, row, margin, label in sorted(rows, key=lambda r: (-r[0], r[1]))[:count]:
        lines.append(f"  {row:>7}  {share:>7.1%}  {margin:>10.4g}  {'all' if label is None else label}")
    return lines
