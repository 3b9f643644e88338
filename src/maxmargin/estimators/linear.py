"""Linear support vector machines.

    minimise over w, b    ½‖w‖² + Σᵢ Cᵢ · ℓ(yᵢ (⟨w, xᵢ⟩ + b))        Cᵢ = C · class_weight · sample_weight

Quick start::

    from maxmargin import LinearSVC
    model = LinearSVC(C=1.0).fit(X, y)
    print(model.status_, model.certificate_)
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation import (
    Copies,
    Target,
    class_factors,
    record_features,
    resolve_memory_limit,
    resolve_n_jobs,
    resolve_seed,
    validate_design,
    validate_parameters,
    validate_target,
    validate_weights,
)
from maxmargin.callbacks import Callback, ProgressLine, both, progress_display
from maxmargin.certificate import Certificate, ClassCertificate
from maxmargin.estimators.conversion import from_model, to_model
from maxmargin.estimators.fitting import BinaryFit, FitTask, fit_problems
from maxmargin.estimators.linear_base import LinearClassifier
from maxmargin.estimators.running import worst_status
from maxmargin.model import LinearModel
from maxmargin.problem import row_costs
from maxmargin.solvers import Settings, bytes_at_most

__all__ = ["LinearSVC"]


class LinearSVC(LinearClassifier):
    r"""Linear support vector classifier that proves its optimum.

    Minimises, for two classes, with :math:`y_i \in \{-1, +1\}` (+1 is ``classes_[1]``),

    .. math:: \tfrac12 \|w\|^2 + \sum_i C_i \, \ell\bigl(y_i (\langle w, x_i \rangle + b)\bigr),
       \qquad C_i = C \cdot \text{class weight} \cdot \text{sample weight},

    with the hinge :math:`\ell(m) = \max(0, 1 - m)` or its square. The intercept is never penalised. More
    classes are fitted one against the rest. Every fit ends in a status and a certified duality gap.

    Parameters
    ----------
    penalty : {"l2"}, default="l2"
    loss : {"squared_hinge", "hinge"}, default="squared_hinge"
    dual : bool or "auto", default="auto"
        No meaning here (the solver is the library's choice); accepted so that existing code runs.
    tol : float, default=1e-4
        Largest relative duality gap at which a fit is called optimal.
    C : float, default=1.0
        Cost of violations; the sum over rows is not divided by their number.
    multi_class : {"ovr"}, default="ovr"
    fit_intercept : bool, default=True
        False fixes b = 0.
    intercept_scaling : float, default=1
        No meaning here (the intercept is not penalised, so there is nothing to scale); accepted and ignored.
    class_weight : dict, "balanced" or None, default=None
        Factor of C for the rows of each class, in every binary problem. "balanced" makes the classes weigh
        the same, counting sample weights.
    verbose : int, default=0
        Above 0: a live progress line on a terminal, plain lines elsewhere, on standard error.
    random_state : int, generator or None, default=None
        Seed; None is a fixed seed. The same seed gives the same bits with any number of threads.
    max_iter : int, default=1000
        Most iterations of the solver for each binary problem.
    max_time : float or None, default=3600.0
        Most seconds for the whole fit; None for no limit.
    n_jobs : int or None, default=None
        Threads. None: all cores this process may use, and 1 inside a joblib worker; -1: all; -2: all but one.
    warm_start : bool, default=False
        Start from the previous fit where classes and features are the same (and from its multipliers, where
        the number of rows is).
    memory_limit : float or None, default=None
        Bytes that the fit may use beyond its input. Less of it means fewer problems side by side and smaller
        systems, never another optimum; less than the rows alone need is an error before the fit begins. The bits
        of a fit depend on the number, where it leaves no room for the largest system that its data can ask for
        (at most 300 MB), and not on ``n_jobs``. None is three quarters of what is free when the fit begins: with
        that much room free, always the same bits; for the same bits with less, say a number.
    callback : callable or None, default=None
        Called with a `maxmargin.callbacks.Progress` while the fit runs; a true answer stops that binary
        problem, which keeps its best point.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) for two classes, else (n_classes, n_features)
    intercept_ : ndarray of shape (1,) or (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only where X had names that are all strings.
    status_ : str
        ``optimal``, ``stopped_by_max_iter``, ``stopped_by_max_time``, ``stopped_by_callback`` or
        ``numerical_limit``; the gravest of the binary problems.
    primal_, dual_, gap_ : float
        Objectives and gap, summed over the binary problems, as certified in float64.
    relative_gap_ : float
        Largest relative gap of the binary problems.
    certificate_ : Certificate
        The proof, for each class; `maxmargin.certify` computes one anew, with the worst rows.
    n_iter_ : int
        Most iterations of any binary problem.
    fit_time_ : float
        Seconds.
    history_ : structured ndarray
        Fields problem, iteration, primal, dual, gap, active_rows, seconds. Large fits begin with some of the
        rows: until all are in, primal and gap are infinite and dual is 0.
    class_weight_ : ndarray of shape (n_classes,)
        The factors of C that were used.
    support_ : ndarray of shape (n_support,)
        Rows with a positive multiplier.
    dual_coef_ : sparse array of shape (n_problems, n_samples)
        The multipliers.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from maxmargin import LinearSVC
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), LinearSVC()).fit(X, y)
    >>> model[-1].status_
    'optimal'
    """

    def __init__(
        self,
        penalty: str = "l2",
        loss: str = "squared_hinge",
        *,
        dual: bool | str = "auto",
        tol: float = 1e-4,
        C: float = 1.0,
        multi_class: str = "ovr",
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: dict[Any, float] | str | None = None,
        verbose: int = 0,
        random_state: Any = None,
        max_iter: int = 1000,
        max_time: float | None = 3600.0,
        n_jobs: int | None = None,
        warm_start: bool = False,
        memory_limit: float | None = None,
        callback: Callback | None = None,
    ) -> None:
        self.penalty = penalty
        self.loss = loss
        self.dual = dual
        self.tol = tol
        self.C = C
        self.multi_class = multi_class
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.verbose = verbose
        self.random_state = random_state
        self.max_iter = max_iter
        self.max_time = max_time
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.memory_limit = memory_limit
        self.callback = callback

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearSVC:
        """Fit the model.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            float32, float64 and compressed sparse rows are read in place.
        y : array-like of shape (n_samples,)
            Integers or strings.
        sample_weight : array-like of shape (n_samples,), optional
            A weight of k means k copies of the row, 0 means that the row is absent.

        Returns
        -------
        LinearSVC
            Itself.

        Raises
        ------
        InvalidInputError
            One of its children, named after the defect.
        MemoryLimitError
            The least that the fit needs, copies of X included, is more than ``memory_limit``.
        KeyboardInterrupt
            On Ctrl-C, after the model reached so far has been stored.
        """
        started = time.perf_counter()
        validate_parameters(self)
        n_threads = resolve_n_jobs(self.n_jobs)
        copies = Copies(self.memory_limit, limited=True)
        design = validate_design(X, n_threads, copies)
        weights = validate_weights(sample_weight, design.n_rows)
        target = validate_target(y, design.n_rows, weights, type(self).__name__)
        factors = class_factors(self.class_weight, target.classes, target.codes, weights)
        c = row_costs(self.C, target.codes, factors, weights)
        record_features(self, X, design.n_features)
        k = target.classes.size
        positives = [1] if k == 2 else range(k)
        seed = resolve_seed(self.random_state)
        display = progress_display() if self.verbose else None
        task = FitTask(
            design, target.codes, c, positives,
            loss=self.loss, fit_intercept=bool(self.fit_intercept),  # type: ignore[arg-type]  # checked above
            settings=Settings(float(self.tol), int(self.max_iter), math.inf, n_threads, seed),
            memory_limit=resolve_memory_limit(
                self.memory_limit, bytes_at_most(design.n_rows, design.n_features) * len(positives), copies.held
            ),
            copied=copies.held,
            deadline=started + (math.inf if self.max_time is None else self.max_time),
            starts=self._starts(design.n_features, target, c, len(positives)),
            callback=both(self.callback, display),
        )  # fmt: skip
        try:
            fits = fit_problems(task)
        finally:
            if isinstance(display, ProgressLine):
                display.close()
        self._store(fits, task, target, factors)
        self.fit_time_ = time.perf_counter() - started
        if any(fit.interrupted for fit in fits):
            raise KeyboardInterrupt
        self._warn_if_not_converged()
        return self

    def _store(self, fits: list[BinaryFit], task: FitTask, target: Target, factors: NDArray[np.float64] | None) -> None:
        self.classes_ = target.classes
        self.coef_ = np.array([fit.coef for fit in fits])
        self.intercept_ = np.array([fit.intercept for fit in fits])
        self.class_weight_ = np.ones(target.classes.size) if factors is None else factors
        self._support = tuple((fit.support, fit.multipliers) for fit in fits)
        self._n_rows = task.c.size
        certificate = Certificate(
            tuple(
                ClassCertificate(target.classes[code], fit.certificate)
                for code, fit in zip(task.positives, fits, strict=True)
            ),
            task.c.size, task.design.n_features, task.loss, float(self.C), fit_intercept=task.fit_intercept,
        )  # fmt: skip
        self._publish(certificate, worst_status(fits), max(fit.n_iter for fit in fits), fits)

    @classmethod
    def _from_model(cls, model: LinearModel) -> LinearSVC:
        """A fitted estimator with the numbers of ``model``."""
        return from_model(cls, model)

    def _to_model(self) -> LinearModel:
        """The numbers of this fitted estimator."""
        return to_model(self)
