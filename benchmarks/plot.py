"""The plot: how many times faster than the best peer, one mark per case, on a log axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.report import compare
from benchmarks.search import AIMS

__all__ = ["draw"]

_MARKS = {"hinge": "o", "squared_hinge": "s"}
_COLOURS = {0.01: "#4c9f70", 1.0: "#2d6cb5", 100.0: "#c0392b"}


def draw(records: list[dict[str, Any]], path: Path, caption: str) -> None:
    """Write the picture: rows are data sets, regime by regime; columns are the two aims."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = list(dict.fromkeys(r["case"]["data"] for r in sorted(records, key=lambda r: r["regime"], reverse=True)))
    figure, panels = plt.subplots(1, 2, figsize=(11, 2.2 + 0.34 * len(names)), sharey=True, layout="constrained")
    for panel, aim in zip(panels, AIMS, strict=True):
        for record in records:
            _mark(panel, compare(record, aim), names)
        panel.axvline(1, color="0.3", linewidth=1)
        panel.set_xscale("log")
        panel.xaxis.set_major_formatter(lambda ratio, _: f"{ratio:g}×")
        panel.xaxis.set_minor_formatter("")
        panel.set_title(f"to a relative gap of {aim:g}")
        panel.set_xlabel("time of the best peer / our time")
        panel.grid(axis="x", color="0.92")
        panel.set_axisbelow(True)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    _legend(plt, figure)
    figure.suptitle(f"maxmargin against the best of its peers, case by case\n{caption}", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _mark(panel: Any, c: Any, names: list[str]) -> None:
    if c.bound == "?":
        return
    place = names.index(c.data) + (-0.18 if c.loss == "hinge" else 0.18)
    mark = {"≥": ">", "≤": "<"}.get(c.bound, _MARKS[c.loss])
    colour = _COLOURS.get(c.C, "0.5")
    filled = colour if c.loss == "hinge" else "white"
    panel.plot(c.ratio, place, marker=mark, markersize=6, color=colour, markerfacecolor=filled, linestyle="none")


def _legend(plt: Any, figure: Any) -> None:
    def handle(label: str, **style: Any) -> Any:
        return plt.Line2D([], [], linestyle="none", label=label, **style)

    handles = [handle(f"C = {c:g}", marker="o", color=colour) for c, colour in _COLOURS.items()]
    handles += [
        handle("hinge", marker="o", color="0.3"),
        handle("squared hinge", marker="s", color="0.3", markerfacecolor="white"),
        handle("no peer got there: at least", marker=">", color="0.3"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, fontsize=8, frameon=False)
