"""What the five kernel machines have in common: the way from X to a native kernel, and what a fit publishes."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from maxmargin._validation import (
    Copies,
    match_features,
    record_features,
    resolve_memory_limit,
    resolve_n_jobs,
    validate_machine_parameters,
    validate_weights,
)
from maxmargin.callbacks import Callback, ProgressLine, both, nothing_yet, progress_display
from maxmargin.certificate import Certificate, ClassCertificate, MachineClaim
from maxmargin.estimators.kernel.approximation import approximated
from maxmargin.estimators.kernel.data import Costs, Problems, TrainingData
from maxmargin.estimators.kernel.estimate import FitEstimate, announce, estimate_of_values
from maxmargin.estimators.kernel.fitting import MachineFit, MachineTask, fit_machines
from maxmargin.estimators.kernel.known import Known
from maxmargin.estimators.kernel.proving import Judge
from maxmargin.estimators.kernel.room import (
    FEW_ROWS,
    Room,
    most_for_values,
    most_of_few,
    room_for_components,
    room_for_values,
)
from maxmargin.estimators.kernel.solving import InKernelValues, Solver, at_the_start, in_components, rows_for_all
from maxmargin.estimators.running import history_table, no_margin_message, not_converged_message, worst_status
from maxmargin.exceptions import NotCertifiableError, NotConvergedWarning, ShapeError
from maxmargin.kernels import (
    Kernel,
    Precomputed,
    Rows,
    Stopped,
    as_kernel,
    plan_kernel,
    training_kernel,
    training_matrix,
)
from maxmargin.machines import Machine
from maxmargin.model import LOSSES, ApproximationNote, MachineName
from maxmargin.solvers import Settings, Status

__all__ = ["KernelMachine"]


# scikit-learn ships no type information, so its classes are Any to the type checker.
class KernelMachine(BaseEstimator):  # type: ignore[misc]
    """Base of the kernel machines."""

    _machine_name: MachineName

    support_: NDArray[np.int64]
    support_vectors_: Any
    dual_coef_: Any
    intercept_: NDArray[np.float64]
    certificate_: Certificate
    status_: Status
    n_iter_: Any
    kernel_: Kernel
    compression_: Any
    component_coef_: NDArray[np.float64]
    _approximation: ApproximationNote | None
    _landmarks: tuple[NDArray[np.intp], NDArray[np.intp]]  # their rows, and the classes of these
    _n_support: NDArray[np.int32]
    _n_rows: int
    _known: Known
    _n_folds = 0  # of what follows a fit

    def _training_data(self, X: Any, sample_weight: Any) -> TrainingData:
        started = time.perf_counter()
        validate_machine_parameters(self)
        n_threads = resolve_n_jobs(self.n_jobs)
        kernel = as_kernel(self.kernel, gamma=self.gamma, coef0=self.coef0, degree=self.degree)
        rows = Rows(X, n_threads, Copies(self.memory_limit, limited=True))
        if kernel.pairwise:
            kernel.resolve(rows)
        if kernel.numeric:
            record_features(self, X, rows.design.n_features)
        weights = validate_weights(sample_weight, len(rows))
        return TrainingData(rows, kernel.resolve(rows, weights), weights, n_threads, started, folds=self._n_folds)

    def _approximated(self, data: TrainingData, problems: Problems, codes: NDArray[np.intp] | None) -> TrainingData:
        """The data with a kernel of components, where that is asked for; ``codes`` are the classes of the rows."""
        for name in ("n_components_", "approximation_error_", "component_coef_", "_landmarks"):
            self.__dict__.pop(name, None)
        self._approximation = None
        if self.approximation is None:
            return data
        data, found = approximated(self, data, problems)
        kernel = found.kernel
        self._note_approximation(
            ApproximationNote(kernel.approximation, kernel.n_components, found.error, float(self.approximation_tol))
        )
        classes = np.zeros(found.landmarks.size, dtype=np.intp) if codes is None else codes[found.landmarks]
        self._landmarks = found.landmarks, classes
        return data

    def _note_approximation(self, note: ApproximationNote | None) -> None:
        self._approximation = note
        if note is not None:
            self.n_components_, self.approximation_error_ = note.n_components, note.error

    def _solve(self, data: TrainingData, problems: Problems) -> list[MachineFit]:
        memory_limit = resolve_memory_limit(self.memory_limit, most_of_few(data), data.copied)
        display = progress_display() if self.verbose else None
        callback = both(self.callback, display)
        try:
            if self._approximation is None:
                solve, judge, room = self._in_kernel_values(data, problems, memory_limit, callback)
            elif data.components is None:
                solve, judge = at_the_start("stopped_by_max_time"), Judge(data)
                room = room_for_components(data, problems, 0.0, memory_limit)
            else:
                solve, judge = in_components(data.components), Judge(data)
                room = room_for_components(data, problems, float(data.components.nbytes), memory_limit)
            task = MachineTask(
                solve, judge, data.n_rows, len(problems.labels),
                [size * problems.variables_a_row for size in problems.sizes], problems.machines,
                self._point if self._fits_as_start(data, problems) else None,
                Settings(float(self.tol), int(self.max_iter), math.inf, data.n_threads),
                room, self._deadline(data), callback,
            )  # fmt: skip
            return fit_machines(task)
        finally:
            if isinstance(display, ProgressLine):
                display.close()

    def _in_kernel_values(
        self, data: TrainingData, problems: Problems, memory_limit: float, callback: Callback | None
    ) -> tuple[Solver, Judge, Room]:
        """What solves and proves with the kernel as it is, and the room beside it; says what the fit will cost."""
        plan = plan_kernel(data.kernel, data.rows)
        room = room_for_values(data, problems, plan, memory_limit)
        name, verbose, n, pairs = type(self).__name__, bool(self.verbose), data.n_rows, problems.pairs_of_rows

        def peak() -> float:
            return most_for_values(data, problems, plan, room, memory_limit)

        if (n > FEW_ROWS or verbose) and (data.kernel.native is not None or data.kernel.pairwise):
            settings = Settings(float(self.tol), int(self.max_iter), self._time_limit(), data.n_threads)
            try:
                estimate = estimate_of_values(data, problems, plan, room, peak(), settings, asked=verbose)
            except KeyboardInterrupt:  # while parts of the problems were looked at
                return at_the_start("interrupted"), Judge(data), room
            announce(name, estimate.with_folds(data.folds), verbose=verbose)

        def priced(seconds: float) -> None:
            estimate = FitEstimate.of_matrix(n, pairs, seconds, peak())
            announce(name, estimate.with_folds(data.folds), verbose=verbose)

        def stop(rows: int) -> bool:
            seconds = time.perf_counter() - data.started
            return callback is not None and bool(callback(nothing_yet(rows, seconds, len(problems.labels))))

        try:
            matrix = training_matrix(
                plan, memory_limit, data.n_threads, self._deadline(data), priced, stop, len(problems.labels)
            )
        except Stopped:
            return at_the_start(), Judge(data), room
        native = training_kernel(plan, matrix, data.n_threads)
        kept, room = rows_for_all(native, problems, room, data.n_threads)
        return InKernelValues(native, data.source(matrix), kept), Judge(data, matrix), room

    def _deadline(self, data: TrainingData) -> float:
        """When ``max_time`` will have passed, of time.perf_counter()."""
        return data.started + self._time_limit()

    def _time_limit(self) -> float:
        return math.inf if self.max_time is None else float(self.max_time)

    def _fits_as_start(self, data: TrainingData, problems: Problems) -> bool:
        """Whether the next fit may start from the multipliers of this one."""
        if "compression_" in self.__dict__:
            return False
        if not (self.warm_start and self.__sklearn_is_fitted__() and self._n_rows == data.n_rows):
            return False
        return [problem.label for problem in self.certificate_.problems] == list(problems.labels)

    def _claim_of(self, X: Any, sample_weight: Any, n_threads: int) -> TrainingData:
        """The training data again, with the kernel of the fit."""
        self._require_fit()
        if "compression_" in self.__dict__:
            raise NotCertifiableError(
                f"this {type(self).__name__} was compressed, and its coefficients are not multipliers of its problem. "
                f"Certify the model that it came from: no decision value differs from its by more than "
                f"{self.compression_.bound:.1e}"
            )
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
        costs = {
            "C": done.C, "fit_intercept": done.fit_intercept, "nu": done.nu, "approximation": done.approximation,
            "inner_product": self.kernel_.inner_product,
        }  # fmt: skip
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
        self.__dict__.pop("compression_", None)
        self.kernel_ = data.kernel
        self._n_rows = data.n_rows
        self.shape_fit_ = (data.n_rows,) if data.rows.n_features is None else (data.n_rows, data.rows.n_features)
        self._scales = [(fit.decision.scale, fit.decision.epsilon or 0.0) for fit in fits]
        certificates = [ClassCertificate(label, fit.certificate) for label, fit in zip(problems.labels, fits, strict=True)]
        published = {name: costs[name] for name in ("C", "nu", "fit_intercept") if name in costs}
        certificate = Certificate(
            tuple(certificates), data.n_rows, data.rows.n_features or 0, LOSSES[self._machine_name],
            approximation=None if self._approximation is None else str(self._approximation),
            inner_product=data.kernel.inner_product, **published,
        )  # fmt: skip
        if self._approximation is not None:
            self.component_coef_ = np.array([data.weights_of(fit.decision.rows, fit.decision.coef) for fit in fits])
        self._publish_proof(certificate, worst_status(fits), sum(fit.kernel_evaluations for fit in fits))
        self.history_ = history_table(fits)
        self.fit_time_ = time.perf_counter() - data.started

    def _report(self, fits: Sequence[MachineFit], *, interrupted: bool) -> None:
        """Say how a fit has ended that is stored; Ctrl-C, which may have come while it was, is raised again."""
        if interrupted or any(fit.interrupted for fit in fits):
            raise KeyboardInterrupt
        if self.status_ not in ("optimal", "stopped_by_callback"):
            unproved = [fit for fit in fits if fit.status != "optimal"]
            if all(fit.vanished for fit in unproved):
                message = no_margin_message(self)
            else:
                message = not_converged_message(self, "√K(x, x)")
            warnings.warn(message, NotConvergedWarning, stacklevel=3)

    def _publish_proof(self, certificate: Certificate, status: Status, kernel_evaluations: float) -> None:
        self._known = Known()
        self.certificate_ = certificate
        self.primal_ = certificate.primal
        self.dual_ = certificate.dual
        self.gap_ = certificate.gap
        self.relative_gap_ = certificate.relative_gap
        self.status_ = status
        self.fit_status_ = 0 if status == "optimal" else 1
        self.kernel_evaluations_ = kernel_evaluations

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
