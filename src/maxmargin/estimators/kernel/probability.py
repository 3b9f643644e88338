"""Class probabilities the way scikit-learn has them until its release 1.11: Platt scaling over a cross-validation.

    P(y = 1 | x) = 1 / (1 + exp(A·f(x) + B)), A and B fitted to decision values of folds that f was not fitted on

For more classes each against the rest, the probabilities scaled to sum to one. P rises with f, but P = ½ need not be where
f = 0: the class of the largest probability can be another one than `predict` says.

Platt: Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers (1999).
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.metaestimators import available_if

from maxmargin._validation import resolve_seed
from maxmargin.estimators.kernel.compression import Compressible
from maxmargin.estimators.kernel.data import TrainingData
from maxmargin.estimators.kernel.room import limits_of_a_fold
from maxmargin.estimators.running import fair_share
from maxmargin.exceptions import LongFitWarning, MemoryLimitError, NotConvergedWarning, TimeLimitError
from maxmargin.kernels import Rows

__all__ = ["Probabilities"]

_FOLDS = 5
_STOPPED = ("stopped_by_max_time", "stopped_by_callback")

_Vector = NDArray[np.float64]
_Indices = NDArray[np.intp]


def _asked(estimator: Any) -> bool:
    return estimator.probability != "deprecated" and bool(estimator.probability)


def _wanted(estimator: Any) -> bool:
    if not _asked(estimator):
        raise AttributeError(
            "predict_proba is not available when probability=False; use "
            "sklearn.calibration.CalibratedClassifierCV(SVC(), ensemble=False)"
        )
    return True


# scikit-learn ships no type information, so its classes are Any to the type checker.
class _Known(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose rows are decision values: what is left of a calibration is the calibration."""

    def fit(self, X: _Vector, y: NDArray[Any], sample_weight: _Vector | None = None) -> _Known:
        """Know the classes."""
        del X, sample_weight
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X: _Vector) -> _Vector:
        """The rows."""
        return X[:, 0] if X.shape[1] == 1 else X

    def predict(self, X: _Vector) -> NDArray[Any]:
        """The class of the largest decision value; what has a calibration must have this."""
        codes = (X[:, 0] > 0.0).astype(np.intp) if X.shape[1] == 1 else X.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[codes]
        return labels


