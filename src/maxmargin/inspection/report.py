"""Terminal tables of fits, certificates and violating rows, shared by the command line and the demo.

Every function returns something that a rich console prints; nothing here prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from maxmargin.callbacks import UNBOUNDED, gap_text
from maxmargin.certificate import IF_INNER_PRODUCT, STATIONARY, Certificate
from maxmargin.inspection.violations import Violation
from maxmargin.kernels import ApproximateKernel, Kernel, Product, Scaled, Sum

__all__ = [
    "STATUS_WORDS",
    "certificate_table",
    "facts",
    "gap_text",
    "kernel_text",
    "meaning",
    "violations_table",
    "worst_rows_table",
]

_MOST_PROBLEMS = 12  # of many pairs or classes, how many get a line: those with the largest gaps
_ROUNDING = 1e-13  # a relative gap below is that of the sums, and no row's
_WORTH_NAMING = 1e-3  # share of the gap below which a row is not worth a line

STATUS_WORDS = {
    "optimal": "[green]optimal[/]",
    "stopped_by_max_iter": "[yellow]stopped by the iteration limit[/]",
    "stopped_by_max_time": "[yellow]stopped by the time limit[/]",
    "stopped_by_callback": "[yellow]stopped early[/]",
    "numerical_limit": "[yellow]at the limit of float64 arithmetic[/]",
}


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values, one pair a line."""
    pairs = list(rows)
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"[bold]{name:<{width}}[/]  {value}" for name, value in pairs)


def kernel_text(kernel: Kernel) -> str:
    """A kernel with its numbers, which are shortened."""
    if isinstance(kernel, (Sum, Product)):
        parts = [kernel_text(part) for part in (kernel.k1, kernel.k2)]
        if isinstance(kernel, Sum):
            return " + ".join(parts)
        return " * ".join(
            f"({text})" if isinstance(part, Sum) else text for part, text in zip((kernel.k1, kernel.k2), parts, strict=True)
        )
    if isinstance(kernel, Scaled):
        text = kernel_text(kernel.kernel)
        return f"{kernel.factor:.4g} * " + (f"({text})" if isinstance(kernel.kernel, Sum) else text)
    if isinstance(kernel, ApproximateKernel):
        return f"{kernel_text(kernel.kernel)}, by {kernel.n_components} components ({kernel.approximation})"
    numbers = ", ".join(
        f"{name} = {value:.4g}" if isinstance(value, (int, float)) else f"{name} = {value}"
        for name, value in kernel.get_params(deep=False).items()
    )
    name = type(kernel).__name__
    return f"{name}({numbers})" if numbers else name


def certificate_table(certificate: Certificate, *, most: int = _MOST_PROBLEMS) -> Table:
    """Primal, dual and gap of the problems; of more than ``most`` those with the largest gaps, and the sum of all."""
    problems = certificate.problems
    first = [] if problems[0].label is None else [_what(certificate)]
    table = _table(*first, "primal", "dual", "gap", "relative gap")
    shown = list(problems)
    if len(problems) > most:
        shown = sorted(problems, key=lambda problem: -problem.point.relative_gap)[:most]
    for problem in shown:
        point = problem.point
        name = [escape(str(problem.label))] if first else []
        table.add_row(*name, *_numbers(point.primal, point.dual, point.gap, point.relative_gap))
    if len(problems) > len(shown):
        sums = _numbers(certificate.primal, certificate.dual, certificate.gap, certificate.relative_gap)
        table.add_row(f"… {len(problems) - len(shown)} more, smaller gaps", "", "", "", "")
        table.add_row(f"all {len(problems)}", *sums)
    return table


def _what(certificate: Certificate) -> str:
    """What the problems are called: classes, or pairs of them."""
    return "pair" if len(certificate.problems) > 1 and " / " in str(certificate.problems[0].label) else "class"


def _numbers(primal: float, dual: float, gap: float, relative_gap: float) -> tuple[str, ...]:
    relative = f"{relative_gap:.1e}" if relative_gap < UNBOUNDED else "-"
    return f"{primal:.10g}", f"{dual:.10g}", f"{gap:.1e}", relative


def meaning(certificate: Certificate, *, norm: str = "‖x‖") -> str:
    """What the gap says about predictions, in a sentence; ``norm`` is what bounds are multiples of."""
    of = " of each pair" if _what(certificate) == "pair" else ""
    scale = " times the margin" if certificate.loss == "nu_hinge" else ""  # which NuSVC divides by
    if certificate.inner_product is False:
        return f"{STATIONARY}."
    near = f"within {certificate.radius:.1e}·{norm} of {certificate.whose}"
    text = f"Decision values{of}{scale} (without intercept) are {near}"
    if certificate.largest_norm is not None:
        text += f"; for these rows, within {certificate.largest_shift:.1e}"
    return text + ("." if certificate.inner_product else f", {IF_INNER_PRODUCT}.")


def worst_rows_table(certificate: Certificate, *, count: int = 5) -> Table | None:
    """The rows that hold most of the gap; None where no row holds as much as a thousandth, or the gap is rounding."""
    if certificate.relative_gap < _ROUNDING:
        return None
    least = _WORTH_NAMING * certificate.gap
    rows = [(row, p.label) for p in certificate.problems for row in p.worst_rows if row.term >= least]
    if not rows:
        return None
    rows.sort(key=lambda entry: (-entry[0].term, entry[0].row))
    labelled = rows[0][1] is not None
    value = {"epsilon_insensitive": "predicted", "nu_epsilon_insensitive": "predicted", "one_class": "decision value"}
    first = [_what(certificate)] if labelled else []
    table = _table(*first, "row", "share of the gap", value.get(certificate.loss, "margin"))
    for row, label in rows[:count]:
        name = [escape(str(label))] if labelled else []
        table.add_row(*name, str(row.row), f"{row.term / certificate.gap:.1%}", f"{row.margin:.4g}")
    return table


def violations_table(violations: Sequence[Violation]) -> Table:
    """Rows with slack, and what pushes them to the wrong side: features, or support vectors."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    labelled = any(violation.label is not None for violation in violations)
    several = any(violation.problem is not None for violation in violations)
    for name in ("row", *(("is", "predicted") if labelled else ()), *(("problem",) if several else ()), "slack"):
        table.add_column(name, justify="right" if name in ("row", "slack") else "left", no_wrap=True)
    table.add_column("pushed to the wrong side by", overflow="fold")
    for violation in violations:
        reasons = ", ".join(f"{escape(name)} ({push:+.2f})" for name, push in violation.reasons)
        sides = (_shown(violation.label), _predicted(violation)) if labelled else ()
        name = str(violation.row) if violation.name is None else violation.name
        problem = (escape(str(violation.problem)),) if several else ()
        table.add_row(escape(name), *sides, *problem, f"{violation.slack:.2f}", reasons)
    return table


def _predicted(violation: Violation) -> str:
    text = _shown(violation.predicted)
    wrong = violation.label != violation.predicted and not isinstance(violation.predicted, float)
    return f"[red]{text}[/]" if wrong else text


def _shown(label: Any) -> str:
    return f"{label:.6g}" if isinstance(label, float) else escape(str(label))


def _table(*columns: str) -> Table:
    """A table of numbers, after a column of classes or pairs where there are any."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        if name in ("class", "pair"):
            table.add_column(name, overflow="fold")
        else:
            table.add_column(name, justify="right", no_wrap=True)
    return table
