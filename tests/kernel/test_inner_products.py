"""What a gap is worth where the kernel is an inner product for any rows, for some, or nobody knows; and without a margin."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_cases import FIVE, make_data, my_function, target_of
from kernel_oracle import gram

import maxmargin
from maxmargin import SVC, NuSVC, OneClassSVM, certify
from maxmargin.exceptions import IndefiniteKernelWarning, NotConvergedWarning
from maxmargin.inspection.report import meaning
from maxmargin.kernels import RBF, Chi2, Laplacian, Linear, Polynomial, Precomputed, PythonKernel, Sigmoid

X, LABELS, TARGETS = make_data(120, 4, seed=3)
KNOWN = {
    True: [Linear(), RBF(), Laplacian(), Chi2(), Polynomial(), Polynomial(degree=2, coef0=1.0), 2.0 * RBF() + Linear()],
    False: [Sigmoid(), Polynomial(coef0=-0.1), Polynomial(degree=2.5), RBF() + Sigmoid(), Linear() * Polynomial(coef0=-1.0)],
    None: [PythonKernel(my_function), Precomputed(), RBF() + PythonKernel(my_function), 3.0 * PythonKernel(my_function)],
}


@pytest.mark.parametrize(("known", "kernel"), [(known, kernel) for known in KNOWN for kernel in KNOWN[known]])
def test_kernels_know_whether_they_are_inner_products(known, kernel):
    assert kernel.inner_product is known


@pytest.mark.parametrize("machine", FIVE)
@pytest.mark.parametrize("kernel", [Sigmoid(gamma=0.5), Polynomial(degree=3, gamma=1.0, coef0=-0.5)])
def test_without_an_inner_product_a_gap_shows_a_stationary_point(machine, kernel, tmp_path):
    y = target_of(machine, LABELS, TARGETS)
    with pytest.warns(IndefiniteKernelWarning, match="a small gap shows a stationary point only"):
        model = FIVE[machine](kernel=kernel, max_time=30.0).fit(X, y)
    for proof in (model.certificate_, certify(model, X, y)):
        assert "a small gap shows a stationary point" in str(proof)
        assert "exact optimum" not in str(proof)
        assert "stationary point" in meaning(proof)
        assert proof.radius == math.inf
        assert proof.largest_shift is None
        facts = json.loads(json.dumps(proof.to_dict(), allow_nan=False))
        assert facts["inner_product"] is False
        assert facts["radius"] is facts["problems"][0]["radius"] is None
    maxmargin.save(model, tmp_path / "model")
    assert maxmargin.load(tmp_path / "model").certificate_.to_dict() == model.certificate_.to_dict()


def test_a_fit_that_is_stopped_says_so_too():
    stationary = "shows a stationary point"
    with pytest.warns(IndefiniteKernelWarning), pytest.warns(NotConvergedWarning, match=stationary) as caught:
        SVC(kernel="sigmoid", max_iter=0).fit(X, LABELS)
    assert [w.category for w in caught] == [IndefiniteKernelWarning, NotConvergedWarning]
    assert "above the optimum" not in str(caught[1].message)


def test_a_kernel_from_outside_makes_a_condition():
    K = gram("rbf", X)
    for kernel, rows in ((my_function, X), ("precomputed", K)):
        proof = certify(SVC(kernel=kernel).fit(rows, LABELS), rows, LABELS)
        assert "of the exact optimum's, if the kernel is an inner product." in str(proof)
        assert meaning(proof).endswith("if the kernel is an inner product.")
        assert math.isfinite(proof.radius)
    named = certify(SVC().fit(X, LABELS), X, LABELS)
    assert "of the exact optimum's.\n" in str(named)
    assert "if the kernel" not in str(named) + meaning(named)


def test_components_are_an_inner_product_whatever_they_approximate():
    model = SVC(kernel=my_function, approximation="nystroem").fit(X, LABELS)
    assert model.certificate_.inner_product is True


# --- no margin --------------------------------------------------------------------------------------

NOISE = np.random.default_rng(0).normal(size=(200, 2))
SIDES = np.arange(200) % 2


def test_without_a_margin_the_message_says_so():
    says = r"with nu=0\.1 there is no margin, and the optimum is zero.*Raise nu"
    with pytest.warns(NotConvergedWarning, match=says) as caught:
        model = NuSVC(kernel="linear", nu=0.1).fit(NOISE, SIDES)
    assert len(caught) == 1
    assert "relative duality gap" not in str(caught[0].message)
    assert model.status_ == "numerical_limit"
    assert 0.0 <= model.primal_ < 1e-9
    assert NuSVC(kernel="linear", nu=1.0).fit(NOISE, SIDES).status_ == "optimal"


def test_rows_around_the_origin_have_no_margin():
    with pytest.warns(NotConvergedWarning, match=r"OneClassSVM.*with nu=0\.1 there is no margin"):
        assert OneClassSVM(kernel="linear", nu=0.1).fit(NOISE).status_ == "numerical_limit"


@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
def test_without_a_margin_all_rows_are_inside(store):
    # The optimum is f = 0 everywhere: the sign of rounding, which sparse sums have another of, is nobody's side.
    with pytest.warns(NotConvergedWarning, match="rounding; all rows count as inside") as caught:
        model = OneClassSVM(kernel="linear", nu=0.5).fit(store(NOISE))
    assert len(caught) == 1
    assert (model.predict(np.random.default_rng(1).normal(size=(1000, 2))) == 1).all()
    assert 0.0 < model.intercept_[0] < 1e-11
    assert certify(model, store(NOISE)).gap == pytest.approx(model.gap_, rel=1e-9)
