"""The scikit-learn face: estimators that validate, fit, and carry their certificate."""

from __future__ import annotations

from maxmargin.estimators.kernel import SVC, SVR, NuSVC, NuSVR, OneClassSVM
from maxmargin.estimators.linear import LinearSVC

__all__ = ["SVC", "SVR", "LinearSVC", "NuSVC", "NuSVR", "OneClassSVM"]
