"""The solvers as a paper would state them; the arithmetic is native.

``solve`` picks one (`choice`), runs it, and returns a `Solution`. A solver knows nothing of classes, labels
or files, and nobody reads its state: what a point is worth is computed by `maxmargin.certificate` from the
problem alone.
"""

from __future__ import annotations

from maxmargin.problem import Problem
from maxmargin.solvers.choice import choose_solver
from maxmargin.solvers.memory import bytes_at_most, bytes_needed, matrix_bytes_at_most
from maxmargin.solvers.settings import Monitor, Settings, Solution, Start, Status

__all__ = [
    "Monitor", "Settings", "Solution", "Start", "Status", "bytes_at_most", "bytes_needed", "matrix_bytes_at_most", "solve",
]  # fmt: skip


def solve(problem: Problem, settings: Settings, start: Start | None = None, monitor: Monitor | None = None) -> Solution:
    """Solve one binary problem with the solver that suits it.

    Parameters
    ----------
    problem : Problem
    settings : Settings
    start : Start, optional
        A point to start from.
    monitor : callable, optional
        Called with (iteration, primal, dual, gap, active rows, seconds) at most every few milliseconds; a
        true answer stops the solver. `maxmargin.callbacks.native_monitor` makes one from a callback.

    Returns
    -------
    Solution
        Always a point, whatever ended the solver.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin._validation import validate_design
    >>> X = np.array([[1.0, 0.0], [-1.0, 0.0]])
    >>> problem = Problem(validate_design(X), np.array([1.0, -1.0]), np.ones(2), "hinge", fit_intercept=True)
    >>> solve(problem, Settings(tol=1e-8)).coef.round(4).tolist()
    [1.0, 0.0]
    """
    return choose_solver(problem, start)(problem, settings, start, monitor)
