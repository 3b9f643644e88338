"""The table: Markdown with the machine, the summary per regime, every case, and every peer's time."""

from __future__ import annotations

from typing import Any

from benchmarks import peers
from benchmarks.report import GOALS, WORST_GOALS, Comparison, compare, summaries
from benchmarks.search import AIMS

__all__ = ["markdown"]

_SUMMARY_TITLES = ["regime", "to gap", "cases", "geometric mean of best peer / ours", "goal"]
_SUMMARY_TITLES += ["worst case", "goal", "no peer met it", "we did not"]

_LEGEND = (
    '"> t": stopped after t seconds; "no (g)": no settings came closer than g, or the search had used up its time; '
    '"not reliably": met in the search, missed in the rounds; "–": the loss is not offered.'
)


def markdown(records: list[dict[str, Any]], facts: dict[str, str]) -> str:
    """The whole report."""
    parts = ["# maxmargin against its peers", ""]
    parts += [f"- {name}: {value}" for name, value in facts.items()]
    parts += ["", "## Summary", "", *_summary(records), "", "## Every case", "", *_cases(records)]
    parts += ["", "## Every contestant, seconds to 1e-6", "", _LEGEND, "", *_peers(records, AIMS[-1])]
    parts += ["", "## Every contestant, seconds to 1e-3", "", *_peers(records, AIMS[0])]
    if any(r.get("memory") for r in records):
        parts += ["", "## Memory beyond the input (ours, fit to 1e-6)", "", *_memory(records)]
    return "\n".join(parts) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _head(titles: list[str]) -> list[str]:
    return [_row(titles), _row(["---"] * len(titles))]


def _summary(records: list[dict[str, Any]]) -> list[str]:
    lines = _head(_SUMMARY_TITLES)
    for s in summaries(records):
        k = AIMS.index(s.aim)
        goal = f"{GOALS[s.regime][k]:g}×" if s.regime in GOALS else "–"
        worst = f"{s.worst.ratio:.2f}× ({s.worst.data}, {s.worst.loss}, C={s.worst.C:g})"
        lines.append(_row([
            s.regime, f"{s.aim:g}", str(s.n_cases), f"{s.mean:.2f}×", goal, worst, f"{WORST_GOALS[k]:g}×",
            str(s.no_peer), str(s.not_ours),
        ]))  # fmt: skip
    return lines


def _cases(records: list[dict[str, Any]]) -> list[str]:
    titles = ["data", "rows × columns", "problems", "loss", "C"]
    for aim in AIMS:
        titles += [f"ours to {aim:g} (ms)", "best peer (ms)", "which", "ratio"]
    lines = _head(titles)
    for record in records:
        case = record["case"]
        shape = " × ".join(map(str, record["shape"]))
        cells = [case["data"], shape, str(record["problems"]), case["loss"], f"{case['C']:g}"]
        for aim in AIMS:
            cells += _comparison(compare(record, aim))
        lines.append(_row(cells))
    return lines


def _comparison(c: Comparison) -> list[str]:
    ratio = f"{c.bound} {c.ratio:.3g}".strip()
    return [_ms(c.ours), _ms(c.theirs), f"{c.peer} {c.settings}".strip(), f"**{ratio}**" if c.ratio < 1 else ratio]


def _ms(seconds: float | None) -> str:
    return "DNF" if seconds is None else f"{1000 * seconds:.3g}" if seconds < 1 else f"{1000 * seconds:.0f}"


def _peers(records: list[dict[str, Any]], aim: float) -> list[str]:
    names = list(peers.PEERS)
    lines = _head(["data", "loss", "C", *names])
    for record in records:
        case = record["case"]
        cells = [case["data"], case["loss"], f"{case['C']:g}"]
        lines.append(_row(cells + [_cell(record, name, aim) for name in names]))
    return lines


def _cell(record: dict[str, Any], name: str, aim: float) -> str:
    found = record["times"].get(name, {}).get(f"{aim:g}")
    if found:
        return f"{found['seconds']:.3g}"
    runs = [run for run in record["runs"].get(name, ()) if run["gap"] is not None]
    stopped = [run["seconds"] for run in record["runs"].get(name, ()) if run["error"] == "over the limit"]
    if stopped:
        return f"> {max(stopped):.3g}"
    if not runs:
        return "–"
    closest = min(run["gap"] for run in runs)
    return f"no ({closest:.0e})" if closest > aim else "not reliably"


def _memory(records: list[dict[str, Any]]) -> list[str]:
    lines = _head(["data", "loss", "C", "input (MiB)", "beyond (MiB)", "beyond / input"])
    for record in records:
        found, case = record.get("memory"), record["case"]
        if found:
            cells = [f"{found[k] / 2**20:.1f}" for k in ("input", "beyond")]
            lines.append(_row([
                case["data"], case["loss"], f"{case['C']:g}", *cells, f"{100 * found['beyond'] / found['input']:.0f} %",
            ]))  # fmt: skip
    return lines
