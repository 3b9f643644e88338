"""The kernel model: numbers that predict by themselves.

    f_k(x) = Σⱼ a_kj K(x, sⱼ) + b_k        (one k for each problem: a pair of classes, a class, or the only one)

Like a `LinearModel` it holds no solver, no data but the support vectors, and no estimator, and has been checked field by
field. The coefficients a are the multipliers, so the proof is always there.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation import resolve_n_jobs
from maxmargin.certificate import Certificate
from maxmargin.exceptions import NotCertifiableError, ShapeError
from maxmargin.kernels import ApproximateKernel, GivenColumns, Kernel, Linear, Rows
from maxmargin.model.fields import frozen, match_names
from maxmargin.model.kernel_checks import check_kernel_model
from maxmargin.model.parameters import check_parameters
from maxmargin.model.proof import stored_certificate
from maxmargin.model.reduced import ApproximationNote, Compression
from maxmargin.model.support import SupportVectors, all_pairs, by_rows, join, numbers_a_row, problem_labels, votes
from maxmargin.solvers import Status

__all__ = ["LOSSES", "KernelModel", "MachineName"]

MachineName = Literal["svc", "nu_svc", "svr", "nu_svr", "one_class"]
LOSSES: dict[MachineName, str] = {
    "svc": "hinge",
    "nu_svc": "nu_hinge",
    "svr": "epsilon_insensitive",
    "nu_svr": "nu_epsilon_insensitive",
    "one_class": "one_class",
}
_ARRAYS = (
    "support", "n_support", "dual_coef", "intercept", "scale", "tube", "primal", "dual", "gap", "n_iter", "classes",
    "class_weight", "component_coef", "landmark_rows", "landmark_classes",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class KernelModel:
    """A fitted kernel machine as plain numbers; m support vectors, k problems, K classes.

    Parameters
    ----------
    machine : {"svc", "nu_svc", "svr", "nu_svr", "one_class"}
    kernel : Kernel
        With numbers for parameters; of `maxmargin.kernels`, no Python function. An `ApproximateKernel` of such a kernel in
        a model of components.
    support : ndarray of shape (m,), int64
        Rows of the training data, ascending within each class.
    support_vectors : ndarray or CSR matrix of shape (m, n_features), float32 or float64; None for a precomputed kernel
    n_support : ndarray of shape (K,), or (1,) without classes, int32
    dual_coef : ndarray of shape (k, m), or (K − 1, m) for pairs of classes that were not compressed
        Laid out as in scikit-learn.
    intercept : ndarray of shape (k,)
    scale : ndarray of shape (k,)
        The margin that ``nu_svc`` divided by; else 1.
    tube : ndarray of shape (k,)
        The half width of the tube that ``nu_svr`` found; what the margin that ``nu_svc`` found exceeds ``scale`` by, which
        is other than 0 only where it found none to divide by; else 0.
    C, tol, fit_time, kernel_evaluations : float
        C is 1 where the machine has none.
    status : str
    primal, dual, gap : ndarray of shape (k,)
        As certified at the end of the fit.
    n_iter : ndarray of shape (k,), int64
    n_rows, n_features : int
        Of the training data.
    fit_intercept : bool
    nu, epsilon : float or None
        Of the machines that have one.
    classes : ndarray of shape (K,) or None
        Ascending and distinct. With two classes, positive decision values mean ``classes[1]``.
    class_weight : ndarray of shape (K,) or None
    multi_class, decision_function_shape : {"ovo", "ovr"} or None
        None without classes.
    feature_names : tuple of str, or None
    approximation : ApproximationNote or None
        Of a fit with components, and of what `compress` makes of it.
    component_coef : ndarray of shape (k, n_components) or None
        w of each problem, of a model of components: f_k(x) = ⟨w, z(x)⟩ + b_k.
    landmark_rows, landmark_classes : ndarray of shape (n_components,), int64, or None
        Which rows of the training data the landmarks are, and the numbers of their classes.
    compression : Compression or None
        Of a model whose support vectors were made fewer: its coefficients are no multipliers.
    parameters : dict or None
        Constructor parameters of the estimator, as far as plain values can say them. They are nothing that the model
        predicts from; an estimator made of it has them.

    Raises
    ------
    InvalidModelError
        A field is not what it must be; the message names it.
    UnsupportedTypeError
        The kernel is code.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from maxmargin import SVC
    >>> X, y = load_iris(return_X_y=True)
    >>> model = SVC(C=10.0).fit(X, y)._to_model()
    >>> model.predict(X[[0, 75, 140]]).tolist()
    [0, 1, 2]
    """

    machine: MachineName
    kernel: Kernel
    support: NDArray[np.int64]
    support_vectors: Any
    n_support: NDArray[np.int32]
    dual_coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    scale: NDArray[np.float64]
    tube: NDArray[np.float64]
    C: float
    tol: float
    status: Status
    primal: NDArray[np.float64]
    dual: NDArray[np.float64]
    gap: NDArray[np.float64]
    n_iter: NDArray[np.int64]
    fit_time: float
    kernel_evaluations: float
    n_rows: int
    n_features: int
    fit_intercept: bool = True
    nu: float | None = None
    epsilon: float | None = None
    classes: NDArray[Any] | None = None
    class_weight: NDArray[np.float64] | None = None
    multi_class: str | None = None
    decision_function_shape: str | None = None
    feature_names: tuple[str, ...] | None = None
    approximation: ApproximationNote | None = None
    component_coef: NDArray[np.float64] | None = None
    landmark_rows: NDArray[np.int64] | None = None
    landmark_classes: NDArray[np.int64] | None = None
    compression: Compression | None = None
    parameters: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        check_kernel_model(self)
        check_parameters(self)
        object.__setattr__(self, "parameters", deepcopy(self.parameters))
        for name in _ARRAYS:
            array = getattr(self, name)
            object.__setattr__(self, name, None if array is None else frozen(array))
        if isinstance(self.support_vectors, np.ndarray):
            object.__setattr__(self, "support_vectors", frozen(self.support_vectors))

    @property
    def loss(self) -> str:
        """What the machine minimises, by the name that certificates have for it."""
        return LOSSES[self.machine]

    @property
    def pairs(self) -> list[tuple[int, int]] | None:
        """The pairs of classes of a one-vs-one model of more than two; else None."""
        several = self.classes is not None and self.classes.size > 2 and self.multi_class == "ovo"
        return all_pairs(self.classes.size) if several and self.classes is not None else None

    @property
    def layout_pairs(self) -> list[tuple[int, int]] | None:
        """The pairs that ``dual_coef`` is laid out by; None where each problem has a row of its own."""
        return self.pairs if self.compression is None else None

    @property
    def exact_kernel(self) -> Kernel:
        """The kernel, or the one that it approximates."""
        return self.kernel.kernel if isinstance(self.kernel, ApproximateKernel) else self.kernel

    @property
    def n_problems(self) -> int:
        """Number of problems k."""
        return len(self.labels_of_problems)

    @property
    def labels_of_problems(self) -> list[Any]:
        """What each problem is called in a certificate; None without classes."""
        return [None] if self.classes is None else problem_labels(self.classes, self.pairs)

    @property
    def certificate(self) -> Certificate:
        """The certificate of the fit, as stored; `maxmargin.certify` computes one anew from the data."""
        note = None if self.approximation is None else str(self.approximation)
        return stored_certificate(
            self, self.labels_of_problems, nu=self.nu, approximation=note, inner_product=self.kernel.inner_product
        )

    @property
    def relative_gap(self) -> float:
        """Largest relative gap of the problems."""
        return self.certificate.relative_gap

    def decision_function(self, X: Any, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Decision values, as the estimator's; for a regression the predicted numbers.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            The columns of a frame must have the names and the order of the training data, where these are known.
            For a precomputed kernel the kernel values, (n_samples, n_rows), or only their columns ``support``.
        n_jobs : int, optional
            Threads, as for the estimators.

        Returns
        -------
        ndarray of shape (n_samples,), or (n_samples, K) for more than two classes
            One column for each pair of classes where ``decision_function_shape`` is "ovo".

        Raises
        ------
        ShapeError
            The columns are not those of the training data.
        InvalidInputError
            One of its children, named after the defect.
        """
        n_threads = resolve_n_jobs(n_jobs)
        decide, pairs, classes = self._decision(n_threads), self.pairs, self.classes
        data, numbers = self._rows(X, n_threads), numbers_a_row(self.kernel, self.n_support, self.dual_coef, self.n_problems)
        if self.n_problems == 1 or pairs is None or classes is None or self.decision_function_shape == "ovo":
            values = by_rows(data, numbers, decide)
            return values[:, 0] if self.n_problems == 1 else values
        return by_rows(data, numbers, lambda rows: votes(decide(rows), pairs, classes.size))

    def predict(self, X: Any, *, n_jobs: int | None = None) -> NDArray[Any]:
        """The class of each row; of a regression the number; +1 inside and −1 outside for one class.

        Parameters
        ----------
        X : as for `decision_function`
        n_jobs : int, optional
            Threads, as for the estimators.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self.labels(self.decision_function(X, n_jobs=n_jobs))

    def labels(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """What is predicted where the decision values are these."""
        if self.classes is None:
            return np.where(values >= 0.0, 1, -1).astype(np.intp) if self.machine == "one_class" else values
        if values.ndim == 2 and self.pairs is not None and self.decision_function_shape == "ovo":
            values = votes(values, self.pairs, self.classes.size)
        codes = (values > 0).astype(np.intp) if values.ndim == 1 else values.argmax(axis=1)
        return cast("NDArray[Any]", self.classes[codes])

    def _decision(self, n_threads: int) -> Callable[[Rows], NDArray[np.float64]]:
        """What finds the decision values of all problems of rows, (n_samples, k)."""
        kernel, weights = self.kernel, self.component_coef
        if isinstance(kernel, ApproximateKernel) and weights is not None:
            return lambda rows: kernel.sums(rows, weights, n_threads) + self.intercept
        vectors = SupportVectors(kernel, Rows(self.support_vectors), self.n_support, self.dual_coef)
        if not isinstance(kernel, Linear) or self.support.size == 0:
            return lambda rows: vectors.sums(rows, self.layout_pairs, n_threads) + self.intercept
        coef = join(vectors.directions(n_threads), self.layout_pairs, axis=0)
        lines = list(zip(coef, self.intercept.tolist(), strict=True))
        return lambda rows: np.stack([rows.design.decision(line, b, n_threads) for line, b in lines], axis=1)

    def _rows(self, X: Any, n_threads: int) -> Rows | GivenColumns:
        if self.kernel.pairwise:
            return GivenColumns(X, self.support, self.n_rows)
        match_names(self, X)
        data = Rows(X, n_threads)
        if data.design.n_features != self.n_features:
            raise ShapeError(
                f"X has {data.design.n_features} features, but the model has {self.n_features}; pass the same columns"
            )
        return data

    def _claim(self) -> Any:
        """`certify` asks estimators, which know how their problems are built."""
        raise NotCertifiableError(
            "KernelModel has numbers but no problem to hold them to; certify the estimator that maxmargin.load makes of "
            "its file"
        )

    def __repr__(self) -> str:
        return (
            f"KernelModel({self.machine}, {self.kernel!r}, {self.support.size} support vectors, C={self.C:g}, "
            f"status={self.status!r}, relative_gap={self.relative_gap:.1e})"
        )
