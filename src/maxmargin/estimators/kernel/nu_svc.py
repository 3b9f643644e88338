"""ν-support vector classification with any kernel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.callbacks import Callback
from maxmargin.estimators.kernel.classifier import KernelClassifier, Sides
from maxmargin.estimators.kernel.data import Costs
from maxmargin.exceptions import InfeasibleNuError
from maxmargin.machines import Machine, nu_pair_problems

__all__ = ["NuSVC"]

_ROUNDING = 1e-12


class NuSVC(KernelClassifier):
    r"""Support vector classifier whose parameter bounds the fraction of margin errors; proves its optimum.

    Minimises, for two classes, with :math:`y_i \in \{-1, +1\}` (+1 is ``classes_[1]``),

    .. math:: \tfrac12 \|w\|^2 - \nu \rho M + \sum_i m_i \max\bigl(0, \rho - y_i (\langle w, \phi(x_i) \rangle + b)\bigr),
       \qquad m_i = \text{class weight} \cdot \text{sample weight},\ M = \sum_i m_i,

    and divides the decision function by the margin ρ that it finds. At most a fraction ν of the rows are margin
    errors, and at least a fraction ν are support vectors.

    Parameters
    ----------
    nu : float, default=0.5
        In (0, 1]; at most twice the share of the smaller class in each problem.
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
        Factor of the weights of the rows of each class; it changes which nu are feasible, as copies of rows do.
        "balanced" makes every nu feasible for two classes.
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
    support_, support_vectors_, n_support_, dual_coef_, intercept_, coef_, classes_, class_weight_, n_iter_
        As those of `SVC`, divided by the margin.
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
        far; in steps of the interior point method all multipliers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from maxmargin import NuSVC
    >>> X, y = load_iris(return_X_y=True)
    >>> model = NuSVC(nu=0.1).fit(X, y)
    >>> model.status_, round(model.score(X, y), 2)
    ('optimal', 0.99)
    """

    _machine_name = "nu_svc"

    def __init__(
        self,
        *,
        nu: float = 0.5,
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
        max_time: float | None = 3600.0,
        n_jobs: int | None = None,
        warm_start: bool = False,
        memory_limit: float | None = None,
        callback: Callback | None = None,
        approximation: str | None = None,
        approximation_tol: float = 0.03,
        max_components: int = 4000,
    ) -> None:
        self.nu = nu
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
        del costs
        return masses * factors[codes]

    def _machines(
        self,
        rows: NDArray[np.int64],
        y: NDArray[np.float64],
        c: NDArray[np.float64],
        ends: Sequence[int],
        costs: Costs,
    ) -> list[Machine]:
        return nu_pair_problems(rows, y, c, ends, costs["nu"])

    def _check_feasible(
        self, masses: NDArray[np.float64], sides: Sequence[Sides], labels: Sequence[Any], costs: Costs
    ) -> None:
        of_class = masses.tolist()
        sizes = [[sum(of_class[c] for c in side) for side in both] for both in sides]
        feasible = [2.0 * min(of) / sum(of) * (1.0 + _ROUNDING) for of in sizes]
        largest = min(feasible)
        if costs["nu"] <= largest:
            return
        label = labels[feasible.index(largest)]
        shown = label.item() if hasattr(label, "item") else label
        # Never above what is feasible, so that a fit with the number as it stands here is one.
        rounded = float(Context(prec=6, rounding=ROUND_FLOOR).create_decimal_from_float(largest))
        raise InfeasibleNuError(
            f"specified nu is infeasible: nu={costs['nu']:g}, but the largest feasible nu is {rounded:.6g}, by the problem "
            f"of {shown!r}: twice the share of its smaller class. Lower nu, or give that class a weight"
        )

    def _costs(self) -> Costs:
        return {"C": 1.0, "nu": float(self.nu)}
