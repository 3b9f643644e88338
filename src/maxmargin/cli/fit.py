"""``maxmargin fit``: read data, fit, write the model."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from maxmargin.cli.exits import DONE, INTERRUPTED, STOPPED, complain, exit_codes
from maxmargin.cli.options import Data, Format, Jobs, Json, Quiet, Target, ZeroBased

if TYPE_CHECKING:
    from maxmargin import LinearModel
    from maxmargin.io import Table

__all__ = ["ClassWeight", "Loss", "fit"]

_CLASSES_NAMED = 8  # of many classes, how many the summary lists


class Loss(str, Enum):
    """Losses, as typer wants choices."""

    squared_hinge = "squared_hinge"
    hinge = "hinge"


class ClassWeight(str, Enum):
    """Class weights, as typer wants choices."""

    balanced = "balanced"


def fit(
    data: Data,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="MODEL", help="Where to write the model.", show_default=False)],
    loss: Annotated[Loss, typer.Option(help="Loss of a row.")] = Loss.squared_hinge,
    C: Annotated[float, typer.Option("--C", metavar="C", help="Weight of the losses against ½‖w‖².")] = 1.0,
    tol: Annotated[float, typer.Option(help="Relative duality gap to reach.")] = 1e-4,
    max_time: Annotated[float, typer.Option(metavar="SECONDS", help="Stop after this time.")] = 3600.0,
    max_iter: Annotated[int, typer.Option(metavar="N", help="Stop after so many iterations of the solver.")] = 1000,
    target: Target = None,
    no_intercept: Annotated[bool, typer.Option("--no-intercept", help="Fit a boundary through the origin.")] = False,
    class_weight: Annotated[
        Optional[ClassWeight],  # noqa: UP045 - typer evaluates it, also where Python is old
        typer.Option(help="balanced: classes weigh the same, however many rows they have.", show_default=False),
    ] = None,
    n_jobs: Jobs = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of everything random.")] = 0,
    no_proof: Annotated[bool, typer.Option("--no-proof", help="Leave the multipliers out of the file.")] = False,
    format: Format = None,
    zero_based: ZeroBased = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Fit a linear support vector machine to DATA and write it to MODEL.

    Shows progress on standard error and the result on standard output. Ctrl-C stops the fit; the model reached so far is
    written, and says in its status that it was stopped.
    """
    parameters = {
        "loss": loss.value, "C": C, "tol": tol, "max_time": max_time, "max_iter": max_iter,
        "fit_intercept": not no_intercept, "class_weight": class_weight.value if class_weight else None,
        "n_jobs": n_jobs, "random_state": seed, "verbose": 0 if quiet else 1,
    }  # fmt: skip
    with exit_codes():
        from maxmargin.cli.reading import read

        _check_writable(out)
        started = time.perf_counter()
        table = read(data, target=target, format=format, zero_based=zero_based, n_jobs=n_jobs, quiet=quiet)
        read_time = time.perf_counter() - started
        model, interrupted = _fit(parameters, table, quiet=quiet)
        _write(model, out, proof=not no_proof)
        result = {"data": data, "model": str(out), "read_time": read_time, **_result(model, table)}
        result["exit_code"] = INTERRUPTED if interrupted else DONE if model.status == "optimal" else STOPPED
        _print(result, model, quiet=quiet or interrupted, as_json=as_json)
        if interrupted:
            _say_interrupted(model, out)
        if result["exit_code"] != DONE:
            raise typer.Exit(result["exit_code"])


def _check_writable(out: Path) -> None:
    """Find out before the work, not after it, that the model has nowhere to go."""
    if out.is_dir():
        raise IsADirectoryError(21, "is a directory, expected the name of a file", str(out))
    folder = out.resolve().parent
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such directory; create it first", str(folder))
    if not os.access(folder if not out.exists() or out.is_file() else out, os.W_OK):
        raise PermissionError(13, "not writable", str(folder))


def _fit(parameters: dict[str, Any], table: Table, *, quiet: bool) -> tuple[LinearModel, bool]:
    """The model, and whether Ctrl-C ended its fit. Warnings become messages."""
    from maxmargin import LinearSVC

    estimator, interrupted = LinearSVC(**parameters), False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(table.X, table.y)
        except KeyboardInterrupt:
            if "coef_" not in estimator.__dict__:
                raise
            interrupted = True
    if not quiet:
        for warning in caught:
            complain(str(warning.message), kind="warning")
    return replace(estimator._to_model(), feature_names=table.feature_names), interrupted


def _say_interrupted(model: LinearModel, out: Path) -> None:
    from maxmargin.inspection.report import gap_text

    complain(f"interrupted; the model reached so far ({gap_text(model.relative_gap)}) is in {out}", kind="stopped")


def _write(model: LinearModel, out: Path, *, proof: bool) -> None:
    from maxmargin.io.model_file import write_model

    write_model(model, out, proof=proof)


def _result(model: LinearModel, table: Table) -> dict[str, Any]:
    import numpy as np

    labels, counts = np.unique(table.y, return_counts=True)  # type: ignore[call-overload]  # the fit needed y
    support = [rows for rows, _ in model.multipliers or ()]
    return {
        "n_rows": model.n_rows, "n_features": model.n_features,
        "classes": dict(zip(labels.tolist(), counts.tolist(), strict=True)),
        "status": model.status, "loss": model.loss, "C": model.C, "tol": model.tol,
        "relative_gap": model.relative_gap, "gap": model.certificate.gap, "primal": model.certificate.primal,
        "dual": model.certificate.dual, "n_iter": model.n_iter, "fit_time": model.fit_time,
        "n_support": int(np.unique(np.concatenate(support)).size),
        "training_accuracy": float(np.mean(model.predict(table.X) == table.y)),
    }  # fmt: skip


def _print(result: dict[str, Any], model: LinearModel, *, quiet: bool, as_json: bool) -> None:
    from maxmargin.cli.output import print_json, print_rich

    if as_json:
        print_json(result)
    elif not quiet:
        from maxmargin.inspection.report import facts

        print_rich(facts(_facts(result, model)))


def _facts(result: dict[str, Any], model: LinearModel) -> list[tuple[str, str]]:
    from rich.markup import escape

    from maxmargin.cli.output import size_of
    from maxmargin.inspection.report import STATUS_WORDS, gap_text

    path, counts = result["model"], result["classes"]
    classes = ", ".join(f"{label} ({count})" for label, count in list(counts.items())[:_CLASSES_NAMED])
    more = f" and {len(counts) - _CLASSES_NAMED} more" if len(counts) > _CLASSES_NAMED else ""
    size = f" ({size_of(os.path.getsize(path))})" if os.path.isfile(path) else ""
    return [
        ("data", f"{result['n_rows']} rows, {result['n_features']} features, read in {result['read_time']:.2f} s"),
        ("classes", escape(classes) + more),
        ("status", f"{STATUS_WORDS[model.status]}: {gap_text(model.relative_gap)} (asked for {model.tol:g})"),
        ("effort", f"{model.n_iter} iterations, {model.fit_time:.2f} s"),
        ("training", f"{result['training_accuracy']:.2%} of the rows right, {result['n_support']} support vectors"),
        ("model", escape(path) + size),
    ]
