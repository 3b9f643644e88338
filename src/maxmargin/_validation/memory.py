"""One meaning of ``memory_limit``: bytes that a fit may use beyond its input."""

from __future__ import annotations

import math
import os
from functools import lru_cache
from pathlib import Path

__all__ = ["free_memory", "resolve_memory_limit"]

_SHARE = 0.75  # of what is free, where nothing is said
_LITTLE = 1 << 26
_CONTAINER = Path("/sys/fs/cgroup")


def resolve_memory_limit(memory_limit: float | None, most: float = math.inf, held: float = 0.0) -> float:
    """Bytes for ``memory_limit``; ``None`` means three quarters of what is free now, or ``held`` already.

    ``most`` is what could be used at all. Where it is little, or less than even the unused pages hold, nobody is asked
    what could be freed, which would take longer than a small fit.

    Examples
    --------
    >>> resolve_memory_limit(1 << 30)
    1073741824.0
    """
    if memory_limit is not None:
        return float(memory_limit)
    if most < _LITTLE or most < _SHARE * min(_unused(), _free_of_container()):
        return math.inf
    return _SHARE * (free_memory() + held)


def free_memory() -> float:
    """Bytes that can be had without swapping; infinite where the system does not tell."""
    return min(_free_of_system(), _free_of_container())


def _unused() -> float:
    """Bytes in pages that hold nothing at all: one quick call, and never more than what is free."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0.0


def _free_of_system() -> float:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024.0
    except OSError:  # not Linux: half of what is built in is a careful guess
        pass
    try:
        return 0.5 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf


@lru_cache(maxsize=1)
def _in_container() -> bool:
    return (_CONTAINER / "memory.max").exists()


def _free_of_container() -> float:
    if not _in_container():
        return math.inf
    try:
        limit = (_CONTAINER / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return math.inf
        used = (_CONTAINER / "memory.current").read_text(encoding="ascii").strip()
    except OSError:
        return math.inf
    return max(float(limit) - float(used), 0.0)
