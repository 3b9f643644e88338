"""The judge of kernel machines: kernels, objectives and feasibility by the textbook, from a model's public attributes.

    SVC      ½‖w‖² + Σ cᵢ max(0, 1 − yᵢ(fᵢ + b))              dual  Σ α − ½a'Ka,  a = yα
    SVR      ½‖w‖² + Σ cᵢ max(0, |tᵢ − fᵢ − b| − ε)           dual  t'a − εΣ|a| − ½a'Ka
    NuSVC    ½‖w‖² − νMρ + Σ cᵢ max(0, ρ − yᵢ(fᵢ + b))        dual  −½a'Ka,  Σ|a| = νM
    NuSVR    ½‖w‖² + νMε + Σ cᵢ max(0, |tᵢ − fᵢ − b| − ε)     dual  t'a − ½a'Ka,  Σ|a| ≤ νM
    one class  ½‖w‖² − νMρ + Σ cᵢ max(0, ρ − fᵢ)              dual  −½a'Ka,  Σ a = νM

with f = Ka, |aᵢ| ≤ cᵢ, M = Σ c, and Σ a = 0 in the first four where there is an intercept. Nothing of the library is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial.distance import cdist

FEASIBLE = 1e-9  # of the sum of multipliers: what their sums may be off by


def dense(X):
    return np.asarray(X.toarray() if sp.issparse(X) else X, dtype=np.float64)


def _chi2(X, Z, gamma):
    total = X[:, None, :] + Z[None, :, :]
    square = (X[:, None, :] - Z[None, :, :]) ** 2
    return np.exp(-gamma * np.divide(square, total, out=np.zeros_like(total), where=total > 0).sum(axis=2))


KERNELS = {
    "linear": lambda X, Z, gamma, coef0, degree: X @ Z.T,
    "rbf": lambda X, Z, gamma, coef0, degree: np.exp(-gamma * cdist(X, Z, "sqeuclidean")),
    "poly": lambda X, Z, gamma, coef0, degree: (gamma * (X @ Z.T) + coef0) ** degree,
    "sigmoid": lambda X, Z, gamma, coef0, degree: np.tanh(gamma * (X @ Z.T) + coef0),
    "laplacian": lambda X, Z, gamma, coef0, degree: np.exp(-gamma * cdist(X, Z, "cityblock")),
    "chi2": lambda X, Z, gamma, coef0, degree: _chi2(X, Z, gamma),
}


def gram(kind, X, Z=None, gamma=0.5, coef0=0.0, degree=3):
    X = dense(X)
    return KERNELS[kind](X, X if Z is None else dense(Z), gamma, coef0, degree)


@dataclass
class Judgement:
    """What a point is worth: objectives, and by how much it breaks its constraints, relative to its size."""

    primal: float
    dual: float
    infeasible: float

    @property
    def gap(self):
        return self.primal - self.dual

    @property
    def relative_gap(self):
        return self.gap / max(abs(self.dual), 1e-300)

    def certifies(self, tol, slack=1e-11):
        """Whether the point is within ``tol`` of the optimum, up to the rounding of ``primal − dual``."""
        rounding = slack * max(abs(self.primal), abs(self.dual))
        return self.infeasible <= FEASIBLE and -rounding <= self.gap <= 1.0001 * tol * abs(self.dual) + rounding


def _broken(a, c, sums):
    """How far multipliers are outside their box, and off their sums; over their size."""
    size = max(np.abs(a).sum(), 1e-300)
    outside = max(float((np.abs(a) - c).max(initial=0.0)), 0.0)
    return max([outside / size] + [abs(found - wanted) / max(size, abs(wanted)) for found, wanted in sums])


def judge_svc(K, y, c, a, b, fit_intercept=True):
    f = K @ a
    half = 0.5 * a @ f
    primal = half + c @ np.maximum(0.0, 1.0 - y * (f + b))
    wrong_side = float(np.maximum(0.0, -y * a).sum()) / max(np.abs(a).sum(), 1e-300)
    sums = [(a.sum(), 0.0)] if fit_intercept else []
    return Judgement(primal, np.abs(a).sum() - half, max(_broken(a, c, sums), wrong_side))


def judge_svr(K, t, c, a, b, epsilon, fit_intercept=True):
    f = K @ a
    half = 0.5 * a @ f
    primal = half + c @ np.maximum(0.0, np.abs(t - f - b) - epsilon)
    sums = [(a.sum(), 0.0)] if fit_intercept else []
    return Judgement(primal, t @ a - epsilon * np.abs(a).sum() - half, _broken(a, c, sums))


def judge_nu_svc(K, y, c, a, b, nu):
    """``a`` and ``b`` as published, divided by the margin ρ: their sum tells ρ. Without a margin the best ρ counts."""
    mass = nu * c.sum()
    scale = mass / np.abs(a).sum()
    a, b = a * scale, b * scale
    f = K @ a
    half = 0.5 * a @ f
    margins = y * (f + b)
    rhos = margins if abs(scale - 1.0) < 1e-12 else [scale]
    primal = half + min(c @ np.maximum(0.0, rho - margins) - mass * rho for rho in rhos)
    wrong_side = float(np.maximum(0.0, -y * a).sum()) / np.abs(a).sum()
    return Judgement(primal, -half, max(_broken(a, c, [(a[y > 0].sum(), 0.5 * mass), (a.sum(), 0.0)]), wrong_side))


def judge_nu_svr(K, t, c, a, b, nu, epsilon):
    f = K @ a
    half = 0.5 * a @ f
    mass = nu * c.sum()
    primal = half + mass * epsilon + c @ np.maximum(0.0, np.abs(t - f - b) - epsilon)
    over = max(np.abs(a).sum() - mass, 0.0) / mass
    return Judgement(primal, t @ a - half, max(_broken(a, c, [(a.sum(), 0.0)]), over))


def judge_one_class(K, c, a, rho, nu):
    f = K @ a
    half = 0.5 * a @ f
    mass = nu * c.sum()
    primal = half - mass * rho + c @ np.maximum(0.0, rho - f)
    negative = float(np.maximum(0.0, -a).sum()) / mass
    return Judgement(primal, -half, max(_broken(a, c, [(a.sum(), mass)]), negative))


def coefficients(model, n):
    """One row of ``dual_coef_`` of a machine of one problem, spread over all training rows."""
    a = np.zeros(n)
    np.add.at(a, model.support_, dense(model.dual_coef_)[0])
    return a


def judge(model, K, y=None, weights=None):
    """The judgement of a fitted machine of one problem; ``y`` are labels of two classes or targets."""
    n = K.shape[0]
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    a, b = coefficients(model, n), float(model.intercept_[0])
    name = type(model).__name__
    if name == "OneClassSVM":
        return judge_one_class(K, w, a, -b, model.nu)
    if name in ("SVR", "NuSVR"):
        t = np.asarray(y, dtype=np.float64)
        if name == "SVR":
            return judge_svr(K, t, model.C * w, a, b, model.epsilon, model.fit_intercept)
        return judge_nu_svr(K, t, model.C * w, a, b, model.nu, model.epsilon_)
    sign = np.where(np.asarray(y) == model.classes_[1], 1.0, -1.0)
    factors = np.where(sign > 0, model.class_weight_[1], model.class_weight_[0])
    if name == "SVC":
        return judge_svc(K, sign, model.C * factors * w, a, b, model.fit_intercept)
    return judge_nu_svc(K, sign, factors * w, a, b, model.nu)
