"""Peak memory of a call beyond what was there before (Linux: the kernel's high-water mark), and that of our fits."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse

from benchmarks import peers, problems

__all__ = ["beyond", "is_known", "peak"]


def peak(case: problems.Case) -> dict[str, int] | None:
    """Bytes of the input, and bytes beyond it that a fit to 1e-6 (first class) held at its peak; None where unknown."""
    if not is_known():
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
    pipe.send({"input": _nbytes(X), "beyond": beyond(lambda: peer.fit(X, target, case.loss, case.C, {"tol": 1e-6}))})


def is_known() -> bool:
    """Whether this system tells."""
    return Path("/proc/self/clear_refs").exists()


def beyond(call: Callable[[], Any]) -> int:
    """Bytes that this process held during the call at most, beyond those it held before."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # or memory freed before would hide what the call takes
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again
    before = _status("VmRSS")
    result = call()
    peak = _status("VmHWM")
    del result
    return max(0, peak - before)


def _nbytes(X: Any) -> int:
    return int(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes if issparse(X) else X.nbytes)


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise ValueError(f"/proc/self/status has no field {field}")
