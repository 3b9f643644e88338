"""Violating rows are found and explained, and tables say what they should."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.sparse as sp
from rich.console import Console
from sklearn.datasets import load_breast_cancer, load_iris

from maxmargin import LinearSVC, certify, exceptions
from maxmargin.inspection import most_violating
from maxmargin.inspection.report import certificate_table, facts, gap_text, meaning, violations_table, worst_rows_table


@pytest.fixture(scope="module")
def cancer():
    data = load_breast_cancer()
    X, y = data.data, data.target_names[data.target]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return LinearSVC(loss="hinge", C=0.1).fit(X, y), X, y


def text_of(part):
    stream = io.StringIO()
    Console(file=stream, width=120).print(part)
    return stream.getvalue()


def test_the_worst_rows_are_those_with_the_most_slack(cancer):
    model, X, y = cancer
    sign = np.where(y == model.classes_[1], 1.0, -1.0)
    slack = np.maximum(0.0, 1.0 - sign * model.decision_function(X))
    found = most_violating(model, X, y, count=7)
    assert [v.row for v in found] == np.argsort(-slack, kind="stable")[:7].tolist()
    for v in found:
        assert v.slack == slack[v.row]
        assert v.label == y[v.row]
        assert v.predicted == model.predict(X[v.row : v.row + 1])[0]
        assert (v.slack > 1) == (v.label != v.predicted)


def test_all_reasons_add_up_to_the_decision_value(cancer):
    model, X, y = cancer
    worst = most_violating(model, X, y, count=1, n_reasons=X.shape[1])[0]
    sign = 1.0 if worst.label == model.classes_[1] else -1.0
    pushes = -sign * model.coef_[0] * X[worst.row]
    assert sum(push for _, push in worst.reasons) == pytest.approx(pushes[pushes > 0].sum())
    assert worst.reasons == tuple(sorted(worst.reasons, key=lambda reason: -reason[1]))
    assert worst.reasons[0][0] == f"x{pushes.argmax()}"


def test_names_come_from_the_caller_or_the_fit(cancer):
    pd = pytest.importorskip("pandas")
    _, X, y = cancer
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
    model = LinearSVC().fit(frame, y)
    assert most_violating(model, frame, y, count=1)[0].reasons[0][0] in "abc"
    given = most_violating(model, frame, y, count=1, feature_names=["A", "B", "C"])
    assert given[0].reasons[0][0] in "ABC"


def test_storage_does_not_matter(cancer):
    model, X, y = cancer
    dense = most_violating(model, X, y)
    for stored in (sp.csr_array(X), sp.coo_matrix(X), X.tolist()):
        again = most_violating(model, stored, y)
        assert [v.row for v in again] == [v.row for v in dense]
        assert [v.reasons[0][0] for v in again] == [v.reasons[0][0] for v in dense]


def test_separated_rows_violate_nothing():
    X, y = [[-2.0], [2.0]], [0, 1]
    assert most_violating(LinearSVC(C=100.0, loss="hinge", tol=1e-9).fit(X, y), [[-9.0], [9.0]], y) == ()


def test_more_classes_are_refused():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(exceptions.InvalidParameterError, match="3 classes"):
        most_violating(LinearSVC().fit(X, y), X, y)


def test_tables_name_their_numbers(cancer):
    model, X, y = cancer
    certificate = certify(model, X, y)
    table = text_of(certificate_table(certificate))
    assert "malignant" in table
    assert f"{certificate.problems[0].point.primal:.10g}" in table
    assert f"{certificate.radius:.1e}" in meaning(certificate)
    rows = worst_rows_table(certificate)
    assert rows is None or str(certificate.problems[0].worst_rows[0].row) in text_of(rows)
    violations = most_violating(model, X, y, count=2)
    assert str(violations[1].row) in text_of(violations_table(violations))
    assert text_of(facts([("name", "value"), ("longer", "x")])).split("\n")[:2] == ["name    value", "longer  x"]


def test_a_gap_without_a_bound_is_said_in_words():
    assert gap_text(1.5e-5) == "relative gap 1.5e-05"
    assert gap_text(float("inf")) == gap_text(1e300) == "no bound yet"
