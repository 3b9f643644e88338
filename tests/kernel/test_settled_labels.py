"""Labels are those of float64: float32 has a say only where a bound on its rounding leaves no doubt."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from maxmargin import SVC, NuSVC, OneClassSVM, _native
from maxmargin._validation import validate_design
from maxmargin.estimators.kernel.settling import SettledSums
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Polynomial, Rows
from maxmargin.model import signs_settled, votes, votes_settled, winner_settled

KERNELS = {
    "rbf": RBF(gamma=0.2),
    "poly": Polynomial(gamma=0.2, coef0=1.0, degree=3),
    "sigmoid": "sigmoid",
    "laplacian": Laplacian(gamma=0.1),
    "chi2": Chi2(gamma=0.3),
    "sum": RBF(gamma=0.2) + Linear(),
    "product": 0.5 * (RBF(gamma=0.2) * Laplacian(gamma=0.1)),
}
N_TRAINED, N = 250, 1500


def data(n_classes, seed=0):
    """Rows without a number below zero, labels with noise: many values are near nothing."""
    rng = np.random.default_rng(seed)
    X = rng.random((N, 7)) * 3.0
    score = X @ rng.normal(size=(7, n_classes)) + rng.normal(size=(N, n_classes))
    return X, (score - score.mean(axis=0)).argmax(axis=1)


def by_values(model, X):
    """The labels of the decision values, which are in float64."""
    values = model.decision_function(X)
    return model.classes_[(values > 0).astype(int) if values.ndim == 1 else values.argmax(axis=1)]


@pytest.fixture
def exact_rows(monkeypatch):
    """How many rows float64 was asked for, call by call."""
    asked, exact = [], SettledSums.exact
    monkeypatch.setattr(SettledSums, "exact", lambda self, rows: asked.append(len(rows)) or exact(self, rows))
    return asked


@pytest.mark.filterwarnings("ignore::maxmargin.exceptions.IndefiniteKernelWarning")
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("n_classes", "multi_class"), [(2, "ovo"), (4, "ovo"), (4, "ovr")])
def test_labels_are_those_of_float64(kernel, n_classes, multi_class):
    X, y = data(n_classes)
    model = SVC(kernel=KERNELS[kernel], C=2.0, multi_class=multi_class, n_jobs=2).fit(X[:N_TRAINED], y[:N_TRAINED])
    for rows in (X, X.astype(np.float32), np.asfortranarray(X), sp.csr_matrix(X)):
        labels = model.predict(rows)
        np.testing.assert_array_equal(labels, by_values(model, rows))
        np.testing.assert_array_equal(labels[:5], [model.predict(rows[i : i + 1])[0] for i in range(5)])


@pytest.mark.parametrize("machine", [SVC(gamma=0.2), NuSVC(gamma=0.2, nu=0.2), SVC(gamma=0.2, multi_class="ovr")])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_float32_settles_most_rows(machine, n_classes, exact_rows):
    X, y = data(n_classes)
    model = machine.fit(X[:N_TRAINED], y[:N_TRAINED])
    labels = model.predict(X)
    assert sum(exact_rows) < 0.1 * N
    np.testing.assert_array_equal(labels, by_values(model, X))


def test_ties_and_zeros_are_settled_by_float64(exact_rows, monkeypatch):
    X, y = data(2)
    model = SVC(gamma=0.2).fit(X[:N_TRAINED], y[:N_TRAINED])
    model.intercept_ = np.zeros(1)
    values = model.decision_function(X)
    monkeypatch.setattr("maxmargin.estimators.kernel.settling._MANY_ROWS", 1024)
    for row in (3, 700, 1499):  # of the first rows and of the rest; all copies of it have the value 0
        model.intercept_ = np.array([-values[row]])
        many = np.where((np.arange(N) % 7 == 0)[:, None], X[row], X)
        exact_rows.clear()
        labels = model.predict(many)
        assert len(exact_rows) == 2
        assert sum(exact_rows) >= N // 7
        assert set(labels[::7]) == {model.classes_[0]}  # 0 is not positive
        np.testing.assert_array_equal(labels, by_values(model, many))


def test_equal_votes_are_settled_by_float64(exact_rows):
    X, y = data(3)
    model = SVC(gamma=0.2).fit(X[:N_TRAINED], y[:N_TRAINED])
    model.intercept_ = np.array([5.0, -5.0, 5.0])  # 0 beats 1, 2 beats 0, 1 beats 2: one vote each, in every row
    model.dual_coef_ = 0.1 * model.dual_coef_
    labels = model.predict(X)
    assert sum(exact_rows) == N
    np.testing.assert_array_equal(labels, by_values(model, X))


def test_rows_are_left_to_float64_where_float32_settles_few(exact_rows, monkeypatch):
    X, y = data(2)
    model = SVC(gamma=0.2).fit(X[:N_TRAINED], y[:N_TRAINED])
    expected = by_values(model, X)
    monkeypatch.setattr("maxmargin.estimators.kernel.settling._SAFELY", 1e12)
    monkeypatch.setattr("maxmargin.estimators.kernel.settling._MANY_ROWS", 1024)
    exact_rows.clear()
    np.testing.assert_array_equal(model.predict(X), expected)
    assert exact_rows == [512, N - 512]


def test_one_class():
    X, _ = data(2)
    model = OneClassSVM(nu=0.2, gamma=0.2).fit(X[:N_TRAINED])
    np.testing.assert_array_equal(model.predict(X), np.where(model.decision_function(X) >= 0, 1, -1))
    values = model.decision_function(X) - model.intercept_
    model.intercept_ = np.array([-values[900]])
    assert model.predict(X)[900] == 1  # 0 is inside


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e6, 1e25, 1e150])
@pytest.mark.parametrize("gamma", [1e-300, 1e-3, 1e12, 1e300])
def test_numbers_beyond_float32(scale, gamma):
    X, y = data(2)
    model = SVC(gamma=1.0).fit(X[:N_TRAINED], y[:N_TRAINED])
    model.kernel_ = RBF(gamma=gamma)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(model.predict(scale * X), by_values(model, scale * X))
        model.dual_coef_ = 1e-40 * model.dual_coef_
        np.testing.assert_array_equal(model.predict(scale * X), by_values(model, scale * X))


FUNCTIONS = [
    ("rbf", 0.3, 0.0, 3.0), ("linear", 1.0, 0.0, 3.0), ("poly", 0.3, 0.7, 3.0), ("sigmoid", 0.3, 0.7, 3.0),
    ("laplacian", 0.3, 0.0, 3.0), ("chi2", 0.3, 0.0, 3.0),
    ("product", ("rbf", 0.3, 0.0, 3.0), ("scaled", 2.0, ("rbf", 0.1, 0.0, 3.0))),
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f[0])
@pytest.mark.parametrize("d", [1, 9, 300])
def test_the_bound_holds(function, d):
    rng = np.random.default_rng(d)
    X, Z = rng.random((400, d)), rng.random((130, d))
    designs, coef = (validate_design(X), validate_design(Z)), rng.normal(size=(2, 130)) * 10.0 ** rng.uniform(-3, 3, 130)
    sizes = np.array([50, 0, 80])
    exact = _native.kernel_decision(*designs, function, coef, 1, sizes)
    values, doubts = _native.kernel_narrow_decision(*designs, function, coef, 1, sizes)
    assert np.isfinite(doubts).all()
    assert (np.abs(values - exact) <= doubts).all()
    assert (values != exact).any()
    again = _native.kernel_narrow_decision(*designs, function, coef, 2, sizes)
    assert [part.tolist() for part in again] == [values.tolist(), doubts.tolist()]
    alone = _native.kernel_narrow_decision(validate_design(X[17:18]), designs[1], function, coef, 1, sizes)
    assert [part[0].tolist() for part in alone] == [values[17].tolist(), doubts[17].tolist()]


def test_sparse_rows_have_no_float32_way():
    rows = validate_design(sp.random(50, 400, 0.02, "csr", random_state=0))
    assert _native.kernel_narrow_decision(rows, rows, ("rbf", 0.3, 0.0, 3.0), np.ones((1, 50))) is None


def test_what_settles():
    values = np.array([[2.0, -1.0], [2.0, 0.1], [np.nan, 1.0], [2.0, -1.0]])
    doubts = np.array([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [np.nan, 0.5]])
    assert signs_settled(values, doubts).tolist() == [True, False, False, False]
    values = np.array([[3.0, 1.0, 0.0], [3.0, 2.5, 0.0], [3.0, 3.0, 0.0], [3.0, np.nan, 0.0]])
    assert winner_settled(values, np.full((4, 3), 0.3)).tolist() == [True, False, False, False]
    pairs = [(0, 1), (0, 2), (1, 2)]
    values = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, 0.01]])
    assert np.rint(votes(values, pairs, 3)).tolist() == [[2, 1, 0], [1, 1, 1], [2, 1, 0]]
    assert votes_settled(pairs, 3)(values, np.full((3, 3), 0.1)).tolist() == [True, False, False]


def test_kernels_in_python_are_left_alone():
    X, y = data(2)
    model = SVC(kernel=lambda a, b: np.asarray(a) @ np.asarray(b).T).fit(X[:N_TRAINED], y[:N_TRAINED])
    np.testing.assert_array_equal(model.predict(X), by_values(model, X))
    assert model._support_vectors().narrow_sums(Rows(X), None, 1) is None
