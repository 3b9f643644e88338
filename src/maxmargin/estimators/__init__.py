"""The scikit-learn face: estimators that validate, fit, and carry their certificate."""

from __future__ import annotations

from maxmargin.estimators.linear import LinearSVC

__all__ = ["LinearSVC"]
