"""Class probabilities the way scikit-learn has them until its release 1.11: Platt scaling over a cross-validation.

    P(y = 1 | x) = 1 / (1 + exp(A·f(x) + B)), A and B fitted to decision values of folds that f was not fitted on

For more classes each against the rest, the probabilities scaled to sum to one.

Platt: Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers (1999).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.metaestimators import available_if

from maxmargin._validation import resolve_seed

__all__ = ["Probabilities"]


def _wanted(estimator: Any) -> bool:
    if estimator.probability == "deprecated" or not estimator.probability:
        raise AttributeError(
            "predict_proba is not available when probability=False; use "
            "sklearn.calibration.CalibratedClassifierCV(SVC(), ensemble=False)"
        )
    return True


class Probabilities:
    """``predict_proba`` where ``probability=True``."""

    probability: Any
    random_state: Any
    _calibrated: Any = None

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

    def _calibrate(self, X: Any, y: Any, sample_weight: Any) -> None:
        """Fit the calibration, where it is asked for."""
        self._calibrated = None
        if self.probability == "deprecated" or not self.probability:
            return
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.model_selection import StratifiedKFold

        smallest = int(np.unique(np.asarray(y), return_counts=True)[1].min())
        inner = clone(self).set_params(probability="deprecated", verbose=0)
        if smallest < 2:  # no folds have all classes: what is left are the training rows themselves
            everyone = np.arange(len(y))
            folds: Any = [(everyone, everyone)]
        else:
            folds = StratifiedKFold(min(5, smallest), shuffle=True, random_state=resolve_seed(self.random_state))
        calibrated = CalibratedClassifierCV(inner, method="sigmoid", cv=folds, ensemble=False)
        self._calibrated = calibrated.fit(X, y, sample_weight=sample_weight)

    @available_if(_wanted)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class.

        Parameters
        ----------
        X : as for ``decision_function``

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        if self._calibrated is None:
            raise NotFittedError("predict_proba is not available when fitted with probability=False; fit again")
        return np.asarray(self._calibrated.predict_proba(X), dtype=np.float64)

    @available_if(_wanted)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Logarithm of `predict_proba`.

        Parameters
        ----------
        X : as for ``decision_function``

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return np.asarray(np.log(self.predict_proba(X)))
