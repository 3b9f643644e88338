"""What the five kernel machines have in common: the way from X to a native kernel, and what a fit publishes."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from maxmargin._validation import (
    match_features,
    record_features,
    resolve_memory_limit,
    resolve_n_jobs,
    validate_machine_parameters,
    validate_weights,
)
from maxmargin.callbacks import ProgressLine, both, progress_display
from maxmargin.certificate import Certificate, ClassCertificate, MachineClaim
from maxmargin.estimators.kernel.estimate import FitEstimate, announce
from maxmargin.estimators.kernel.fitting import MachineFit, MachineTask, fit_machines
from maxmargin.estimators.running import history_table, not_converged_message, worst_status
from maxmargin.exceptions import MemoryLimitError, NotConvergedWarning, ShapeError
from maxmargin.kernels import Kernel, Linear, Precomputed, Rows, as_kernel, training_kernel, training_matrix
from maxmargin.machines import Machine
from maxmargin.solvers import Settings, Status
from maxmargin.solvers.end_game import KernelSource

__all__ = ["Costs", "KernelMachine", "Problems", "TrainingData", "support_rows"]

_BYTES_A_ROW = 320  # of all that a solver keeps for a row with two variables
_BLOCK_BYTES = 1 << 20  # the least that a block of kernel values takes


Costs = dict[str, Any]  # C, nu, epsilon, fit_intercept: what of a problem is neither data nor kernel


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Validated rows and weights, and the kernel with its numbers resolved."""

    rows: Rows
    kernel: Kernel
    weights: NDArray[np.float64] | None
    n_threads: int
    started: float

    @property
    def n_rows(self) -> int:
        """Rows, those of weight 0 too."""
        return len(self.rows)

    @property
    def sparse(self) -> bool:
        """Whether the rows are a sparse table."""
        return self.kernel.numeric and issparse(self.rows.table)

    def source(self, matrix: NDArray[Any] | None) -> KernelSource:
        """The kernel's numbers for second-order methods; ``matrix`` has all of them where there is one."""
        if matrix is not None:
            return KernelSource(lambda rows, others: np.asarray(matrix[np.ix_(rows, others)], dtype=np.float64))
        if not isinstance(self.kernel, Linear) or self.rows.design.n_features > self.n_rows:
            return KernelSource(self._values)
        table = self.rows.table

        def vectors(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            taken = table[rows]
            return np.asarray(taken.toarray() if issparse(taken) else taken, dtype=np.float64)

        return KernelSource(self._values, vectors, self.rows.design.n_features)

    def _values(self, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
        everyone = rows.size == self.n_rows and bool((np.diff(rows) > 0).all())
        return self.kernel.values(self.rows if everyone else self.rows.take(rows), self.rows.take(others))

    def masses(self) -> NDArray[np.float64]:
        """The weight of each row."""
        return np.ones(self.n_rows) if self.weights is None else self.weights


@dataclass(frozen=True, slots=True, eq=False)
class Problems:
    """The problems of one fit, built when their turn comes; ``pairs_of_rows`` says how large they are together."""

    labels: Sequence[Any]
    machine: Callable[[int], Machine]
    pairs_of_rows: float


# scikit-learn ships no type information, so its classes are Any to the type checker.
class KernelMachine(BaseEstimator):  # type: ignore[misc]
    """Base of the kernel machines."""

    _loss: str

    support_: NDArray[np.int64]
    support_vectors_: Any
    dual_coef_: Any
    intercept_: NDArray[np.float64]
    certificate_: Certificate
    status_: Status
    n_iter_: Any
    kernel_: Kernel
    _n_support: NDArray[np.int32]
    _n_rows: int

    def _training_data(self, X: Any, sample_weight: Any) -> TrainingData:
        started = time.perf_counter()
        validate_machine_parameters(self)
        n_threads = resolve_n_jobs(self.n_jobs)
        kernel = as_kernel(self.kernel, gamma=self.gamma, coef0=self.coef0, degree=self.degree)
        rows = Rows(X, n_threads)
        if kernel.pairwise:
            kernel.resolve(rows)
        if kernel.numeric:
            record_features(self, X, rows.design.n_features)
        weights = validate_weights(sample_weight, len(rows))
        return TrainingData(rows, kernel.resolve(rows, weights), weights, n_threads, started)

    def _solve(self, data: TrainingData, problems: Problems) -> list[MachineFit]:
        memory_limit = resolve_memory_limit(self.memory_limit)
        needed = _BYTES_A_ROW * data.n_rows + _BLOCK_BYTES
        values = _values_per_row(data)
        packed = 4.0 * data.n_rows * values if data.kernel.native is not None else 0.0
        if needed + packed > memory_limit:
            raise MemoryLimitError(
                f"a fit of {data.n_rows} rows needs about {needed + packed:.2g} bytes beyond its input, and memory_limit "
                f"allows {memory_limit:.2g}; raise memory_limit, or fit on fewer rows"
            )
        estimate = FitEstimate.of(data.n_rows, problems.pairs_of_rows, values, needed + packed, data.n_threads)
        announce(type(self).__name__, estimate, verbose=bool(self.verbose))
        display = progress_display() if self.verbose else None
        matrix = training_matrix(data.kernel, data.rows, memory_limit, data.n_threads)
        task = MachineTask(
            training_kernel(data.kernel, data.rows, matrix, data.n_threads), data.source(matrix),
            len(problems.labels), problems.machine, self._point if self._fits_as_start(data, problems) else None,
            Settings(float(self.tol), int(self.max_iter), math.inf, data.n_threads),
            memory_limit - packed, data.started + (math.inf if self.max_time is None else self.max_time),
            both(self.callback, display),
        )  # fmt: skip
        try:
            return fit_machines(task)
        finally:
            if isinstance(display, ProgressLine):
                display.close()

    def _fits_as_start(self, data: TrainingData, problems: Problems) -> bool:
        """Whether the next fit may start from the multipliers of this one."""
        if not (self.warm_start and self.__sklearn_is_fitted__() and self._n_rows == data.n_rows):
            return False
        return [problem.label for problem in self.certificate_.problems] == list(problems.labels)

    def _claim_of(self, X: Any, sample_weight: Any, n_threads: int) -> TrainingData:
        """The training data again, with the kernel of the fit."""
        self._require_fit()
        rows = Rows(X, n_threads)
        if len(rows) != self._n_rows:
            raise ShapeError(
                f"X has {len(rows)} rows, but the model was trained on {self._n_rows}; certify proves a model on its own "
                "training data"
            )
        if self.kernel_.numeric:
            match_features(self, X, rows.design.n_features)
        return TrainingData(rows, self.kernel_, validate_weights(sample_weight, len(rows)), n_threads, time.perf_counter())

    def _claim(self, data: TrainingData, problems: Problems) -> MachineClaim:
        """What `certify` needs to know; the parameters are those of the fit, not later ones."""
        done = self.certificate_
        vectors = None if self.kernel_.pairwise else Rows(self.support_vectors_)
        costs = {"C": done.C, "fit_intercept": done.fit_intercept, "nu": done.nu}
        return MachineClaim(
            self.kernel_, data.rows, self.support_, vectors, problems.labels, problems.machine, self._point, done.loss, costs
        )

    def _point(self, k: int, machine: Machine) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Multipliers and offsets of problem ``k`` of the fitted model."""
        scale, epsilon = self._scales[k]
        return machine.point(self._coefficients(k), float(self.intercept_[k]), scale, epsilon)

    def _coefficients(self, k: int) -> NDArray[np.float64]:
        """Coefficients of problem ``k``, one for each training row."""
        dense = np.zeros(self._n_rows)
        dense[self.support_] = self._dense_dual()[k]
        return dense

    def _dense_dual(self) -> NDArray[np.float64]:
        dual: NDArray[np.float64] = self.dual_coef_.toarray() if issparse(self.dual_coef_) else self.dual_coef_
        return dual

    def _publish(self, fits: Sequence[MachineFit], data: TrainingData, problems: Problems, costs: Costs) -> None:
        self._fitted_costs = costs
        self.kernel_ = data.kernel
        self._n_rows = data.n_rows
        self.shape_fit_ = (data.n_rows,) if data.rows.n_features is None else (data.n_rows, data.rows.n_features)
        self._scales = [(fit.decision.scale, fit.decision.epsilon or 0.0) for fit in fits]
        certificates = [ClassCertificate(label, fit.certificate) for label, fit in zip(problems.labels, fits, strict=True)]
        published = {name: costs[name] for name in ("C", "nu", "fit_intercept") if name in costs}
        self.certificate_ = Certificate(tuple(certificates), data.n_rows, data.rows.n_features or 0, self._loss, **published)
        self.primal_ = self.certificate_.primal
        self.dual_ = self.certificate_.dual
        self.gap_ = self.certificate_.gap
        self.relative_gap_ = self.certificate_.relative_gap
        self.status_ = worst_status(fits)
        self.fit_status_ = 0 if self.status_ == "optimal" else 1
        self.kernel_evaluations_ = sum(fit.kernel_evaluations for fit in fits)
        self.history_ = history_table(fits)
        self.fit_time_ = time.perf_counter() - data.started
        if any(fit.interrupted for fit in fits):
            raise KeyboardInterrupt
        if self.status_ not in ("optimal", "stopped_by_callback"):
            warnings.warn(not_converged_message(self, "√K(x, x)"), NotConvergedWarning, stacklevel=3)

    def _require_fit(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments before "
                "using this estimator."
            )

    def __sklearn_is_fitted__(self) -> bool:
        return "dual_coef_" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        pairwise = self.kernel == "precomputed" or isinstance(self.kernel, Precomputed)
        tags.input_tags.pairwise = pairwise
        tags.input_tags.sparse = not pairwise
        return tags


def support_rows(data: TrainingData, support: NDArray[np.int64]) -> Any:
    """The support vectors as the user has them; an empty array for a precomputed kernel, whose X has no vectors."""
    if data.kernel.pairwise:
        return np.empty((0, 0))
    rows = data.rows.take(support)
    return rows.table if data.kernel.numeric and support.size else rows.given


def _values_per_row(data: TrainingData) -> float:
    if data.kernel.native is None:
        return 0.0
    return float(data.rows.design.stored_values) / data.n_rows
