"""``python -m benchmarks.kernel.large [SETS] [--ways nystroem fourier compress]``: beside the exact machines, as tables.

A quarter of the rows is held out. Accuracy and the mean change of a decision value are of these rows; seconds are of the
fit, of `compress`, and of predicting the rows held out. Memory is the largest resident one of the process so far, with
the data.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from benchmarks import machine
from benchmarks.kernel.cases import load
from maxmargin import SVC, SVR
from maxmargin.exceptions import ApproximationWarning

__all__ = ["main"]

SETTINGS = {
    "a9a": SVC(C=1.0, gamma=0.05),
    "covtype_20k": SVC(C=1.0, gamma=0.1),
    "skin_nonskin": SVC(C=10.0, gamma=5e-4),
    "ijcnn1": SVC(C=32.0, gamma=2.0),
    "cod-rna": SVC(C=10.0, gamma=0.1),
    "a9a as numbers": SVR(C=1.0, gamma=0.05),
}
TOLS = (0.1, 0.03, 0.01)
CHANGES = (0.1, 0.5, 2.0)
APPROXIMATIONS = ("nystroem", "fourier")


class Data(NamedTuple):
    """Rows to fit and rows held out."""

    fit_X: Any
    X: Any
    fit_y: Any
    y: Any


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    done = work()
    return time.perf_counter() - started, done


def values(model: Any, X: Any) -> Any:
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)


def line(name: str, size: str, error: str, seconds: float, model: Any, data: Data, exact: Any) -> str:
    predict, found = timed(lambda: values(model, data.X))
    right = (np.sign(found) == data.y).mean()
    change = np.abs(found - exact).mean()
    return f"| {name} | {size} | {error} | {seconds:.2f} | {predict:.3f} | {100 * right:.2f} | {change:.3f} |"


def tabulate(name: str, ways: list[str]) -> None:
    X, y = load(name.split()[0])
    data = Data(*train_test_split(X, y, random_state=0))
    asked = SETTINGS[name]
    warm = np.concatenate([np.flatnonzero(data.fit_y == label)[:50] for label in (-1, 1)])
    clone(asked).fit(data.fit_X[warm], data.fit_y[warm]).compress(tol=0.1)
    seconds, model = timed(lambda: clone(asked).fit(data.fit_X, data.fit_y))
    exact = values(model, data.X)
    print(f"\n**{name}**, {type(asked).__name__}, {data.fit_X.shape[0]} rows, {np.abs(exact).mean():.2f} the mean |f|\n")
    print("| | vectors or components | error or bound | fit or compress, s | predict, s | accuracy, % | mean change of f |")
    print("|---|---|---|---|---|---|---|")
    print(line("exact", str(model.support_.size), "0", seconds, model, data, exact), flush=True)
    for how in (way for way in APPROXIMATIONS if way in ways):
        for tol in TOLS:
            settings = {"approximation": how, "approximation_tol": tol, "max_components": 2000}
            seconds, found = timed(lambda settings=settings: clone(asked).set_params(**settings).fit(data.fit_X, data.fit_y))
            error = f"{found.approximation_error_:.3f}"
            print(line(f"{how} {tol}", str(found.n_components_), error, seconds, found, data, exact), flush=True)
    for change in CHANGES if "compress" in ways else ():
        seconds, small = timed(lambda change=change: model.compress(tol=change))
        bound = f"{small.compression_.bound:.3f}"
        print(line(f"compress {change}", str(small.support_.size), bound, seconds, small, data, exact), flush=True)
    print(f"\nLargest resident memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernel.large", description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETTINGS), metavar="SET", help=", ".join(SETTINGS))
    parser.add_argument("--ways", nargs="+", choices=[*APPROXIMATIONS, "compress"], default=[*APPROXIMATIONS, "compress"])
    given = parser.parse_args()
    warnings.simplefilter("ignore", ApproximationWarning)
    here = machine.here()
    print(f"{here['processor']}, {here['cores']} cores, maxmargin {here['versions']['maxmargin']}, Python {here['python']}")
    for name in given.sets:
        tabulate(name, given.ways)


if __name__ == "__main__":
    main()
