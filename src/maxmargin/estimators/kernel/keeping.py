"""A fit is kept whole or not at all: whatever ends it amid its work, the estimator is what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["all_or_nothing", "finish"]


@contextmanager
def all_or_nothing(estimator: Any) -> Iterator[None]:
    """Give ``estimator`` the attributes back that it had, where the block ends with an exception."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def finish(step: Callable[[], None]) -> bool:
    """Take a short step to its end; whether Ctrl-C came meanwhile. It then begins anew, and a second one ends it."""
    try:
        step()
    except KeyboardInterrupt:
        step()
        return True
    return False
