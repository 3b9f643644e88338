"""scikit-learn's own checks, taken from the installed version; none is expected to fail."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsOneClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC as SklearnLinearSVC
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from maxmargin import LinearSVC

X, y = load_iris(return_X_y=True)


@parametrize_with_checks([LinearSVC(), LinearSVC(loss="hinge")])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_every_parameter_of_scikit_learn_is_accepted_with_its_default():
    theirs, ours = SklearnLinearSVC().get_params(), LinearSVC().get_params()
    assert {name: ours[name] for name in theirs} == theirs
    assert LinearSVC("l2", "hinge").loss == "hinge"


def test_fitted_attributes_of_scikit_learn_are_there():
    for labels in (y, y == 1):
        theirs, ours = SklearnLinearSVC().fit(X, labels), LinearSVC().fit(X, labels)
        for name in vars(theirs):
            if name.endswith("_"):
                assert np.shape(getattr(ours, name)) == np.shape(getattr(theirs, name)), name
        assert ours.decision_function(X).shape == theirs.decision_function(X).shape


def test_tags():
    tags = get_tags(LinearSVC())
    assert tags.input_tags.sparse
    assert not tags.input_tags.allow_nan
    assert tags.classifier_tags.multi_class
    assert is_classifier(LinearSVC())


def test_clone_and_pickle_keep_everything():
    model = LinearSVC(C=2.0, n_jobs=1, max_time=None).fit(X, y)
    assert clone(model).get_params() == model.get_params()
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.decision_function(X), model.decision_function(X))
    assert again.certificate_ == model.certificate_


def test_inside_model_selection():
    grid = GridSearchCV(make_pipeline(StandardScaler(), LinearSVC()), {"linearsvc__C": [0.1, 1.0]}, cv=3).fit(X, y)
    assert grid.best_score_ > 0.9
    assert cross_val_score(OneVsOneClassifier(LinearSVC()), X, y, cv=3).mean() > 0.9


def test_sample_weights_are_routed():
    with sklearn.config_context(enable_metadata_routing=True):
        model = LinearSVC().set_fit_request(sample_weight=True)
        weights = np.where(y == 0, 0.0, 1.0)
        scale = StandardScaler().set_fit_request(sample_weight=False)
        pipe = make_pipeline(scale, model).fit(X, y, sample_weight=weights)
    assert pipe[-1].classes_.tolist() == [1, 2]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_keep_their_names(library):
    frames = pytest.importorskip(library)
    names = ["a", "b", "c", "d"]
    frame = frames.DataFrame({name: X[:, j] for j, name in enumerate(names)})
    model = LinearSVC().fit(frame, y)
    assert model.feature_names_in_.tolist() == names
    np.testing.assert_array_equal(model.predict(frame), LinearSVC().fit(X, y).predict(X))
    with pytest.warns(UserWarning, match="valid feature names"):
        model.predict(X)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["b", "a", "c", "d"]])
    with pytest.warns(UserWarning, match="fitted without feature names"):
        LinearSVC().fit(X, y).predict(frame)
    assert not hasattr(model.fit(X, y), "feature_names_in_")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_scalers_may_hand_over_frames(library):
    frames = pytest.importorskip(library)
    names = ["a", "b", "c", "d"]
    frame = frames.DataFrame({name: X[:, j] for j, name in enumerate(names)})
    plain = make_pipeline(StandardScaler(), LinearSVC()).fit(X, y)
    pipe = make_pipeline(StandardScaler(), LinearSVC()).set_output(transform=library).fit(frame, y)
    assert isinstance(pipe[:-1].transform(frame), frames.DataFrame)
    assert pipe[-1].feature_names_in_.tolist() == names
    np.testing.assert_allclose(pipe[-1].coef_, plain[-1].coef_, rtol=1e-9)
    np.testing.assert_array_equal(pipe.predict(frame), plain.predict(X))
    np.testing.assert_allclose(pipe.decision_function(frame), plain.decision_function(X), rtol=1e-9)
