"""The rows on the wrong side, by their slack, and what put them there.

    classes        ξᵢ = max(0, 1 − yᵢ·f(xᵢ))        > 0 inside the margin, > 1 on the wrong side of the boundary
    regression     ξᵢ = max(0, |tᵢ − f(xᵢ)| − ε)    > 0 outside the tube
    one class      ξᵢ = max(0, −f(xᵢ))              > 0 outside the border

Of more than two classes a row has a slack in every problem that it is part of, a pair of classes or a class against the
rest; the largest counts.

For a linear f(x) = Σⱼ wⱼxⱼ + b, feature j pushes row i away from its class by −yᵢ·wⱼ·xᵢⱼ; for a kernel's
f(x) = Σⱼ aⱼK(x, sⱼ) + b the support vector sⱼ does so by −yᵢ·aⱼ·K(xᵢ, sⱼ). The largest of these are the reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation import validate_regression_target
from maxmargin.exceptions import InvalidParameterError
from maxmargin.kernels import Rows
from maxmargin.model import problem_labels

__all__ = ["Violation", "most_violating"]

_ROUNDING = 1e-9  # of slack: support vectors on the margin itself are none of the rows that violate it


@dataclass(frozen=True, slots=True)
class Violation:
    """A row that violates its constraint: its class or target, what is predicted, its slack, the strongest reasons first.

    Reasons are features of a linear model, and support vectors (rows of the training data) of one with another kernel.
    Of more than two classes ``problem`` is the pair, or the class against the rest, that the slack is of.
    """

    row: int
    label: Any
    predicted: Any
    slack: float
    reasons: tuple[tuple[str, float], ...]
    name: str | None = None
    problem: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """For each row the problem of its largest slack, that slack, the side it belongs to in it (±1), label and prediction."""

    slack: NDArray[np.float64]
    problem: NDArray[np.intp]
    sign: NDArray[np.float64]
    labels: NDArray[Any] | None
    predicted: NDArray[Any]


def most_violating(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    count: int = 5,
    n_reasons: int = 2,
    feature_names: Sequence[str] | None = None,
    row_names: Sequence[Any] | None = None,
) -> tuple[Violation, ...]:
    """The rows with the largest slack.

    Parameters
    ----------
    model : fitted estimator of this library
    X : array-like, frame or sparse matrix of shape (n_samples, n_features)
        Whatever the model was trained on: kernel values for a precomputed kernel, objects for a Python function.
    y : array-like of shape (n_samples,)
        Labels or targets; not needed for OneClassSVM.
    count : int
        Most rows to name; rows without slack, up to rounding, are never named.
    n_reasons : int
        Most reasons to name for each row.
    feature_names : sequence of str, optional
        By default those of the fit, else ``x0, x1, …``.
    row_names : sequence, optional
        Names of the rows of X.

    Returns
    -------
    tuple of Violation
        Largest slack first.

    Raises
    ------
    InvalidParameterError
        ``row_names`` are not one a row.

    Examples
    --------
    >>> from maxmargin import SVC
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [0.5]], [0, 0, 1, 1, 1]
    >>> worst, *_ = most_violating(SVC(gamma=0.1, C=10.0).fit(X, y), X, y)
    >>> worst.row, worst.label, worst.predicted
    (4, 1, 0)
    """
    sides = _sides(model, X, y)
    n = len(sides.slack)
    if row_names is not None and len(row_names) != n:
        raise InvalidParameterError(f"row_names has {len(row_names)} names for {n} rows; pass one a row")
    worst = [int(i) for i in np.argsort(-sides.slack, kind="stable")[:count] if sides.slack[i] > 0]
    problems = _problem_names(model)
    reasons = _reasons(model, X, worst, sides, n_reasons, feature_names)
    return tuple(
        Violation(
            i, None if sides.labels is None else _plain(sides.labels[i]), _plain(sides.predicted[i]),
            float(sides.slack[i]), why, None if row_names is None else str(row_names[i]), problems[sides.problem[i]],
        )
        for i, why in zip(worst, reasons, strict=True)
    )  # fmt: skip


def _sides(model: Any, X: Any, y: Any) -> _Sides:
    if hasattr(model, "classes_"):
        return _sides_of_classes(model, X, np.asarray(y))
    if hasattr(model, "decision_function"):
        values = model.decision_function(X)
        first = np.zeros(len(values), dtype=np.intp)
        return _Sides(_beyond(-values, values), first, np.ones(len(values)), None, model.predict(X))
    predicted = model.predict(X)
    target = validate_regression_target(y, len(predicted), type(model).__name__)
    tube = model.epsilon if hasattr(model, "epsilon") else model._scales[0][1]
    off = target - predicted
    first = np.zeros(len(predicted), dtype=np.intp)
    return _Sides(_beyond(abs(off) - tube, target), first, np.sign(off), target, predicted)


def _beyond(excess: NDArray[np.float64], scale: NDArray[Any]) -> NDArray[np.float64]:
    """The slack of rows that exceed what is allowed, by more than rounding of numbers as large as ``scale``."""
    return np.where(excess > _ROUNDING * float(np.abs(scale).max(initial=0.0)), excess, 0.0)


def _sides_of_classes(model: Any, X: Any, labels: NDArray[Any]) -> _Sides:
    values = model._values(X) if hasattr(model, "_values") else model.decision_function(X)
    values = values.reshape(len(values), -1)
    classes, pairs = model.classes_, getattr(model, "_pairs", None)
    if pairs is not None:
        sign = np.stack([1.0 * (labels == classes[i]) - (labels == classes[j]) for i, j in pairs], axis=1)
    else:
        positive = classes[1:] if len(classes) == 2 else classes
        sign = np.where(labels[:, None] == positive, 1.0, -1.0)
    slack = np.where(sign == 0.0, 0.0, _beyond(1.0 - sign * values, np.ones(1)))
    worst, rows = slack.argmax(axis=1), np.arange(len(labels))
    return _Sides(slack[rows, worst], worst, sign[rows, worst], labels, model.predict(X))


def _problem_names(model: Any) -> list[Any]:
    """What the problems are called, where there is more than one."""
    classes = getattr(model, "classes_", None)
    if classes is None or len(classes) == 2:
        return [None]
    return [_plain(label) for label in problem_labels(classes, getattr(model, "_pairs", None))]


def _reasons(
    model: Any, X: Any, rows: list[int], sides: _Sides, count: int, feature_names: Sequence[str] | None
) -> list[tuple[tuple[str, float], ...]]:
    """What pushes each of some rows to the other side."""
    if not rows:
        return []
    if hasattr(model, "coef_"):
        coef = model.coef_.toarray() if hasattr(model.coef_, "toarray") else model.coef_
        names, parts = _names(model, feature_names, coef.shape[1]), _dense(X, rows)
    else:
        coef = np.array([model._coefficients(k)[model.support_] for k in range(len(model.intercept_))])
        names, parts = [f"row {row}" for row in model.support_.tolist()], _kernel_values(model, X, rows)
    pushes = -sides.sign[rows, None] * coef[sides.problem[rows]] * parts
    return [_strongest(push, names, count) for push in pushes]


def _kernel_values(model: Any, X: Any, rows: list[int]) -> NDArray[np.float64]:
    """Between some rows and the support vectors."""
    if model.kernel_.pairwise:
        table = np.asarray(X, dtype=np.float64)[rows]
        return table[:, model.support_] if table.shape[1] == model._n_rows else table
    if model.support_.size == 0:
        return np.zeros((len(rows), 0))
    values: NDArray[np.float64] = model.kernel_.values(Rows(X).take(np.array(rows)), Rows(model.support_vectors_))
    return values


def _dense(X: Any, rows: list[int]) -> NDArray[np.float64]:
    """Some rows as a dense array, whatever holds them."""
    if hasattr(X, "tocsr"):
        dense: NDArray[np.float64] = X.tocsr()[rows].toarray()
        return dense
    return np.asarray(X, dtype=np.float64)[rows]


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _names(model: Any, given: Sequence[str] | None, n_features: int) -> Sequence[str]:
    if given is not None:
        return given
    known = getattr(model, "feature_names_in_", None)
    return [f"x{j}" for j in range(n_features)] if known is None else [str(name) for name in known]


def _strongest(pushes: NDArray[np.float64], names: Sequence[str], count: int) -> tuple[tuple[str, float], ...]:
    strongest = np.argsort(-pushes, kind="stable")[:count]
    return tuple((str(names[j]), float(pushes[j])) for j in strongest if pushes[j] > 0)
