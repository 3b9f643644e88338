"""A fitted estimator to the numbers that a file stores, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from maxmargin.model import LinearModel

if TYPE_CHECKING:
    from maxmargin.estimators.linear import LinearSVC

__all__ = ["from_model", "to_model"]


def to_model(estimator: LinearSVC) -> LinearModel:
    """The numbers of a fitted ``estimator``."""
    estimator._require_fit()
    names = getattr(estimator, "feature_names_in_", None)
    points = [problem.point for problem in estimator.certificate_.problems]
    return LinearModel(
        coef=np.ascontiguousarray(estimator._dense_coef(), dtype=np.float64),
        intercept=np.asarray(estimator.intercept_, dtype=np.float64),
        classes=estimator.classes_,
        loss=estimator.certificate_.loss,
        C=estimator.certificate_.C,
        fit_intercept=estimator.certificate_.fit_intercept,
        class_weight=estimator.class_weight_,
        tol=float(estimator.tol),
        status=estimator.status_,
        primal=np.array([point.primal for point in points]),
        dual=np.array([point.dual for point in points]),
        gap=np.array([point.gap for point in points]),
        n_iter=int(estimator.n_iter_),
        fit_time=float(estimator.fit_time_),
        n_rows=estimator._n_rows,
        multipliers=estimator._support,
        feature_names=None if names is None else tuple(map(str, names)),
    )


def from_model(kind: type[LinearSVC], model: LinearModel) -> LinearSVC:
    """A fitted estimator with the numbers of ``model``; its history has not been stored and is empty."""
    estimator = kind(
        loss=model.loss,
        tol=model.tol,
        C=model.C,
        fit_intercept=model.fit_intercept,
        class_weight=_weights(model),
    )
    estimator.classes_ = model.classes
    estimator.coef_ = np.array(model.coef)
    estimator.intercept_ = np.array(model.intercept)
    estimator.class_weight_ = np.array(model.class_weight)
    estimator.n_features_in_ = model.n_features
    if model.feature_names is not None:
        estimator.feature_names_in_ = np.array(model.feature_names, dtype=object)
    estimator._support = model.multipliers
    estimator._n_rows = model.n_rows
    certificate = replace(model.certificate, fit_intercept=model.fit_intercept)
    estimator._publish(certificate, model.status, model.n_iter, [])
    estimator.fit_time_ = model.fit_time
    return estimator


def _weights(model: LinearModel) -> dict[Any, float] | None:
    if np.all(model.class_weight == 1.0):
        return None
    return dict(zip(model.classes.tolist(), model.class_weight.tolist(), strict=True))