class Probabilities(Compressible):
    """``predict_proba`` where ``probability=True``."""

    classes_: NDArray[Any]
    _calibrated: Any = None

    @property
    def _n_folds(self) -> int:  # type: ignore[override]
        return _FOLDS if _asked(self) else 0

    def _class_values(self, X: Any, *, labels_only: bool = False) -> _Vector:
        """A decision value for each class, for two classes one, (n_samples, 1); or what has the same labels."""
        raise NotImplementedError  # each machine has its own

    def _warn_probability(self) -> None:
        if self.probability == "deprecated":
            return
        name = type(self).__name__
        warnings.warn(
            f"The `probability` parameter is deprecated, as it is in scikit-learn, which removes it in 1.11. Use "
            f"sklearn.calibration.CalibratedClassifierCV({name}(), ensemble=False): it is what probability=True does.",
            FutureWarning,
            stacklevel=3,
        )

    def _calibration(self, data: TrainingData, labels: NDArray[Any]) -> Any:
        """The calibration of this fitted model, in what is left of its time; None where that is not enough."""
        from sklearn.calibration import CalibratedClassifierCV

        weights, present = data.weights, np.flatnonzero(data.masses() > 0.0)
        values = None
        if self.status_ not in _STOPPED:
            values = self._values_of_folds(data, labels, _folds(labels, present, resolve_seed(self.random_state)))
        if values is None:
            if self.status_ != "stopped_by_callback":
                warnings.warn(
                    f"{type(self).__name__}(probability=True) had no time left to calibrate its probabilities "
                    f"(max_time={self.max_time} s), which takes {_FOLDS} more fits: predict works, predict_proba does not. "
                    "Raise max_time",
                    NotConvergedWarning,
                    stacklevel=3,
                )
            return None
        everyone = np.arange(present.size)
        calibrated = CalibratedClassifierCV(_Known(), method="sigmoid", cv=[(everyone, everyone)], ensemble=False)
        return calibrated.fit(values[present], labels[present], None if weights is None else weights[present])

    def _values_of_folds(
        self, data: TrainingData, labels: NDArray[Any], folds: list[tuple[_Indices, _Indices]]
    ) -> _Vector | None:
        """Decision values of each row by a model of the other folds; None where time or a callback has ended one."""
        values = np.zeros((data.n_rows, 1 if self.classes_.size == 2 else self.classes_.size))
        for k, (train, test) in enumerate(folds):
            left = fair_share(self._deadline(data), k, len(folds), 1)
            inner = clone(self).set_params(probability="deprecated", verbose=0, max_time=None if np.isinf(left) else left)
            with warnings.catch_warnings():
                # Its own max_time is no one's business but ours, which says what it means.
                warnings.filterwarnings("ignore", ".* stopped by max_time", NotConvergedWarning)
                warnings.simplefilter("ignore", LongFitWarning)  # they were announced with ours
                try:
                    self._fit_fold(inner, data, train, labels[train])
                except TimeLimitError:  # of a kernel that is Python
                    return None
            if inner.status_ in _STOPPED:
                return None
            values[test] = inner._class_values(_part(data, test, train))
        return values

    def _fit_fold(self, inner: Any, data: TrainingData, train: _Indices, labels: NDArray[Any]) -> None:
        """Fit one of the models of the folds in what is left of the memory."""
        part = _part(data, train, train)
        *first, last = limits_of_a_fold(data, self.memory_limit, part, self.support_vectors_)
        weights = None if data.weights is None else data.weights[train]
        for limit in first:
            with suppress(MemoryLimitError):  # which comes before any work
                inner.set_params(memory_limit=limit).fit(part, labels, sample_weight=weights)
                return
        inner.set_params(memory_limit=last).fit(part, labels, sample_weight=weights)

    @available_if(_wanted)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> _Vector:
        """Probability of each class.

        The class of the largest probability can differ from `predict`, which goes by the decision values alone: for two
        classes where f(x) lies between 0 and the point at which the calibrated probability is ½.

        Parameters
        ----------
        X : as for ``decision_function``

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        if self._calibrated is None:
            raise NotFittedError(
                "predict_proba is not available when fitted with probability=False, or stopped before the calibration; fit "
                "again"
            )
        return np.asarray(self._calibrated.predict_proba(self._class_values(X)), dtype=np.float64)

    @available_if(_wanted)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> _Vector:
        """Logarithm of `predict_proba`.

        Parameters
        ----------
        X : as for ``decision_function``

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return np.asarray(np.log(self.predict_proba(X)))


def _folds(labels: NDArray[Any], present: _Indices, seed: int) -> list[tuple[_Indices, _Indices]]:
    """Rows to fit on and rows to look at, of those of positive weight."""
    from sklearn.model_selection import StratifiedKFold

    smallest = int(np.unique(labels[present], return_counts=True)[1].min())
    if smallest < 2:  # no folds have all classes: what is left are the training rows themselves
        return [(present, present)]
    split = StratifiedKFold(min(_FOLDS, smallest), shuffle=True, random_state=seed)
    return [(present[train], present[test]) for train, test in split.split(labels[present], labels[present])]


def _part(data: TrainingData, rows: _Indices, others: _Indices) -> Any:
    """Some rows, as numbers where the kernel is of these; of kernel values those with some others."""
    if data.kernel.pairwise:
        return data.rows.table[np.ix_(rows, others)]
    part: Rows = data.rows.take(rows)
    return part.table if data.kernel.numeric else part.given
