"""A weight of k is k copies of the row; a weight of 0 is no row. Class weights are weights of rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_iris, make_classification

from maxmargin import LinearSVC, certify

LOSSES = ["hinge", "squared_hinge"]
X, y = make_classification(120, 6, n_informative=4, flip_y=0.1, random_state=3)
counts = np.random.default_rng(0).integers(0, 4, size=120)


def same(a, b):
    np.testing.assert_array_equal(a.classes_, b.classes_)
    np.testing.assert_allclose(a.primal_, b.primal_, rtol=1e-9)
    np.testing.assert_allclose(a.coef_, b.coef_, atol=1e-4 * np.abs(b.coef_).max())
    np.testing.assert_allclose(a.intercept_, b.intercept_, atol=1e-3)


@pytest.mark.parametrize("storage", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_weights_are_copies(loss, fit_intercept, storage):
    model = LinearSVC(loss=loss, fit_intercept=fit_intercept, tol=1e-11)
    weighted = model.fit(storage(X), y, sample_weight=counts)
    copies = LinearSVC(loss=loss, fit_intercept=fit_intercept, tol=1e-11)
    copies.fit(storage(np.repeat(X, counts, axis=0)), np.repeat(y, counts))
    same(weighted, copies)


@pytest.mark.parametrize("loss", LOSSES)
def test_zero_weight_drops_the_row_whatever_it_holds(loss):
    Z, labels = load_iris(return_X_y=True)
    wild = np.vstack([Z, 1e6 * np.ones((4, 4))])
    names = np.concatenate([labels, [7, 7, 0, 1]])  # class 7 has no row of positive weight
    weights = np.concatenate([np.ones(150), np.zeros(4)])
    dropped = LinearSVC(loss=loss, tol=1e-11).fit(wild, names, sample_weight=weights)
    assert dropped.classes_.tolist() == [0, 1, 2]
    assert certify(dropped, wild, names, sample_weight=weights).relative_gap <= 1e-10
    same(dropped, LinearSVC(loss=loss, tol=1e-11).fit(Z, labels))


@pytest.mark.parametrize("loss", LOSSES)
def test_scale_of_weights_is_scale_of_C(loss):
    a = LinearSVC(loss=loss, C=3.0, tol=1e-11).fit(X, y)
    b = LinearSVC(loss=loss, C=1.0, tol=1e-11).fit(X, y, sample_weight=np.full(120, 3.0))
    c = LinearSVC(loss=loss, C=1.0, tol=1e-11).fit(X, y, sample_weight=3.0)
    same(a, b)
    same(a, c)


@pytest.mark.parametrize("loss", LOSSES)
def test_class_weights_are_sample_weights_in_every_binary_problem(loss):
    Z, labels = load_iris(return_X_y=True)
    factors = {0: 0.5, 1: 4.0}
    a = LinearSVC(loss=loss, class_weight=factors, tol=1e-11).fit(Z, labels)
    rows = np.array([factors.get(label, 1.0) for label in labels])
    b = LinearSVC(loss=loss, tol=1e-11).fit(Z, labels, sample_weight=rows)
    same(a, b)
    assert a.class_weight_.tolist() == [0.5, 4.0, 1.0]


def test_balanced_counts_sample_weights():
    labels = (np.arange(120) % 4 == 0).astype(int)
    a = LinearSVC(class_weight="balanced", tol=1e-11).fit(X, labels, sample_weight=counts)
    b = LinearSVC(class_weight="balanced", tol=1e-11).fit(np.repeat(X, counts, axis=0), np.repeat(labels, counts))
    np.testing.assert_allclose(a.class_weight_, b.class_weight_)
    mass = np.bincount(labels, weights=counts)
    np.testing.assert_allclose(a.class_weight_ * mass, mass.sum() / 2)
    same(a, b)


def test_string_classes_take_class_weights():
    names = np.where(y == 1, "spam", "ham")
    a = LinearSVC(class_weight={"spam": 5.0}, tol=1e-10).fit(X, names)
    b = LinearSVC(class_weight={1: 5.0}, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(a.coef_, b.coef_)


def test_weights_are_not_changed():
    weights = np.random.default_rng(0).uniform(size=120)
    before = weights.copy()
    LinearSVC().fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(weights, before)
