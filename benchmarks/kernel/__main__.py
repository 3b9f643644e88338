"""``python -m benchmarks.kernel [--quick | --small] [--only SETS] [--cap PEER=SECONDS] [--again ours]``: measure, tabulate.

Results are kept fit by fit in ``results/kernel.jsonl``; a second start does what is missing, or what new versions and longer
limits ask for.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from benchmarks.kernel import contestants
from benchmarks.kernel.cases import CASES, QUICK, SMALL, KernelCase
from benchmarks.kernel.measure import Plan, measure
from benchmarks.kernel.report import markdown
from benchmarks.kernel.store import Store
from benchmarks.peers import OURS

RESULTS = Path(__file__).resolve().parents[1] / "results"
_PEERS = [name for name in contestants.CONTESTANTS if name != OURS]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernel", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sets only")
    parser.add_argument("--small", action="store_true", help="sets of at most 500 rows, to results/kernel-small.md")
    parser.add_argument("--only", nargs="+", default=None, metavar="SET")
    parser.add_argument("--peers", nargs="+", default=_PEERS, choices=_PEERS, metavar="PEER")
    parser.add_argument("--time-cap", type=float, default=120.0, metavar="SECONDS", help="of any fit (120)")
    parser.add_argument(
        "--cap", nargs="+", default=[], type=_cap, metavar="PEER=SECONDS",
        help="let a peer have that long for a fit, however fast the others are",
    )  # fmt: skip
    parser.add_argument(
        "--again", nargs="+", default=[], choices=["ours", *_PEERS], metavar="ours|PEER",
        help="do these fits anew and keep all others and their times",
    )  # fmt: skip
    parser.add_argument("--rounds", action="store_true", help="take the times of the best settings anew, in turns")
    parser.add_argument("--fresh", action="store_true", help="forget all results of this mode first")
    parser.add_argument("--report-only", action="store_true")
    return parser.parse_args()


def _cap(text: str) -> tuple[str, float]:
    name, _, seconds = text.partition("=")
    if name not in _PEERS:
        raise argparse.ArgumentTypeError(f"no peer is called {name!r}; there are {', '.join(_PEERS)}")
    return name, float(seconds)


def _plan(given: argparse.Namespace) -> Plan:
    names = [OURS]
    for name in _PEERS:
        if name in given.peers:
            why = contestants.missing(name)
            names += [] if why else [name]
            print(f"left out: {name} ({why})" if why else f"takes part: {name}", file=sys.stderr)
    again = frozenset(OURS if name == "ours" else name for name in given.again)
    return Plan(names, given.time_cap, dict(given.cap), again, given.rounds)


def _measure_all(store: Store, cases: list[KernelCase], plan: Plan) -> None:
    for case in cases:
        record, started = store.get(case), time.perf_counter()
        if measure(case, record, plan, store.put):
            seconds = {
                name: {aim: round(t["seconds"], 4) for aim, t in entry.get("times", {}).items()}
                for name, entry in record["contestants"].items()
            }
            print(f"{case}: {seconds}, {time.perf_counter() - started:.0f} s in all", flush=True)


def main() -> None:
    """Parse, measure, report."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process of a peer is left behind
    cases, mode = (SMALL, "kernel-small") if given.small else (CASES, "kernel")
    results, table = RESULTS / f"{mode}.jsonl", RESULTS / f"{mode}.md"
    if given.fresh:
        results.unlink(missing_ok=True)
    store = Store(results)
    if not given.report_only:
        wanted = given.only or (QUICK if given.quick else [case.data for case in cases])
        _measure_all(store, [case for case in cases if case.data in wanted], _plan(given))
    table.write_text(markdown(store.of(cases)))
    print(f"table {table}")


if __name__ == "__main__":
    main()
