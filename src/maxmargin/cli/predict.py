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

    from maxmargin import LinearModel

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

    Labels in DATA are not needed; where all of them are classes of the model, standard error says how many agree. Tables
    are matched by column name, in any order; columns that the model does not know are ignored.
    """
    with exit_codes():
        from maxmargin.cli.reading import read
        from maxmargin.io.atomic import write_atomically
        from maxmargin.io.model_file import read_model

        fitted = read_model(model)
        table = read(
            data, target=target, format=format, zero_based=zero_based, n_jobs=n_jobs, quiet=quiet, model=fitted,
            need_target=False,
        )  # fmt: skip
        values = fitted.decision_function(table.X, n_jobs=n_jobs)
        labels = fitted.labels(values)
        if out is not None:
            write_atomically(out, (text.encode(errors="backslashreplace") for text in _lines(fitted, values, scores=scores)))
        else:
            for text in _lines(fitted, values, scores=scores):
                sys.stdout.write(text)
        if not quiet:
            _say_how_many_agree(fitted, labels, table.y)


def _lines(model: LinearModel, values: NDArray[np.float64], *, scores: bool) -> Iterator[str]:
    """The output, a block of lines at a time."""
    import numpy as np

    names = [_text(label) for label in model.classes.tolist()]
    codes = (values > 0).astype(np.intp) if values.ndim == 1 else values.argmax(axis=1)
    for start in range(0, len(codes), _LINES):
        block = [names[code] for code in codes[start : start + _LINES].tolist()]
        if scores:
            numbers = values[start : start + _LINES].reshape(len(block), -1).tolist()
            block = ["\t".join([name, *map(repr, row)]) for name, row in zip(block, numbers, strict=True)]
        yield "\n".join(block) + "\n"


def _text(label: Any) -> str:
    return label.decode("latin-1") if isinstance(label, bytes) else str(label)


def _say_how_many_agree(model: LinearModel, predicted: NDArray[Any], given: NDArray[Any] | None) -> None:
    from maxmargin._validation import encode_target
    from maxmargin.exceptions import InvalidInputError

    if given is None:
        return
    try:
        codes = encode_target(given, len(predicted), model.classes, None, "the model")
    except InvalidInputError:
        return  # placeholders, as svmlight files without labels have
    agree = int((model.classes[codes] == predicted).sum())
    complain(f"{agree} of {len(predicted)} labels in DATA agree ({agree / len(predicted):.2%})", kind="note")
