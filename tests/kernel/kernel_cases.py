"""The axes of the grid: machines, kernels with their NumPy twin, storages, weights; and data that have them all."""

from __future__ import annotations

import itertools

import numpy as np
import scipy.sparse as sp
from kernel_oracle import dense, gram

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM
from maxmargin.kernels import RBF, Laplacian, Linear, Polynomial

NUMBERS = {"gamma": 0.5, "coef0": 0.3, "degree": 3}

MACHINES = {
    "SVC": lambda **p: SVC(C=3.0, **p),
    "SVC no intercept": lambda **p: SVC(C=3.0, fit_intercept=False, **p),
    "SVC class weights": lambda **p: SVC(C=0.7, class_weight={"no": 0.4, "yes": 3.0}, **p),
    "NuSVC": lambda **p: NuSVC(nu=0.6, **p),
    "NuSVC class weights": lambda **p: NuSVC(nu=0.6, class_weight={"no": 1.2, "yes": 0.8}, **p),
    "SVR": lambda **p: SVR(C=2.0, epsilon=0.05, **p),
    "SVR no intercept": lambda **p: SVR(C=2.0, epsilon=0.05, fit_intercept=False, **p),
    "NuSVR": lambda **p: NuSVR(nu=0.4, C=2.0, **p),
    "OneClassSVM": lambda **p: OneClassSVM(nu=0.3, **p),
}
FIVE = {name: MACHINES[name] for name in ("SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")}


def my_function(left, right):
    """An RBF kernel in Python."""
    return gram("rbf", left, right, gamma=0.5)


KERNELS = {
    **{name: (name, lambda X, name=name: gram(name, X, **NUMBERS)) for name in ("linear", "rbf", "poly", "sigmoid")},
    **{name: (name, lambda X, name=name: gram(name, X, **NUMBERS)) for name in ("laplacian", "chi2")},
    "precomputed": ("precomputed", lambda X: gram("rbf", X, gamma=2.0)),
    "callable": (my_function, lambda X: gram("rbf", X, gamma=0.5)),
    "sum": (2.0 * RBF(gamma=0.5) + Linear(), lambda X: 2.0 * gram("rbf", X, gamma=0.5) + gram("linear", X)),
    "product": (
        RBF(gamma=0.25) * Polynomial(degree=2, gamma=1.0, coef0=1.0),
        lambda X: gram("rbf", X, gamma=0.25) * gram("poly", X, gamma=1.0, coef0=1.0, degree=2),
    ),
}


# Functions that sum the same over the features: sparse rows skip zeros in these, too.
KERNELS["two of a kind"] = (
    0.5 * Laplacian(gamma=0.5) + Laplacian(gamma=0.1) * Laplacian(gamma=0.2),
    lambda X: 0.5 * gram("laplacian", X, gamma=0.5) + gram("laplacian", X, gamma=0.3),
)


def csr(A, index_type):
    A = sp.csr_array(A)
    A.indices, A.indptr = A.indices.astype(index_type), A.indptr.astype(index_type)
    return A


STORAGES = {
    "dense C": np.ascontiguousarray,
    "dense F": np.asfortranarray,
    "csr int32": lambda A: csr(A, np.int32),
    "csr int64": lambda A: csr(A, np.int64),
}
WEIGHTS = {
    "none": lambda n: None,
    "integer": lambda n: np.random.default_rng(5).integers(0, 4, n).astype(np.float64),
    "real": lambda n: np.random.default_rng(6).uniform(0.1, 3.0, n),
}
DTYPES = {"float32": np.float32, "float64": np.float64}


def make_data(n=70, d=5, seed=0):
    """Rows ≥ 0 with exact zeros that float32 holds exactly, labels with noise, and targets with noise."""
    rng = np.random.default_rng(seed)
    X = (rng.random((n, d)) * (rng.random((n, d)) < 0.6)).astype(np.float32).astype(np.float64)
    labels = np.where(X[:, 0] + 0.4 * rng.normal(size=n) > 0.3, "yes", "no")
    return X, labels, np.sin(3.0 * X[:, 0]) + 0.3 * rng.normal(size=n)


def make_sparse_data(n=230, d=60, per_row=6, seed=2):
    """The same of rows with few numbers other than zero, more of them than all kernel values are computed of."""
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((n, d)) < per_row / d, rng.random((n, d)), 0.0).astype(np.float32).astype(np.float64)
    score = X @ rng.normal(size=d)
    return X, np.where(score + 0.3 * rng.normal(size=n) > 0.0, "yes", "no"), score + 0.2 * rng.normal(size=n)


def grid():
    """Every (storage, dtype, weights)."""
    return itertools.product(STORAGES, DTYPES, WEIGHTS)


def target_of(machine, labels, targets):
    """What the machine of that name learns."""
    return targets if "SVR" in machine else None if machine == "OneClassSVM" else labels


def given_and_gram(kernel, X, storage, dtype):
    """X as the machine gets it, and the float64 kernel values of exactly that."""
    K = KERNELS[kernel][1](X)
    if kernel == "precomputed":
        K = K.astype(DTYPES[dtype])
        return STORAGES[storage if "dense" in storage else "dense C"](K), dense(K)
    return STORAGES[storage](X.astype(DTYPES[dtype])), K
