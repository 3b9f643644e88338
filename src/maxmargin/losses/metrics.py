"""The hinge loss as a metric, and as scorers for scikit-learn's searches and cross-validation.

>>> from sklearn.datasets import load_iris
>>> from sklearn.model_selection import cross_val_score
>>> from sklearn.svm import SVC
>>> from maxmargin.losses.metrics import neg_hinge_scorer
>>> X, y = load_iris(return_X_y=True)
>>> cross_val_score(SVC(), X, y, scoring=neg_hinge_scorer).shape
(5,)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maxmargin.exceptions import (
    EmptyInputError,
    InvalidTargetError,
    InvalidWeightError,
    NonFiniteError,
    ShapeError,
    SingleClassError,
    UnsupportedTypeError,
)
from maxmargin.losses._parameters import one_of
from maxmargin.losses.binary import hinge
from maxmargin.losses.multiclass import crammer_singer, one_vs_rest_hinge, weston_watkins

__all__ = ["HingeScorer", "hinge_loss", "neg_hinge_scorer", "neg_squared_hinge_scorer"]

Kind = Literal["crammer_singer", "weston_watkins", "one_vs_rest"]

_OF_CLASSES = {"crammer_singer": crammer_singer, "weston_watkins": weston_watkins, "one_vs_rest": one_vs_rest_hinge}


def hinge_loss(
    y_true: ArrayLike, pred_decision: ArrayLike, *, labels: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    kind: Kind = "crammer_singer", power: Literal[1, 2] = 1,
) -> float:  # fmt: skip
    """Average hinge loss of the scores of a classifier.

    As ``sklearn.metrics.hinge_loss``, and right as well for rows of one class, which that takes for the negative class
    whatever it is.

    Parameters
    ----------
    y_true : array (n_rows,)
        Labels that can be sorted: numbers, text, booleans.
    pred_decision : array (n_rows,), or (n_rows, n_classes) for more than two classes
        What ``decision_function`` gives. Its columns, or for two classes the signs − and +, follow the sorted labels.
    labels : array (n_classes,), optional
        All classes, in any order, such as ``estimator.classes_``. It can be left out if every class is among the rows, or
        if the labels are −1 and +1, or booleans.
    sample_weight : array (n_rows,), optional
        Weights ≥ 0.
    kind : {"crammer_singer", "weston_watkins", "one_vs_rest"}
        The loss for more than two classes.
    power : {1, 2}
        2 for the squared hinge.

    Returns
    -------
    float
        ``Σ wᵢℓᵢ / Σ wᵢ``.

    Raises
    ------
    InvalidTargetError, SingleClassError, ShapeError, EmptyInputError, NonFiniteError, InvalidWeightError

    Examples
    --------
    >>> hinge_loss([-1, 1, 1], [-2.0, 0.5, 3.0])
    0.16666666666666666
    >>> hinge_loss([1, 1], [2.0, 0.5])
    0.25
    >>> hinge_loss(["no", "no"], [-2.0, -0.5], labels=["no", "yes"])
    0.25
    """
    one_of("kind", kind, tuple(_OF_CLASSES))
    one_of("power", power, (1, 2))
    y, scores = np.asarray(y_true), _scores(pred_decision)
    if y.ndim != 1 or len(y) != len(scores):
        raise ShapeError(
            f"y_true has the shape {y.shape} and pred_decision {scores.shape}; expected (n_rows,) and n_rows scores"
        )
    if not len(y):
        raise EmptyInputError("y_true has no rows; a mean needs one")
    weight = None if sample_weight is None else _weights(sample_weight, len(y))
    classes = _classes(y, labels)
    index = _indices(y, classes)
    if len(classes) > 2:
        _check_columns(scores, len(classes), labels_given=labels is not None)
        loss = _OF_CLASSES[kind](scores, index, power=power, sample_weight=weight, reduction="weighted_mean")
        return float(loss)
    if scores.ndim != 1:
        raise ShapeError(f"pred_decision has the shape {scores.shape}; expected (n_rows,), one score a row for two classes")
    return float(hinge(scores, index == 1, power=power, sample_weight=weight, reduction="weighted_mean"))


def _scores(pred_decision: ArrayLike) -> NDArray[Any]:
    scores = np.asarray(pred_decision)
    if scores.dtype.kind not in "biuf":
        raise UnsupportedTypeError(f"pred_decision has the type {scores.dtype}; expected numbers")
    scores = scores.astype(np.float64, copy=False)
    if scores.ndim not in (1, 2):
        raise ShapeError(f"pred_decision has the shape {scores.shape}; expected (n_rows,) or (n_rows, n_classes)")
    finite = np.isfinite(scores)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise NonFiniteError(f"pred_decision is {scores[place]} at row {place[0]}; expected finite scores")
    return scores


def _weights(sample_weight: ArrayLike, n_rows: int) -> NDArray[np.float64]:
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_rows,):
        raise InvalidWeightError(f"sample_weight has the shape {weight.shape}; expected ({n_rows},), one weight a row")
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise InvalidWeightError("sample_weight must have finite numbers ≥ 0")
    if not weight.any():
        raise InvalidWeightError("sample_weight is 0 everywhere; a mean needs a row that counts")
    return weight


def _classes(y: NDArray[Any], labels: ArrayLike | None) -> NDArray[Any]:
    """All classes, sorted."""
    if labels is not None:
        classes = np.unique(np.asarray(labels))
        if len(classes) < 2:
            raise SingleClassError(f"labels has the class {classes.tolist()}; expected all classes, two or more")
        return classes
    classes = np.unique(y)
    if len(classes) > 1:
        return classes
    if y.dtype.kind == "b":
        return np.array([False, True])
    if y.dtype.kind in "if" and abs(classes[0]) == 1:
        return np.array([-1, 1])
    raise SingleClassError(
        f"y_true has the class {classes.tolist()[0]!r} only, which could be the negative or the positive one; "
        "pass all classes as labels="
    )


def _indices(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.intp]:
    index = np.searchsorted(classes, y)
    known = np.take(classes, index, mode="clip") == y
    if not np.all(known):
        raise InvalidTargetError(
            f"y_true has the label {y[~known].tolist()[0]!r}, which is not among labels ({_shown(classes)}); it has no score"
        )
    return index


def _check_columns(scores: NDArray[Any], n_classes: int, *, labels_given: bool) -> None:
    if scores.ndim == 2 and scores.shape[1] == n_classes:
        return
    remedy = "" if labels_given else ": if a class is not among the rows, pass all classes as labels="
    raise ShapeError(
        f"pred_decision has the shape {scores.shape}; expected (n_rows, {n_classes}), one column for each class{remedy}"
    )


def _shown(classes: NDArray[Any]) -> str:
    return ", ".join(map(repr, classes[:5].tolist())) + (", …" if len(classes) > 5 else "")


@dataclass(frozen=True)
class HingeScorer:
    """Minus the `hinge_loss` of an estimator's scores: higher is better. For ``scoring=`` of scikit-learn.

    It knows the classes from ``estimator.classes_``, so that a fold may lack some.

    Parameters
    ----------
    kind, power
        As for `hinge_loss`.
    request_sample_weight : bool or None
        Whether scikit-learn's metadata routing passes ``sample_weight``; see `set_score_request`.
    """

    kind: Kind = "crammer_singer"
    power: Literal[1, 2] = 1
    request_sample_weight: bool | None = None

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """The score of a fitted estimator on rows X with labels y."""
        final = _final(estimator)
        decide, classes = getattr(estimator, "decision_function", None), getattr(estimator, "classes_", None)
        if decide is None or classes is None:
            missing = "decision_function" if decide is None else "classes_"
            raise UnsupportedTypeError(
                f"the estimator, a {type(final).__name__}, has no {missing}; expected a fitted classifier that gives scores"
            )
        scores = np.asarray(decide(X))
        _refuse_one_vs_one(final, scores, len(classes))
        return -hinge_loss(y, scores, labels=classes, sample_weight=sample_weight, kind=self.kind, power=self.power)

    def set_score_request(self, *, sample_weight: bool | None = None) -> HingeScorer:
        """The scorer that asks, or does not ask, metadata routing for the weights of the rows."""
        return HingeScorer(self.kind, self.power, sample_weight)

    def _accept_sample_weight(self) -> bool:
        # Searches over several metrics ask this of their scorers, by this name.
        return True

    def get_metadata_routing(self) -> Any:
        """What the scorer wants to be passed, in the words of scikit-learn."""
        from sklearn.utils.metadata_routing import MetadataRequest

        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=self.request_sample_weight)
        return request


def _final(estimator: Any) -> Any:
    """The classifier inside of searches and pipelines."""
    if hasattr(estimator, "best_estimator_"):
        return _final(estimator.best_estimator_)
    return _final(estimator.steps[-1][1]) if hasattr(estimator, "steps") else estimator


def _refuse_one_vs_one(final: Any, scores: NDArray[Any], n_classes: int) -> None:
    pairs = n_classes * (n_classes - 1) // 2
    # Three classes have as many pairs: only the parameter tells.
    by_pairs = getattr(final, "decision_function_shape", None) == "ovo" or pairs != n_classes
    if n_classes > 2 and scores.ndim == 2 and scores.shape[1] == pairs and by_pairs:
        raise ShapeError(
            f"the estimator, a {type(final).__name__}, gives one score for each pair of its {n_classes} classes; expected "
            "one for each class: set decision_function_shape='ovr'"
        )


neg_hinge_scorer = HingeScorer()
neg_squared_hinge_scorer = HingeScorer(power=2)
