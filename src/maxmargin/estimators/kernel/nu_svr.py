"""ν-support vector regression with any kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.callbacks import Callback
from maxmargin.estimators.kernel.data import Costs
from maxmargin.estimators.kernel.regressor import KernelRegressor
from maxmargin.estimators.kernel.svc import finite_cost
from maxmargin.machines import Machine, nu_regression_problem
from maxmargin.problem import row_costs

__all__ = ["NuSVR"]


class NuSVR(KernelRegressor):
    r"""Support vector regression that finds the width of its tube; proves its optimum.

    Minimises, with targets :math:`t_i`, over w, b and ε,

    .. math:: \tfrac12 \|w\|^2 + \nu \epsilon \sum_i C_i
       + \sum_i C_i \max\bigl(0, |t_i - \langle w, \phi(x_i) \rangle - b| - \epsilon\bigr).

    At most a fraction ν of the rows are outside the tube, and at least a fraction ν are support vectors. Every ν
    in (0, 1] is feasible, with any weights.

    Parameters
    ----------
    nu : float, default=0.5
        In (0, 1].
    C : float, default=1.0
        Cost of errors; infinity is 1e10.
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
    tol : float, default=1e-3
        Largest relative duality gap at which a fit is called optimal.
    verbose : bool or int, default=False
        Above 0: the cost of the fit before it starts, and its progress, on standard error.
    max_iter : int, default=-1
        Most iterations of the solver for each problem, blocks and steps of the interior point method; -1 for no limit.
    max_time : float or None, default=3600.0
        Most seconds for the whole fit, which then keeps its best point; None for no limit. Where Python computes the
        kernel, and time ends before its values are there, there is no point yet: `fit` raises TimeLimitError.
    n_jobs : int or None, default=None
        Threads. None: all cores this process may use, and 1 inside a joblib worker; -1: all; -2: all but one.
    warm_start : bool, default=False
        Start from the multipliers of the previous fit where rows and classes are as many.
    memory_limit : float or None, default=None
        Bytes that the fit may use beyond its input; None for three quarters of what is free when it begins. Less of it
        means smaller blocks and other last bits, so with None these depend on what else the machine runs where little
        is free. No answer depends on ``n_jobs``.
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
    random_state : int, generator or None, default=None
        Of the approximation; None is a fixed seed.

    Attributes
    ----------
    support_ : ndarray of shape (n_support,)
        Rows of the support vectors.
    support_vectors_ : ndarray or sparse matrix of shape (n_support, n_features), or a sequence of objects
        Empty for a precomputed kernel.
    n_support_ : ndarray of shape (1,)
    dual_coef_ : ndarray or sparse matrix of shape (1, n_support)
        Differences α − α* of the multipliers.
    intercept_ : ndarray of shape (1,)
    coef_ : ndarray or sparse matrix of shape (1, n_features)
        Of a linear kernel only.
    epsilon_ : float
        Half the width of the tube that was found: rows within ε of f, above or below, cost nothing.
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
    n_iter_ : int
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
    >>> import numpy as np
    >>> from maxmargin import NuSVR
    >>> X = np.linspace(0.0, 6.0, 50)[:, None]
    >>> model = NuSVR(C=10.0).fit(X, np.sin(X[:, 0]))
    >>> model.status_, round(model.score(X, np.sin(X[:, 0])), 2)
    ('optimal', 1.0)
    """

    _machine_name = "nu_svr"

    def __init__(
        self,
        *,
        nu: float = 0.5,
        C: float = 1.0,
        kernel: Any = "rbf",
        degree: float = 3,
        gamma: float | str = "scale",
        coef0: float = 0.0,
        shrinking: bool = True,
        tol: float = 1e-3,
        cache_size: float = 200,
        verbose: bool | int = False,
        max_iter: int = -1,
        max_time: float | None = 3600.0,
        n_jobs: int | None = None,
        warm_start: bool = False,
        memory_limit: float | None = None,
        callback: Callback | None = None,
        approximation: str | None = None,
        approximation_tol: float = 0.03,
        max_components: int = 4000,
        random_state: Any = None,
    ) -> None:
        self.nu = nu
        self.C = C
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.shrinking = shrinking
        self.tol = tol
        self.cache_size = cache_size
        self.verbose = verbose
        self.max_iter = max_iter
        self.max_time = max_time
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.memory_limit = memory_limit
        self.callback = callback
        self.approximation = approximation
        self.approximation_tol = approximation_tol
        self.max_components = max_components
        self.random_state = random_state

    @property
    def epsilon_(self) -> float:
        """The width of the tube that was found."""
        self._require_fit()
        return float(self._scales[0][1])

    def _machine(
        self, rows: NDArray[np.int64], target: NDArray[np.float64], masses: NDArray[np.float64], costs: Costs
    ) -> Machine:
        c = row_costs(costs["C"], np.zeros(rows.size, dtype=np.intp), None, masses)
        return nu_regression_problem(rows, target, c, costs["nu"])

    def _costs(self) -> Costs:
        return {"C": finite_cost(self.C), "nu": float(self.nu)}
