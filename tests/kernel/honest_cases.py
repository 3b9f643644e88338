"""Tiny random fits, most of them degenerate, and a judge with more digits than float64 has: what a claim must stand up to.

Rows of whole numbers, of noise, of columns or whole tables of very different sizes; equal rows, constant columns, one row of
a class; weights and costs over many powers of ten. The judge goes by a model's public attributes, in long double.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM, certify
from maxmargin.exceptions import InfeasibleNuError, NotConvergedWarning

MACHINES = (SVC, SVR, NuSVC, NuSVR, OneClassSVM)
LONG = np.longdouble
UNMISSED = 1e-9  # of the dual objective: what certify may find beyond a claim and a thousandth of it


@dataclass
class Case:
    """A fit to be: an unfitted machine and what it gets."""

    machine: Any
    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None

    def fitted(self):
        """The machine, fitted; None where no such machine exists."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotConvergedWarning)
            try:
                return self.machine.fit(self.X, self.y, sample_weight=self.weights)
            except InfeasibleNuError:
                return None


def case(seed):
    """The case of a seed."""
    rng = np.random.default_rng(seed)
    X = _rows(rng)
    n = len(X)
    y = rng.integers(0, 2, size=n)
    if rng.random() < 0.2:
        y[:] = 0
    y[0], y[-1] = 0, 1
    target = y.astype(float) if rng.random() < 0.5 else rng.normal(size=n) * 10.0 ** rng.integers(-3, 4)
    weights = rng.choice([1e-3, 0.5, 1.0, 2.0, 100.0], size=n) if rng.random() < 0.5 else None
    make = MACHINES[rng.integers(0, 5)]
    chosen = {
        **_kernel(rng),
        "C": float(10.0 ** rng.integers(-4, 9)),
        "nu": float(rng.choice([1e-3, 0.01, 0.2, 0.5, 0.9, 1.0])),
        "epsilon": float(rng.choice([0.0, 0.1, 5.0])),
        "tol": float(rng.choice([1e-3, 1e-6, 1e-8])),
    }
    known = {name: value for name, value in chosen.items() if name in make().get_params()}
    return Case(make(max_time=60.0, **known), X, target if make in (SVR, NuSVR) else y, weights)


def _rows(rng):
    n, d = int(rng.integers(2, 13)), int(rng.integers(1, 4))
    style = rng.integers(0, 5)
    X = rng.normal(size=(n, d))
    if style == 0:
        X = rng.integers(-3, 4, size=(n, d)).astype(float)
    elif style == 1:
        X = rng.integers(0, 2, size=(n, d)).astype(float)
    elif style == 2:
        X *= 10.0 ** rng.integers(-3, 5, size=d)
    elif style == 3:
        X *= 10.0 ** rng.integers(0, 6)
    if rng.random() < 0.3:
        X = X[rng.integers(0, n, size=n)]
    if rng.random() < 0.2:
        X[:, 0] = rng.choice([0.0, 1.0, 7.0])
    return X.astype(rng.choice([np.float32, np.float64]))


def _kernel(rng):
    chosen = {"kernel": str(rng.choice(["linear", "rbf", "poly", "sigmoid", "laplacian"]))}
    chosen["gamma"] = float(rng.choice([1e-3, 0.1, 1.0, 50.0]))
    if chosen["kernel"] == "poly":
        chosen.update(coef0=float(rng.choice([0.0, 1.0])), degree=int(rng.choice([2, 3, 5, 8, 10])))
    if chosen["kernel"] == "sigmoid":
        chosen["coef0"] = float(rng.choice([0.0, -1.0, 1.0]))
    return chosen


def gram(kernel, X):
    """Values of a resolved kernel in long double."""
    X = np.asarray(X, dtype=LONG)
    kind, gamma, coef0, degree = kernel.native
    inner = LONG(gamma) * (X @ X.T) + LONG(coef0)
    differences = X[:, None, :] - X[None, :, :]
    return {
        "linear": lambda: X @ X.T,
        "poly": lambda: inner ** int(degree),
        "sigmoid": lambda: np.tanh(inner),
        "rbf": lambda: np.exp(-LONG(gamma) * (differences**2).sum(axis=2)),
        "laplacian": lambda: np.exp(-LONG(gamma) * np.abs(differences).sum(axis=2)),
    }[kind]()


def gap_of(model, K, y, weights):
    """Primal and dual objective in long double, from what a model publishes (see `kernel_oracle` for the formulas)."""
    n = K.shape[0]
    w = np.ones(n, dtype=LONG) if weights is None else np.asarray(weights, dtype=LONG)
    a, b = np.zeros(n, dtype=LONG), LONG(model.intercept_[0])
    np.add.at(a, model.support_, np.asarray(model.dual_coef_[0], dtype=LONG))
    if isinstance(model, NuSVC):
        scale = model.nu * w.sum() / np.abs(a).sum()
        a, b = a * scale, b * scale
    f = K @ a
    half = a @ f / 2
    if isinstance(model, OneClassSVM):
        return half + model.nu * w.sum() * b + w @ _positive(-b - f), -half
    if isinstance(model, (SVR, NuSVR)):
        t, c, nu = np.asarray(y, dtype=LONG), LONG(model.C) * w, isinstance(model, NuSVR)
        epsilon = LONG(model.epsilon_ if nu else model.epsilon)
        price = model.nu * c.sum() * epsilon if nu else LONG(0)
        dual = t @ a - half - (0 if nu else epsilon * np.abs(a).sum())
        return half + price + c @ _positive(np.abs(t - f - b) - epsilon), dual
    margins = np.where(np.asarray(y) == model.classes_[1], LONG(1), LONG(-1)) * (f + b)
    if isinstance(model, SVC):
        return half + LONG(model.C) * w @ _positive(1 - margins), np.abs(a).sum() - half
    rhos = margins if abs(scale - 1) < 1e-12 else [scale]  # without a margin the best one counts
    return half + min(w @ _positive(rho - margins) - model.nu * w.sum() * rho for rho in rhos), -half


def _positive(values):
    return np.maximum(LONG(0), values)


def assert_honest(a_case, model):
    """The claim is not better than what certify finds, and a fit that calls itself optimal is."""
    proof = certify(model, a_case.X, a_case.y, sample_weight=a_case.weights)
    assert model.status_ in {"optimal", "numerical_limit"}
    assert model.gap_ >= 0.0
    assert proof.gap <= model.gap_ * (1.0 + 1e-3) + UNMISSED * abs(proof.dual)
    if model.status_ != "optimal":
        return
    assert proof.relative_gap <= model.tol
    primal, dual = gap_of(model, gram(model.kernel_, a_case.X), a_case.y, a_case.weights)
    assert primal - dual <= 2.0 * model.tol * abs(dual)
