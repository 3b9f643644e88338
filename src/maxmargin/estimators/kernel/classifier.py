"""Kernel machines that tell classes apart: pairs of classes, or each class against the rest."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from maxmargin._validation import Target, class_factors, encode_target, validate_target
from maxmargin.certificate import MachineClaim
from maxmargin.estimators.kernel.data import Costs, Problems, TrainingData, support_rows
from maxmargin.estimators.kernel.keeping import all_or_nothing, finish
from maxmargin.estimators.kernel.probability import Probabilities
from maxmargin.estimators.kernel.support import Layout, arrange, as_scikit_learn, coefficients_of
from maxmargin.exceptions import InvalidParameterError
from maxmargin.machines import Machine
from maxmargin.model import all_pairs, problem_labels, signs_settled, votes, votes_settled, winner_settled

__all__ = ["KernelClassifier", "Sides"]

_Vector = NDArray[np.float64]
_Rows = NDArray[np.int64]
Sides = tuple[list[int], list[int]]  # classes of the positive and of the negative side of a problem


class KernelClassifier(ClassifierMixin, Probabilities):  # type: ignore[misc]
    """Base of SVC and NuSVC: everything but the machine of one problem."""

    classes_: NDArray[Any]
    class_weight_: _Vector

    def _row_bounds(self, codes: NDArray[np.intp], factors: _Vector, masses: _Vector, costs: Costs) -> _Vector:
        """What each row's multiplier is bounded by, of its class, the factor of that and its weight."""
        raise NotImplementedError  # each machine has its own

    def _machines(self, rows: _Rows, y: _Vector, c: _Vector, ends: Sequence[int], costs: Costs) -> list[Machine]:
        """The machines of some problems, which end there: the rows of one after the other, labels ±1, bounds."""
        raise NotImplementedError  # each machine has its own

    def _check_feasible(self, masses: _Vector, sides: Sequence[Sides], labels: Sequence[Any], costs: Costs) -> None:
        """Raise where a problem has no solution, before any kernel value is computed; ``masses`` of the classes."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> KernelClassifier:
        """Fit the model.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            For ``kernel="precomputed"`` the kernel values, (n_samples, n_samples); for a Python function any
            sequence of objects.
        y : array-like of shape (n_samples,)
            Integers or strings.
        sample_weight : array-like of shape (n_samples,), optional
            A weight of k means k copies of the row, 0 means that the row is absent.

        Returns
        -------
        KernelClassifier
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
            self._warn_probability()
            if self.multi_class == "ovr" and self.decision_function_shape == "ovo":
                raise InvalidParameterError(
                    "decision_function_shape='ovo' needs multi_class='ovo'; one-vs-rest has no pairs"
                )
            target = validate_target(y, data.n_rows, data.weights, type(self).__name__)
            factors = class_factors(self.class_weight, target.classes, target.codes, data.weights)
            factors = np.ones(target.classes.size) if factors is None else factors
            pairs = all_pairs(target.classes.size) if target.classes.size > 2 and self.multi_class == "ovo" else None
            costs = self._costs()
            problems = self._problems(target, pairs, data.masses(), factors, costs)
            data = self._approximated(data, problems, target.codes)
            fits = self._solve(data, problems)

            def keep() -> None:
                layout = arrange([fit.decision for fit in fits], target.codes, pairs)
                self.classes_, self.class_weight_, self._pairs = target.classes, factors, pairs
                self._store(layout, data, [fit.decision.intercept for fit in fits])
                self.n_iter_ = np.array([fit.n_iter for fit in fits])
                self._calibrated = None
                self._publish(fits, data, problems, costs)

            interrupted = finish(keep)
        self._report(fits, interrupted=interrupted)
        if self.probability != "deprecated" and self.probability:
            data = replace(data, components=None)  # folds have their own, in their place
            self._calibrated = self._calibration(data, self.classes_[target.codes])
            self.fit_time_ = time.perf_counter() - data.started
        return self

    def _problems(
        self, target: Target, pairs: list[tuple[int, int]] | None, masses: _Vector, factors: _Vector, costs: Costs
    ) -> Problems:
        """The problems of these classes: two classes, ``pairs`` of them, or each against the rest."""
        codes = target.codes
        members = [np.flatnonzero((codes == c) & (masses > 0.0)) for c in range(target.classes.size)]
        sides, labels = _sides(target.classes, pairs)
        of_class = np.bincount(codes, weights=masses, minlength=target.classes.size) * factors
        self._check_feasible(of_class, sides, labels, costs)

        bounds = self._row_bounds(codes, factors, masses, costs)

        def machines(which: range) -> list[Machine]:
            rows, y, ends = _rows_of(codes, members, [sides[k] for k in which])
            return self._machines(rows, y, bounds[rows], ends, costs)

        sizes = [sum(members[c].size for c in (*positive, *negative)) for positive, negative in sides]
        # Pairs have half of a kernel row in common with others at most, and reading it is no quicker than computing it.
        everyone = pairs is None and len(sizes) > 1
        segments = np.where(masses > 0.0, 0, -1).astype(np.int64) if everyone else None
        return Problems(labels, machines, sizes, segments=segments)

    def _machine_claim(self, X: Any, y: Any, sample_weight: Any, n_threads: int) -> MachineClaim:
        data = self._claim_of(X, sample_weight, n_threads)
        codes = encode_target(y, data.n_rows, self.classes_, data.weights, type(self).__name__)
        target = Target(self.classes_, codes)
        problems = self._problems(target, self._pairs, data.masses(), self.class_weight_, self._fitted_costs)
        return self._claim(data, problems)

    def _store(self, layout: Layout, data: TrainingData, intercepts: list[float]) -> None:
        self.support_ = layout.support
        self.support_vectors_ = support_rows(data, layout.support)
        self._n_support = layout.sizes
        self.dual_coef_ = as_scikit_learn(layout.dual_coef, sparse=data.sparse)
        self.intercept_ = np.array(intercepts)

    def _coefficients(self, k: int) -> _Vector:
        layout = Layout(self.support_, self._n_support, self._dense_dual())
        return coefficients_of(layout, k, self._layout_pairs, self._n_rows)

    def decision_function(self, X: Any) -> _Vector:
        """Decision values.

        For two classes f(x) = Σⱼ dual_coef[j] K(x, sⱼ) + intercept. For more classes in pairs, the number of
        pairs that each class wins, and within (−1/3, 1/3) the sum s of its decision values as
        s / (3·(\\|s\\| + 1)), which decides between classes that win as many. A row's values depend on that row
        alone.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            For ``kernel="precomputed"`` (n_samples, n_samples_fit), or only the columns ``support_``.

        Returns
        -------
        ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
            Positive for ``classes_[1]``; with more classes the largest value wins. With more classes and
            ``decision_function_shape="ovo"`` what `pairwise_decision_function` returns. Two classes have this shape and
            sign whatever is asked for.
        """
        if self._pairs is not None and self.decision_function_shape == "ovo":
            return self._values(X)
        values = self._class_values(X)
        return values[:, 0] if self.classes_.size == 2 else values

    def _class_values(self, X: Any, *, labels_only: bool = False) -> _Vector:
        """A decision value for each class, for two classes one, (n_samples, 1); or what has the same labels."""
        self._require_fit()
        pairs, n_classes = self._pairs, self.classes_.size
        if pairs is None:
            of_labels = signs_settled if n_classes == 2 else winner_settled
            return self._values(X, None, of_labels if labels_only else None)
        of_votes = votes_settled(pairs, n_classes) if labels_only else None
        return self._values(X, lambda values: votes(values, pairs, n_classes), of_votes)

    def pairwise_decision_function(self, X: Any) -> _Vector:
        """Decision values of each pair of classes (i, j), i < j, positive for ``classes_[i]``.

        Two classes are one pair: a column, (n_samples, 1), of the values of `decision_function` with the other sign.

        Parameters
        ----------
        X : as for `decision_function`

        Returns
        -------
        ndarray of shape (n_samples, n_classes * (n_classes - 1) / 2)

        Raises
        ------
        InvalidParameterError
            The model was fitted one-vs-rest.
        """
        values = self._values(X)
        if self.classes_.size == 2:
            return -values
        if self._pairs is None:
            raise InvalidParameterError("multi_class='ovr' has no pairs of classes; fit with multi_class='ovo'")
        return values

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each row: the one of the largest decision value.

        Parameters
        ----------
        X : as for `decision_function`

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        self._require_fit()
        if self.break_ties and self.decision_function_shape == "ovo":
            raise InvalidParameterError("break_ties must be False when decision_function_shape is 'ovo'")
        values = self._class_values(X, labels_only=True)
        codes = (values[:, 0] > 0.0).astype(np.intp) if self.classes_.size == 2 else values.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[codes]
        return labels


def _sides(classes: NDArray[Any], pairs: list[tuple[int, int]] | None) -> tuple[list[Sides], list[Any]]:
    """The two sides of each problem, and its label."""
    labels = problem_labels(classes, pairs)
    if pairs is not None:
        return [([i], [j]) for i, j in pairs], labels
    if classes.size == 2:
        return [([1], [0])], labels
    everyone = range(classes.size)
    return [([i], [j for j in everyone if j != i]) for i in everyone], labels


def _rows_of(codes: NDArray[np.intp], members: list[_Rows], sides: Sequence[Sides]) -> tuple[_Rows, _Vector, list[int]]:
    """The rows of some problems, one problem after the other, each in their order; their labels; where problems end."""
    parts = [[members[c] for c in (*positive, *negative)] for positive, negative in sides]
    sizes = [sum(part.size for part in of) for of in parts]
    before = np.repeat(np.arange(len(sides)) * codes.size, sizes)  # so that one sort is enough
    rows = np.sort(np.concatenate([part for of in parts for part in of]) + before) - before
    positive = np.repeat([positive[0] for positive, _ in sides], sizes)
    return rows, np.where(codes[rows] == positive, 1.0, -1.0), list(accumulate(sizes))
