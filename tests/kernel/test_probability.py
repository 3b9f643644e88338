"""probability=True: Platt's calibration, in what is left of the time of the fit, and never instead of the model."""

from __future__ import annotations

import os
import pickle
import signal
import time

import numpy as np
import pytest
from kernel_cases import make_data
from kernel_oracle import gram
from scipy.sparse import csr_matrix
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import StratifiedKFold

from maxmargin import SVC, NuSVC, certify
from maxmargin.estimators.kernel.data import bytes_of
from maxmargin.exceptions import MemoryLimitError, NotConvergedWarning

X, FOUR = make_classification(240, 6, n_informative=5, n_redundant=0, n_classes=4, flip_y=0.1, random_state=0)
TWO = np.where(FOUR < 2, "a", "b")
pytestmark = pytest.mark.filterwarnings("ignore:The `probability` parameter:FutureWarning")


@pytest.mark.parametrize(("make", "y"), [(SVC, TWO), (SVC, FOUR), (lambda **p: NuSVC(nu=0.3, **p), FOUR)])
def test_it_is_the_calibration_of_scikit_learn(make, y):
    model = make(probability=True, random_state=0, tol=1e-8).fit(X, y)
    folds = StratifiedKFold(5, shuffle=True, random_state=model.random_state)
    theirs = CalibratedClassifierCV(make(tol=1e-8), cv=folds, ensemble=False).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), theirs.predict_proba(X), atol=1e-4)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))


def test_probabilities_rise_with_the_decision_value():
    model = SVC(probability=True).fit(X, TWO)
    order = np.argsort(model.decision_function(X))
    P = model.predict_proba(X)
    np.testing.assert_allclose(P.sum(axis=1), 1.0)
    assert (np.diff(P[order, 1]) >= 0.0).all()
    assert P[order[-1], 1] > P[order[0], 1]


def test_the_likeliest_class_is_the_predicted_one_but_near_the_border():
    model = SVC(probability=True).fit(X, TWO)
    f, P = model.decision_function(X), model.predict_proba(X)
    likeliest = model.classes_[P.argmax(axis=1)]
    differs = likeliest != model.predict(X)
    # P = 1/2 where f is t: all that differ lie between 0 and t, and so do no others.
    logit = np.log(P[:, 1] / P[:, 0])
    slope, start = np.polyfit(f, logit, 1)
    t = -start / slope
    np.testing.assert_allclose(logit, slope * f + start, atol=1e-6)
    np.testing.assert_array_equal(differs, (f > min(0.0, t)) & (f <= max(0.0, t)))


def test_the_shape_of_the_decision_function_does_not_matter():
    P = [SVC(probability=True, decision_function_shape=s).fit(X, FOUR).predict_proba(X) for s in ("ovr", "ovo")]
    np.testing.assert_array_equal(*P)
    assert (P[0].argmax(axis=1) == FOUR).mean() > 0.7


def test_rows_of_no_weight_are_absent():
    w = (np.arange(240) % 3 > 0).astype(float)
    some = np.flatnonzero(w)
    all_rows = SVC(probability=True, gamma=0.2).fit(X, TWO, sample_weight=w)
    present = SVC(probability=True, gamma=0.2).fit(X[some], TWO[some])
    np.testing.assert_allclose(all_rows.predict_proba(X), present.predict_proba(X), atol=1e-6)


def test_given_kernel_values_and_pickles():
    K = gram("rbf", X, gamma=0.2)
    model = SVC(kernel="precomputed", probability=True).fit(K, TWO)
    P = model.predict_proba(K)
    np.testing.assert_allclose(P, SVC(gamma=0.2, probability=True).fit(X, TWO).predict_proba(X), atol=1e-2)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(K), P)


# --- where there is none ----------------------------------------------------------------------------


def whole(model):
    """Whether all of the model but its probabilities is there."""
    assert certify(model, X, TWO).gap == pytest.approx(model.gap_, rel=1e-6)
    assert model.predict(X).shape == (240,)
    with pytest.raises(NotFittedError, match="stopped before the calibration"):
        model.predict_proba(X)
    return True


