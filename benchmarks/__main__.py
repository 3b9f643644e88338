"""The command: ``python -m benchmarks`` measures, then writes one table and one plot.

Results are kept case by case; a second start goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks import memory, peers, plot, problems, table
from benchmarks.machine import facts
from benchmarks.run import Options, Runner, append

HERE = Path(__file__).resolve().parent
QUICK_SETS = ["a9a", "ijcnn1", "sms_spam", "webkb", "sector", "cod-rna", "susy_30k", "usps", "colon-cancer"]


def main() -> None:
    """Parse, measure, report."""
    arguments = _parser().parse_args()
    mode = ("quick" if arguments.quick else "full") + ("-all-classes" if arguments.all_classes else "")
    results = arguments.out / f"{mode}.jsonl"
    if arguments.fresh:
        results.unlink(missing_ok=True)
    if not arguments.report_only:
        measure(arguments, results)
    records = read(results)
    if not records:
        raise SystemExit(f"no results in {results}")
    about = facts(records)
    (arguments.out / f"{mode}.md").write_text(table.markdown(records, about))
    plot.draw(records, arguments.out / f"{mode}.png", f"{about['machine']}; {about['versions']}")
    print(f"\ntable {arguments.out / f'{mode}.md'}\nplot  {arguments.out / f'{mode}.png'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="nine sets, C = 1, single pass of the search: minutes")
    parser.add_argument("--only", nargs="+", metavar="SET", choices=list(problems.DATA_SETS), help="data sets")
    parser.add_argument("--loss", nargs="+", choices=problems.LOSSES, default=list(problems.LOSSES))
    parser.add_argument("--C", nargs="+", type=float, dest="costs", help="default 0.01 1 100")
    parser.add_argument("--peers", nargs="+", choices=[p for p in peers.PEERS if p != peers.OURS])
    parser.add_argument("--time-cap", type=float, help="seconds that one fit may take (30; quick: 5)")
    parser.add_argument("--all-classes", action="store_true", help="every class of the sets with many, one against the rest")
    parser.add_argument("--fresh", action="store_true", help="forget earlier results of this mode")
    parser.add_argument("--report-only", action="store_true", help="table and plot of what is there")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="folder of results, table and plot")
    return parser


def measure(arguments: argparse.Namespace, results: Path) -> None:
    """All cases that have no result yet."""
    quick = arguments.quick
    names = arguments.only or (QUICK_SETS if quick else list(problems.DATA_SETS))
    costs = arguments.costs or ([1.0] if quick else list(problems.CASES_C))
    options = Options(
        peers=_installed(arguments.peers or [p for p in peers.PEERS if p != peers.OURS]),
        time_cap=arguments.time_cap or (5.0 if quick else 30.0),
        refine=not quick, all_classes=arguments.all_classes,
    )  # fmt: skip
    done = {json.dumps(record["case"]) for record in read(results)}
    todo = [c for c in problems.cases(names, arguments.loss, costs) if json.dumps(c.to_dict()) not in done]
    runner = Runner(options, HERE / "cache")
    try:
        for k, case in enumerate(todo, 1):
            started = time.perf_counter()
            record = runner.run(case)
            record["memory"] = memory.peak(case) if case.C == 1 else None
            append(results, record)
            print(f"[{k}/{len(todo)}] {case}: {line(record)} ({time.perf_counter() - started:.0f} s)", flush=True)
    finally:
        runner.close()


def _installed(names: list[str]) -> tuple[str, ...]:
    """Our own and those peers whose library is here; the others are named."""
    found = []
    for name in names:
        if peers.installed_version(peers.package(name)) is None:
            print(f"{name} is left out: {peers.package(name)} is not installed (pip install -r benchmarks/requirements.txt)")
        else:
            found.append(name)
    return (*found, peers.OURS)


def line(record: dict[str, Any]) -> str:
    """The times of a case on one line, in milliseconds."""
    parts = []
    for aim in ("0.001", "1e-06"):
        times = {name: found[aim]["seconds"] for name, found in record["times"].items() if aim in found}
        ordered = sorted(times.items(), key=lambda item: item[1])
        parts.append(f"to {aim} " + " ".join(f"{name} {1000 * seconds:.3g}" for name, seconds in ordered))
    return " | ".join(parts)


def read(path: Path) -> list[dict[str, Any]]:
    """The results of a file, in the order of the data sets."""
    if not path.exists():
        return []
    records = [json.loads(text) for text in path.read_text().splitlines()]
    order = list(problems.DATA_SETS)
    return sorted(records, key=lambda r: (order.index(r["case"]["data"]), r["case"]["loss"], r["case"]["C"]))


if __name__ == "__main__":
    main()
