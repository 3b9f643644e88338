"""The hinge loss as a metric and as a scorer: right where scikit-learn's is, and where it is not."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import hinge_loss as sklearn_hinge_loss
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from maxmargin import LinearSVC, losses
from maxmargin import exceptions as errors
from maxmargin.losses import hinge_loss, neg_hinge_scorer, neg_squared_hinge_scorer
from maxmargin.losses.metrics import HingeScorer

RNG = np.random.default_rng(0)
X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


# --- the metric ----------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [[-1, 1], [0, 1], [3, 7], ["no", "yes"], [False, True]], ids=str)
@pytest.mark.parametrize("weighted", [False, True])
def test_two_classes_are_as_in_scikit_learn(classes, weighted):
    y, f = np.array(classes)[RNG.integers(0, 2, 50)], RNG.normal(size=50)
    w = RNG.uniform(size=50) if weighted else None
    expected = sklearn_hinge_loss(y, f, sample_weight=w)
    for labels in (None, classes, classes[::-1]):
        result = hinge_loss(y, f, sample_weight=w, labels=labels)
        assert type(result) is float
        assert result == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("weighted", [False, True])
def test_more_classes_are_as_in_scikit_learn(weighted):
    f, w = RNG.normal(size=(150, 3)), RNG.uniform(size=150) if weighted else None
    assert hinge_loss(NAMES, f, sample_weight=w) == pytest.approx(sklearn_hinge_loss(NAMES, f, sample_weight=w), rel=1e-13)
    some = NAMES != "versicolor"
    labels, weight = ["virginica", "setosa", "versicolor"], w[some] if weighted else None
    expected = sklearn_hinge_loss(NAMES[some], f[some], labels=labels, sample_weight=weight)
    assert hinge_loss(NAMES[some], f[some], labels=labels, sample_weight=weight) == pytest.approx(expected, rel=1e-13)


def test_rows_of_one_class_are_not_taken_for_the_other():
    f = [2.0, 0.5]
    assert hinge_loss([1, 1], f) == hinge_loss([True, True], f) == 0.25
    assert hinge_loss([-1, -1], f) == hinge_loss([False, False], f) == 2.25
    assert hinge_loss([1, 1], f, labels=[0, 1]) == hinge_loss(["yes", "yes"], f, labels=["yes", "no"]) == 0.25
    assert hinge_loss([0, 0], f, labels=[0, 1]) == 2.25
    assert sklearn_hinge_loss([1, 1], f) == sklearn_hinge_loss([1, 1], f, labels=[-1, 1]) == 2.25  # what is repaired here
    for y in ([0, 0], [2, 2], ["yes", "yes"]):
        with pytest.raises(errors.SingleClassError, match="the negative or the positive one; pass all classes as labels="):
            hinge_loss(y, f)


def test_other_losses_and_powers():
    f, y = RNG.normal(size=(40, 3)), RNG.integers(0, 3, 40)
    for kind, function in (
        ("crammer_singer", losses.crammer_singer),
        ("weston_watkins", losses.weston_watkins),
        ("one_vs_rest", losses.one_vs_rest_hinge),
    ):
        for power in (1, 2):
            assert hinge_loss(y, f, kind=kind, power=power, labels=range(3)) == pytest.approx(function(f, y, power=power))
    assert hinge_loss([-1, 1], [0.0, 3.0], power=2) == 0.5
    assert hinge_loss([-1, 1], np.array([0, 3])) == 0.5
    assert hinge_loss([-1, 1], np.array([0, 3], dtype=np.float16)) == 0.5


@pytest.mark.parametrize(
    ("y", "f", "options", "error", "message"),
    [
        ([0, 1, 2], [0.0, 1.0, 2.0], {}, errors.ShapeError, r"\(n_rows, 3\), one column for each class: if a"),
        ([0, 1], np.zeros((2, 3)), {}, errors.ShapeError, r"expected \(n_rows,\), one score a row for two classes"),
        ([0, 1], np.zeros((2, 1)), {}, errors.ShapeError, "one score a row"),
        ([0, 1], np.zeros((2, 2)), {}, errors.ShapeError, "one score a row"),
        ([0, 1], np.zeros((2, 4)), {"labels": range(3)}, errors.ShapeError, r"\(n_rows, 3\), one column for each class$"),
        ([0, 1, 0], [0.0, 1.0], {}, errors.ShapeError, "n_rows scores"),
        ([[0, 1]], [0.0], {}, errors.ShapeError, "y_true has the shape"),
        ([0, 1], np.zeros((2, 1, 1)), {}, errors.ShapeError, "pred_decision has the shape"),
        ([], [], {}, errors.EmptyInputError, "no rows"),
        ([0, 1], [0.0, np.nan], {}, errors.NonFiniteError, "nan at row 1"),
        ([0, 1], [0.0, np.inf], {}, errors.NonFiniteError, "inf at row 1"),
        ([0, 1], ["a", "b"], {}, errors.UnsupportedTypeError, "expected numbers"),
        ([0, 5], [0.0, 1.0], {"labels": [0, 1]}, errors.InvalidTargetError, r"the label 5, .* among labels \(0, 1\)"),
        ([0, 0], [0.0, 1.0], {"labels": [0]}, errors.SingleClassError, "expected all classes"),
        ([0, 1], [0.0, 1.0], {"sample_weight": [1.0]}, errors.InvalidWeightError, "one weight a row"),
        ([0, 1], [0.0, 1.0], {"sample_weight": [1.0, -1.0]}, errors.InvalidWeightError, "finite numbers ≥ 0"),
        ([0, 1], [0.0, 1.0], {"sample_weight": [0.0, 0.0]}, errors.InvalidWeightError, "0 everywhere"),
        ([0, 1], [0.0, 1.0], {"kind": "all"}, errors.InvalidParameterError, "kind must be one of"),
        ([0, 1], [0.0, 1.0], {"power": 3}, errors.InvalidParameterError, "power must be one of"),
    ],
)  # fmt: skip
def test_bad_input_has_a_name(y, f, options, error, message):
    with pytest.raises(error, match=message):
        hinge_loss(y, f, **options)


# --- the scorers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scorer", [neg_hinge_scorer, neg_squared_hinge_scorer, HingeScorer("weston_watkins")])
def test_scorers_score_two_and_more_classes(scorer):
    for labels in (Y, NAMES, (Y == 1), np.where(Y == 1, 1, -1)):
        model = SVC().fit(X, labels)
        scores = model.decision_function(X)
        expected = hinge_loss(labels, scores, labels=model.classes_, kind=scorer.kind, power=scorer.power)
        assert scorer(model, X, labels) == -expected
        assert scorer(model, X[:5], labels[:5]) <= 0  # one class only


def test_folds_may_lack_classes():
    """The rows are sorted by class, so that every test fold has one class, and scikit-learn's metric one to guess."""
    y = np.sort(Y)
    scores = cross_val_score(LinearSVC(), X, y, cv=KFold(5), scoring=neg_hinge_scorer, error_score="raise")
    assert scores.shape == (5,)
    assert (scores <= 0).all()
    two, columns = make_classification(60, random_state=0)[1], RNG.normal(size=(60, 3))
    folds = KFold(6).split(columns[np.argsort(two)])
    assert np.isfinite(cross_val_score(SVC(), columns, np.sort(two), cv=folds, scoring=neg_hinge_scorer)).all()


