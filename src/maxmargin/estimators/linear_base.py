"""What every fitted linear classifier does: decision values, labels, sparse coefficients, multipliers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from maxmargin import _native
from maxmargin._validation import Target, match_features, resolve_n_jobs, validate_design
from maxmargin.certificate import Certificate, Claim
from maxmargin.estimators.fitting import BinaryFit
from maxmargin.estimators.running import history_table, not_converged_message
from maxmargin.exceptions import NotConvergedWarning
from maxmargin.solvers import Start, Status

__all__ = ["LinearClassifier"]

_WORTH_THREADS = 1 << 18  # stored values below which one thread is fastest


# scikit-learn ships no type information, so its classes are Any to the type checker.
class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Base of linear classifiers: everything that needs only coefficients, intercepts and classes."""

    coef_: Any
    intercept_: NDArray[np.float64]
    classes_: NDArray[Any]
    n_features_in_: int
    class_weight_: NDArray[np.float64]
    certificate_: Certificate
    status_: Status
    n_iter_: int
    _support: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...] | None
    _n_rows: int

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Decision values ``X wᵀ + b``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
            Positive for ``classes_[1]``; with more classes the largest value wins.
        """
        self._require_fit()
        design = validate_design(X)
        match_features(self, X, design.n_features)
        coef = np.ascontiguousarray(self._dense_coef(), dtype=np.float64)
        n_threads = self._prediction_threads(design)
        intercept = np.broadcast_to(np.asarray(self.intercept_, dtype=np.float64), coef.shape[:1])
        if coef.shape[0] == 1:
            return np.asarray(design.decision(coef[0], float(intercept[0]), n_threads))
        values = np.empty((design.n_rows, coef.shape[0]))
        for k in range(coef.shape[0]):
            values[:, k] = design.decision(coef[k], float(intercept[k]), n_threads)
        return values

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        values = self.decision_function(X)
        codes = (values > 0).astype(np.intp) if values.ndim == 1 else values.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[codes]
        return labels

    def densify(self) -> LinearClassifier:
        """Store ``coef_`` as a dense array (the default after a fit); returns the estimator."""
        self._require_fit()
        self.coef_ = self._dense_coef()
        return self

    def sparsify(self) -> LinearClassifier:
        """Store ``coef_`` as a sparse matrix; returns the estimator."""
        from scipy.sparse import csr_matrix

        self._require_fit()
        self.coef_ = csr_matrix(self._dense_coef())
        return self

    @property
    def support_(self) -> NDArray[np.int64]:
        """Rows with a positive multiplier in any of the binary problems, ascending."""
        return np.unique(np.concatenate([rows for rows, _ in self._multipliers()]))

    @property
    def dual_coef_(self) -> Any:
        """Multipliers αᵢ ≥ 0 of the binary problems: sparse array of shape (n_problems, n_samples)."""
        from scipy.sparse import csr_array

        pairs = self._multipliers()
        indptr = np.cumsum([0, *(rows.size for rows, _ in pairs)])
        indices = np.concatenate([rows for rows, _ in pairs])
        values = np.concatenate([values for _, values in pairs])
        return csr_array((values, indices, indptr), shape=(len(pairs), self._n_rows))

    def _multipliers(self) -> tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]:
        self._require_fit()
        if self._support is None:
            raise AttributeError(f"this {type(self).__name__} was loaded from a model that stores no multipliers")
        return self._support

    def _starts(self, n_features: int, target: Target, c: NDArray[np.float64], n_problems: int) -> Sequence[Start | None]:
        """Where each problem starts: from the previous fit if asked and if it fits, else nowhere."""
        if not self.warm_start or "coef_" not in self.__dict__:
            return [None] * n_problems
        coef = self._dense_coef()
        if coef.shape != (n_problems, n_features) or not np.array_equal(self.classes_, target.classes):
            return [None] * n_problems
        starts = []
        for k in range(n_problems):
            multipliers = None
            if self._support is not None and self._n_rows == c.size:
                multipliers = np.zeros(c.size)
                multipliers[self._support[k][0]] = self._support[k][1]
                if self.loss == "hinge":
                    np.minimum(multipliers, c, out=multipliers)
            starts.append(Start(np.array(coef[k], dtype=np.float64), float(self.intercept_[k]), multipliers))
        return starts

    def _publish(self, certificate: Certificate, status: Status, n_iter: int, fits: Sequence[BinaryFit]) -> None:
        self.certificate_ = certificate
        self.primal_ = certificate.primal
        self.dual_ = certificate.dual
        self.gap_ = certificate.gap
        self.relative_gap_ = certificate.relative_gap
        self.status_ = status
        self.n_iter_ = n_iter
        self.history_ = history_table(fits)

    def _warn_if_not_converged(self) -> None:
        if self.status_ in ("optimal", "stopped_by_callback"):
            return
        warnings.warn(not_converged_message(self, "‖x‖"), NotConvergedWarning, stacklevel=3)

    def _claim(self) -> Claim:
        """What `certify` needs to know; the parameters are those of the fit, not later ones."""
        self._require_fit()
        done = self.certificate_
        return Claim(
            type(self).__name__, self._dense_coef(), self.intercept_, self.classes_, done.C,
            done.loss, done.fit_intercept, self.class_weight_, self._support, self._n_rows,
        )  # fmt: skip

    def _dense_coef(self) -> NDArray[np.float64]:
        coef: NDArray[np.float64] = self.coef_.toarray() if hasattr(self.coef_, "toarray") else self.coef_
        return coef

    def _prediction_threads(self, design: _native.Design) -> int:
        return 1 if design.stored_values < _WORTH_THREADS else resolve_n_jobs(getattr(self, "n_jobs", None))

    def _require_fit(self) -> None:
        if "coef_" not in self.__dict__:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                f"arguments before "
                "using this estimator."
            )

    def __sklearn_is_fitted__(self) -> bool:
        return "coef_" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
