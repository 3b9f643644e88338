"""Losses of distances between two vectors: definitions, distances, gradients where vectors meet."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin import losses

RNG = np.random.default_rng(0)
N, D = 30, 4
U, V = RNG.normal(size=(2, N, D))
Y = RNG.choice([-1, 1], N)


def each(loss, *arguments, **options):
    return loss(*arguments, reduction="none", **options)


def pos(z):
    return np.maximum(z, 0)


def test_hinge_embedding_is_the_distance_or_what_is_missing_to_the_margin():
    d = abs(U[:, 0])
    for margin in (1.0, 0.25):
        expected = np.where(Y == 1, d, pos(margin - d))
        np.testing.assert_array_equal(each(losses.hinge_embedding, d, Y, margin=margin), expected)
    np.testing.assert_array_equal(each(losses.hinge_embedding, d, Y == 1), each(losses.hinge_embedding, d, Y))
    with pytest.raises(errors.InvalidTargetError, match="the label 0 at position 1"):
        losses.hinge_embedding(d[:2], np.array([1, 0]))  # for which torch adds both sides
    assert np.isnan(each(losses.hinge_embedding, d[:2], np.array([1, 0]), validate=False)).tolist() == [False, True]


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("power", [1, 2])
def test_contrastive_is_that_of_the_norm(p, power):
    d = np.linalg.norm(U - V, ord=p, axis=1)
    expected = np.where(Y == 1, pos(d - 0.5), pos(3.0 - d)) ** power
    result = each(losses.contrastive, U, V, Y, pos_margin=0.5, neg_margin=3.0, power=power, p=p)
    np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-13)


def test_distances_may_be_any():
    def distance(u, v):
        return abs(u - v).max(-1)

    result = each(losses.contrastive, U, V, Y, distance=distance)
    np.testing.assert_allclose(result, each(losses.contrastive, U, V, Y, p=np.inf), rtol=1e-15)
    for wrong in (lambda u, v: 1.0, lambda u, v: abs(u - v)):
        with pytest.raises(errors.ShapeError, match="expected one number for each pair of vectors"):
            losses.contrastive(U, V, Y, distance=wrong)


def test_cosine_embedding_is_that_of_the_cosine():
    cosine = (U * V).sum(1) / np.linalg.norm(U, axis=1) / np.linalg.norm(V, axis=1)
    for margin in (0.0, 0.5, -0.5):
        expected = np.where(Y == 1, 1 - cosine, pos(cosine - margin))
        np.testing.assert_allclose(each(losses.cosine_embedding, U, V, Y, margin=margin), expected, rtol=1e-10, atol=1e-10)
    zero = np.zeros_like(U)
    np.testing.assert_array_equal(each(losses.cosine_embedding, zero, V, Y), np.where(Y == 1, 1.0, 0.0))
    huge = np.float32(1e15) * U.astype(np.float32)  # the product of the squared lengths is no float32
    np.testing.assert_allclose(each(losses.cosine_embedding, huge, huge, np.ones(N)), 0.0, atol=1e-6)


def test_vectors_that_meet_have_the_gradient_zero(tracing_framework):
    framework = tracing_framework
    u, y = framework.array(np.ones((2, 3))), framework.array(np.array([1, -1]))
    v = framework.array(np.ones((2, 3)))
    for p in (1.0, 1.5, 2.0, 3.0):
        gradient = framework.gradient(lambda x, p=p: losses.contrastive(x, v, y, p=p, reduction="sum"), u)
        assert not framework.numpy(gradient).any(), p
    gradient = framework.gradient(
        lambda x: losses.cosine_embedding(x, v, y, reduction="sum"), framework.array(np.zeros((2, 3)))
    )
    assert np.isfinite(framework.numpy(gradient)).all()


def test_masked_pairs_are_not_compared(tracing_framework):
    framework = tracing_framework
    u, v = U[:4].copy(), V[:4].copy()
    u[1], v[3] = np.nan, np.inf
    y = np.array([1, -1, -1, 1])
    for loss in (losses.contrastive, losses.cosine_embedding):
        expected = loss(U[[0, 2]], V[[0, 2]], y[[0, 2]])
        mask = np.array([True, False, True, False])
        assert loss(u, v, y, mask=mask) == pytest.approx(expected)
        assert loss(u, v, np.where(mask, y, 7), ignore_index=7) == pytest.approx(expected)
        a, b, labels = framework.array(u), framework.array(v), framework.array(np.where(mask, y, 7))
        gradient = framework.gradient(lambda x, loss=loss: loss(x, b, labels, ignore_index=7), a)  # noqa: B023
        assert np.isfinite(framework.numpy(gradient)).all()


def test_weights_and_shapes():
    w = RNG.uniform(size=N)
    for loss in (losses.contrastive, losses.cosine_embedding):
        expected = each(loss, U, V, Y)
        assert loss(U, V, Y, sample_weight=w, reduction="weighted_mean") == pytest.approx(np.average(expected, weights=w))
        assert loss(U, V, Y, pos_weight=3.0) == pytest.approx((expected * np.where(Y == 1, 3, 1)).mean())
        grid = each(loss, U.reshape(5, 6, D), V.reshape(5, 6, D), Y.reshape(5, 6))
        np.testing.assert_array_equal(grid.reshape(-1), expected)
        assert each(loss, U.astype(np.float16), V.astype(np.float16), Y).dtype == np.float16
        for first, second in ((U, V[:, :2]), (U, V[:3]), (U[0, 0], V[0, 0]), (U[:, :0], V[:, :0])):
            with pytest.raises(errors.ShapeError, match="first has the shape"):
                loss(first, second, Y)
        for y in (Y[:, None], Y[:3]):
            with pytest.raises(errors.ShapeError):
                loss(U, V, y)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 0.5}, "p must be a number ≥ 1, or infinity. Got 0.5"),
        ({"p": np.nan}, "p must be"),
        ({"power": 3}, "power must be"),
        ({"neg_margin": -1.0}, "neg_margin must be"),
        ({"pos_margin": -1.0}, "pos_margin must be"),
        ({"eps": -1.0}, "eps must be"),
    ],
)
def test_parameters_outside_their_range(options, message):
    with pytest.raises(errors.InvalidParameterError, match=message):
        losses.contrastive(U, V, Y, **options)
    if "eps" in options:
        with pytest.raises(errors.InvalidParameterError, match="eps must be a finite number > 0"):
            losses.cosine_embedding(U, V, Y, eps=0.0)