def test_a_class_that_was_never_seen_has_no_score():
    model = SVC().fit(X[Y < 2], Y[Y < 2])
    with pytest.raises(errors.InvalidTargetError, match="the label 2, which is not among labels"):
        neg_hinge_scorer(model, X, Y)


def test_searches_and_pipelines_use_it():
    search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.01, 10.0]}, scoring=neg_hinge_scorer)
    search.fit(X, Y)
    assert search.best_params_ == {"svc__C": 10.0}
    assert neg_hinge_scorer(search, X, Y) == -hinge_loss(Y, search.decision_function(X))
    both = cross_validate(SVC(), X, Y, scoring={"hinge": neg_hinge_scorer, "squared": neg_squared_hinge_scorer})
    assert (both["test_squared"] <= 0).all()


def test_scorers_are_values():
    assert pickle.loads(pickle.dumps(neg_hinge_scorer)) == neg_hinge_scorer
    assert clone(GridSearchCV(SVC(), {}, scoring=neg_hinge_scorer)).scoring == neg_hinge_scorer
    assert repr(neg_squared_hinge_scorer) == "HingeScorer(kind='crammer_singer', power=2, request_sample_weight=None)"


@pytest.mark.parametrize("n_classes", [3, 4, 5])
@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: make_pipeline(StandardScaler(), m), lambda m: GridSearchCV(m, {})])
def test_scores_of_pairs_of_classes_are_refused(n_classes, wrap):
    """With three classes there are three pairs, so that only the parameter tells them apart."""
    columns, labels = RNG.normal(size=(60, 3)), np.arange(60) % n_classes
    model = wrap(SVC(decision_function_shape="ovo")).fit(columns, labels)
    with pytest.raises(errors.ShapeError, match=r"one score for each pair of its .* set decision_function_shape='ovr'"):
        neg_hinge_scorer(model, columns, labels)
    assert neg_hinge_scorer(wrap(SVC()).fit(columns, labels), columns, labels) < 0


def test_what_gives_no_scores_is_refused():
    for model in (LinearRegression(), Ridge()):
        with pytest.raises(errors.UnsupportedTypeError, match="has no decision_function; expected a fitted classifier"):
            neg_hinge_scorer(model.fit(X, Y), X, Y)


def test_weights_reach_the_scorer():
    w = RNG.uniform(size=len(Y))
    model = SVC().fit(X, Y)
    expected = -hinge_loss(Y, model.decision_function(X), sample_weight=w)
    assert neg_hinge_scorer(model, X, Y, w) == neg_hinge_scorer(model, X, Y, sample_weight=w) == expected
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator = SVC().set_fit_request(sample_weight=True)
        folds = list(KFold(3, shuffle=True, random_state=0).split(X))
        results = [
            cross_validate(
                estimator, X, Y, cv=folds, params={"sample_weight": w},
                scoring=neg_hinge_scorer.set_score_request(sample_weight=asked),
            )["test_score"]
            for asked in (True, False)
        ]  # fmt: skip
    for k, (train, test) in enumerate(folds):
        f = SVC().fit(X[train], Y[train], w[train]).decision_function(X[test])
        assert results[0][k] == pytest.approx(-hinge_loss(Y[test], f, sample_weight=w[test]), rel=1e-12)
        assert results[1][k] == pytest.approx(-hinge_loss(Y[test], f), rel=1e-12)
