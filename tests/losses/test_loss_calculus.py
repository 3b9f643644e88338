"""Conjugates, proximal points, projections and constants of every loss object, held to what defines them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from loss_catalogue import ALL, BINARY, CONVEX, N_CLASSES, NOT_CONVEX, REGRESSION, SCALAR, VECTOR, inner, points
from scipy.optimize import minimize_scalar

from maxmargin import exceptions as errors
from maxmargin.losses.objects import CrammerSinger, EpsilonInsensitive, Hinge, Ramp, SmoothHinge, TopKHinge, WestonWatkins

STEPS = (1e-3, 0.25, 1.0, 30.0, 1e3)
convex = pytest.mark.parametrize("loss", CONVEX, ids=repr)


def duals(loss, n, seed=1):
    """Random points of the domain of the conjugate."""
    rng = np.random.default_rng(seed)
    f, y = points(loss, n)
    return loss.project_dual(
        rng.normal(size=f.shape) * rng.choice([0.1, 1.0, 10.0], size=f.shape[:1] + (1,) * (f.ndim - 1)), y
    )


@convex
def test_fenchel_and_young_agree_at_a_subgradient(loss):
    f, y = points(loss)
    u = loss.subgradient(f, y)
    np.testing.assert_allclose(loss.value(f, y) + loss.conjugate(u, y), inner(u, f, loss), rtol=1e-12, atol=1e-12)


@convex
def test_fenchel_and_young_bound_each_other(loss):
    f, y = points(loss)
    u = duals(loss, 400)
    assert np.isfinite(loss.conjugate(u, y)).all()
    scale = 1 + np.abs(inner(u, f, loss))
    assert ((loss.value(f, y) + loss.conjugate(u, y) - inner(u, f, loss)) / scale).min() >= -1e-13


@pytest.mark.parametrize("loss", SCALAR, ids=repr)
def test_the_conjugate_is_the_supremum_it_is_defined_by(loss):
    y = np.array(1.0)
    low, high = -40.0, 40.0
    for u in np.linspace(-1.0, 1.0, 9):
        conjugate = float(loss.conjugate(np.array(u), y))
        grid = np.linspace(low, high, 160_001)
        best = float(np.max(u * grid - loss.value(grid, np.broadcast_to(y, grid.shape))))
        if math.isfinite(conjugate):
            assert best == pytest.approx(conjugate, abs=1e-6)
        else:
            assert best >= 0.1 * high * abs(u - float(loss.project_dual(np.array(u), y)))  # it grows with the grid


@convex
@pytest.mark.parametrize("step", STEPS)
def test_a_proximal_point_proves_itself(loss, step):
    """(v − x)/step is a subgradient at x: it is in the domain of the conjugate, and Fenchel and Young agree."""
    v, y = points(loss)
    x = loss.prox(v, y, step)
    u = (v - x) / step
    near = loss.project_dual(u, y)
    scale = 1 + np.abs(v).max() / step
    np.testing.assert_allclose(u, near, rtol=0, atol=1e-14 * scale)
    young = loss.value(x, y) + loss.conjugate(near, y) - inner(near, x, loss)
    np.testing.assert_allclose(young / (1 + np.abs(inner(near, x, loss))), 0, atol=1e-13 * scale)


@convex
def test_steps_may_differ_between_samples(loss):
    v, y = points(loss)
    steps = np.random.default_rng(2).uniform(0.1, 3, y.shape)
    each = np.stack([loss.prox(v[i : i + 1], y[i : i + 1], float(steps[i]))[0] for i in range(0, 60)])
    np.testing.assert_allclose(loss.prox(v, y, steps)[:60], each, rtol=1e-14, atol=1e-14)


@convex
def test_the_proximal_point_of_the_conjugate_proves_itself(loss):
    """(w − x)/step is a subgradient of the conjugate at x, that is, x is one of the loss there."""
    w, y = points(loss)
    for step in (0.25, 4.0):
        x = loss.conjugate_prox(w, y, step)
        z = (w - x) / step
        near = loss.project_dual(x, y)
        np.testing.assert_allclose(x, near, rtol=0, atol=1e-13 * (1 + np.abs(w).max()))
        young = loss.value(z, y) + loss.conjugate(near, y) - inner(near, z, loss)
        np.testing.assert_allclose(young / (1 + np.abs(inner(near, z, loss))), 0, atol=1e-12)


@convex
def test_projections_are_nearest(loss):
    f, y = points(loss)
    p, other = loss.project_dual(f, y), duals(loss, 400)
    np.testing.assert_allclose(loss.project_dual(p, y), p, rtol=0, atol=1e-13 * (1 + np.abs(f).max()))
    assert (inner(f - p, other - p, loss) / (1 + np.abs(inner(f, other, loss)))).max() <= 1e-12


@convex
def test_the_conjugate_is_infinite_outside_of_its_domain(loss):
    f, y = points(loss)
    p = loss.project_dual(f, y)
    far = np.abs(f - p).reshape(y.shape[0], -1).max(axis=1) > 1e-6
    assert np.isinf(loss.conjugate(f, y)[far]).all()


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_the_subgradient_is_the_derivative(loss):
    f, y = points(loss, seed=3)
    f = f + np.random.default_rng(4).uniform(0.001, 0.002, f.shape)  # off the kinks
    direction = np.random.default_rng(5).normal(size=f.shape)
    h = 1e-6
    slope = (loss.value(f + h * direction, y) - loss.value(f - h * direction, y)) / (2 * h)
    exact = inner(loss.subgradient(f, y), direction, loss)
    off = np.abs(slope - exact) > 1e-4 * (1 + np.abs(exact))
    assert off.mean() < 0.02  # where a kink lies between the two points


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_the_constants_are_attained_and_never_exceeded(loss):
    rng = np.random.default_rng(6)
    f, y = points(loss, 4000)
    g = f + 0.05 * rng.normal(size=f.shape)
    lipschitz = loss.lipschitz_for(N_CLASSES) if loss in VECTOR else loss.lipschitz
    smoothness = loss.smoothness_for(N_CLASSES) if loss in VECTOR else loss.smoothness
    u, w = loss.subgradient(f, y), loss.subgradient(g, y)
    sizes = np.sqrt(inner(u, u, loss))
    assert sizes.max() <= lipschitz + 1e-12
    if math.isfinite(lipschitz):
        assert sizes.max() >= 0.85 * lipschitz
    ratio = np.sqrt(inner(u - w, u - w, loss) / inner(f - g, f - g, loss))
    assert ratio.max() <= smoothness * (1 + 1e-9)
    if math.isfinite(smoothness):
        assert ratio.max() >= 0.6 * smoothness
    assert loss.differentiable == math.isfinite(smoothness)
    if loss in VECTOR:
        assert loss.lipschitz_for(N_CLASSES) <= loss.lipschitz


@pytest.mark.parametrize("loss", [*SCALAR, *NOT_CONVEX], ids=repr)
def test_curvature_is_the_second_derivative(loss):
    f, y = points(loss, seed=7)
    f = f + 0.0037
    h = 1e-5
    second = (loss.subgradient(f + h, y) - loss.subgradient(f - h, y)) / (2 * h)
    np.testing.assert_allclose(loss.curvature(f, y), second, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("loss", VECTOR, ids=repr)
def test_hessian_products_are_derivatives(loss):
    f, y = points(loss, seed=8)
    f = f + np.random.default_rng(9).uniform(0.001, 0.002, f.shape)
    d = np.random.default_rng(10).normal(size=f.shape)
    h = 1e-6
    second = (loss.subgradient(f + h * d, y) - loss.subgradient(f - h * d, y)) / (2 * h)
    near = np.isclose(loss.hvp(f, y, d), second, rtol=1e-5, atol=1e-4).all(axis=-1)
    assert near.mean() > 0.97


# --- the ramp, which is not convex ---------------------------------------------------------------


@pytest.mark.parametrize("loss", NOT_CONVEX, ids=repr)
@pytest.mark.parametrize("step", [0.1, 1.0, 5.0])
def test_the_proximal_point_of_the_ramp_is_global(loss, step):
    grid = np.linspace(-60, 60, 24_001)
    for y in (-1, 1):
        v = np.linspace(-6, 6, 97)
        labels = np.full(grid.shape, y)
        x = loss.prox(v, np.full(v.shape, y), step)
        mine = loss.value(x, np.full(v.shape, y)) + (x - v) ** 2 / (2 * step)
        best = [np.min(loss.value(grid, labels) + (grid - one) ** 2 / (2 * step)) for one in v]
        assert (mine <= np.array(best) + 1e-12).all()


def test_the_ramp_says_what_it_is():
    loss, f = Ramp(), np.array([0.5, -3.0])
    assert not loss.convex
    assert loss.conjugate(f * 0, np.ones(2)).tolist() == [0.0, 0.0]
    assert loss.conjugate(f, np.ones(2)).tolist() == [math.inf, math.inf]
    assert loss.conjugate_prox(f, np.ones(2)).tolist() == [0.0, 0.0]


# --- kinks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", BINARY + REGRESSION + NOT_CONVEX, ids=repr)
def test_at_a_kink_the_subgradient_has_the_least_norm(loss):
    f, y = points(loss)
    h = 1e-9
    left, right = (loss.value(f, y) - loss.value(f - h, y)) / h, (loss.value(f + h, y) - loss.value(f, y)) / h
    u = loss.subgradient(f, y)
    least = np.where(left * right <= 0, 0.0, np.where(np.abs(left) < np.abs(right), left, right))
    kink = np.abs(left - right) > 0.01
    assert kink.any() or loss.differentiable
    np.testing.assert_allclose(u[kink], least[kink], atol=1e-5)


def test_declared_kinks():
    at = np.array([1.0])
    assert Hinge().subgradient(at, np.array([1])) == 0
    assert Hinge(0.0).subgradient(np.array([0.0]), np.array([-1])) == 0
    assert EpsilonInsensitive(0.5).subgradient(np.array([1.5, 1.0, 0.5]), np.ones(3)).tolist() == [0, 0, 0]
    assert EpsilonInsensitive(0.0).subgradient(at, at) == 0
    tie = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, -1.0]])
    assert CrammerSinger().subgradient(tie, np.array([2, 0])).tolist() == [[0.5, 0.5, -1.0], [0.0, 0.0, 0.0]]
    assert WestonWatkins().subgradient(tie, np.array([0, 0])).tolist() == [[-1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert TopKHinge(1).subgradient(tie, np.array([2, 2])).tolist() == [[1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]


# --- types, errors, hashes -----------------------------------------------------------------------


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_objects_are_values(loss):
    again = eval(repr(loss), {kind.__name__: kind for kind in {type(one) for one in ALL} | {Hinge, SmoothHinge}})
    assert again == loss
    assert hash(again) == hash(loss)
    with pytest.raises(AttributeError):
        loss.margin = 3.0
    assert loss.calibrated in (True, False, None)
    assert loss.reference or loss.calibrated is None


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_objects_give_back_the_type_they_get(loss, dtype):
    f, y = points(loss, 40)
    f = f.astype(dtype)
    for result in (
        loss.value(f, y),
        loss.subgradient(f, y),
        loss.conjugate(f, y),
        loss.prox(f, y),
        loss.conjugate_prox(f, y, 2),
    ):
        assert result.dtype == dtype
    exact = loss.value(f.astype(np.float64), y)
    np.testing.assert_allclose(loss.value(f, y), exact, rtol=2 * np.finfo(dtype).eps, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_nan_goes_through_everything(loss):
    f, y = points(loss, 3)
    f, y = f[:3].copy(), y[:3]
    f[1] = np.nan
    for name in ("value", "subgradient", "conjugate", "prox"):
        result = getattr(loss, name)(f, y)
        assert np.isnan(result[1]).any(), name
        assert not np.isnan(result[[0, 2]]).any(), name


@pytest.mark.parametrize("step", [0.0, -1.0, np.nan, np.inf])
def test_steps_are_positive(step):
    with pytest.raises(errors.InvalidParameterError, match="step is"):
        Hinge().prox(np.zeros(2), np.ones(2), step)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SmoothHinge(gamma=0.0), lambda: Hinge(np.inf), lambda: Hinge(True), lambda: Ramp(1.0), lambda: TopKHinge(0),
        lambda: TopKHinge(2, "gamma"), lambda: EpsilonInsensitive(-0.1), lambda: EpsilonInsensitive(0.1, 2, 1.0),
        lambda: WestonWatkins(power=3),
    ],
)  # fmt: skip
def test_parameters_outside_their_range(make):
    with pytest.raises(errors.InvalidParameterError, match="Got"):
        make()


@pytest.mark.parametrize("loss", REGRESSION[:1] + BINARY[:1], ids=repr)
def test_a_proximal_point_is_the_minimiser(loss):
    """Once more by a method that knows nothing of subgradients."""
    for v in (-3.1, -0.2, 0.4, 2.2):

        def objective(x, v=v):
            return float(loss.value(np.array(x), np.array(1.0))) + (x - v) ** 2 / 1.4

        found = minimize_scalar(objective, bounds=(-9, 9), method="bounded", options={"xatol": 1e-10})
        assert float(loss.prox(np.array(v), np.array(1.0), 0.7)) == pytest.approx(found.x, abs=1e-6)
