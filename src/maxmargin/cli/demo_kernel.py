"""``maxmargin demo --kernel``: kernel machines on handwritten digits that ship with scikit-learn."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maxmargin.cli.demo_steps import print_indented, print_step, save_and_load
from maxmargin.cli.output import print_rich

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maxmargin import SVC

__all__ = ["show_kernel_machines"]

_SHADES, _PLAIN_SHADES = " ░▒▓█", " .+*#"  # from white to black
_SIDE = 8  # pixels
_GAP = 4  # columns between pictures


def show_kernel_machines() -> None:
    """Train, prove, predict, find the odd ones, save and load; explain each step."""
    started = time.perf_counter()
    X, y = _data()
    train, test = slice(None, 1300), slice(1300, None)
    model = _train(X[train], y[train])
    _prove(model, X[train], y[train])
    _predict(model, X[test], y[test])
    _find_odd_ones(X, y)
    save_and_load(5, model, X[test], file="digits.model", rows="X_new")
    print_rich(
        f"\n[bold]That took {time.perf_counter() - started:.1f} s.[/] Your own data next:"
        "  [cyan]maxmargin fit DATA --out MODEL --kernel rbf[/]  or  [cyan]from maxmargin import SVC[/]"
    )


def _data() -> tuple[NDArray[np.float64], NDArray[Any]]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    rows, columns = digits.data.shape
    print_rich(f"[bold]Handwritten digits[/]: {rows} pictures of {_SIDE} x {_SIDE} pixels, {columns} numbers each.")
    return digits.data / 16.0, digits.target


def _train(X: NDArray[np.float64], y: NDArray[Any]) -> SVC:
    from maxmargin import SVC
    from maxmargin.inspection.report import STATUS_WORDS

    print_step(
        1, f"Train on {len(X)} of them, each pair of digits apart", "model = SVC(gamma=0.5, C=10, tol=1e-6).fit(X, y)"
    )
    model = SVC(gamma=0.5, C=10, tol=1e-6).fit(X, y)
    print_indented(
        f"{STATUS_WORDS[model.status_]} after {1000 * model.fit_time_:.0f} ms; {model.intercept_.size} pairs, which share "
        f"{model.support_.size} support vectors."
    )
    return model


def _prove(model: SVC, X: NDArray[np.float64], y: NDArray[Any]) -> None:
    from maxmargin import certify
    from maxmargin.inspection.report import certificate_table, meaning

    title = "Prove it: what these models reach (primal), and what no model can beat (dual)"
    print_step(2, title, "certify(model, X, y)")
    certificate = certify(model, X, y)
    print_indented(certificate_table(certificate, most=4), meaning(certificate, norm="√K(x, x)"))


def _predict(model: SVC, X: NDArray[np.float64], y: NDArray[Any]) -> None:
    import numpy as np

    print_step(3, f"Read the other {len(X)}", "model.predict(X_new)")
    predicted = model.predict(X)
    wrong = np.flatnonzero(predicted != y)
    print_indented(f"{np.mean(predicted == y):.1%} right. The first of the {wrong.size} others:")
    first = wrong[:4]
    _print_pictures(X[first], [f"{y[i]}, read as {predicted[i]}" for i in first])


def _find_odd_ones(X: NDArray[np.float64], y: NDArray[Any]) -> None:
    from maxmargin import OneClassSVM
    from maxmargin.inspection import most_violating

    print_step(4, "Find those that look like no other", "most_violating(OneClassSVM(gamma=0.05, nu=0.01).fit(X), X)")
    odd = most_violating(OneClassSVM(gamma=0.05, nu=0.01).fit(X), X, count=4)
    print_indented("Farthest outside the region where 99% of the pictures are:")
    _print_pictures(X[[violation.row for violation in odd]], [f"row {v.row}, {y[v.row]}" for v in odd])


def _print_pictures(pictures: NDArray[np.float64], captions: Sequence[str]) -> None:
    """Pictures side by side, two letters a pixel, in letters that the terminal has."""
    shades, wide = _shades(), 2 * _SIDE + _GAP
    lines = ["".join(f"{caption:<{wide}}" for caption in captions)]
    for row in range(_SIDE):
        parts = [
            "".join(2 * shades[round(4 * pixel)] for pixel in picture.reshape(_SIDE, _SIDE)[row]) for picture in pictures
        ]
        lines.append("".join(f"{part:<{wide}}" for part in parts))
    from rich.text import Text

    print_indented("", *(Text(line.rstrip(), no_wrap=True, overflow="crop") for line in lines))


def _shades() -> str:
    try:
        _SHADES.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return _PLAIN_SHADES
    return _SHADES
