"""Kernel machines where scikit-learn's were: parameters, attributes, pipelines, routed weights, arrays of any kind."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
import sklearn.svm
from kernel_cases import FIVE, make_data, target_of
from sklearn.base import clone, is_classifier, is_outlier_detector, is_regressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from maxmargin import SVC, certify

X, LABELS, TARGETS = make_data(120, 4, seed=9)
WEIGHTS = np.random.default_rng(0).integers(1, 4, size=120).astype(float)


def fitted(machine, rows=X, weights=None, **parameters):
    return FIVE[machine](**parameters).fit(rows, target_of(machine, LABELS, TARGETS), sample_weight=weights)


def same(ours, theirs):
    """Equal labels, nearly equal numbers."""
    if np.asarray(theirs).dtype.kind in "US":
        np.testing.assert_array_equal(ours, theirs)
    else:
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def theirs_of(machine):
    ours = FIVE[machine]()
    common = {name: value for name, value in ours.get_params().items() if name in ("nu", "C")}
    return getattr(sklearn.svm, type(ours).__name__)(**common)


@pytest.mark.skipif(parse_version(sklearn.__version__) < parse_version("1.9"), reason="the defaults are those of 1.9")
@pytest.mark.parametrize("machine", FIVE)
def test_every_parameter_of_scikit_learn_is_accepted_with_its_default(machine):
    kind = type(FIVE[machine]())
    theirs, ours = getattr(sklearn.svm, kind.__name__)().get_params(), kind().get_params()
    assert {name: ours.get(name, "missing") for name in theirs} == theirs


@pytest.mark.filterwarnings("ignore:NuSVC stopped by the limit of float64")  # there is no margin of a linear kernel
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("machine", FIVE)
def test_fitted_attributes_of_scikit_learn_are_there_with_their_shapes(machine, kernel):
    ours = fitted(machine, kernel=kernel)
    theirs = theirs_of(machine).set_params(kernel=kernel, tol=1e-6).fit(X, target_of(machine, LABELS, TARGETS))
    public = {name for name in [*vars(theirs), *dir(type(theirs))] if name.endswith("_") and not name.startswith("_")}
    # probA_ and probB_ leave scikit-learn; offset_ is the float that it documents, not the array of one that it is.
    for name in public - {"probA_", "probB_", "offset_"}:
        assert hasattr(ours, name) == hasattr(theirs, name), name
        if hasattr(theirs, name) and name not in ("support_", "support_vectors_", "dual_coef_", "n_iter_"):
            assert np.shape(getattr(ours, name)) == np.shape(getattr(theirs, name)), name


@pytest.mark.parametrize("machine", FIVE)
def test_kinds_of_estimators_are_those_of_scikit_learn(machine):
    ours, theirs = FIVE[machine](), theirs_of(machine)
    for kind in (is_classifier, is_regressor, is_outlier_detector):
        assert kind(ours) == kind(theirs)


@pytest.mark.parametrize("machine", FIVE)
def test_sample_weights_are_routed(machine):
    y = target_of(machine, LABELS, TARGETS)
    with sklearn.config_context(enable_metadata_routing=True):
        model = FIVE[machine](tol=1e-8).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipe = make_pipeline(scaler, model).fit(X, y, sample_weight=WEIGHTS)
    scaled = StandardScaler().fit_transform(X)
    np.testing.assert_array_equal(pipe[-1].dual_coef_, fitted(machine, scaled, WEIGHTS, tol=1e-8).dual_coef_)
    assert not np.array_equal(pipe[-1].dual_coef_, fitted(machine, scaled, tol=1e-8).dual_coef_)


def test_weights_are_routed_through_a_search_to_fits_and_scores():
    with sklearn.config_context(enable_metadata_routing=True):
        model = SVC().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"C": [0.01, 10.0]}, cv=3).fit(X, LABELS, sample_weight=WEIGHTS)
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
            GridSearchCV(SVC(), {"C": [1.0]}, cv=3).fit(X, LABELS, sample_weight=WEIGHTS)
    best = SVC(**search.best_params_).fit(X, LABELS, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(search.best_estimator_.dual_coef_, best.dual_coef_)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("machine", FIVE)
def test_scalers_may_hand_over_frames(machine, library):
    y, frame = target_of(machine, LABELS, TARGETS), pd.DataFrame(X, columns=list("abcd"))
    pipe = make_pipeline(StandardScaler(), FIVE[machine]()).set_output(transform=library).fit(frame, y)
    assert pipe[-1].feature_names_in_.tolist() == list("abcd")
    plain = make_pipeline(StandardScaler(), FIVE[machine]()).fit(X, y)
    same(pipe.predict(frame), plain.predict(X))


@pytest.mark.parametrize("machine", FIVE)
def test_models_in_memory_mapped_files_predict_and_are_certified(machine, tmp_path):
    model, y = fitted(machine), target_of(machine, LABELS, TARGETS)
    joblib.dump(model, tmp_path / "model.joblib")
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    np.testing.assert_array_equal(mapped.predict(X), model.predict(X))
    assert certify(mapped, X, y).gap == certify(model, X, y).gap
    assert clone(mapped).get_params() == model.get_params()


def locked(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def misaligned(array):
    return np.frombuffer(b"x" + array.tobytes(), dtype=np.uint8)[1:].view(np.float64).reshape(array.shape)


LAYOUTS = {
    "columns first": np.asfortranarray,
    "every second column": lambda A: np.repeat(A, 2, axis=1)[:, ::2],
    "backwards twice": lambda A: A[::-1].copy()[::-1],
    "read-only": locked,
    "misaligned": misaligned,
    "other bytes": lambda A: A.astype(">f8"),
    "objects": lambda A: A.astype(object),
    "lists": lambda A: A.tolist(),
    "a frame": lambda A: pd.DataFrame(A),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("machine", FIVE)
def test_the_layout_of_rows_changes_no_model(machine, layout):
    rows, y = LAYOUTS[layout](X), target_of(machine, LABELS, TARGETS)
    model, plain = FIVE[machine](tol=1e-8).fit(rows, None if y is None else locked(y)), fitted(machine, tol=1e-8)
    same(model.predict(rows), plain.predict(X))


@pytest.mark.parametrize("store", ["csc", "coo", "lil", "dok", "bsr"])
def test_any_sparse_format_is_read(store):
    model = SVC(tol=1e-8).fit(sp.csr_array(X).asformat(store), LABELS)
    np.testing.assert_allclose(model.decision_function(X), SVC(tol=1e-8).fit(X, LABELS).decision_function(X), atol=1e-6)


@pytest.mark.parametrize("machine", FIVE)
def test_what_is_passed_is_never_written(machine):
    rows, y, weights = X.copy(), target_of(machine, LABELS, TARGETS), WEIGHTS.copy()
    before = None if y is None else y.copy()
    fitted(machine, rows, weights).predict(rows)
    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(weights, WEIGHTS)
    np.testing.assert_array_equal(y, before)
