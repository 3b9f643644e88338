"""One thread for the BLAS while small systems are solved: where cores are busy, its threads wait for one another.

It also keeps the bits of an answer apart from how many threads a BLAS happens to have.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["one_blas_thread"]

_lock = threading.Lock()
_users = 0
_limit: Any = None
_controller: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within it, BLAS of this process has one thread; the last that leaves restores what was."""
    global _users, _limit, _controller
    with _lock:
        _users += 1
        if _users == 1:
            if _controller is None:
                from threadpoolctl import ThreadpoolController

                _controller = ThreadpoolController().select(user_api="blas")
            _take_control()
            _limit = _controller.limit(limits=1)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _take_control()
                _limit.restore_original_limits()


def _take_control() -> None:
    """Let this thread say how many threads OpenBLAS has.

    From version 3.8 on threadpoolctl ignores, without a word, any other than the first one that ever did: here a pool's
    threads, one of which may set the limit and another restore it.
    """
    from threadpoolctl import OpenBLASController

    clear = getattr(OpenBLASController, "clear_controlling_thread", None)
    if clear is not None:
        clear(force=True)
