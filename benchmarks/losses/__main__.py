"""The command: ``python -m benchmarks.losses`` measures and writes results/losses.md."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace

# Before the frameworks look: on two cores that others use too, the fight over them would be what is measured.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

from importlib.metadata import version
from pathlib import Path

from benchmarks.losses import functions, heads
from benchmarks.losses.measure import fastest, peak
from benchmarks.machine import here

RESULT = Path(__file__).resolve().parents[1] / "results" / "losses.md"
CLOSE = 0.95  # a function this many times as fast is as fast, as far as such times can tell
SPEED, MEMORY = 3.0, 5.0  # how many times faster, and how many times less memory, a fused head should be
OF_HEADS = f"""
Fused heads, {SPEED:g} times faster and {MEMORY:g} times less memory than the plain way. Weston–Watkins needs three matrix
products, as the plain way does, and saves the passes over the scores: with many features the products are most of the
time, and where XLA fuses the passes there is less to save.
"""
OF_FUNCTIONS = """
Functions, as fast as the framework's own. Ours look at the labels and are several operations where some of theirs are one
compiled function; in a small batch that, and Python, is most of the time.
"""
PACKAGES = ("numpy", "torch", "jax", "optax", "scikit-learn")


SIZES = (heads.Head(256, 50_000, 64), heads.Head(1024, 50_000, 256))
HEADS = {f"heads-{size.n_features}-{framework}": (size, framework) for size in SIZES for framework in heads.WAYS}
BATCHES = {"functions": (1_000_000, 1000), "small": (1280, 10)}  # scores, and classes of a sample
PARTS = (*HEADS, *BATCHES)


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.losses", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the classes and scores, three turns")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="the others stay as they are in the result")
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--turns", type=int, default=9, help="of a head; functions take three times as many")
    arguments = parser.parse_args()
    turns, rows = 3 if arguments.quick else arguments.turns, _rows_of(arguments.out)
    for part in arguments.parts:
        rows[part] = _measured(part, turns, quick=arguments.quick)
        lines = [*_introduction(), *_of_heads(rows), *_of_functions(rows)]
        lines += missed(lines)
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _measured(part: str, turns: int, *, quick: bool) -> list[str]:
    """The rows of one part, now."""
    if part in HEADS:
        head, framework = HEADS[part]
        return list(_head_rows(replace(head, n_classes=head.n_classes // 10) if quick else head, framework, turns))
    n, n_classes = BATCHES[part]
    if part == "small":
        return list(_function_rows(functions.cases(n, n_classes), 40 * turns))
    return list(_function_rows(functions.cases(n // 10 if quick else n, n_classes), 3 * turns))


def _rows_of(result: Path) -> dict[str, list[str]]:
    """The rows that an earlier run wrote."""
    lines = result.read_text(encoding="utf-8").splitlines() if result.exists() else []
    tables = "\n".join(lines).split("\n## ")
    rows = [[line for line in table.splitlines() if line.startswith("| ")][1:] for table in tables]
    of_heads = [row for table, found in zip(tables, rows, strict=True) if table.startswith("Fused") for row in found]
    found = {
        part: [row for row in of_heads if f"| {name}" in row and f"× {size.n_features} |" in row]
        for part, (size, name) in HEADS.items()
    }
    starts = {"functions": "Functions against", "small": "Small batches"}
    return found | {
        part: [row for table, these in zip(tables, rows, strict=True) if table.startswith(start) for row in these]
        for part, start in starts.items()
    }


def _introduction() -> list[str]:
    about = here()
    versions = ", ".join([f"maxmargin {about['versions']['maxmargin']}", *(f"{name} {version(name)}" for name in PACKAGES)])
    return [
        "# Losses: measured", "",
        f"{about['processor']}, {about['system']}, one thread; Python {about['python']}, {versions}.",
        "Each time is the fastest of several turns of value and gradients in float32, on two cores that were also doing",
        "other work; contestants take turns, so that a busy moment hits all alike. Memory is what a call holds beyond",
        "its inputs, in a process of its own. `make bench-losses` measures it again.", "",
    ]  # fmt: skip


def _of_heads(rows: dict[str, list[str]]) -> list[str]:
    return [
        "## Fused linear heads", "",
        "The plain way computes all scores and then the function of the same name without `linear_`.", "",
        "| loss | framework | N × K × d | fused | plain | times faster | fused holds | plain holds | times less |",
        "|---|---|---|---|---|---|---|---|---|", *(row for part in HEADS for row in rows[part]),
    ]  # fmt: skip


def _of_functions(rows: dict[str, list[str]]) -> list[str]:
    head = ["| ours | theirs | ours | theirs | times faster |", "|---|---|---|---|---|"]
    n, n_classes = BATCHES["functions"]
    few, few_classes = BATCHES["small"]
    return [
        "", "## Functions against the frameworks' own", "",
        f"{n:,} scores; for the losses of several classes {n_classes} of each sample. NumPy: the value alone. JAX: both",
        "compiled.",
        "", *head, *rows["functions"], "", "## Small batches", "",
        f"The same with {few:,} scores, and {few_classes} classes: what a call costs beside its arithmetic.", "",
        *head, *rows["small"],
    ]  # fmt: skip


def _head_rows(head: heads.Head, framework: str, turns: int) -> Iterator[str]:
    for kind in heads.KINDS:
        offered = [way for way in heads.WAYS[framework] if way in ("fused", "plain") or kind == "weston_watkins"]
        seconds = fastest({way: heads.call(framework, kind, way, head) for way in offered}, turns)
        held = {way: peak("benchmarks.losses.heads", "call", framework, kind, way, head) for way in offered}
        size = f"{head.n_samples} × {head.n_classes} × {head.n_features}"
        for other in offered[1:]:
            name = framework if other == "plain" else f"{framework}, against {other}"
            ours, theirs = seconds["fused"], seconds[other]
            row = (
                f"| {kind} | {name} | {size} | {1e3 * ours:.0f} ms | {1e3 * theirs:.0f} ms | {theirs / ours:.1f} | "
                f"{_megabytes(held['fused'])} | {_megabytes(held[other])} | {_ratio(held[other], held['fused'])} |"
            )
            print(row, flush=True)
            yield row


def _function_rows(cases: list[functions.Pair], turns: int) -> Iterator[str]:
    for ours, theirs, our_call, their_call in cases:
        seconds = fastest({"ours": our_call, "theirs": their_call}, turns)
        row = (
            f"| {ours} | {theirs} | {_short(seconds['ours'])} | {_short(seconds['theirs'])} | "
            f"{seconds['theirs'] / seconds['ours']:.2f} |"
        )
        print(row, flush=True)
        yield row


def _short(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms" if seconds > 5e-4 else f"{1e6 * seconds:.0f} µs"


def missed(lines: list[str]) -> list[str]:
    """What falls short of the aims, read from the tables, and why."""
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("| ")]
    short = [
        f"- {' '.join(row[:3])}: {row[5]} times faster, {row[8]} times less."
        for row in rows
        if len(row) == 9 and row[5][0].isdigit() and (float(row[5]) < SPEED or float(row[8]) < MEMORY)
    ]
    slower = [
        f"- {row[0]} against {row[1]}{', small batch' if 'µs' in row[3] else ''}: {row[4]} times."
        for row in rows
        if len(row) == 5 and row[4][0].isdigit() and float(row[4]) < CLOSE
    ]
    return ["", "## Where the aims are missed", OF_HEADS, *short, OF_FUNCTIONS, *slower]


def _megabytes(held: int | None) -> str:
    return "?" if held is None else f"{held / 2**20:.0f} MiB"


def _ratio(theirs: int | None, ours: int | None) -> str:
    return "?" if theirs is None or not ours else f"{theirs / ours:.1f}"


if __name__ == "__main__":
    main()
