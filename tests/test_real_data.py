"""Real data, read from where it is; every answer is judged by its certificate."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import LinearSVC, certify


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("name", ["a9a", "phishing", "sms_spam", "colon-cancer", "susy_30k"])
def test_certified_on_real_data(real_data, name, loss):
    X, y = real_data(name)
    X = X.astype(np.float64) if X.dtype.kind in "iu" else X
    model = LinearSVC(loss=loss, tol=1e-4).fit(X, y)
    assert model.status_ == "optimal"
    assert certify(model, X, y).relative_gap <= 1.01e-4


@pytest.mark.slow
@pytest.mark.parametrize("C", [0.01, 100.0])
@pytest.mark.parametrize("name", ["a9a", "w8a", "ijcnn1", "cod-rna", "covtype_20k", "webkb", "usps"])
def test_certified_to_many_digits(real_data, name, C):
    X, y = real_data(name)
    X = X.astype(np.float64) if X.dtype.kind in "iu" else X
    model = LinearSVC(loss="hinge", C=C, tol=1e-6).fit(X, y)
    assert model.status_ == "optimal"
    assert certify(model, X, y).relative_gap <= 1.01e-6
