"""LIBLINEAR through its own Python package: -s 3 (hinge, dual), -s 1 and -s 2 (squared hinge, dual and primal)."""

import ctypes
from typing import Any

import numpy as np
from liblinear.liblinearutil import parameter, problem, train
from scipy.sparse import csr_matrix, issparse

from benchmarks.peers import Ladder

_LIBC = ctypes.CDLL(None)


def ladders(loss: str) -> list[Ladder]:
    steps = [10.0**-k for k in range(9)]
    if loss == "hinge":
        return [Ladder({"s": 3}, "e", steps)]
    return [Ladder({"s": 2}, "e", steps), Ladder({"s": 1}, "e", steps)]


def fit(X: Any, y: Any, _loss: str, C: float, settings: dict[str, Any]) -> Any:
    # CSR is by far the package's fastest way in, for dense data too; rows of arrays become Python objects one by one.
    rows = X if issparse(X) else csr_matrix(X)
    _LIBC.srand(1)  # it shuffles with the process's own generator: the same fit would differ from call to call
    options = f"-s {settings['s']} -c {C!r} -e {settings['e']!r} -q"
    model = train(problem(y, rows), parameter(options))
    w = np.ctypeslib.as_array(model.w, (X.shape[1],)).copy()
    return w if model.get_labels()[0] == 1 else -w
