"""The fused heads are the plain losses of the scores, in value and gradient, without the scores."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from loss_frameworks import Framework

from maxmargin import exceptions as errors
from maxmargin.losses import fused
from maxmargin.losses.objects import CrammerSinger, WestonWatkins

N, K, D = 7, 23, 5
KINDS = [("crammer_singer", 1), ("crammer_singer", 2), ("weston_watkins", 1), ("weston_watkins", 2)]
FRAMEWORKS = ("numpy", "torch", "jax")


def data(seed=0, n=N, k=K, d=D):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal((k, d)), rng.standard_normal(k), rng.integers(0, k, n)


def head(kind):
    return getattr(fused, f"linear_{kind}")


def plain(kind, power, scores, y, margin=1.0):
    """One loss a sample, from the matrix of scores."""
    if kind == "weston_watkins":
        return WestonWatkins(margin, power).value(scores, y)
    value = CrammerSinger(margin).value(scores, y)
    return value if power == 1 else value * value


@pytest.fixture(params=FRAMEWORKS)
def arrays(request):
    if request.param == "numpy":
        return None
    return Framework(request.param)


def gradients(framework, function, *parts):
    """The derivatives of a scalar function of arrays of NumPy."""
    if framework.name == "torch":
        leaves = [framework.array(part).requires_grad_() for part in parts]
        found = framework.module.autograd.grad(function(*leaves), leaves)
        return [part.numpy() for part in found]
    found = framework.module.grad(function, argnums=tuple(range(len(parts))))(*map(framework.array, parts))
    return [np.asarray(part) for part in found]


# --- the same loss -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "power"), KINDS)
@pytest.mark.parametrize("chunk", [None, 1, 5, 23, 100])
def test_values_in_numpy(kind, power, chunk):
    x, weight, bias, y = data()
    expected = plain(kind, power, x @ weight.T + bias, y)
    result = head(kind)(x, weight, y, bias=bias, power=power, chunk=chunk, reduction="none")
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "power"), KINDS)
@pytest.mark.parametrize("chunk", [None, 5])
@pytest.mark.parametrize("name", ["torch", "jax"])
def test_values_and_gradients_are_those_of_the_plain_way(name, kind, power, chunk):
    framework = Framework(name)
    x, weight, bias, y = data()
    with framework.wide():
        labels = framework.array(y)

        def ours(x, weight, bias):
            return head(kind)(x, weight, labels, bias=bias, power=power, chunk=chunk)

        def theirs(x, weight, bias):
            return plain(kind, power, x @ weight.T + bias, labels).mean()

        value = framework.numpy(ours(*map(framework.array, (x, weight, bias))))
        np.testing.assert_allclose(value, plain(kind, power, x @ weight.T + bias, y).mean(), rtol=1e-12)
        pairs = zip(gradients(framework, ours, x, weight, bias), gradients(framework, theirs, x, weight, bias), strict=True)
        for found, expected in pairs:
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("kind", "power"), KINDS)
@pytest.mark.parametrize("reduction", ["sum", "mean", "weighted_mean"])
@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_linear_gradients_need_no_automatic_differentiation(name, kind, power, reduction):
    framework = Framework("torch")
    x, weight, bias, y = data()
    rng = np.random.default_rng(1)
    given = {"sample_weight": rng.uniform(size=N), "class_weight": rng.uniform(size=K), "margin": rng.uniform(0, 2, K)}

    def loss(x, weight, bias):
        options = {key: framework.array(value) for key, value in given.items()}
        return head(kind)(x, weight, framework.array(y), bias=bias, power=power, reduction=reduction, chunk=4, **options)

    to = framework.array if name == "torch" else np.asarray
    options = {key: to(value) for key, value in given.items()}
    value, found = fused.linear_gradients(
        kind, to(x), to(weight), to(y), bias=to(bias), power=power, reduction=reduction, chunk=4, **options
    )
    assert float(value) == pytest.approx(loss(*map(framework.array, (x, weight, bias))).item(), rel=1e-12)
    for ours, expected in zip(found, gradients(framework, loss, x, weight, bias), strict=True):
        np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("kind", "power"), KINDS)
def test_gradients_of_numpy_are_differences(kind, power):
    x, weight, bias, y = data(3)
    loss, found = fused.linear_gradients(kind, x, weight, y, bias=bias, power=power)
    h = 1e-6
    for part, gradient in zip((x, weight, bias), found, strict=True):
        step = np.zeros_like(part)
        step.flat[2] = h
        moved = [part is other for other in (x, weight, bias)]
        up = [other + step if here else other for other, here in zip((x, weight, bias), moved, strict=True)]
        higher = head(kind)(up[0], up[1], y, bias=up[2], power=power)
        assert (higher - loss) / h == pytest.approx(gradient.flat[2], abs=1e-4)


@pytest.mark.parametrize("kind", ["crammer_singer", "weston_watkins"])
def test_two_classes_are_the_hinge_and_one_class_costs_nothing(kind):
    x, weight, bias, _ = data(k=2)
    y = np.arange(N) % 2
    scores = x @ weight.T + bias
    expected = np.maximum(0, 1 - np.where(y == 1, 1, -1) * (scores[:, 1] - scores[:, 0]))
    result = head(kind)(x, weight, y, bias=bias, reduction="none")
    np.testing.assert_allclose(result, expected, rtol=1e-12)
    loss, found = fused.linear_gradients(kind, x, weight[:1], np.zeros(N, dtype=int))
    assert loss == 0.0
    assert not found.weight.any()
    assert not found.features.any()


def test_of_equal_rivals_the_first_takes_the_gradient():
    weight = np.zeros((4, 2))
    _, found = fused.linear_gradients("crammer_singer", np.ones((1, 2)), weight, np.array([0]))
    np.testing.assert_array_equal(found.weight, [[-1, -1], [1, 1], [0, 0], [0, 0]])


@pytest.mark.parametrize("kind", ["crammer_singer", "weston_watkins"])
def test_more_than_one_axis_of_samples(arrays, kind):
    x, weight, _, _ = data()
    to = arrays.array if arrays else np.asarray
    batch, y = np.stack([x, 2 * x]), np.stack([np.arange(N), np.arange(N)[::-1]])
    result = head(kind)(to(batch), to(weight), to(y), reduction="none")
    assert tuple(result.shape) == (2, N)
    for row in range(2):
        expected = plain(kind, 1, batch[row] @ weight.T, y[row])
        np.testing.assert_allclose(np.asarray(result)[row], expected, rtol=1e-5, atol=1e-5)


# --- masks, weights, traps -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["crammer_singer", "weston_watkins"])
def test_what_is_masked_or_ignored_is_not_there(kind):
    x, weight, _, y = data()
    kept = np.arange(N) != 2
    broken, labels = x.copy(), y.copy()
    broken[2], labels[2] = np.nan, -100
    expected = head(kind)(x[kept], weight, y[kept])
    assert head(kind)(broken, weight, labels, ignore_index=-100) == pytest.approx(expected, rel=1e-14)
    assert head(kind)(broken, weight, labels, mask=kept) == pytest.approx(expected, rel=1e-14)
    loss, found = fused.linear_gradients(kind, broken, weight, labels, mask=kept)
    assert loss == pytest.approx(expected, rel=1e-14)
    assert np.isfinite(found.weight).all()
    assert not found.features[2].any()
    for none in ({"mask": np.zeros(N, dtype=bool)}, {"sample_weight": np.zeros(N)}):
        loss, found = fused.linear_gradients(kind, x, weight, y, reduction="weighted_mean", **none)
        assert loss == 0.0
        assert not found.weight.any()
    assert head(kind)(x[:0], weight, y[:0]) == 0.0


@pytest.mark.parametrize("kind", ["crammer_singer", "weston_watkins"])
def test_no_class_is_wrapped_and_no_nan_hidden(arrays, kind):
    x, weight, _, y = data()
    to = arrays.array if arrays else np.asarray
    for label in (-1, K):
        y[3] = label
        with pytest.raises(errors.ClassRangeError, match=f"the class {label} at position 3; expected 0 to {K - 1}"):
            head(kind)(to(x), to(weight), to(y))
        unseen = np.asarray(head(kind)(to(x), to(weight), to(y), validate=False, reduction="none"))
        assert np.isnan(unseen[3])
        assert np.isfinite(np.delete(unseen, 3)).all()
    y[3] = 0
    for place in (0, 5, 22):  # a NaN of any class, in any chunk
        scores = weight.copy()
        scores[place] = np.nan
        assert np.isnan(np.asarray(head(kind)(to(x), to(scores), to(y), chunk=6, reduction="none"))).all()


@pytest.mark.parametrize("name", ["torch", "jax"])
@pytest.mark.parametrize("kind", ["crammer_singer", "weston_watkins"])
def test_the_same_when_traced(name, kind):
    framework = Framework(name)
    x, weight, bias, y = data()
    with framework.wide():
        parts = [framework.array(part) for part in (x, weight, bias, y)]
        traced = framework.traced(lambda x, weight, bias, y: head(kind)(x, weight, y, bias=bias, chunk=6, reduction="none"))
        expected = plain(kind, 1, x @ weight.T + bias, y)
        np.testing.assert_allclose(framework.numpy(traced(*parts)), expected, rtol=1e-12, atol=1e-12)
        parts[3] = framework.array(np.where(np.arange(N) == 1, K, y))  # no class: a trace cannot raise
        assert np.isnan(framework.numpy(traced(*parts))[1])


def test_shapes_and_parameters():
    x, weight, bias, y = data()
    for wrong in ((x, weight[:, :4], y), (x, weight[0], y), (x, weight[:0], y), (x, weight, y[:, None]), (x, weight, y[:3])):
        with pytest.raises(errors.ShapeError, match="expected"):
            fused.linear_crammer_singer(*wrong)
    with pytest.raises(errors.ShapeError, match=r"bias has the shape \(3,\); expected \(23,\)"):
        fused.linear_crammer_singer(x, weight, y, bias=bias[:3])
    with pytest.raises(errors.ShapeError, match="margin has the shape"):
        fused.linear_crammer_singer(x, weight, y, margin=np.ones(4))
    with pytest.raises(errors.UnsupportedTypeError, match="features"):
        fused.linear_crammer_singer(x.astype(int), weight, y)
    with pytest.raises(errors.InvalidTargetError, match="class indices"):
        fused.linear_crammer_singer(x, weight, y.astype(float))
    for options in ({"power": 3}, {"chunk": 0}, {"reduction": "average"}, {"margin": np.inf}):
        with pytest.raises(errors.InvalidParameterError):
            fused.linear_crammer_singer(x, weight, y, **options)
    with pytest.raises(TypeError, match="margn"):
        fused.linear_crammer_singer(x, weight, y, margn=2.0)


def test_half_precision_is_computed_in_single():
    x, weight, _, y = data()
    half = x.astype(np.float16)
    result = fused.linear_weston_watkins(half, weight, y)
    assert result.dtype == np.float16
    expected = fused.linear_weston_watkins(half.astype(np.float32), weight.astype(np.float32), y)
    assert result == expected.astype(np.float16)


# --- memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["crammer_singer", "weston_watkins"])
def test_numpy_never_holds_the_scores(kind):
    n, k, d = 256, 20_000, 8
    x, weight, _, y = data(n=n, k=k, d=d)
    tracemalloc.start()
    fused.linear_gradients(kind, x, weight, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gradient, block = k * d * 8, n * 1024 * 8
    assert peak < gradient + 4 * block + (1 << 20)
    assert peak < n * k * 8 / 3
