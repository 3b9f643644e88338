"""The judge of the tests: the textbook formulas in NumPy, independent of the library.

    primal(w, b) = ½‖w‖² + Σᵢ cᵢ·ℓ(yᵢ(⟨w, xᵢ⟩ + b))
    dual(α) = Σᵢ αᵢ − ½‖Σᵢ αᵢyᵢxᵢ‖²  (− Σᵢ αᵢ²/(4cᵢ) for the squared hinge)

with 0 ≤ αᵢ (≤ cᵢ for the hinge), and Σ αᵢyᵢ = 0 where there is an intercept.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def as_float64(X):
    return X.astype(np.float64) if sp.issparse(X) else np.asarray(X, dtype=np.float64)


def primal_objective(X, y, c, loss, w, b):
    z = np.maximum(0.0, 1.0 - y * (as_float64(X) @ w + b))
    return 0.5 * w @ w + c @ (z if loss == "hinge" else z**2)


def feasible(y, c, loss, fit_intercept, alpha):
    """Clipped into the box, and the heavier class scaled down until both weigh the same."""
    alpha = np.clip(alpha, 0.0, c if loss == "hinge" else np.inf)
    alpha[c == 0] = 0.0
    if fit_intercept:
        positive, negative = alpha[y > 0].sum(), alpha[y < 0].sum()
        lighter = min(positive, negative)
        alpha[y > 0] *= lighter / positive if positive > 0 else 0.0
        alpha[y < 0] *= lighter / negative if negative > 0 else 0.0
    return alpha


def dual_objective(X, y, c, loss, fit_intercept, alpha):
    alpha = feasible(y, c, loss, fit_intercept, alpha)
    v = as_float64(X).T @ (alpha * y)
    value = alpha.sum() - 0.5 * v @ v
    if loss == "squared_hinge":
        used = c > 0
        value -= (alpha[used] ** 2 / (4.0 * c[used])).sum()
    return value


def relative_gap(X, y, c, loss, fit_intercept, w, b, alpha):
    """(primal − dual) / |dual|, with its cancellation: good to about 1e-13."""
    assert fit_intercept or b == 0.0
    dual = dual_objective(X, y, c, loss, fit_intercept, alpha)
    return (primal_objective(X, y, c, loss, w, b) - dual) / abs(dual)


def multipliers(model, row=0):
    """The multipliers of one binary problem of a fitted model, dense."""
    return model.dual_coef_.toarray()[row]
