"""Violating rows are found and explained, and tables say what they should."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.sparse as sp
from rich.console import Console
from sklearn.datasets import load_breast_cancer, load_iris

from maxmargin import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM, certify, exceptions
from maxmargin.inspection import most_violating
from maxmargin.inspection.report import (
    certificate_table,
    facts,
    gap_text,
    kernel_text,
    meaning,
    violations_table,
    worst_rows_table,
)
from maxmargin.kernels import RBF, Linear, Polynomial


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


@pytest.mark.parametrize("make", [SVC, SVR, OneClassSVM])
def test_rows_on_the_margin_itself_do_not_violate_it(make):
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = (X[:, 0] > 0.0) * 1.0
    model = make(tol=1e-9, **({"C": 1e2} if make is not OneClassSVM else {"nu": 0.02})).fit(X, y)
    assert model.support_.size > 0
    assert most_violating(model, X, y) == ()


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


def machines(X, y):
    """Kernel machines, the formula of their slack, and what they were told."""
    target, two = X[:, 0], np.where(y == "malignant", 1.0, -1.0)
    yield SVC(C=0.1), y, lambda f: 1.0 + two * f  # "malignant" comes second
    yield SVC(C=0.1, kernel="linear"), y, lambda f: 1.0 + two * f
    yield NuSVC(nu=0.3), y, lambda f: 1.0 + two * f
    yield SVR(C=0.1, epsilon=0.2), target, lambda f: abs(target - f) - 0.2
    yield NuSVR(C=0.1), target, None
    yield OneClassSVM(nu=0.2), None, lambda f: -f


@pytest.mark.parametrize("which", range(6))
def test_kernel_machines_by_slack(cancer, which):
    _, X, y = cancer
    model, target, slack_of = list(machines(X, y))[which]
    model.fit(X, target)
    values = model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)
    if slack_of is None:
        tube = model._to_model().tube[0]
        assert tube > 0

        def slack_of(f):
            return abs(target - f) - tube

    elif target is y:
        assert model.classes_.tolist() == ["benign", "malignant"]
        values = -values
    slack = np.maximum(0.0, slack_of(values))
    found = most_violating(model, X, target, count=6, row_names=[f"patient {i}" for i in range(len(X))])
    assert [v.row for v in found] == np.argsort(-slack, kind="stable")[:6].tolist()
    assert [v.slack for v in found] == pytest.approx(slack[[v.row for v in found]])
    assert found[0].name == f"patient {found[0].row}"
    table = text_of(violations_table(found))
    assert f"patient {found[5].row}" in table
    assert ("predicted" in table) == (target is not None)


def test_the_reasons_of_a_kernel_are_support_vectors(cancer):
    _, X, y = cancer
    for rows, kernel in ((X, "rbf"), (X @ X.T, "precomputed"), (sp.csr_matrix(X), "laplacian")):
        model = SVC(C=0.1, kernel=kernel).fit(rows, y)
        worst = most_violating(model, rows, y, count=1, n_reasons=len(X))[0]
        pushes = {int(name.removeprefix("row ")): push for name, push in worst.reasons}
        sign = 1.0 if worst.label == model.classes_[1] else -1.0
        values = rows if kernel == "precomputed" else model.kernel_(rows)
        pulls = -sign * model._to_model().dual_coef[0] * values[worst.row, model.support_]
        expected = {int(row): pull for row, pull in zip(model.support_, pulls, strict=True) if pull > 0}
        assert pushes == pytest.approx(expected)
        assert list(pushes.values()) == sorted(pushes.values(), reverse=True)
    linear = SVC(C=0.1, kernel="linear").fit(X, y)
    assert most_violating(linear, X, y, count=1)[0].reasons[0][0].startswith("x")


def test_a_border_has_no_one_to_blame_and_names_must_be_as_many(cancer):
    _, X, y = cancer
    outside = most_violating(OneClassSVM(nu=0.2).fit(X), X)
    assert all(v.predicted == -1 and v.label is None and v.reasons == () for v in outside)
    with pytest.raises(exceptions.InvalidParameterError, match="2 names for 569 rows"):
        most_violating(SVC().fit(X, y), X, y, row_names=["a", "b"])
    assert most_violating(SVR(epsilon=99.0).fit(X, X[:, 0]), X, X[:, 0]) == ()
    far = X[:, 0] + 500.0 * (np.arange(len(X)) == 3)
    no_one = most_violating(SVR(epsilon=99.0).fit(X, X[:, 0]), X, far)
    assert [(v.row, v.reasons) for v in no_one] == [(3, ())]


def test_kernels_in_words():
    kernel = 2.0 * (RBF(gamma=1 / 3) + Linear()) * Polynomial(degree=2, gamma=0.1) + 0.5 * Linear()
    assert (
        kernel_text(kernel)
        == "2 * (RBF(gamma = 0.3333) + Linear) * Polynomial(coef0 = 0, degree = 2, gamma = 0.1) + 0.5 * Linear"
    )
    assert kernel_text(Linear() * (RBF() + Linear())) == "Linear * (RBF(gamma = scale) + Linear)"


def test_a_gap_of_rounding_is_no_row_s(cancer):
    _, X, y = cancer
    assert worst_rows_table(certify(SVC(C=0.1, kernel="linear", tol=1e-12).fit(X, y), X, y)) is None
    loose = SVC(C=100.0, tol=0.5, max_iter=0)
    with pytest.warns(exceptions.NotConvergedWarning):
        loose.fit(X, y)
    assert "margin" in text_of(worst_rows_table(certify(loose, X, y)))


def test_separated_rows_violate_nothing():
    X, y = [[-2.0], [2.0]], [0, 1]
    assert most_violating(LinearSVC(C=100.0, loss="hinge", tol=1e-9).fit(X, y), [[-9.0], [9.0]], y) == ()


SEVERAL = {
    "linear": LinearSVC(loss="hinge", C=0.1),
    "pairs": SVC(C=0.1),
    "pairs, linear": SVC(C=0.1, kernel="linear"),
    "each against the rest": SVC(C=0.1, multi_class="ovr"),
}


@pytest.mark.parametrize("which", SEVERAL)
def test_more_classes_by_the_largest_slack_of_their_problems(which):
    X, y = load_iris(return_X_y=True)
    words = np.array(["a", "b", "c"])[y]
    model = SEVERAL[which].fit(X, words)
    pairs = which.startswith("pairs")
    values = model.pairwise_decision_function(X) if pairs else model.decision_function(X)
    names = ["a / b", "a / c", "b / c"] if pairs else ["a", "b", "c"]
    slack = np.zeros_like(values)
    for k, name in enumerate(names):
        for sign, letters in ((1.0, name[0]), (-1.0, name[-1] if pairs else "abc".replace(name, ""))):
            rows = np.isin(words, list(letters))
            slack[rows, k] = np.maximum(0.0, 1.0 - sign * values[rows, k])
    found = most_violating(model, X, words, count=9, n_reasons=500)
    assert [v.slack for v in found] == pytest.approx(np.sort(slack.max(axis=1))[::-1][:9])
    for v in found:
        k = names.index(v.problem)
        assert v.slack == pytest.approx(slack[v.row, k])
        sign = 1.0 if v.label == v.problem[0] else -1.0
        held = sign * (values[v.row, k] - model.intercept_[k])  # what holds the row, less what pushes it
        assert sum(push for _, push in v.reasons) >= -held - 1e-9
        assert v.predicted == model.predict(X[v.row : v.row + 1])[0]
    assert found[0].problem in text_of(violations_table(found))


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
