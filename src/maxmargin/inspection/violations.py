"""The rows on the wrong side: slack ξᵢ = max(0, 1 − yᵢ·f(xᵢ)), and which features put them there.

A row with ξ > 0 lies inside the margin, one with ξ > 1 is on the wrong side of the boundary. Since f(x) = Σⱼ wⱼxⱼ + b,
feature j pushes row i away from its class by −yᵢ·wⱼ·xᵢⱼ; the largest of these are the reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError

__all__ = ["Violation", "most_violating"]


@dataclass(frozen=True, slots=True)
class Violation:
    """A row inside the margin or beyond: its class, its slack, and the features that push it there, strongest first."""

    row: int
    label: Any
    predicted: Any
    slack: float
    reasons: tuple[tuple[str, float], ...]


def most_violating(
    model: Any, X: Any, y: Any, *, count: int = 5, n_reasons: int = 2, feature_names: Sequence[str] | None = None
) -> tuple[Violation, ...]:
    """The rows with the largest slack under a model of two classes.

    Parameters
    ----------
    model : fitted LinearSVC with two classes
    X : array-like, frame or sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    count : int
        Most rows to name; rows without slack are never named.
    n_reasons : int
        Most features to name for each row.
    feature_names : sequence of str, optional
        By default those of the fit, else ``x0, x1, …``.

    Returns
    -------
    tuple of Violation
        Largest slack first.

    Raises
    ------
    InvalidParameterError
        The model has more than two classes.

    Examples
    --------
    >>> from maxmargin import LinearSVC
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [0.5]], [0, 0, 1, 1, 1]
    >>> worst, *_ = most_violating(LinearSVC(loss="hinge").fit(X, y), X, y)
    >>> worst.row, worst.label, worst.predicted
    (4, 1, 0)
    """
    if len(model.classes_) != 2:
        raise InvalidParameterError(f"model has {len(model.classes_)} classes; most_violating describes models of two")
    labels = np.asarray(y)
    values = model.decision_function(X)
    sign = np.where(labels == model.classes_[1], 1.0, -1.0)
    slack = np.maximum(0.0, 1.0 - sign * values)
    worst = [int(i) for i in np.argsort(-slack, kind="stable")[:count] if slack[i] > 0]
    coef = model.coef_.toarray() if hasattr(model.coef_, "toarray") else model.coef_
    names = _names(model, feature_names, coef.shape[1])
    return tuple(
        Violation(
            i, _plain(labels[i]), _plain(model.classes_[int(values[i] > 0)]), float(slack[i]),
            _reasons(-sign[i] * coef[0] * row, names, n_reasons),
        )
        for i, row in zip(worst, _rows(X, worst), strict=True)
    )  # fmt: skip


def _rows(X: Any, rows: list[int]) -> NDArray[np.float64]:
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


def _reasons(pushes: NDArray[np.float64], names: Sequence[str], count: int) -> tuple[tuple[str, float], ...]:
    strongest = np.argsort(-pushes, kind="stable")[:count]
    return tuple((str(names[j]), float(pushes[j])) for j in strongest if pushes[j] > 0)
