"""What parts of a problem say of all of it, before a fit begins."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from kernel_cases import FIVE
from sklearn.datasets import make_classification

from maxmargin import SVC
from maxmargin.estimators.kernel.estimate import FitEstimate
from maxmargin.estimators.kernel.look_ahead import Outlook
from maxmargin.exceptions import LongFitWarning, NotConvergedWarning

N = 4000
ESTIMATE = "maxmargin.estimators.kernel.estimate."


def rows_and_labels(noise, n=N):
    return make_classification(n, 8, n_informative=4, flip_y=noise, class_sep=1.5, random_state=0)


def announced(text):
    return tuple(float(v) for v in re.search(r"about (\S+) \((\S+) to (\S+)\) kernel evaluations", text).groups())


def test_what_an_outlook_says():
    each, threads = 1e-9, 2
    easy = FitEstimate.ahead(10, Outlook(8e9, 1.0, 1e6, 4e-3), each, 0.0, threads)  # a part took 8 times its values
    assert easy.evaluations == (2e9, 8e9, 32e9)
    assert easy.seconds == pytest.approx((4.0, 16.0, 64.0))  # the root of 2 times 8, times 4 s
    hard = FitEstimate.ahead(10, Outlook(8e9, 3000.0, 1e6, 1.0), each, 0.0, threads)
    assert hard.seconds[1] == 3000.0


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("machine", FIVE)
def test_as_many_values_are_computed_as_was_said(machine, noise, capsys, monkeypatch):
    monkeypatch.setattr(ESTIMATE + "_MOMENT", 0.0)
    X, y = rows_and_labels(noise)
    model = FIVE[machine](gamma=0.1, verbose=1)
    model.fit(X, X[:, 0] + 0.3 * y if machine.endswith("SVR") else y)
    usual, fewest, most = announced(capsys.readouterr().err)
    assert (usual / fewest, most / usual) == pytest.approx((4.0, 4.0), rel=0.5)  # one digit is shown
    assert 0.5 * fewest <= model.kernel_evaluations_ <= 2.0 * most


def test_what_is_said_follows_the_cost_and_the_tolerance(capsys, monkeypatch):
    monkeypatch.setattr(ESTIMATE + "_MOMENT", 0.0)
    X, y = rows_and_labels(0.3)
    usual = []
    for settings in ({}, {"C": 100.0}, {"tol": 1e-8}):
        SVC(gamma=0.1, verbose=1, **settings).fit(X, y)
        usual.append(announced(capsys.readouterr().err)[0])
    assert min(usual[1:]) > usual[0]


def test_a_large_cost_is_looked_into_unasked(monkeypatch):
    monkeypatch.setattr(ESTIMATE + "_LONG", 0.02)
    X, y = rows_and_labels(0.3, 5000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        warnings.simplefilter("error", LongFitWarning)
        with pytest.raises(LongFitWarning, match="SVC is about to fit 5000 rows"):
            SVC(gamma=0.1, C=1e5).fit(X, y)
    seen = []
    monkeypatch.setattr(ESTIMATE + "look_ahead", lambda *given: seen.append(given))
    monkeypatch.setattr(ESTIMATE + "_LONG", 1e9)
    SVC(gamma=0.1).fit(X, y)
    assert not seen


def test_parts_without_support_vectors_say_nothing(capsys, monkeypatch):
    monkeypatch.setattr(ESTIMATE + "_MOMENT", 0.0)
    X, _ = rows_and_labels(0.0)
    labels = np.zeros(N)
    labels[:2] = 1  # which no part has, or one of them
    SVC(gamma=0.1, verbose=1).fit(X, labels)
    assert "2e+05 to 8e+07" in capsys.readouterr().err  # as for any problem of so many rows
