"""Prediction goes through rows in blocks: the same values, in little memory, with the threads that are asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import gram
from sklearn.datasets import make_classification

from maxmargin import SVC
from maxmargin.exceptions import NonFiniteError
from maxmargin.kernels import RBF, Linear, Rows

linux = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from the kernel")

PREDICT = """
import json, resource, warnings
import numpy as np
import maxmargin
warnings.simplefilter("ignore")
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rng = np.random.default_rng(0)
y = np.arange(160) % 40
X = rng.normal(size=(160, 2)) + 9.0 * np.stack([y % 8, y // 8], axis=1)
pairs = maxmargin.SVC(n_jobs=1).fit(X, y)
K = rng.normal(size=(800, 20))
given = maxmargin.SVC(kernel="precomputed", C=1e-4).fit(K @ K.T, np.arange(800) % 2)
many, values = np.tile(X, (200, 1)), np.tile((K @ K.T).astype(np.float32), (50, 1))
before = peak()
right = (pairs.predict(many) == np.tile(y, 200)).mean()
of_pairs = peak() - before
given.predict(values)
print(json.dumps([right, of_pairs, given.support_.size, peak() - before]))
"""


@linux
def test_prediction_goes_through_rows_in_blocks():
    run = subprocess.run([sys.executable, "-c", PREDICT], check=True, capture_output=True, text=True, timeout=600)
    right, of_pairs, n_support, of_both = json.loads(run.stdout)
    assert right > 0.9
    assert of_pairs < 150  # of 780 pairs of classes and 32,000 rows, whose values are 190 MiB, and their parts twice that
    assert n_support == 800
    assert of_both < 150  # the columns of all 800 support vectors are 122 MiB, in float64 244 MiB


X, Y = make_classification(300, 5, n_informative=4, n_redundant=0, n_classes=4, random_state=0)
K = gram("rbf", X, gamma=0.2)


@pytest.mark.parametrize(
    ("parameters", "rows"),
    [({}, X), ({"multi_class": "ovr"}, X), ({"decision_function_shape": "ovo"}, X), ({"kernel": "linear"}, X),
     ({"kernel": RBF(gamma=0.2) + Linear()}, X), ({"kernel": lambda a, b: gram("rbf", a, b, gamma=0.2)}, X),
     ({"kernel": "precomputed"}, K), ({"approximation": "nystroem"}, X), ({}, sp.csr_array(X))],
)  # fmt: skip
def test_blocks_of_rows_change_no_prediction(parameters, rows, monkeypatch):
    model = SVC(**parameters).fit(rows, Y)
    values, labels = model.decision_function(rows), model.predict(rows)
    monkeypatch.setattr("maxmargin.model.support._NUMBERS_AT_ONCE", 3000)
    np.testing.assert_allclose(model.decision_function(rows), values, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(model.predict(rows), labels)


@pytest.mark.parametrize("parameters", [{}, {"multi_class": "ovr"}, {"kernel": "linear"}, {"approximation": "nystroem"}])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
def test_blocks_are_as_small_as_memory_limit_and_change_no_bit(parameters, store, monkeypatch):
    model = SVC(**parameters).fit(store(X), Y)
    many = store(np.tile(X, (10, 1)))
    values, labels = model.decision_function(many), model.predict(many)
    seen = []
    whole = Rows.block
    monkeypatch.setattr(Rows, "block", lambda self, i, j: seen.append((i, j)) or whole(self, i, j))
    model.set_params(memory_limit=1e5)
    np.testing.assert_array_equal(model.decision_function(many), values)
    blocks = [j - i for i, j in seen if j - i < 3000]
    assert blocks
    assert max(blocks) <= 700  # of 18 or 30 numbers a row and more
    np.testing.assert_array_equal(model.predict(many), labels)


def test_values_that_are_not_finite_are_found_beyond_the_first_block(monkeypatch):
    monkeypatch.setattr("maxmargin.model.support._NUMBERS_AT_ONCE", 3000)
    model = SVC(kernel="precomputed").fit(K, Y)
    bad = K.copy()
    bad[123, model.support_[0]] = np.nan
    with pytest.raises(NonFiniteError, match="first at row 123"):
        model.predict(bad)


@pytest.mark.parametrize("kernel", [RBF(gamma=0.2) + np.inner, 2.0 * (RBF(gamma=0.2) * np.inner)])
def test_kernels_with_a_part_in_python_are_predicted_with_the_threads_that_are_asked_for(kernel, monkeypatch):
    seen = []
    computed = type(kernel).values
    monkeypatch.setattr(
        type(kernel), "values", lambda self, left, right, n=1: seen.append(n) or computed(self, left, right, n)
    )
    model = SVC(kernel=kernel, n_jobs=2).fit(X, Y)
    alone = SVC(kernel=kernel, n_jobs=1).fit(X, Y)
    many = np.tile(X, (60, 1))
    seen.clear()
    values = model.decision_function(many)
    assert set(seen) == {2}
    np.testing.assert_array_equal(values, alone.decision_function(many))
