"""A pytest plugin that puts our kernel machines in the place of scikit-learn's, before its tests are read."""

from __future__ import annotations

import json
import os

import sklearn.svm

import maxmargin

NAMES = ("SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")
outcomes: dict[str, str] = {}


def pytest_configure(config):
    config.addinivalue_line("markers", "thread_unsafe: scikit-learn's own")
    for name in NAMES:
        setattr(sklearn.svm, name, getattr(maxmargin, name))


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        outcomes[report.nodeid.split("::")[-1]] = report.outcome


def pytest_sessionfinish():
    with open(os.environ["MAXMARGIN_OUTCOMES"], "w", encoding="utf-8") as file:
        json.dump(outcomes, file)
