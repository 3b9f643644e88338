"""Data built from a chosen solution.

Choose multipliers α with Σ αᵢyᵢ = 0 and margins m that agree with them (complementary slackness). Rows

    xᵢ = sᵢ·u + qᵢ,    u = w/‖w‖,    qᵢ ⟂ u

have margin mᵢ if sᵢ = (yᵢmᵢ − b)/‖w‖, and Σ αᵢyᵢxᵢ = w if ‖w‖² = Σ αᵢmᵢ and Σ αᵢyᵢqᵢ = 0.
Then (w, b, α) satisfies every optimality condition, so it is the solution, up to the rounding of X.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError
from maxmargin.problem import Loss

__all__ = ["KnownSvm", "make_known_svm"]


@dataclass(frozen=True, slots=True, eq=False)
class KnownSvm:
    """Rows X of shape (n, d), labels y of −1 and +1, and the exact answer."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    C: float
    loss: Loss
    fit_intercept: bool
    sample_weight: NDArray[np.float64]
    coef: NDArray[np.float64]
    intercept: float
    multipliers: NDArray[np.float64]
    objective: float


def make_known_svm(
    n_samples: int = 60,
    n_features: int = 8,
    *,
    loss: Loss = "squared_hinge",
    C: float = 1.0,
    fit_intercept: bool = True,
    weighted: bool = False,
    random_state: int = 0,
) -> KnownSvm:
    """Make a binary problem whose exact solution is known.

    Parameters
    ----------
    n_samples : int
        At least 8. A third of the rows violates the margin, and with the hinge another third lies on it.
    n_features : int
        At least 2.
    loss : {"squared_hinge", "hinge"}
    C : float
    fit_intercept : bool
    weighted : bool
        Give the rows weights between 0.5 and 2; otherwise all are 1.
    random_state : int

    Returns
    -------
    KnownSvm

    Raises
    ------
    InvalidParameterError
        Too few samples or features.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin import LinearSVC
    >>> from maxmargin.testing import make_known_svm
    >>> known = make_known_svm(loss="hinge")
    >>> model = LinearSVC(loss="hinge", tol=1e-10).fit(known.X, known.y)
    >>> bool(np.allclose(model.coef_[0], known.coef, atol=1e-4))
    True
    """
    if n_samples < 8 or n_features < 2:
        raise InvalidParameterError(
            f"make_known_svm needs n_samples ≥ 8 and n_features ≥ 2, got {n_samples} and {n_features}"
        )
    rng = np.random.default_rng(random_state)
    y = np.where(np.arange(n_samples) % 2 == 0, 1, -1)
    weights: NDArray[np.float64] = np.ones(n_samples)
    if weighted:
        weights = np.repeat(rng.uniform(0.5, 2.0, (n_samples + 1) // 2), 2)[:n_samples]
    choose = _hinge_solution if loss == "hinge" else _squared_hinge_solution
    margins, multipliers = choose(C * weights, rng)
    norm = float(np.sqrt(multipliers @ margins))
    intercept = float(rng.normal()) if fit_intercept else 0.0
    direction = rng.normal(size=n_features)
    direction /= np.linalg.norm(direction)
    across = rng.normal(size=(n_samples, n_features))
    signed = multipliers * y
    across -= np.outer(signed, signed @ across) / (signed @ signed)
    across -= np.outer(across @ direction, direction)
    X = np.outer((y * margins - intercept) / norm, direction) + across
    violation = np.maximum(1.0 - margins, 0.0)
    losses = C * weights @ (violation if loss == "hinge" else violation**2)
    order = rng.permutation(n_samples)
    return KnownSvm(
        np.ascontiguousarray(X[order]), y[order], C, loss, fit_intercept, weights[order],
        norm * direction, intercept, multipliers[order], float(0.5 * norm**2 + losses),
    )  # fmt: skip


def _hinge_solution(c: NDArray[np.float64], rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Margins and multipliers in pairs of one row of each class: at the bound, on the margin, beyond it."""
    pairs, n = c.size // 2, c.size
    third = max(1, pairs // 3)
    margins, multipliers = rng.uniform(1.05, 3.0, n), np.zeros(n)
    bound, free = slice(0, 2 * third), slice(2 * third, 4 * third)
    margins[bound] = rng.uniform(0.2, 0.95, 2 * third)
    multipliers[bound] = c[bound]
    margins[free] = 1.0
    multipliers[free] = c[free] * np.repeat(rng.uniform(0.1, 0.9, third), 2)
    return margins, multipliers


def _squared_hinge_solution(
    c: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Margins and multipliers in pairs: a third violates, the rest lies beyond the margin."""
    n = c.size
    violating = 2 * max(1, n // 6)
    margins = rng.uniform(1.05, 3.0, n)
    margins[:violating] = 1.0 - np.repeat(rng.uniform(0.05, 0.8, violating // 2), 2)
    return margins, 2.0 * c * np.maximum(1.0 - margins, 0.0)
