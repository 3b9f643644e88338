"""Kernel machines that are one problem: regression and one-class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from maxmargin.estimators.kernel.compression import Compressible
from maxmargin.estimators.kernel.data import Costs, Problems, TrainingData, support_rows
from maxmargin.estimators.kernel.fitting import MachineFit
from maxmargin.estimators.kernel.keeping import finish
from maxmargin.estimators.kernel.support import arrange, as_scikit_learn
from maxmargin.machines import Machine

__all__ = ["SingleMachine"]


class SingleMachine(Compressible):
    """Base of the machines with one problem."""

    def _one_problem(
        self,
        data: TrainingData,
        build: Callable[[NDArray[np.int64], NDArray[np.float64]], Machine],
        variables_a_row: int = 1,
    ) -> Problems:
        """The problem of the rows of positive weight; ``build`` gets these rows and their weights."""
        masses = data.masses()
        rows = np.flatnonzero(masses > 0.0)
        return Problems([None], lambda _: [build(rows, masses[rows])], [rows.size], variables_a_row)

    def _fit_single(self, data: TrainingData, problems: Problems, costs: Costs) -> tuple[MachineFit, bool]:
        """The fit, which has been stored, and whether Ctrl-C came meanwhile."""
        data = self._approximated(data, problems, None)
        (fit,) = self._solve(data, problems)

        def keep() -> None:
            layout = arrange([fit.decision], None, None)
            self.support_ = layout.support
            self.support_vectors_ = support_rows(data, layout.support)
            self._n_support = layout.sizes
            self.dual_coef_ = as_scikit_learn(layout.dual_coef, sparse=data.sparse)
            self.intercept_ = np.array([fit.decision.intercept])
            self.n_iter_ = fit.n_iter
            self._publish([fit], data, problems, costs)

        return fit, finish(keep)
