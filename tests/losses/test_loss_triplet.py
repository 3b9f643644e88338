"""The loss of triplets: its definition, candidates and which of them count, masks."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin import losses

RNG = np.random.default_rng(0)
N, M, D = 25, 6, 3
A, P, G = RNG.normal(size=(3, N, D))
C = RNG.normal(size=(N, M, D)) * 1.5


def norm(z, p=2.0):
    return np.linalg.norm(z, ord=p, axis=-1)


def each(*arrays, **options):
    return losses.triplet_margin(*arrays, reduction="none", **options)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("swap", [False, True])
def test_values_are_those_of_the_definition(p, swap):
    near, far = norm(A - P + 1e-6, p), norm(A - G + 1e-6, p)
    far = np.minimum(far, norm(P - G + 1e-6, p)) if swap else far
    expected = np.maximum(0, 0.5 + near - far)
    np.testing.assert_allclose(each(A, P, G, margin=0.5, p=p, swap=swap), expected, rtol=1e-12, atol=1e-12)


def test_candidates_are_triplets_or_are_chosen_among():
    near, far = norm(A - P)[:, None], norm(A[:, None] - C)
    options = {"eps": 0.0, "margin": 0.3}
    np.testing.assert_allclose(each(A, P, C, **options), np.maximum(0, 0.3 + near - far), rtol=1e-13, atol=1e-13)
    hardest = np.maximum(0, 0.3 + near[:, 0] - far.min(1))
    np.testing.assert_allclose(each(A, P, C, hard="hardest", **options), hardest, rtol=1e-13, atol=1e-13)
    chosen = [min(f[f > n], default=f.max()) for n, f in zip(near[:, 0], far, strict=True)]
    semihard = np.maximum(0, 0.3 + near[:, 0] - chosen)
    np.testing.assert_allclose(each(A, P, C, hard="semihard", **options), semihard, rtol=1e-13, atol=1e-13)
    assert {bool((f > n).any()) for n, f in zip(near[:, 0], far, strict=True)} == {True, False}  # both rules were tried


@pytest.mark.parametrize("hard", ["none", "hardest", "semihard"])
def test_masked_candidates_are_not_there(hard):
    mask = RNG.random((N, M)) > 0.4
    mask[3] = False
    spoiled, anchors = np.where(mask[..., None], C, np.nan), A.copy()
    anchors[3] = np.nan
    rows = [each(A[i : i + 1], P[i : i + 1], C[i : i + 1][:, m], hard=hard) for i, m in enumerate(mask) if m.any()]
    result = losses.triplet_margin(anchors, P, spoiled, mask=mask, hard=hard)
    assert result == pytest.approx(np.concatenate([row.reshape(-1) for row in rows]).mean())
    some = np.arange(N) % 3 > 0
    result = losses.triplet_margin(np.where(some[:, None], A, np.nan), P, C, mask=some, hard=hard)
    assert result == pytest.approx(losses.triplet_margin(A[some], P[some], C[some], hard=hard))


def test_weights_are_of_anchors_or_triplets():
    w, each_w = RNG.uniform(size=N), RNG.uniform(size=(N, M))
    loss = each(A, P, C)
    assert losses.triplet_margin(A, P, C, sample_weight=w) == pytest.approx((w[:, None] * loss).mean())
    weighted = losses.triplet_margin(A, P, C, sample_weight=each_w, reduction="weighted_mean")
    assert weighted == pytest.approx(np.average(loss, weights=each_w))


def test_distances_may_be_any():
    def distance(u, v):
        return ((u - v) ** 2).sum(-1)

    near, far = distance(A, P), distance(A, G)
    np.testing.assert_allclose(each(A, P, G, distance=distance), np.maximum(0, 1 + near - far), rtol=1e-14)
    far = distance(A[:, None], C)
    np.testing.assert_allclose(each(A, P, C, distance=distance), np.maximum(0, 1 + near[:, None] - far), rtol=1e-14)
    with pytest.raises(errors.ShapeError, match="expected one number for each pair of vectors"):
        losses.triplet_margin(A, P, C, distance=lambda u, v: ((u - v) ** 2).sum())


def test_nan_is_never_passed_over():
    """A candidate that is NaN could be neither the nearest nor farther than the positive."""
    c = C.copy()
    c[2, 1] = np.nan
    for hard in ("hardest", "semihard"):
        assert np.isnan(each(A, P, c, hard=hard)).tolist() == [i == 2 for i in range(N)]


def test_vectors_that_meet_have_a_finite_gradient(tracing_framework):
    framework = tracing_framework
    a = framework.array(np.ones((2, 3)))
    gradient = framework.gradient(lambda x: losses.triplet_margin(x, a, a, eps=0.0, reduction="sum"), a)
    assert not framework.numpy(gradient).any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: each(A, P[:3], G), errors.ShapeError, r"expected \(…, n_features\) three times"),
        (lambda: each(A, P, G[:, :2]), errors.ShapeError, r"or negative of \(…, n_candidates, n_features\)"),
        (lambda: each(A, P, C[:3]), errors.ShapeError, "negative"),
        (lambda: each(A, P, C[:, :0]), errors.ShapeError, "negative"),
        (lambda: each(A[0, 0], P[0, 0], G[0, 0]), errors.ShapeError, "anchor"),
        (lambda: each(A, P, G, hard="hardest"), errors.InvalidParameterError, "hard='hardest' chooses among candidates"),
        (lambda: each(A, P, C, hard="soft"), errors.InvalidParameterError, "hard must be one of"),
        (lambda: each(A, P, G, margin=-1.0), errors.InvalidParameterError, "margin must be"),
        (lambda: each(A, P, G, p=0), errors.InvalidParameterError, "p must be"),
    ],
)
def test_bad_input_has_a_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
