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
    from maxmargin import LinearModel, LinearSVC
    from maxmargin.io import Table

__all__ = ["fit"]


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
    with exit_codes():
        from maxmargin import LinearSVC
        from maxmargin.cli.reading import read

        check_writable(out)
        started = time.perf_counter()
        table = read(data, target=target, format=format, zero_based=zero_based, n_jobs=n_jobs, quiet=quiet)
        seconds = time.perf_counter() - started
        estimator = LinearSVC(
            loss=loss.value, C=C, tol=tol, max_time=max_time, max_iter=max_iter, fit_intercept=not no_intercept,
            class_weight=class_weight.value if class_weight else None, n_jobs=n_jobs, random_state=seed,
            verbose=0 if quiet else 1,
        )  # fmt: skip
        interrupted = _fit(estimator, table, quiet=quiet)
        model = replace(estimator._to_model(), feature_names=table.feature_names)
        _write(model, out, proof=not no_proof)
        result = _result(model, table, out, data, seconds)
        result["exit_code"] = INTERRUPTED if interrupted else DONE if model.status == "optimal" else STOPPED
        _report(result, model, quiet=quiet or interrupted, as_json=as_json)
        if interrupted:
            complain(
                f"interrupted; the model reached so far (relative gap {model.relative_gap:.1e}) is in {out}", kind="stopped"
            )
        if result["exit_code"] != DONE:
            raise typer.Exit(result["exit_code"])


def check_writable(out: Path) -> None:
    """Find out before the work, not after it, that the model has nowhere to go."""
    if out.is_dir():
        raise IsADirectoryError(21, "is a directory, expected the name of a file", str(out))
    folder = out.resolve().parent
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such directory; create it first", str(folder))
    if not os.access(folder if not out.exists() or out.is_file() else out, os.W_OK):
        raise PermissionError(13, "not writable", str(folder))


def _fit(estimator: LinearSVC, table: Table, *, quiet: bool) -> bool:
    """Fit; whether Ctrl-C ended it. Warnings become messages."""
    interrupted = False
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
    return interrupted


def _write(model: LinearModel, out: Path, *, proof: bool) -> None:
    from maxmargin.io.model_file import write_model

    write_model(model, out, proof=proof)


def _result(model: LinearModel, table: Table, out: Path, data: str, seconds: float) -> dict[str, Any]:
    import numpy as np

    support = (
        {}
        if model.multipliers is None
        else {"n_support": int(np.unique(np.concatenate([r for r, _ in model.multipliers])).size)}
    )
    labels, counts = np.unique(table.y, return_counts=True)  # type: ignore[call-overload]  # y is there: the fit needed it
    return {
        "data": data, "n_rows": model.n_rows, "n_features": model.n_features,
        "classes": dict(zip(labels.tolist(), counts.tolist(), strict=True)), "read_time": seconds,
        "model": str(out), "status": model.status, "loss": model.loss, "C": model.C, "tol": model.tol,
        "relative_gap": model.relative_gap, "gap": model.certificate.gap, "primal": model.certificate.primal,
        "dual": model.certificate.dual, "n_iter": model.n_iter, "fit_time": model.fit_time, **support,
        "training_accuracy": float(np.mean(model.predict(table.X) == table.y)),
    }  # fmt: skip


def _report(result: dict[str, Any], model: LinearModel, *, quiet: bool, as_json: bool) -> None:
    from maxmargin.cli.output import print_json, print_rich, size_of

    if as_json:
        print_json(result)
        return
    if quiet:
        return
    from rich.markup import escape

    from maxmargin.inspection.report import STATUS_WORDS, facts

    classes = ", ".join(f"{label} ({count})" for label, count in list(result["classes"].items())[:8])
    more = len(result["classes"]) - 8
    rows = [
        ("data", f"{result['n_rows']} rows, {result['n_features']} features, read in {result['read_time']:.2f} s"),
        ("classes", escape(classes) + (f" and {more} more" if more > 0 else "")),
        ("status", f"{STATUS_WORDS[model.status]}: relative gap {model.relative_gap:.1e} (asked for {model.tol:g})"),
        ("effort", f"{model.n_iter} iterations, {model.fit_time:.2f} s"),
        ("training", f"{result['training_accuracy']:.2%} of the rows right, {result.get('n_support', '?')} support vectors"),
        (
            "model",
            escape(result["model"])
            + (f" ({size_of(os.path.getsize(result['model']))})" if os.path.isfile(result["model"]) else ""),
        ),
    ]
    print_rich(facts(rows))
