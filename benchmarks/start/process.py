"""One measurement: ``python -m benchmarks.start.process TASK CONTESTANT [FILE]`` prints seconds.

Nothing heavy is imported before the clock runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

ROWS, COLUMNS = 100, 10
_FITS = 50  # of which a median is taken
_OURS = "maxmargin"


def imported(contestant: str) -> float:
    """Seconds until the linear classifier can be named."""
    return _seconds(lambda: _classifier(contestant))


def first_fit(contestant: str) -> float:
    """Seconds of the first fit after the import."""
    return _seconds(_small_fit(contestant))


def later_fit(contestant: str) -> float:
    """Seconds of a fit among others, the median."""
    fit = _small_fit(contestant)
    fit()
    return sorted(_seconds(fit) for _ in range(_FITS))[_FITS // 2]


def reading(contestant: str, path: str) -> float:
    """Seconds to read a svmlight file that the system has in its memory."""
    read = reader(contestant)
    with open(path, "rb") as file:
        file.read()
    return _seconds(lambda: read(path))


def reader(contestant: str) -> Callable[[str], Any]:
    """The function that reads svmlight text."""
    if contestant == _OURS:
        from maxmargin.io import load_svmlight

        return load_svmlight
    from sklearn.datasets import load_svmlight_file

    return load_svmlight_file  # type: ignore[no-any-return]  # scikit-learn has no types


def _small_fit(contestant: str) -> Callable[[], Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS, COLUMNS))
    y = (X @ rng.standard_normal(COLUMNS) + rng.standard_normal(ROWS) > 0).astype(int)
    model = _classifier(contestant)(fit_intercept=False)
    return lambda: model.fit(X, y)


def _classifier(contestant: str) -> Any:
    if contestant == _OURS:
        from maxmargin import LinearSVC

        return LinearSVC
    from sklearn.svm import LinearSVC as Theirs

    return Theirs


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


TASKS: dict[str, Callable[..., float]] = {
    "import": imported, "first-fit": first_fit, "fit": later_fit, "read": reading,
}  # fmt: skip

if __name__ == "__main__":
    print(TASKS[sys.argv[1]](*sys.argv[2:]))
