"""Terminal tables of fits, certificates and violating rows, shared by the command line and the demo.

Every function returns something that a rich console prints; nothing here prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from maxmargin.certificate import Certificate
from maxmargin.inspection.violations import Violation

__all__ = ["STATUS_WORDS", "certificate_table", "facts", "gap_text", "meaning", "violations_table", "worst_rows_table"]

_UNBOUNDED = 1e100  # relative gaps above say only that the dual objective is 0
_WORTH_NAMING = 1e-3  # share of the gap below which a row is not worth a line

STATUS_WORDS = {
    "optimal": "[green]optimal[/]",
    "stopped_by_max_iter": "[yellow]stopped by the iteration limit[/]",
    "stopped_by_max_time": "[yellow]stopped by the time limit[/]",
    "stopped_by_callback": "[yellow]stopped early[/]",
    "numerical_limit": "[yellow]at the limit of float64 arithmetic[/]",
}


def gap_text(relative_gap: float) -> str:
    """A relative gap in figures, or in words where no bound is known yet (the dual objective is still 0)."""
    return f"relative gap {relative_gap:.1e}" if relative_gap < _UNBOUNDED else "no bound yet"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values, one pair a line."""
    pairs = list(rows)
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"[bold]{name:<{width}}[/]  {value}" for name, value in pairs)


def certificate_table(certificate: Certificate) -> Table:
    """Primal, dual and gap of every binary problem."""
    table = _table("class", "primal", "dual", "gap", "relative gap")
    for problem in certificate.problems:
        point = problem.point
        table.add_row(
            escape(str(problem.label)), f"{point.primal:.10g}", f"{point.dual:.10g}", f"{point.gap:.1e}",
            f"{point.relative_gap:.1e}" if point.relative_gap < _UNBOUNDED else "-",
        )  # fmt: skip
    return table


def meaning(certificate: Certificate) -> str:
    """What the gap says about predictions, in a sentence."""
    text = f"Decision values (without intercept) are within {certificate.radius:.1e}·‖x‖ of the exact optimum's"
    if certificate.largest_norm is not None:
        text += f"; for these rows, within {certificate.largest_shift:.1e}"
    return text + "."


def worst_rows_table(certificate: Certificate, *, count: int = 5) -> Table | None:
    """The rows that hold most of the gap; None where no row holds as much as a thousandth."""
    rows = [(row, p.label) for p in certificate.problems for row in p.worst_rows if row.share >= _WORTH_NAMING]
    if not rows:
        return None
    rows.sort(key=lambda entry: (-entry[0].share, entry[0].row))
    table = _table("class", "row", "share of the gap", "margin")
    for row, label in rows[:count]:
        table.add_row(escape(str(label)), str(row.row), f"{row.share:.1%}", f"{row.margin:.4g}")
    return table


def violations_table(violations: Sequence[Violation]) -> Table:
    """Rows with slack, and the features that push them to the wrong side."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in (("row", "right"), ("is", "left"), ("predicted", "left"), ("slack", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("pushed to the wrong side by", overflow="fold")
    for violation in violations:
        wrong = violation.label != violation.predicted
        predicted = escape(str(violation.predicted))
        reasons = ", ".join(f"{escape(name)} ({push:+.2f})" for name, push in violation.reasons)
        table.add_row(
            str(violation.row), escape(str(violation.label)), f"[red]{predicted}[/]" if wrong else predicted,
            f"{violation.slack:.2f}", reasons,
        )  # fmt: skip
    return table


def _table(first: str, *numbers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table
