"""One meaning of ``n_jobs``: how many threads a fit may use."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

__all__ = ["available_cores", "machine_cores", "resolve_n_jobs"]


def resolve_n_jobs(n_jobs: int | None) -> int:
    """Threads for ``n_jobs``.

    ``None`` means every core this process may use, as limited by CPU affinity, container limits,
    ``OMP_NUM_THREADS`` and ``threadpoolctl``, and 1 inside a joblib worker, whose siblings occupy the other
    cores. A positive number means exactly that many; ``-1`` all available cores, ``-2`` all but one, and so
    on.

    Examples
    --------
    >>> resolve_n_jobs(3)
    3
    """
    if n_jobs is None:
        return 1 if _inside_joblib_worker() else available_cores()
    if n_jobs < 0:
        return max(1, available_cores() + 1 + n_jobs)
    return n_jobs


def available_cores() -> int:
    """Cores this process may use now."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this operating system
        cores = os.cpu_count() or 1
    return max(1, min(cores, _container_limit(), _openmp_limit()))


def machine_cores() -> int:
    """Cores of the machine, or of the container: the same whatever a fit, or a block of code, may use of them."""
    return max(1, _container_limit())


@lru_cache(maxsize=1)
def _container_limit() -> int:
    from joblib import cpu_count

    return int(cpu_count())


def _openmp_limit() -> int:
    # We use no OpenMP, but its limit is where threadpoolctl, joblib and Dask put theirs.
    try:
        from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
    except ImportError:
        return int(os.environ.get("OMP_NUM_THREADS", "0") or 0) or 1 << 30
    return int(_openmp_effective_n_threads())


def _inside_joblib_worker() -> bool:
    try:
        from joblib.parallel import get_active_backend
    except ImportError:
        return False
    backend: Any = get_active_backend()[0]
    return bool(getattr(backend, "nesting_level", 0))
