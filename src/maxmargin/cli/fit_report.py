"""What ``fit`` says about a fit: for people, and for programs."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

from maxmargin import LinearModel
from maxmargin.cli.output import print_json, print_rich, size_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maxmargin import KernelModel
    from maxmargin.io import Table

__all__ = ["print_result", "result_of"]

_CLASSES_NAMED = 8  # of many classes, how many the summary lists
_MOST_VALUES = 5e8  # kernel values worth computing to say how well a model fits its own data


def result_of(model: LinearModel | KernelModel, table: Table, *, score: bool) -> dict[str, Any]:
    """Numbers and words about a fit; with ``score``, how well the model fits its own data."""
    step = _step(model) if score else 0
    return {
        "n_rows": model.n_rows, "n_features": model.n_features, **_target(model, table),
        "status": model.status, "loss": model.loss, **_parameters(model), "tol": model.tol,
        "relative_gap": model.relative_gap, "gap": model.certificate.gap, "primal": model.certificate.primal,
        "dual": model.certificate.dual, **_effort(model), "fit_time": model.fit_time, "n_support": _n_support(model),
        **_score(model, table, step), "scored_rows": math.ceil(model.n_rows / step) if step else 0,
    }  # fmt: skip


def _target(model: LinearModel | KernelModel, table: Table) -> dict[str, Any]:
    import numpy as np

    if model.loss == "one_class" or table.y is None:
        return {}
    if model.classes is None:
        return {"target": [float(np.min(table.y)), float(np.max(table.y))]}
    labels, counts = np.unique(table.y, return_counts=True)
    return {"classes": dict(zip(labels.tolist(), counts.tolist(), strict=True))}


def _parameters(model: LinearModel | KernelModel) -> dict[str, Any]:
    if isinstance(model, LinearModel):
        return {"C": model.C}
    from maxmargin.inspection.report import kernel_text

    costs: dict[str, Any] = {"nu": model.nu, "epsilon": model.epsilon}
    if model.approximation is not None:
        costs |= {"n_components": model.approximation.n_components, "approximation_error": model.approximation.error}
    C = {} if model.machine in ("nu_svc", "one_class") else {"C": model.C}
    return {"kernel": kernel_text(model.kernel), **C, **{name: value for name, value in costs.items() if value is not None}}


def _effort(model: LinearModel | KernelModel) -> dict[str, Any]:
    if isinstance(model, LinearModel):
        return {"n_iter": model.n_iter}
    return {
        "n_iter": int(model.n_iter.max()), "n_problems": model.n_problems, "kernel_evaluations": model.kernel_evaluations,
    }  # fmt: skip


def _n_support(model: LinearModel | KernelModel) -> int:
    import numpy as np

    if not isinstance(model, LinearModel):
        return int(model.support.size)
    return int(np.unique(np.concatenate([rows for rows, _ in model.multipliers or ()])).size)


def _step(model: LinearModel | KernelModel) -> int:
    """Every how many rows to look at, so that this takes a fraction of the fit."""
    if isinstance(model, LinearModel):
        return 1
    compared = model.support.size if model.component_coef is None else model.component_coef.shape[1]
    return max(1, math.ceil(model.n_rows * float(compared) / _MOST_VALUES))


def _score(model: LinearModel | KernelModel, table: Table, step: int) -> dict[str, Any]:
    """How well the model fits every ``step``-th of its own rows; None with step 0."""
    name = "training_accuracy" if model.classes is not None else "training_error"
    name = "training_inside" if model.loss == "one_class" else name
    if step == 0:
        return {name: None}
    predicted = model.predict(table.X if step == 1 else table.X[::step])
    if name == "training_inside":
        return {name: float((predicted > 0).mean())}
    assert table.y is not None  # the fit needed it
    given = table.y[::step]
    if name == "training_accuracy":
        return {name: float((predicted == given).mean())}
    return {name: _mean_error(predicted, given)}


def _mean_error(predicted: NDArray[np.float64], given: NDArray[Any]) -> float:
    """Mean absolute error."""
    return float(abs(predicted - given.astype(predicted.dtype)).mean())


def print_result(result: dict[str, Any], model: LinearModel | KernelModel, *, quiet: bool, as_json: bool) -> None:
    """The result on standard output, as a table of facts or as JSON."""
    if as_json:
        print_json(result)
    elif not quiet:
        from maxmargin.inspection.report import facts

        print_rich(facts(_facts(result, model)))


def _facts(result: dict[str, Any], model: LinearModel | KernelModel) -> list[tuple[str, str]]:
    from rich.markup import escape

    from maxmargin.inspection.report import STATUS_WORDS, gap_text

    path = result["model"]
    size = f" ({size_of(os.path.getsize(path))})" if os.path.isfile(path) else ""
    rows = [("data", f"{result['n_rows']} rows, {result['n_features']} features, read in {result['read_time']:.2f} s")]
    if "classes" in result:
        rows.append(("classes", _class_text(result["classes"])))
    if "target" in result:
        rows.append(("target", "numbers from {:.6g} to {:.6g}".format(*result["target"])))
    if "kernel" in result:
        error = result.get("approximation_error")
        rows.append(("kernel", escape(result["kernel"]) + ("" if error is None else f", estimated error {error:.1e}")))
    return [
        *rows,
        ("status", f"{STATUS_WORDS[model.status]}: {gap_text(model.relative_gap)} (asked for {model.tol:g})"),
        ("effort", _effort_text(result)),
        ("training", f"{_score_text(result)}, {result['n_support']} support vectors"),
        ("model", escape(path) + size),
    ]


def _class_text(counts: dict[Any, int]) -> str:
    from rich.markup import escape

    classes = ", ".join(f"{label} ({count})" for label, count in list(counts.items())[:_CLASSES_NAMED])
    more = f" and {len(counts) - _CLASSES_NAMED} more" if len(counts) > _CLASSES_NAMED else ""
    return escape(classes) + more


def _effort_text(result: dict[str, Any]) -> str:
    problems = result.get("n_problems", 1)
    text = f"{result['n_iter']} iterations"
    if problems > 1:
        text = f"{problems} problems, at most {text} each"
    if result.get("kernel_evaluations"):  # a linear solver, which some approximate fits end with, computes none
        text += f", {result['kernel_evaluations']:.1e} kernel values"
    return f"{text}, {result['fit_time']:.2f} s"


def _score_text(result: dict[str, Any]) -> str:
    rows = "rows" if result["scored_rows"] == result["n_rows"] else f"{result['scored_rows']} rows looked at"
    if "training_accuracy" in result:
        return f"{result['training_accuracy']:.2%} of the {rows} right"
    if "training_inside" in result:
        return f"{result['training_inside']:.2%} of the {rows} inside"
    return f"mean error {result['training_error']:.4g} over the {rows}"
