"""Where and with what a result was measured; every result line carries it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from benchmarks import peers

__all__ = ["described", "facts", "here"]


def here() -> dict[str, Any]:
    """Processor, cores, Python, and the versions of everybody."""
    from maxmargin.config import config

    versions = {peers.package(name): peers.installed_version(peers.package(name)) for name in peers.PEERS}
    ours = config()
    versions["maxmargin"] = f"{ours['maxmargin']} ({ours['instruction_set']})"
    return {
        "processor": _processor(), "cores": len(os.sched_getaffinity(0)), "python": platform.python_version(),
        "system": platform.system(), "versions": {k: v for k, v in versions.items() if v},
    }  # fmt: skip


def facts(records: list[dict[str, Any]]) -> dict[str, str]:
    """The machines and versions of the results, as lines of the report."""
    caps = sorted({record["time_cap"] for record in records})
    return {
        **described([record["machine"] for record in records]),
        "time cap of a fit": ", ".join(f"{cap:g} s" for cap in caps),
    }


def described(machines: list[dict[str, Any]]) -> dict[str, str]:
    """Machines and versions, each named once."""
    names = {f"{m['processor']}, {m['cores']} cores, {m['system']}": None for m in machines}
    versions: dict[str, None] = {}
    for m in machines:
        versions |= {f"{name} {number}": None for name, number in m["versions"].items()}
        versions[f"Python {m['python']}"] = None
    return {"machine": "; ".join(names), "versions": ", ".join(versions)}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
