"""``maxmargin fit``: read data, fit, write the model."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from maxmargin.cli import options as shared
from maxmargin.cli.exits import DONE, INTERRUPTED, STOPPED, complain, exit_codes
from maxmargin.cli.machines import choose_machine, estimator_of, is_supervised

if TYPE_CHECKING:
    from maxmargin import KernelModel, LinearModel
    from maxmargin.io import Table

__all__ = ["fit"]


def fit(
    data: shared.Data,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="MODEL", help="Where to write the model.", show_default=False)],
    loss: Annotated[
        Optional[shared.Loss],  # noqa: UP045 - typer evaluates it, also where Python is old
        typer.Option(help="Loss of a row, of the linear machine. (default: squared_hinge)", show_default=False),
    ] = None,
    C: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option("--C", metavar="C", help="Weight of the losses against ½‖w‖². (default: 1)", show_default=False),
    ] = None,
    tol: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(help="Relative duality gap to reach. (default: 1e-4; 1e-3 with a kernel)", show_default=False),
    ] = None,
    max_time: Annotated[float, typer.Option(metavar="SECONDS", help="Stop after this time.")] = 3600.0,
    max_iter: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            metavar="N",
            help="Stop after so many iterations of the solver. (default: 1000; no limit with a kernel)",
            show_default=False,
        ),
    ] = None,
    target: shared.Target = None,
    no_intercept: Annotated[bool, typer.Option("--no-intercept", help="Fit a boundary through the origin.")] = False,
    class_weight: Annotated[
        Optional[shared.ClassWeight],  # noqa: UP045
        typer.Option(help="balanced: classes weigh the same, however many rows they have.", show_default=False),
    ] = None,
    machine: shared.MachineChoice = None,
    kernel: shared.KernelChoice = None,
    gamma: shared.Gamma = None,
    degree: shared.Degree = None,
    coef0: shared.Coef0 = None,
    nu: shared.Nu = None,
    epsilon: shared.Epsilon = None,
    multi_class: shared.MultiClassChoice = None,
    approximation: shared.ApproximationChoice = None,
    approximation_tol: shared.ApproximationTol = None,
    max_components: shared.MaxComponents = None,
    n_jobs: shared.Jobs = None,
    memory_limit: shared.MemoryLimit = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of everything random.")] = 0,
    no_proof: Annotated[
        bool, typer.Option("--no-proof", help="Leave the multipliers of a linear model out of the file.")
    ] = False,
    format: shared.Format = None,
    zero_based: shared.ZeroBased = None,
    quiet: shared.Quiet = False,
    as_json: shared.Json = False,
) -> None:
    """Fit a support vector machine to DATA, linear or with a kernel, and write it to MODEL.

    Shows progress on standard error and the result on standard output. Ctrl-C stops the
    fit; the model reached so far is written, and says in its status that it was stopped.
    """
    given = {
        "loss": loss, "C": C, "tol": tol, "max_time": max_time, "max_iter": max_iter, "no_intercept": no_intercept,
        "class_weight": class_weight, "kernel": kernel, "gamma": gamma, "degree": degree, "coef0": coef0, "nu": nu,
        "epsilon": epsilon, "multi_class": multi_class, "approximation": approximation,
        "approximation_tol": approximation_tol, "max_components": max_components, "n_jobs": n_jobs,
        "memory_limit": memory_limit, "seed": seed, "no_proof": no_proof, "verbose": 0 if quiet else 1,
    }  # fmt: skip
    with exit_codes():
        from maxmargin.cli.fit_report import print_result, result_of
        from maxmargin.cli.reading import read
        from maxmargin.io.model_file import write_model

        chosen = choose_machine(machine, given)
        estimator = estimator_of(chosen, given)
        _check_writable(out)
        started = time.perf_counter()
        table = read(
            data, target=target, format=format, zero_based=zero_based, n_jobs=n_jobs, quiet=quiet,
            need_target=is_supervised(chosen), dense=kernel is shared.KernelName.precomputed,
        )  # fmt: skip
        read_time = time.perf_counter() - started
        model, interrupted = _fit(estimator, table, supervised=is_supervised(chosen), quiet=quiet)
        write_model(model, out, proof=not no_proof)
        code = INTERRUPTED if interrupted else DONE if model.status == "optimal" else STOPPED
        result = {"data": data, "model": str(out), "read_time": read_time, **result_of(model, table, score=not interrupted)}
        result |= {"machine": chosen.value, "exit_code": code}
        print_result(result, model, quiet=quiet or interrupted, as_json=as_json)
        if interrupted:
            _say_interrupted(model, out)
        if code != DONE:
            raise typer.Exit(code)


def _check_writable(out: Path) -> None:
    """Find out before the work, not after it, that the model has nowhere to go."""
    if out.is_dir():
        raise IsADirectoryError(21, "is a directory, expected the name of a file", str(out))
    folder = out.resolve().parent
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such directory; create it first", str(folder))
    if not os.access(folder if not out.exists() or out.is_file() else out, os.W_OK):
        raise PermissionError(13, "not writable", str(folder))


def _fit(estimator: Any, table: Table, *, supervised: bool, quiet: bool) -> tuple[LinearModel | KernelModel, bool]:
    """The model, and whether Ctrl-C ended its fit. Warnings become messages."""
    from maxmargin.exceptions import InvalidTargetError

    interrupted = False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(table.X, table.y if supervised else None)
        except KeyboardInterrupt:
            if not estimator.__sklearn_is_fitted__():
                raise
            interrupted = True
        except InvalidTargetError as error:
            if "continuous" in str(error):
                raise InvalidTargetError(f"{error}; to predict numbers, say --machine svr") from error
            raise
    if not quiet:
        for warning in caught:
            complain(str(warning.message), kind="warning")
    return replace(estimator._to_model(), feature_names=table.feature_names), interrupted


def _say_interrupted(model: LinearModel | KernelModel, out: Path) -> None:
    from maxmargin.inspection.report import gap_text

    complain(f"interrupted; the model reached so far ({gap_text(model.relative_gap)}) is in {out}", kind="stopped")
