"""The command: ``python -m benchmarks.losses`` measures and writes results/losses.md."""

from __future__ import annotations

import argparse
import os

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
Fused heads, {SPEED:g} times faster and {MEMORY:g} times less memory than the plain way. Weston–Watkins needs four matrix
products where the plain way needs three, so it wins only where the passes over the scores cost more than the
products: with few features, and where nothing fuses these passes as XLA does.
"""
OF_FUNCTIONS = """
Functions, as fast as the framework's own. Ours look at the labels first, a quarter of the time of the logistic loss;
the separation of labels sorts, which pays from some tens of labels a sample on.
"""
PACKAGES = ("numpy", "torch", "jax", "optax", "scikit-learn")


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.losses", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, three turns")
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    scale, turns = (10, 3) if arguments.quick else (1, 9)
    shapes = [heads.Head(256, 50_000 // scale, 64), heads.Head(1024, 50_000 // scale, 256)]
    lines = [*_introduction(turns), *_heads(shapes, turns), *_functions(1_000_000 // scale, turns)]
    lines += missed(lines)
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _introduction(turns: int) -> list[str]:
    about = here()
    versions = ", ".join([f"maxmargin {about['versions']['maxmargin']}", *(f"{name} {version(name)}" for name in PACKAGES)])
    return [
        "# Losses: measured", "",
        f"{about['processor']}, {about['system']}, one thread; Python {about['python']}, {versions}.",
        f"Each time is the fastest of {turns} turns of value and gradients in float32; memory is what a call holds beyond",
        "its inputs, in a process of its own. `make bench-losses` measures it again.", "",
    ]  # fmt: skip


def _heads(shapes: list[heads.Head], turns: int) -> list[str]:
    lines = [
        "## Fused linear heads", "",
        "The plain way computes all scores and then the function of the same name without `linear_`.", "",
        "| loss | framework | N × K × d | fused | plain | times faster | fused holds | plain holds | times less |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for head in shapes:
        for framework, ways in heads.WAYS.items():
            for kind in heads.KINDS:
                offered = [way for way in ways if way in ("fused", "plain") or kind == "weston_watkins"]
                seconds = fastest({way: heads.call(framework, kind, way, head) for way in offered}, turns)
                held = {way: peak("benchmarks.losses.heads", "call", framework, kind, way, head) for way in offered}
                size = f"{head.n_samples} × {head.n_classes} × {head.n_features}"
                for other in offered[1:]:
                    name = framework if other == "plain" else f"{framework}, against {other}"
                    ours, theirs = seconds["fused"], seconds[other]
                    lines.append(
                        f"| {kind} | {name} | {size} | {1e3 * ours:.0f} ms | {1e3 * theirs:.0f} ms | {theirs / ours:.1f} | "
                        f"{_megabytes(held['fused'])} | {_megabytes(held[other])} | {_ratio(held[other], held['fused'])} |"
                    )
                    print(lines[-1], flush=True)
    return lines


def _functions(n: int, turns: int) -> list[str]:
    lines = [
        "", "## Functions against the frameworks' own", "",
        f"{n:,} scores; for the losses of several classes 1000 of each sample. NumPy: the value alone. JAX: both compiled.",
        "",
        "| ours | theirs | ours | theirs | times faster |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for ours, theirs, our_call, their_call in functions.cases(n):
        seconds = fastest({"ours": our_call, "theirs": their_call}, 3 * turns)
        lines.append(
            f"| {ours} | {theirs} | {1e3 * seconds['ours']:.2f} ms | {1e3 * seconds['theirs']:.2f} ms | "
            f"{seconds['theirs'] / seconds['ours']:.2f} |"
        )
        print(lines[-1], flush=True)
    return lines


def missed(lines: list[str]) -> list[str]:
    """What falls short of the aims, read from the tables, and why."""
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("| ")]
    short = [
        f"- {' '.join(row[:3])}: {row[5]} times faster, {row[8]} times less."
        for row in rows
        if len(row) == 9 and row[5][0].isdigit() and (float(row[5]) < SPEED or float(row[8]) < MEMORY)
    ]
    slower = [
        f"- {row[0]} against {row[1]}: {row[4]} times."
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
