"""The same numbers and gradients in every framework, compiled or not."""

from __future__ import annotations

import numpy as np
import pytest
from loss_catalogue import ALL, CONVEX, NOT_CONVEX, SCALAR, VECTOR, points

from maxmargin import exceptions as errors
from maxmargin import losses

BINARY_FUNCTIONS = [
    losses.hinge, losses.squared_hinge, losses.perceptron, losses.smooth_hinge, losses.modified_huber,
    losses.huberized_hinge, losses.ramp, losses.logistic,
]  # fmt: skip
METHODS = ("value", "subgradient", "conjugate", "project_dual", "prox", "conjugate_prox")


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_objects_agree_with_numpy(framework, loss):
    f, y = points(loss, 40)
    with framework.wide():
        a, b = framework.array(f), framework.array(y)
        for name in METHODS:
            expected = getattr(loss, name)(f, y)
            result = getattr(loss, name)(a, b)
            assert type(result) is type(a), name
            np.testing.assert_allclose(framework.numpy(result), expected, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_gradients_are_the_declared_subgradients(tracing_framework, loss):
    """At kinks too; only ties between classes may be shared in another way."""
    f, y = points(loss, 40)
    if loss in VECTOR:
        f = f + np.random.default_rng(1).uniform(0.001, 0.002, f.shape)
    with tracing_framework.wide():
        a, b = tracing_framework.array(f), tracing_framework.array(y)
        gradient = tracing_framework.gradient(lambda scores: loss.value(scores, b).sum(), a)
        np.testing.assert_allclose(tracing_framework.numpy(gradient), loss.subgradient(f, y), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", CONVEX[::4] + NOT_CONVEX[:1], ids=repr)
def test_compiled_objects_give_the_same(tracing_framework, loss):
    f, y = points(loss, 40)
    with tracing_framework.wide():
        a, b = tracing_framework.array(f), tracing_framework.array(y)
        for name in ("value", "prox"):
            traced = tracing_framework.traced(getattr(loss, name))(a, b)
            np.testing.assert_allclose(tracing_framework.numpy(traced), getattr(loss, name)(f, y), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("function", BINARY_FUNCTIONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("reduction", ["sum", "weighted_mean"])
def test_functions_agree_traced_mapped_and_differentiated(tracing_framework, function, reduction):
    rng = np.random.default_rng(0)
    f, y, w = rng.normal(size=(3, 7)) * 2, rng.choice([-1, 1], (3, 7)), rng.uniform(size=(3, 7))
    mask = rng.random((3, 7)) > 0.3

    def call(scores, labels, weight, keep):
        return function(scores, labels, sample_weight=weight, mask=keep, reduction=reduction, pos_weight=2.0)

    with tracing_framework.wide():
        arrays = [tracing_framework.array(x) for x in (f, y, w, mask)]
        expected = call(f, y, w, mask)
        to_numpy = tracing_framework.numpy
        np.testing.assert_allclose(to_numpy(call(*arrays)), expected, rtol=1e-12)
        np.testing.assert_allclose(to_numpy(tracing_framework.traced(call)(*arrays)), expected, rtol=1e-12)
        rows = [call(*(x[i] for x in (f, y, w, mask))) for i in range(3)]
        np.testing.assert_allclose(to_numpy(tracing_framework.mapped(call)(*arrays)), rows, rtol=1e-12)
        gradient = tracing_framework.gradient(lambda scores: call(scores, *arrays[1:]), arrays[0])
        h = 1e-6
        for i, j in ((0, 0), (1, 3), (2, 6)):
            step = np.zeros_like(f)
            step[i, j] = h
            slope = (call(f + step, y, w, mask) - call(f - step, y, w, mask)) / (2 * h)
            assert to_numpy(gradient)[i, j] == pytest.approx(slope, abs=1e-6)


def test_a_label_that_is_none_is_no_number_when_traced(tracing_framework):
    f, y = tracing_framework.array([2.0, -1.0, 0.5]), tracing_framework.array([1, 0, -1])

    def call(scores, labels):
        return losses.hinge(scores, labels, reduction="none")

    with pytest.raises(errors.InvalidTargetError, match="the label 0 at position 1"):
        call(f, y)
    np.testing.assert_array_equal(tracing_framework.numpy(tracing_framework.traced(call)(f, y)), [0.0, np.nan, 1.5])
    np.testing.assert_array_equal(tracing_framework.numpy(tracing_framework.mapped(call)(f, y)), [0.0, np.nan, 1.5])
    gradient = tracing_framework.gradient(lambda scores: losses.hinge(scores, y, validate=False), f)
    assert np.isnan(tracing_framework.numpy(gradient)).tolist() == [False, True, False]


@pytest.mark.parametrize("loss", [VECTOR[0], VECTOR[3], VECTOR[5], VECTOR[9], VECTOR[-1]], ids=repr)
def test_a_class_out_of_range_is_no_number_when_traced(tracing_framework, loss):
    f = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    y = np.array([0, 5, -1, 4])
    a, b = tracing_framework.array(f), tracing_framework.array(y)
    with pytest.raises(errors.ClassRangeError, match="the class 5 at position 1; expected 0 to 4"):
        loss.value(a, b)
    traced = tracing_framework.numpy(tracing_framework.traced(loss.value)(a, b))
    assert np.isnan(traced).tolist() == [False, True, True, False]
    np.testing.assert_allclose(traced[[0, 3]], loss.value(f[[0, 3]], y[[0, 3]]), rtol=1e-5)


def test_values_cannot_be_asked_for_while_tracing(tracing_framework):
    f, y = tracing_framework.array([2.0, -1.0]), tracing_framework.array([1, -1])
    with pytest.raises(errors.TracingError, match="being traced, compiled or mapped"):
        tracing_framework.mapped(lambda s, t: losses.hinge(s, t, validate=True))(f, y)
    assert float(losses.hinge(f, y, validate=True)) == 0.0


def test_frameworks_are_not_mixed(framework):
    f = framework.array([2.0, -1.0])
    with pytest.raises(errors.NamespaceError, match="expected arrays of one framework: convert y first"):
        losses.hinge(f, np.array([1, -1]))
    with pytest.raises(errors.NamespaceError, match="convert y first"):
        losses.hinge(f, [1, -1])
    with pytest.raises(errors.NamespaceError, match="convert sample_weight first"):
        losses.hinge(f, f / f, sample_weight=np.ones(2))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_narrow_types_are_computed_in_single(tracing_framework, dtype):
    f, y = tracing_framework.array(np.full(4096, -99.0), dtype), tracing_framework.array(np.ones(4096, dtype=np.int8))
    for options in ({}, {"sample_weight": tracing_framework.array(np.full(4096, 2.0), dtype), "reduction": "weighted_mean"}):
        result = losses.hinge(f, y, **options)
        assert result.dtype == f.dtype
        assert float(result) == 100.0  # whose sum, 409600, is no float16
    gradient = tracing_framework.gradient(lambda scores: losses.hinge(scores, y, reduction="sum"), f)
    assert gradient.dtype == f.dtype
    assert (tracing_framework.numpy(gradient).astype(float) == -1).all()


def test_nothing_has_the_gradient_nothing(tracing_framework):
    empty = tracing_framework.array(np.zeros(0))
    for reduction in ("mean", "weighted_mean", "sum"):
        assert tracing_framework.gradient(lambda s, r=reduction: losses.hinge(s, empty, reduction=r), empty).shape == (0,)
    f, y = tracing_framework.array([np.nan, np.inf, -1.0]), tracing_framework.array([1, -1, -1])
    nothing = tracing_framework.array([False, False, False])
    for function in BINARY_FUNCTIONS:
        gradient = tracing_framework.gradient(lambda s, one=function: one(s, y, mask=nothing), f)
        assert tracing_framework.numpy(gradient).tolist() == [0, 0, 0], function.__name__


def test_infinite_scores_have_finite_slopes(tracing_framework):
    f, y = tracing_framework.array([np.inf, -np.inf]), tracing_framework.array([1, 1])
    for function in (losses.hinge, losses.smooth_hinge, losses.huberized_hinge, losses.logistic):
        gradient = tracing_framework.gradient(lambda s, one=function: one(s, y, reduction="sum"), f)
        assert tracing_framework.numpy(gradient).tolist() == [0, -1], function.__name__


def test_weights_have_gradients(tracing_framework):
    f, y = tracing_framework.array([0.0, -1.0]), tracing_framework.array([1, 1])
    w = tracing_framework.array([0.0, 0.0])
    gradient = tracing_framework.gradient(lambda weight: losses.hinge(f, y, sample_weight=weight, reduction="sum"), w)
    assert tracing_framework.numpy(gradient).tolist() == [1, 2]  # a weight of 0 multiplies, it does not mask


@pytest.mark.parametrize("loss", SCALAR + VECTOR, ids=repr)
def test_torch_differentiates_twice(loss):
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")
    f, y = points(loss, 6)
    f = f[-6:] + np.random.default_rng(2).uniform(0.01, 0.02, f[-6:].shape)  # off the kinks
    f = torch.tensor(f, dtype=torch.float64, requires_grad=True)
    y = torch.tensor(y[-6:])
    assert torch.autograd.gradcheck(lambda scores: loss.value(scores, y), (f,))
    if loss.differentiable:
        assert torch.autograd.gradgradcheck(lambda scores: loss.value(scores, y), (f,))


def test_objects_are_static_arguments_of_jax():
    jax = pytest.importorskip("jax", reason="jax is not installed: make test-frameworks installs it")
    f, y = jax.numpy.asarray([2.0, -1.0]), jax.numpy.asarray([1, 1])
    value = jax.jit(lambda loss, scores: loss.value(scores, y), static_argnums=0)
    assert value(losses.objects.Hinge(), f).tolist() == [0.0, 2.0]
    assert value(losses.objects.Hinge(3.0), f).tolist() == [1.0, 4.0]
