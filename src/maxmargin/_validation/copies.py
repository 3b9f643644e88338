"""What one X takes in copies: numbers that the native core cannot borrow are converted, and that is counted.

A copy is asked for before it is made, so that what does not fit is refused while nothing has been taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from maxmargin._validation.memory import resolve_memory_limit
from maxmargin.exceptions import MemoryLimitError

__all__ = ["Copies", "bytes_to_read"]

_BYTES_A_NUMBER = 8.0  # of what NumPy makes of a list or a frame: int64, float64, or places of objects
_FRAMES_AT_ONCE = 2.0  # of them while a frame is read whose columns are not of one type, or not NumPy's


class Copies:
    """Bytes that the copies of one X take, as they are made.

    Parameters
    ----------
    memory_limit : float or None
        Of an estimator: bytes beyond what it was given; None for three quarters of what is free.
    limited : bool
        False where nobody has said what may be taken: then it is counted only.

    Attributes
    ----------
    held, most : float
        Bytes that are held now, and were at most.
    """

    __slots__ = ("_limited", "_memory_limit", "held", "most")

    def __init__(self, memory_limit: float | None = None, *, limited: bool = False) -> None:
        self._memory_limit = memory_limit
        self._limited = limited
        self.held = 0.0
        self.most = 0.0

    def take(self, n_bytes: float, what: str) -> None:
        """Count a copy that is about to be made of ``what``.

        Raises
        ------
        MemoryLimitError
            There is no room for it.
        """
        held = self.held + n_bytes
        if self._limited:
            allowed = resolve_memory_limit(self._memory_limit, held, self.held)
            if held > allowed:
                raise MemoryLimitError(
                    f"X is {what}, and must be copied to be read as float32 or float64: that takes about {held:.2g} bytes "
                    f"beyond it, and memory_limit allows {allowed:.2g}; raise memory_limit, or pass X as a NumPy array "
                    "or CSR matrix of float32 or float64, which is used as it is"
                )
        self.held, self.most = held, max(self.most, held)

    def keep(self, n_bytes: float) -> None:
        """Only so many bytes of them are left."""
        self.held = n_bytes


def bytes_to_read(X: Any) -> float:
    """What an array of a list or a frame takes, before there is one; 0 where that cannot be known, or may borrow it."""
    if isinstance(X, (list, tuple)):
        return _BYTES_A_NUMBER * len(X) * (len(X[0]) if X and hasattr(X[0], "__len__") else 1)
    shape: tuple[int, ...] = getattr(X, "shape", ())  # asked first: a frame that is not there yet has none
    if len(shape) != 2 or 0 in shape or not hasattr(X, "columns") or _is_one_block(X):
        return 0.0
    return _FRAMES_AT_ONCE * _BYTES_A_NUMBER * float(shape[0]) * float(shape[1])


def _is_one_block(frame: Any) -> bool:
    """Whether the columns of a pandas frame are those of one array, which it then lends."""
    if not hasattr(frame, "iloc"):
        return False
    first, last = frame.iloc[:, 0], frame.iloc[:, -1]
    if not isinstance(first.dtype, np.dtype) or first.dtype.kind not in "iuf" or (frame.dtypes != first.dtype).any():
        return False
    low, high = (column.to_numpy().__array_interface__ for column in (first, last))
    apart = first.dtype.itemsize * (len(frame) if low["strides"] is None else 1)
    return bool(high["data"][0] - low["data"][0] == apart * (frame.shape[1] - 1))
