"""The machines that the tests of approximations fit, and z(x) by the textbook formulas."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM

X3, Y3 = make_classification(300, 4, n_informative=3, n_redundant=0, n_classes=3, flip_y=0.1, random_state=0)
X2, Y2 = X3[Y3 < 2], Y3[Y3 < 2]
XR, YR = make_regression(300, 4, noise=5.0, random_state=0)
YR = YR / np.abs(YR).max()
HOW = ["nystroem", "fourier"]

MACHINES = {
    "pairs": (SVC(C=2.0, gamma=0.1), X3, Y3),
    "rest": (SVC(C=2.0, gamma=0.1, multi_class="ovr"), X3, Y3),
    "two classes": (SVC(C=2.0, gamma=0.1), X2, Y2),
    "no intercept": (SVC(C=2.0, gamma=0.1, fit_intercept=False), X2, Y2),
    "nu": (NuSVC(nu=0.3, gamma=0.1), X3, Y3),
    "svr": (SVR(epsilon=0.02, gamma=0.1), XR, YR),
    "svr, no intercept": (SVR(epsilon=0.02, gamma=0.1, fit_intercept=False), XR, YR),
    "nu-svr": (NuSVR(gamma=0.1), XR, YR),
    "one class": (OneClassSVM(gamma=0.1, nu=0.3), X3, Y3),
}


XL, YL = make_regression(1200, 4, noise=20.0, random_state=0)
YL = YL / np.abs(YL).max()
LARGE = {  # programmes of more variables than are solved by blocks at once
    "nu": (NuSVC(nu=0.4, gamma=0.1), XL, YL > 0.0),
    "svr": (SVR(epsilon=0.02, gamma=0.1), XL, YL),
    "svr, no intercept": (SVR(epsilon=0.02, gamma=0.1, fit_intercept=False), XL, YL),
    "nu-svr": (NuSVR(gamma=0.1), XL, YL),
    "one class": (OneClassSVM(gamma=0.1, nu=0.3), XL, YL),
}


def approximate(machine, how, **settings):
    return clone(machine).set_params(approximation=how, **settings)


def components(kernel, X):
    """z(x) from the textbook formula and the arrays of a kernel."""
    if kernel.approximation == "nystroem":
        return kernel.kernel(X, kernel.landmarks) @ kernel.whitening.T
    angles = X @ kernel.frequencies.T
    return np.hstack([np.cos(angles), np.sin(angles)]) / np.sqrt(angles.shape[1])
