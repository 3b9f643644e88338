"""``maxmargin demo``: the library in one minute, on real data that ships with scikit-learn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxmargin.cli.demo_kernel import show_kernel_machines
from maxmargin.cli.demo_steps import print_indented, print_step, save_and_load
from maxmargin.cli.exits import exit_codes
from maxmargin.cli.output import print_rich

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maxmargin import LinearSVC

__all__ = ["demo"]


def demo(
    *,
    kernel: Annotated[bool, typer.Option("--kernel", help="Show kernel machines, on handwritten digits.")] = False,
) -> None:
    """Train, prove, inspect, save and load a model of real data, and explain each step."""
    with exit_codes():
        if kernel:
            show_kernel_machines()
            return
        started = time.perf_counter()
        data = _data()
        y = data.target_names[data.target]
        X = _scale(data.data)
        model = _train(X, y)
        _prove(model, X, y)
        _look(model, X, y)
        _name_worst(model, X, y, [str(name) for name in data.feature_names])
        _cross_validate(data.data, y)
        save_and_load(7, model, X, file="tumours.model", rows="X")
        print_rich(
            f"\n[bold]That took {time.perf_counter() - started:.1f} s.[/] Your own data next:"
            "  [cyan]maxmargin fit DATA --out MODEL[/]  or  [cyan]from maxmargin import LinearSVC[/]"
        )


def _data() -> Any:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    rows, columns = data.data.shape
    counts = ", ".join(f"{(data.target == k).sum()} {name}" for k, name in enumerate(data.target_names))
    print_rich(f"[bold]Breast cancer in Wisconsin[/]: {rows} tumours ({counts}), {columns} measurements of each.")
    return data


def _scale(X: NDArray[np.float64]) -> NDArray[np.float64]:
    print_step(1, "Bring all measurements to one scale: mean 0, deviation 1", "X = (X - X.mean(axis=0)) / X.std(axis=0)")
    scaled: NDArray[np.float64] = (X - X.mean(axis=0)) / X.std(axis=0)
    return scaled


def _train(X: NDArray[np.float64], y: NDArray[Any]) -> LinearSVC:
    import numpy as np

    from maxmargin import LinearSVC
    from maxmargin.inspection.report import STATUS_WORDS

    print_step(2, "Train", 'model = LinearSVC(loss="hinge", C=0.1, tol=1e-6).fit(X, y)')
    model = LinearSVC(loss="hinge", C=0.1, tol=1e-6).fit(X, y)
    print_indented(
        f"{STATUS_WORDS[model.status_]} after {1000 * model.fit_time_:.0f} ms; "
        f"{np.mean(model.predict(X) == y):.1%} of the tumours are on their side of the boundary."
    )
    return model


def _prove(model: LinearSVC, X: NDArray[np.float64], y: NDArray[Any]) -> None:
    from maxmargin import certify
    from maxmargin.inspection.report import certificate_table, meaning

    print_step(
        3, "Prove it: the model's objective (primal), and a bound that no model can beat (dual)", "certify(model, X, y)"
    )
    certificate = certify(model, X, y)
    print_indented(certificate_table(certificate), meaning(certificate))


def _look(model: LinearSVC, X: NDArray[np.float64], y: NDArray[Any]) -> None:
    import numpy as np

    print_step(4, "See the margin", "2 / np.linalg.norm(model.coef_)")
    width = 2.0 / float(np.linalg.norm(model.coef_))
    slack = np.maximum(0.0, 1.0 - np.where(y == model.classes_[1], 1.0, -1.0) * model.decision_function(X))
    inside, wrong = int((slack > model.tol).sum()), int((slack > 1).sum())
    print_indented(
        f"It is {width:.2f} wide. {model.support_.size} of the {len(X)} rows are support vectors; they alone place it.",
        f"{inside} rows lie inside it or beyond, {wrong} of them on the wrong side of the boundary.",
    )


def _name_worst(model: LinearSVC, X: NDArray[np.float64], y: NDArray[Any], names: list[str]) -> None:
    from maxmargin.inspection import most_violating
    from maxmargin.inspection.report import violations_table

    print_step(5, "Name the rows that violate it most, and why", "most_violating(model, X, y, feature_names=names)")
    worst = most_violating(model, X, y, feature_names=names)
    print_indented(violations_table(worst))


def _cross_validate(raw: NDArray[np.float64], y: NDArray[Any]) -> None:
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from maxmargin import LinearSVC

    code = 'machine = make_pipeline(StandardScaler(), LinearSVC(loss="hinge", C=0.1)); cross_val_score(machine, raw, y)'
    print_step(6, "Ask how good it is on tumours it has not seen", code)
    started = time.perf_counter()
    scores = cross_val_score(make_pipeline(StandardScaler(), LinearSVC(loss="hinge", C=0.1)), raw, y, cv=5)
    took = time.perf_counter() - started
    print_indented(f"{scores.mean():.1%} right (± {scores.std():.1%} over five folds), in {1000 * took:.0f} ms.")
