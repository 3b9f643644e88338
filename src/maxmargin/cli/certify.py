"""``maxmargin certify``: prove a model on its training data, independently of any solver."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from maxmargin.cli.exits import DONE, STOPPED, exit_codes
from maxmargin.cli.options import Data, Format, Jobs, Json, Model, Target, ZeroBased

if TYPE_CHECKING:
    from maxmargin import Certificate, KernelModel, LinearModel

__all__ = ["certify"]


def certify(
    model: Model,
    data: Data,
    *,
    worst_rows: Annotated[
        int, typer.Option(metavar="N", help="How many of the rows that hold most of the gap to name.")
    ] = 5,
    target: Target = None,
    n_jobs: Jobs = None,
    format: Format = None,
    zero_based: ZeroBased = None,
    as_json: Json = False,
) -> None:
    """Prove how far MODEL is from the exact optimum on its training DATA.

    Ends with exit code 3 where the certified relative gap is above the tolerance the model was fitted with.
    """
    with exit_codes():
        import maxmargin
        from maxmargin.cli.reading import read
        from maxmargin.io.model_file import read_model, to_estimator

        fitted = read_model(model)
        table = read(
            data, target=target, format=format, zero_based=zero_based, n_jobs=n_jobs, quiet=as_json, model=fitted,
            need_target=fitted.loss != "one_class",
        )  # fmt: skip
        # Tables were matched by name when they were read; what they became has none.
        estimator = to_estimator(replace(fitted, feature_names=None))
        certificate = maxmargin.certify(estimator, table.X, table.y, worst_rows=worst_rows, n_jobs=n_jobs)
        proven = certificate.relative_gap <= fitted.tol
        _print(certificate, fitted, proven=proven, worst_rows=worst_rows, as_json=as_json)
        if not proven:
            raise typer.Exit(STOPPED)


def _print(
    certificate: Certificate, model: LinearModel | KernelModel, *, proven: bool, worst_rows: int, as_json: bool
) -> None:
    from maxmargin.cli.output import print_json, print_rich

    if as_json:
        print_json({**certificate.to_dict(), "tol": model.tol, "exit_code": DONE if proven else STOPPED})
        return
    from maxmargin.inspection.report import certificate_table, facts, gap_text, meaning, worst_rows_table

    source = {
        "model": "stored in the model",
        "margins": "derived from the margins, for the model stores none",
        "solver": "found by solving the problem anew, for the model stores none",
    }
    verdict = "[green]proven[/]" if proven else "[yellow]not proven[/]"
    rows = [
        ("problem", _problem_text(certificate, model)),
        ("verdict", f"{verdict}: {gap_text(certificate.relative_gap)}, asked for {model.tol:g}"),
        ("multipliers", source[certificate.multipliers_from]),
    ]
    print_rich(facts(rows), certificate_table(certificate), meaning(certificate, norm=_norm(model)))
    worst = worst_rows_table(certificate, count=worst_rows)
    if worst is not None:
        print_rich("", "Rows that hold most of the gap:", worst)


def _problem_text(certificate: Certificate, model: LinearModel | KernelModel) -> str:
    size = f"{certificate.n_rows} rows, {certificate.n_features} features, {model.loss.replace('_', ' ')}"
    kernel = getattr(model, "kernel", None)
    if kernel is None:
        return f"{size}, C = {model.C:g}"
    from rich.markup import escape

    from maxmargin.inspection.report import kernel_text

    costs = {"C": None if certificate.nu is not None and model.C == 1.0 else model.C, "nu": certificate.nu}
    costs["epsilon"] = getattr(model, "epsilon", None)
    numbers = "".join(f", {name} = {value:g}" for name, value in costs.items() if value is not None)
    return f"{size}, {escape(kernel_text(kernel))}{numbers}"


def _norm(model: LinearModel | KernelModel) -> str:
    return "‖x‖" if getattr(model, "kernel", None) is None else "√K(x, x)"
