"""Kernel machines that predict numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from maxmargin._validation import validate_regression_target
from maxmargin.certificate import MachineClaim
from maxmargin.estimators.kernel.data import Costs, Problems, TrainingData
from maxmargin.estimators.kernel.keeping import all_or_nothing
from maxmargin.estimators.kernel.single import SingleMachine
from maxmargin.machines import Machine

__all__ = ["KernelRegressor"]


class KernelRegressor(RegressorMixin, SingleMachine):  # type: ignore[misc]  # the mixin is Any
    """Base of SVR and NuSVR: everything but the machine."""

    def _machine(
        self, rows: NDArray[np.int64], target: NDArray[np.float64], masses: NDArray[np.float64], costs: Costs
    ) -> Machine:
        """The machine of these rows, all of positive weight."""
        raise NotImplementedError  # each machine has its own

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> KernelRegressor:
        """Fit the model.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            For ``kernel="precomputed"`` the kernel values, (n_samples, n_samples); for a Python function any
            sequence of objects.
        y : array-like of shape (n_samples,)
            Numbers.
        sample_weight : array-like of shape (n_samples,), optional
            A weight of k means k copies of the row, 0 means that the row is absent.

        Returns
        -------
        KernelRegressor
            Itself.

        Raises
        ------
        InvalidInputError
            One of its children, named after the defect.
        MemoryLimitError
            The least that the fit needs is more than ``memory_limit``; before any kernel value is computed.
        TimeLimitError
            ``max_time`` has passed before Python has computed the values of the kernel. The estimator is what it was.
        KeyboardInterrupt
            On Ctrl-C, after the model reached so far has been stored; before there is one, the estimator is what it was.
        """
        with all_or_nothing(self):
            data = self._training_data(X, sample_weight)
            target = validate_regression_target(y, data.n_rows, type(self).__name__)
            costs = self._costs()
            fit, interrupted = self._fit_single(data, self._problems(data, target, costs), costs)
        self._report([fit], interrupted=interrupted)
        return self

    def _problems(self, data: TrainingData, target: NDArray[np.float64], costs: Costs) -> Problems:
        return self._one_problem(data, lambda rows, masses: self._machine(rows, target[rows], masses, costs), 2)

    def _machine_claim(self, X: Any, y: Any, sample_weight: Any, n_threads: int) -> MachineClaim:
        data = self._claim_of(X, sample_weight, n_threads)
        target = validate_regression_target(y, data.n_rows, type(self).__name__)
        return self._claim(data, self._problems(data, target, self._fitted_costs))

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The value f(x) = Σⱼ dual_coef[j] K(x, sⱼ) + intercept of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            For ``kernel="precomputed"`` (n_samples, n_samples_fit), or only the columns ``support_``.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self._values(X)[:, 0]
