"""``maxmargin demo``: the library in one minute, on real data that ships with scikit-learn."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxmargin.cli.exits import exit_codes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from maxmargin import LinearSVC

__all__ = ["demo"]

_C = 0.1
_TOL = 1e-6


def demo() -> None:
    """Train, prove, inspect, save and load a model of real data, and explain each step."""
    with exit_codes():
        import sys

        from rich.console import Console

        started = time.perf_counter()
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
        X, y, names = _data(console)
        model = _train(console, X, y)
        _prove(console, model, X, y)
        _look(console, model, X, y)
        _name_worst(console, model, X, y, names)
        _cross_validate(console)
        _save_and_load(console, model, X)
        console.print(
            f"\n[bold]That took {time.perf_counter() - started:.1f} s.[/] Next: [cyan]maxmargin fit --help[/], or in Python"
            " [cyan]from maxmargin import LinearSVC[/]."
        )


def _step(console: Console, number: int, title: str) -> None:
    console.print(f"\n[bold cyan]{number}  {title}[/]")


def _data(console: Console) -> tuple[NDArray[np.float64], NDArray[Any], list[str]]:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    X, y = data.data, data.target_names[data.target]
    _step(console, 1, "Real data")
    counts = ", ".join(f"{(y == name).sum()} {name}" for name in data.target_names)
    console.print(f"Breast cancer in Wisconsin: {len(X)} tumours ({counts}), {X.shape[1]} measurements of each.")
    console.print("They have different units, so each is shifted to mean 0 and scaled to deviation 1:")
    console.print("    X = (X - X.mean(axis=0)) / X.std(axis=0)", style="cyan")
    return (X - X.mean(axis=0)) / X.std(axis=0), y, [str(name) for name in data.feature_names]


def _train(console: Console, X: NDArray[np.float64], y: NDArray[Any]) -> LinearSVC:
    import numpy as np

    from maxmargin import LinearSVC
    from maxmargin.inspection.report import STATUS_WORDS

    _step(console, 2, "Train")
    console.print(f'    model = LinearSVC(loss="hinge", C={_C}, tol={_TOL:g}).fit(X, y)', style="cyan")
    model = LinearSVC(loss="hinge", C=_C, tol=_TOL).fit(X, y)
    console.print(
        f"The fit ended as {STATUS_WORDS[model.status_]} after {1000 * model.fit_time_:.0f} ms;"
        f" {np.mean(model.predict(X) == y):.1%} of the tumours are on their side of the boundary."
    )
    return model


def _prove(console: Console, model: LinearSVC, X: NDArray[np.float64], y: NDArray[Any]) -> None:
    from maxmargin import certify
    from maxmargin.inspection.report import certificate_table, meaning

    _step(console, 3, "Prove that it is the optimum")
    console.print("    certify(model, X, y)", style="cyan")
    certificate = certify(model, X, y)
    console.print("From the data alone: the objective of this model (primal), and a bound no model can beat (dual).")
    console.print(certificate_table(certificate))
    console.print(meaning(certificate))


def _look(console: Console, model: LinearSVC, X: NDArray[np.float64], y: NDArray[Any]) -> None:
    import numpy as np

    _step(console, 4, "Look at the margin")
    slack = np.maximum(0.0, 1.0 - np.where(y == model.classes_[1], 1.0, -1.0) * model.decision_function(X))
    width = 2.0 / float(np.linalg.norm(model.coef_))
    console.print(
        f"The margin is 2/‖w‖ = {width:.2f} deviations wide. {model.support_.size} of {len(X)} rows are support vectors and"
        f" decide alone where it lies:\n{int((slack > 1e-6).sum())} lie inside it, {int((slack > 1).sum())} of them on the"
        " wrong side of the boundary."
    )


def _name_worst(console: Console, model: LinearSVC, X: NDArray[np.float64], y: NDArray[Any], names: list[str]) -> None:
    from maxmargin.inspection import most_violating
    from maxmargin.inspection.report import violations_table

    _step(console, 5, "Name the rows that violate it most, and why")
    console.print("    most_violating(model, X, y)", style="cyan")
    worst = most_violating(model, X, y, feature_names=names)
    console.print(violations_table(worst))


def _cross_validate(console: Console) -> None:
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from maxmargin import LinearSVC

    _step(console, 6, "Ask how good it is on tumours it has not seen")
    console.print(
        f'    cross_val_score(make_pipeline(StandardScaler(), LinearSVC(loss="hinge", C={_C})), X, y)', style="cyan"
    )
    X, y = load_breast_cancer(return_X_y=True)
    started = time.perf_counter()
    scores = cross_val_score(make_pipeline(StandardScaler(), LinearSVC(loss="hinge", C=_C)), X, y, cv=5)
    took = time.perf_counter() - started
    console.print(
        f"Accuracy {scores.mean():.1%} ± {scores.std():.1%} over five folds, in {1000 * took:.0f} ms with scaling."
    )


def _save_and_load(console: Console, model: LinearSVC, X: NDArray[np.float64]) -> None:
    import numpy as np

    from maxmargin import load, save
    from maxmargin.cli.output import size_of

    _step(console, 7, "Save, load, predict")
    console.print('    save(model, "tumours.model"); load("tumours.model").predict(X)', style="cyan")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tumours.model"
        save(model, path)
        again = load(path)
        agree = int(np.sum(again.predict(X) == model.predict(X)))
        console.print(
            f"{size_of(path.stat().st_size)}, with the proof and without pickle; {agree} of {len(X)} predictions agree."
        )
