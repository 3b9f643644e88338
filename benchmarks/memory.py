"""Peak memory of our fit beyond its input, measured in a process of its own (Linux: the kernel's high-water mark)."""

from __future__ import annotations

import ctypes
import gc
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse

from benchmarks import peers, problems

__all__ = ["peak"]


def peak(case: problems.Case) -> dict[str, int] | None:
    """Bytes of the input, and bytes beyond it that a fit to 1e-6 (first class) held at its peak; None where unknown."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_measure, args=(theirs, case), daemon=True)
    process.start()
    theirs.close()
    try:
        found: dict[str, int] = ours.recv()
    except EOFError:
        return None
    finally:
        process.join()
    return found


def _measure(pipe: Connection, case: problems.Case) -> None:
    peer = peers.module(peers.OURS)
    X, y = problems.load(case.data)
    target = problems.targets(case.data, y)[0]
    rng = np.random.default_rng(0)
    small = rng.standard_normal((50, 5))
    peer.fit(csr_matrix(small) if issparse(X) else small, np.sign(small[:, 0]), case.loss, 1.0, {"tol": 1e-6})
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # or memory freed by the loading would hide what the fit takes
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again
    before = _status("VmRSS")
    peer.fit(X, target, case.loss, case.C, {"tol": 1e-6})
    pipe.send({"input": _nbytes(X), "beyond": max(0, _status("VmHWM") - before)})


def _nbytes(X: Any) -> int:
    return int(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes if issparse(X) else X.nbytes)


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise ValueError(f"/proc/self/status has no field {field}")
