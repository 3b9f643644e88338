"""The linear model: numbers that predict by themselves.

    f_k(x) = ⟨w_k, x⟩ + b_k        (one k for two classes, else one for each class, the largest wins)

A `LinearModel` holds no solver, no data and no estimator. Whoever makes one, a fit or a file, has it checked here, field by
field, so that whatever holds one can rely on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation import resolve_n_jobs, validate_design
from maxmargin.certificate import Certificate, Claim
from maxmargin.exceptions import ShapeError
from maxmargin.model.checks import check_model
from maxmargin.model.fields import frozen, match_names
from maxmargin.model.proof import stored_certificate
from maxmargin.model.support import problem_labels
from maxmargin.problem import Loss
from maxmargin.solvers import Status

__all__ = ["LinearModel", "Multipliers"]

Multipliers = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Rows with a non-zero multiplier, ascending, and their multipliers αᵢ > 0."""


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LinearModel:
    """A fitted linear classifier as plain numbers; with K classes it has k = 1 problem for K = 2, else k = K.

    Parameters
    ----------
    coef : ndarray of shape (k, n_features)
    intercept : ndarray of shape (k,)
    classes : ndarray of shape (K,)
        Ascending and distinct. With two classes, positive decision values mean ``classes[1]``.
    loss : {"hinge", "squared_hinge"}
    C : float
    fit_intercept : bool
    class_weight : ndarray of shape (K,)
        Factor of C for each class.
    tol : float
        Relative gap that was asked for.
    status : str
        How the fit ended.
    primal, dual, gap : ndarray of shape (k,)
        As certified at the end of the fit; an objective that overflows is infinite.
    n_iter : int
    fit_time : float
        Seconds.
    n_rows : int
        Rows of the training data.
    multipliers : tuple of k pairs (rows, values), or None
        The proof: the dual point of each problem, without its zeros. None where it has been left out.
    feature_names : tuple of str, or None

    Raises
    ------
    InvalidModelError
        A field is not what it must be; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin import LinearSVC
    >>> model = LinearSVC(loss="hinge").fit([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"])._to_model()
    >>> model.predict(np.array([[0.2], [2.9]])).tolist()
    ['no', 'yes']
    """

    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    classes: NDArray[Any]
    loss: Loss
    C: float
    fit_intercept: bool
    class_weight: NDArray[np.float64]
    tol: float
    status: Status
    primal: NDArray[np.float64]
    dual: NDArray[np.float64]
    gap: NDArray[np.float64]
    n_iter: int
    fit_time: float
    n_rows: int
    multipliers: tuple[Multipliers, ...] | None = None
    feature_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_model(self)
        for name in ("coef", "intercept", "classes", "class_weight", "primal", "dual", "gap"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if self.multipliers is not None:
            pairs = tuple((frozen(rows), frozen(values)) for rows, values in self.multipliers)
            object.__setattr__(self, "multipliers", pairs)

    @property
    def n_features(self) -> int:
        """Number of features d."""
        return int(self.coef.shape[1])

    @property
    def n_problems(self) -> int:
        """Number of binary problems k."""
        return int(self.coef.shape[0])

    @property
    def certificate(self) -> Certificate:
        """The certificate of the fit, as stored; `maxmargin.certify` computes one anew from the data."""
        return stored_certificate(self, problem_labels(self.classes, None))

    @property
    def relative_gap(self) -> float:
        """Largest relative gap of the binary problems."""
        return self.certificate.relative_gap

    def decision_function(self, X: Any, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Decision values ``X wᵀ + b``.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            The columns of a frame must have the names and the order of the training data, where these are known.
        n_jobs : int, optional
            Threads, as for the estimators.

        Returns
        -------
        ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)

        Raises
        ------
        ShapeError
            The columns are not those of the training data.
        InvalidInputError
            One of its children, named after the defect.
        """
        match_names(self, X)
        n_threads = resolve_n_jobs(n_jobs)
        design = validate_design(X, n_threads)
        if design.n_features != self.n_features:
            raise ShapeError(
                f"X has {design.n_features} features, but the model has {self.n_features}; pass the same columns"
            )
        values = np.empty((design.n_rows, self.n_problems))
        for k in range(self.n_problems):
            values[:, k] = design.decision(self.coef[k], float(self.intercept[k]), n_threads)
        return values[:, 0] if self.n_problems == 1 else values

    def predict(self, X: Any, *, n_jobs: int | None = None) -> NDArray[Any]:
        """The class of each row.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
        n_jobs : int, optional
            Threads, as for the estimators.

        Returns
        -------
        ndarray of shape (n_samples,)

        Raises
        ------
        InvalidInputError
            As `decision_function`.
        """
        return self.labels(self.decision_function(X, n_jobs=n_jobs))

    def labels(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """The classes that belong to decision values."""
        codes = (values > 0).astype(np.intp) if values.ndim == 1 else values.argmax(axis=1)
        return cast("NDArray[Any]", self.classes[codes])

    def __repr__(self) -> str:
        return (
            f"LinearModel({self.classes.size} classes, {self.n_features} features, loss={self.loss!r}, C={self.C:g}, "
            f"status={self.status!r}, relative_gap={self.relative_gap:.1e})"
        )

    def _claim(self) -> Claim:
        """What `certify` needs to know."""
        return Claim(
            type(self).__name__, self.coef, self.intercept, self.classes, self.C, self.loss, self.fit_intercept,
            self.class_weight, self.multipliers, self.n_rows,
        )  # fmt: skip
