"""The linear model: it predicts by itself, proves itself, and refuses every field that cannot be."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_iris

from maxmargin import LinearModel, LinearSVC, certify, exceptions


def fields(k=1, d=3, n=5, **changes):
    """The fields of a small valid model."""
    rng = np.random.default_rng(k)
    n_classes = 2 if k == 1 else k
    return {
        "coef": rng.normal(size=(k, d)), "intercept": rng.normal(size=k), "classes": np.arange(n_classes),
        "loss": "hinge", "C": 1.0, "fit_intercept": True, "class_weight": np.ones(n_classes), "tol": 1e-4,
        "status": "optimal", "primal": np.ones(k), "dual": np.ones(k), "gap": np.zeros(k), "n_iter": 3, "fit_time": 0.1,
        "n_rows": n, "multipliers": tuple((np.array([0, 2, 4]), np.array([0.5, 1.0, 0.25])) for _ in range(k)),
        "feature_names": tuple(f"f{j}" for j in range(d)),
    } | changes  # fmt: skip


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("storage", [np.asarray, sp.csr_array, lambda X: X.astype(np.float32)])
def test_decision_values_are_the_formula(k, storage):
    model = LinearModel(**fields(k))
    X = np.random.default_rng(0).integers(-3, 4, size=(7, 3)).astype(float)
    expected = X @ model.coef.T + model.intercept
    values = model.decision_function(storage(X))
    assert values.shape == ((7,) if k == 1 else (7, k))
    np.testing.assert_allclose(values.reshape(7, k), expected, atol=1e-12)
    labels = (expected[:, 0] > 0).astype(int) if k == 1 else expected.argmax(axis=1)
    np.testing.assert_array_equal(model.predict(storage(X)), labels)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_fit_and_its_model_say_the_same(loss, n_classes):
    X, y = load_iris(return_X_y=True)
    X, y = X[y < n_classes], y[y < n_classes]
    estimator = LinearSVC(loss=loss, class_weight="balanced").fit(X, y)
    model = estimator._to_model()
    np.testing.assert_array_equal(model.predict(X), estimator.predict(X))
    assert model.status == estimator.status_
    assert model.relative_gap == estimator.relative_gap_
    assert model.certificate.primal == estimator.primal_
    assert certify(model, X, y).to_dict() == certify(estimator, X, y).to_dict()
    again = LinearSVC._from_model(model)
    np.testing.assert_array_equal(again.decision_function(X), estimator.decision_function(X))
    assert certify(again, X, y).gap == certify(estimator, X, y).gap
    again.coef_[0, 0] += 1.0  # the estimator's arrays are its own
    assert model.coef[0, 0] == estimator.coef_[0, 0]


def test_columns_are_matched_by_name():
    model = LinearModel(**fields())
    rows = np.ones((2, 3))
    values = model.decision_function(rows)
    for frame in (pd.DataFrame, pl.DataFrame):
        named = frame({"f0": rows[:, 0], "f1": rows[:, 1], "f2": rows[:, 2]})
        np.testing.assert_array_equal(model.decision_function(named), values)
        with pytest.raises(exceptions.ShapeError, match="another order"):
            model.decision_function(named[["f1", "f0", "f2"]])
        with pytest.raises(exceptions.ShapeError, match="lacks the columns 'f2'"):
            model.decision_function(named[["f0", "f1"]])
    np.testing.assert_array_equal(model.decision_function(pd.DataFrame(rows)), values)  # numbered columns have no names
    with pytest.raises(exceptions.ShapeError, match="has the columns 'f3'"):
        model.decision_function(pd.DataFrame(np.ones((2, 4)), columns=["f0", "f1", "f2", "f3"]))
    with pytest.raises(exceptions.ShapeError, match="X has 2 features, but the model has 3"):
        model.decision_function(np.ones((2, 2)))


def test_a_model_is_frozen_and_short_to_print():
    values = fields()
    model = LinearModel(**values)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.C = 2.0
    with pytest.raises(ValueError, match="read-only"):
        model.coef[0, 0] = 1.0
    values["coef"][0, 0] = 7.0  # the array it was made from stays writable
    assert repr(model) == "LinearModel(2 classes, 3 features, loss='hinge', C=1, status='optimal', relative_gap=0.0e+00)"


BAD = {
    "coef is a list": {"coef": [[1.0, 2.0, 3.0]]},
    "coef is float32": {"coef": np.ones((1, 3), np.float32)},
    "coef has too many rows": {"coef": np.ones((2, 3))},
    "coef has no columns": {"coef": np.ones((1, 0)), "feature_names": ()},
    "coef is not finite": {"coef": np.array([[1.0, np.nan, 0.0]])},
    "intercept has the wrong length": {"intercept": np.zeros(2)},
    "intercept is infinite": {"intercept": np.array([np.inf])},
    "intercept where there is none": {"fit_intercept": False},
    "classes are one": {"classes": np.array([1]), "class_weight": np.ones(1)},
    "classes are repeated": {"classes": np.array([1, 1])},
    "classes are out of order": {"classes": np.array(["b", "a"])},
    "classes are not finite": {"classes": np.array([0.0, np.nan])},
    "classes are complex": {"classes": np.array([0j, 1j])},
    "classes have no order": {"classes": np.array(["a", 1], dtype=object)},
    "loss is unknown": {"loss": "logistic"},
    "C is zero": {"C": 0.0},
    "C is an integer": {"C": 1},
    "C is infinite": {"C": np.inf},
    "tol is NaN": {"tol": np.nan},
    "fit_intercept is a number": {"fit_intercept": 1},
    "class_weight is negative": {"class_weight": np.array([1.0, -1.0])},
    "class_weight has the wrong length": {"class_weight": np.ones(3)},
    "status is unknown": {"status": "interrupted"},
    "primal is NaN": {"primal": np.array([np.nan])},
    "gap is negative": {"gap": np.array([-1e-9])},
    "n_iter is negative": {"n_iter": -1},
    "n_iter is a boolean": {"n_iter": True},
    "n_rows is zero": {"n_rows": 0},
    "n_rows is huge": {"n_rows": 2**63},
    "fit_time is negative": {"fit_time": -1.0},
    "multipliers for two problems": {"multipliers": ((np.array([0]), np.ones(1)),) * 2},
    "multipliers out of range": {"multipliers": ((np.array([5]), np.ones(1)),)},
    "multipliers before the first row": {"multipliers": ((np.array([-1]), np.ones(1)),)},
    "multipliers out of order": {"multipliers": ((np.array([2, 1]), np.ones(2)),)},
    "multipliers repeated": {"multipliers": ((np.array([1, 1]), np.ones(2)),)},
    "multipliers negative": {"multipliers": ((np.array([1]), -np.ones(1)),)},
    "multipliers not finite": {"multipliers": ((np.array([1]), np.array([np.nan])),)},
    "multipliers of the wrong length": {"multipliers": ((np.array([1]), np.ones(2)),)},
    "multipliers with float rows": {"multipliers": ((np.ones(1), np.ones(1)),)},
    "feature_names are a list": {"feature_names": ["a", "b", "c"]},
    "feature_names are too few": {"feature_names": ("a", "b")},
    "feature_names are numbers": {"feature_names": (1, 2, 3)},
}


@pytest.mark.parametrize("defect", BAD)
def test_every_field_is_checked(defect):
    with pytest.raises(exceptions.InvalidModelError) as caught:
        LinearModel(**fields(**BAD[defect]))
    assert defect.split()[0] in str(caught.value)


def test_an_overflowing_certificate_is_allowed():
    model = LinearModel(**fields(primal=np.array([np.inf]), dual=np.array([-np.inf]), gap=np.array([np.inf])))
    assert model.relative_gap == np.inf