def test_no_time_is_left():
    with pytest.warns(NotConvergedWarning) as caught:
        model = SVC(probability=True, max_time=1e-9).fit(X, TWO)
    said = [str(w.message) for w in caught if w.category is NotConvergedWarning]
    assert len(said) == 2
    assert "no time left to calibrate its probabilities (max_time=1e-09 s)" in said[1]
    assert model.status_ == "stopped_by_max_time"
    assert whole(model)


def test_no_time_is_left_for_the_values_of_a_kernel_in_python():
    calls = []

    def slow_after_the_fit(left, right):
        calls.append(len(right))
        time.sleep(0.1 if len(right) < 240 else 0.0)
        return gram("rbf", left, right, gamma=0.2)

    with pytest.warns(NotConvergedWarning, match="no time left to calibrate"):
        model = SVC(kernel=slow_after_the_fit, probability=True, max_time=1.0).fit(X, TWO)
    assert 1 <= calls.count(192) <= 4  # of the first fold, whose share is a fifth
    assert model.status_ == "optimal"
    assert whole(model)


def test_a_stopped_fit_is_not_followed_by_others():
    calls = []
    model = SVC(probability=True, tol=1e-12, callback=lambda p: calls.append(p) or True).fit(X, TWO)
    assert model.status_ == "stopped_by_callback"
    assert len(calls) == 1
    assert whole(model)


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_is_not_followed_by_other_fits():
    calls = []

    def press(progress):
        calls.append(progress)
        if len(calls) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    model = SVC(probability=True, tol=1e-12, callback=press)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, TWO)
    assert model.status_ == "stopped_by_callback"
    assert whole(model)


def test_an_error_in_a_fold_leaves_a_whole_model():
    def only_all(left, right):
        if len(right) == 192:  # four folds of five
            raise ZeroDivisionError("mine")
        return gram("rbf", left, right, gamma=0.2)

    model = SVC(kernel=only_all, probability=True)
    with pytest.raises(ZeroDivisionError, match="mine"):
        model.fit(X, TWO)
    assert model.status_ == "optimal"
    assert whole(model)


# --- what it costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("approximation", [None, "nystroem"])
def test_the_fits_of_folds_are_announced_with_the_first(monkeypatch, approximation):
    said = []
    for module in ("approximation", "base"):
        monkeypatch.setattr(
            f"maxmargin.estimators.kernel.{module}.announce", lambda _, estimate, *, verbose: said.append(estimate)
        )
    rows, labels, _ = make_data(600, 4, seed=2)
    for probability in (False, True):
        SVC(probability=probability, approximation=approximation, verbose=1, memory_limit=1e9).fit(rows, labels)
    plain, calibrated = said[:2]
    for k, times in enumerate((4.2, 4.2, 5.0)):  # of four fifths of the rows, squared or not
        assert calibrated.evaluations[k] == pytest.approx(times * plain.evaluations[k])
    assert calibrated.n_bytes - plain.n_bytes == 2 * rows.nbytes
    assert len(said) == 2 + 5 * (approximation is not None)  # folds are silent, and few rows are not announced


def test_rows_of_folds_are_counted_before_the_first_fit():
    rows, labels, _ = make_data(1000, 400, seed=2)
    enough = next(limit for limit in range(2, 99) if not refused(limit, rows, labels, probability=False))
    assert "for the folds of probability=True" in refused(enough + 1, rows, labels, probability=True)
    assert not refused(enough + 8, rows, labels, probability=True)


def refused(limit, rows, labels, *, probability):
    """What a fit within so many MiB is refused with; empty where it is not."""
    try:
        SVC(gamma=1e-3, C=0.01, probability=probability, memory_limit=limit * 2**20).fit(rows, labels)
    except MemoryLimitError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("format", ["lil", "coo", "csc", "bsr"])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_python_kernels_get_sparse_rows_of_any_format(format):
    X, y = make_classification(60, 5, random_state=0)
    rows = csr_matrix(X).asformat(format)

    def products(left, right):
        return np.asarray((left @ right.T).todense())

    model = SVC(kernel=products, probability=True, random_state=0).fit(rows.tolil() if format in ("coo", "bsr") else rows, y)
    assert model.predict_proba(rows.tocsr()[:3]).shape == (3, 2)
    assert bytes_of(rows) >= 16 * rows.nnz or format == "csc"
