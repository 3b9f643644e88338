"""``maxmargin predict``: one label a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from maxmargin.cli.exits import complain, exit_codes
from maxmargin.cli.options import Data, Format, Jobs, Model, Quiet, Target, ZeroBased

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maxmargin import KernelModel, LinearModel

__all__ = ["predict"]

_LINES = 1 << 10  # lines turned into text at a time: few, so that a reader that went away is noticed soon


def predict(
    model: Model,
    data: Data,
    *,
    scores: Annotated[
        bool, typer.Option("--scores", help="Add the decision values to each line, separated by tabs.")
    ] = False,
    out: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it, also where Python is old
        typer.Option("--out", "-o", metavar="FILE", help="Write to FILE instead of standard output.", show_default=False),
    ] = None,
    target: Target = None,
    n_jobs: Jobs = None,
    format: Format = None,
    zero_based: ZeroBased = None,
    quiet: Quiet = False,
) -> None:
    """Predict the label of every row of DATA, one a line.

    Machines that predict numbers give numbers; oneclass gives 1 for a row inside and -1
    for one outside. Labels in DATA are not needed; where they are there, standard error
    says how well they agree. Tables are matched by column name, in any order; columns
    that the model does not know are ignored.
    """
    with exit_codes():
        from maxmargin.cli.reading import read
        from maxmargin.io.atomic import write_atomically
        from maxmargin.io.model_file import read_model

        fitted = read_model(model)
        _check_scores(fitted, scores=scores)
        table = read(
            data, target=target, format=format, zero_based=zero_based, n_jobs=n_jobs, quiet=quiet, model=fitted,
            need_target=False, all_columns=False,
        )  # fmt: skip
        values = fitted.decision_function(table.X, n_jobs=n_jobs)
        labels = fitted.labels(values)
        lines = _lines(labels, values if scores else None)
        if out is not None:
            write_atomically(out, (text.encode(errors="backslashreplace") for text in lines))
        else:
            for text in lines:
                sys.stdout.write(text)
        if not quiet:
            _say_how_good(fitted, labels, table.y)


def _check_scores(model: LinearModel | KernelModel, *, scores: bool) -> None:
    from maxmargin.exceptions import InvalidParameterError

    if scores and model.classes is None and model.loss != "one_class":
        raise InvalidParameterError(
            "--scores has no meaning for a regression: what it predicts are its scores; leave it out"
        )


def _lines(labels: NDArray[Any], values: NDArray[np.float64] | None) -> Iterator[str]:
    """The output, a block of lines at a time."""
    for start in range(0, len(labels), _LINES):
        block = [_text(label) for label in labels[start : start + _LINES].tolist()]
        if values is not None:
            numbers = values[start : start + _LINES].reshape(len(block), -1).tolist()
            block = ["\t".join([name, *map(repr, row)]) for name, row in zip(block, numbers, strict=True)]
        yield "\n".join(block) + "\n"


def _text(label: Any) -> str:
    return label.decode("latin-1") if isinstance(label, bytes) else str(label)


def _say_how_good(model: LinearModel | KernelModel, predicted: NDArray[Any], given: NDArray[Any] | None) -> None:
    """A note on standard error about what DATA says of the predictions, where it says something."""
    if model.loss == "one_class":
        inside = int((predicted > 0).sum())
        complain(f"{inside} of {len(predicted)} rows are inside ({inside / len(predicted):.2%})", kind="note")
    elif given is not None and model.classes is None:
        _say_how_far_off(predicted, given)
    elif given is not None and model.classes is not None:
        _say_how_many_agree(model.classes, predicted, given)


def _say_how_many_agree(classes: NDArray[Any], predicted: NDArray[Any], given: NDArray[Any]) -> None:
    from maxmargin._validation import encode_target
    from maxmargin.exceptions import InvalidInputError

    try:
        codes = encode_target(given, len(predicted), classes, None, "the model")
    except InvalidInputError:
        return  # placeholders, as svmlight files without labels have
    agree = int((classes[codes] == predicted).sum())
    complain(f"{agree} of {len(predicted)} labels in DATA agree ({agree / len(predicted):.2%})", kind="note")


def _say_how_far_off(predicted: NDArray[np.float64], given: NDArray[Any]) -> None:
    from maxmargin._validation import validate_regression_target
    from maxmargin.exceptions import InvalidInputError

    try:
        target = validate_regression_target(given, len(predicted), "the model")
    except InvalidInputError:
        return  # not all of them are there
    spread = float(((target - target.mean()) ** 2).sum())
    if spread > 0.0:  # else placeholders
        off = predicted - target
        complain(
            f"the mean error is {abs(off).mean():.4g} over the {len(predicted)} targets in DATA "
            f"(R² {1.0 - float((off**2).sum()) / spread:.3f})",
            kind="note",
        )
