"""C-support vector classification with any kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.callbacks import Callback
from maxmargin.estimators.kernel.classifier import KernelClassifier
from maxmargin.estimators.kernel.data import Costs
from maxmargin.machines import Machine, pair_problems
from maxmargin.problem import row_costs

__all__ = ["SVC", "finite_cost"]

_HARD_MARGIN = 1e10  # what C=inf stands for


class SVC(KernelClassifier):
    r"""Support vector classifier with any kernel, which proves its optimum.

    Minimises, for two classes, with :math:`y_i \in \{-1, +1\}` (+1 is ``classes_[1]``),

    .. math:: \tfrac12 \|w\|^2 + \sum_i C_i \max\bigl(0, 1 - y_i (\langle w, \phi(x_i) \rangle + b)\bigr),
       \qquad C_i = C \cdot \text{class weight} \cdot \text{sample weight}

    through its dual, exactly: the certified gap is that of the problem in float64. The intercept is never
    penalised. More classes are told apart in pairs, or each from the rest.

    Parameters
    ----------
    C : float, default=1.0
        Cost of violations; infinity is a hard margin (C = 1e10).
    kernel : str, Kernel or callable, default="rbf"
        "linear", "poly", "rbf", "sigmoid", "laplacian", "chi2", "precomputed"; a kernel of `maxmargin.kernels`,
        such as ``RBF(gamma=0.1) + Linear()``; or a function of two sets of rows.
    degree : float, default=3
        Of "poly".
    gamma : "scale", "auto" or float, default="scale"
        Of the kernels that have a name, but "linear": "scale" is 1 / (n_features · X.var()), "auto" 1 / n_features.
    coef0 : float, default=0.0
        Of "poly" and "sigmoid".
    shrinking, cache_size
        No meaning here (the solver's choice; see ``memory_limit``); accepted so that existing code runs.
    probability : bool, default="deprecated"
        As in scikit-learn: deprecated, use ``sklearn.calibration.CalibratedClassifierCV(SVC(), ensemble=False)``.
    tol : float, default=1e-3
        Largest relative duality gap at which a fit is called optimal.
    class_weight : dict, "balanced" or None, default=None
        Factor of C for the rows of each class. "balanced" makes the classes weigh the same, counting sample
        weights.
    verbose : bool or int, default=False
        Above 0: the cost of the fit before it starts, and its progress, on standard error.
    max_iter : int, default=-1
        Most iterations of the solver for each problem, blocks and steps of the interior point method; -1 for no limit.
    decision_function_shape : {"ovr", "ovo"}, default="ovr"
        Shape of `decision_function` for more than two classes; ``predict`` is the same.
    break_ties : bool, default=False
        No meaning here (ties between classes are always broken by the decision values); accepted.
    random_state : int, generator or None, default=None
        Of the folds of ``probability=True`` and of the approximation; None is a fixed seed.
    multi_class : {"ovo", "ovr"}, default="ovo"
        How more than two classes are told apart: a problem for each pair, or one for each class against the rest.
    fit_intercept : bool, default=True
        False fixes b = 0.
    max_time : float or None, default=3600.0
        Most seconds for the whole fit, which then keeps its best point; None for no limit. Where Python computes the
        kernel, and time ends before its values are there, there is no point yet: `fit` raises TimeLimitError.
    n_jobs : int or None, default=None
        Threads. None: all cores this process may use, and 1 inside a joblib worker; -1: all; -2: all but one.
    warm_start : bool, default=False
        Start from the multipliers of the previous fit where rows and classes are as many.
    memory_limit : float or None, default=None
        Bytes that the fit may use beyond its input; None for three quarters of what is free when it begins. Problems get
        equal shares of it, as many as the machine has cores for, whatever ``n_jobs`` is. A small share means smaller
        blocks and other last bits, so with None these depend on what else the machine runs where little is free.
        Where a kernel value is dear (184 dense columns, 46 values of a sparse row, or more), half of what a problem has
        beyond its largest block (1.2 GB at most), and at most 1 GB, keeps rows of kernel values: more memory is then
        faster. A copy of X that is made where its numbers are not float32 or float64, or its storage is neither an
        array nor CSR, counts. Prediction goes through rows in blocks of 64 MiB, or of this where it is less: of the
        numbers that are held for each row, 256 rows at least. Its answer, the copy of an X that must be converted, and
        the support vectors as kernels read them come on top.
    callback : callable or None, default=None
        Called with a `maxmargin.callbacks.Progress` while the fit runs; a true answer stops that problem, which
        keeps its best point.
    approximation : {None, "nystroem", "fourier"}, default=None
        For many rows: solve the problem of a kernel of few components near the one asked for. "nystroem" is for every
        kernel that is an inner product, "fourier" for rbf and laplacian. Never on unless asked for.
    approximation_tol : float, default=0.03
        Components are added until the estimated relative error of the kernel values, ‖K − K̃‖_F / ‖K‖_F over the
        training rows, is within this.
    max_components : int, default=4000
        Most components; where they, ``memory_limit`` or half of ``max_time``, in which those of all rows are computed too,
        end above ``approximation_tol``, a warning says so.

    Attributes
    ----------
    support_ : ndarray of shape (n_support,)
        Rows of the support vectors, ordered by class.
    support_vectors_ : ndarray or sparse matrix of shape (n_support, n_features), or a sequence of objects
        Empty for a precomputed kernel.
    n_support_ : ndarray of shape (n_classes,)
    dual_coef_ : ndarray or sparse matrix of shape (1, n_support), or (n_classes - 1, n_support)
        Multipliers with the sign of their class, laid out as in scikit-learn; one row for each class where
        ``multi_class="ovr"``.
    intercept_ : ndarray of shape (n_problems,)
    coef_ : ndarray or sparse matrix of shape (n_problems, n_features)
        Of a linear kernel only.
    classes_, class_weight_ : ndarray of shape (n_classes,)
    n_features_in_, feature_names_in_, shape_fit_
        As in scikit-learn.
    fit_status_ : int
        0 if optimal, else 1.
    kernel_ : Kernel
        The kernel with its numbers, ``gamma`` resolved.
    status_ : str
        ``optimal``, ``stopped_by_max_iter``, ``stopped_by_max_time``, ``stopped_by_callback`` or
        ``numerical_limit``; the gravest of the problems.
    primal_, dual_, gap_, relative_gap_ : float
        As certified in float64: sums over the problems, and the largest relative gap.
    certificate_ : Certificate
        The proof, for each problem; `maxmargin.certify` computes one anew.
    n_iter_ : ndarray of shape (n_problems,)
    kernel_evaluations_ : float
        Kernel values that the blocks of the solver computed or, where all are in memory (precomputed, computed by Python,
        or of few rows), read. Those that a problem has had before, from kept rows, those of end games in float64, and those
        that the components of an approximate fit take to grow are not counted.
    n_components_ : int
        Components of the kernel, of an approximate fit only; ``kernel_`` holds them.
    approximation_error_ : float
        The estimated error, of an approximate fit only.
    component_coef_ : ndarray of shape (n_problems, n_components)
        Weights w of the components z(x), f(x) = ⟨w, z(x)⟩ + b, of an approximate fit only. The other attributes are
        those of the problem with the kernel ⟨z(x), z(x′)⟩.
    compression_ : Compression
        Of a model that `compress` has returned only: how many support vectors it had and has, and how near it is.
    fit_time_ : float
        Seconds.
    history_ : structured ndarray
        Fields problem, iteration, primal, dual, gap, active_rows, seconds. ``active_rows`` counts the support vectors so
        far; in steps of the interior point method all multipliers, and where a linear solver takes an approximate fit
        the rows that matter to its step.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from maxmargin import SVC
    >>> X, y = load_iris(return_X_y=True)
    >>> model = SVC().fit(X, y)
    >>> model.status_, round(model.score(X, y), 2)
    ('optimal', 0.97)
    """

    _machine_name = "svc"

    def __init__(
        self,
        *,
        C: float = 1.0,
        kernel: Any = "rbf",
        degree: float = 3,
        gamma: float | str = "scale",
        coef0: float = 0.0,
        shrinking: bool = True,
        probability: bool | str = "deprecated",
        tol: float = 1e-3,
        cache_size: float = 200,
        class_weight: dict[Any, float] | str | None = None,
        verbose: bool | int = False,
        max_iter: int = -1,
        decision_function_shape: str = "ovr",
        break_ties: bool = False,
        random_state: Any = None,
        multi_class: str = "ovo",
        fit_intercept: bool = True,
        max_time: float | None = 3600.0,
        n_jobs: int | None = None,
        warm_start: bool = False,
        memory_limit: float | None = None,
        callback: Callback | None = None,
        approximation: str | None = None,
        approximation_tol: float = 0.03,
        max_components: int = 4000,
    ) -> None:
        self.C = C
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.shrinking = shrinking
        self.probability = probability
        self.tol = tol
        self.cache_size = cache_size
        self.class_weight = class_weight
        self.verbose = verbose
        self.max_iter = max_iter
        self.decision_function_shape = decision_function_shape
        self.break_ties = break_ties
        self.random_state = random_state
        self.multi_class = multi_class
        self.fit_intercept = fit_intercept
        self.max_time = max_time
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.memory_limit = memory_limit
        self.callback = callback
        self.approximation = approximation
        self.approximation_tol = approximation_tol
        self.max_components = max_components

    def _row_bounds(
        self, codes: NDArray[np.intp], factors: NDArray[np.float64], masses: NDArray[np.float64], costs: Costs
    ) -> NDArray[np.float64]:
        return row_costs(costs["C"], codes, factors, masses)

    def _machines(
        self,
        rows: NDArray[np.int64],
        y: NDArray[np.float64],
        c: NDArray[np.float64],
        ends: Sequence[int],
        costs: Costs,
    ) -> list[Machine]:
        return pair_problems(rows, y, c, ends, fit_intercept=costs["fit_intercept"])

    def _costs(self) -> Costs:
        return {"C": finite_cost(self.C), "fit_intercept": bool(self.fit_intercept)}


def finite_cost(C: float) -> float:
    """C, where it is finite; a hard margin's otherwise."""
    return min(float(C), _HARD_MARGIN)
