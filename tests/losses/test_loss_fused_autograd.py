"""Derivatives of the fused heads under the transforms of PyTorch and JAX, and the memory they take."""

from __future__ import annotations

import numpy as np
import pytest
from loss_frameworks import Framework
from test_loss_fused import KINDS, data, head, plain

N, K, D, CHUNK = 64, 5000, 8, 256
KIND = pytest.mark.parametrize("kind", ["crammer_singer", "weston_watkins"])


@pytest.fixture
def torch():
    return Framework("torch").module


@pytest.fixture
def jax():
    return Framework("jax")


def tensors(torch, **sizes):
    x, weight, bias, y = data(**sizes)
    return [torch.tensor(part, requires_grad=True) for part in (x, weight, bias)], torch.tensor(y)


# --- PyTorch -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "power"), KINDS)
def test_derivatives_of_first_and_second_order(torch, kind, power):
    leaves, y = tensors(torch)

    def loss(x, weight, bias):
        return head(kind)(x, weight, y, bias=bias, power=power, chunk=5)

    assert torch.autograd.gradcheck(loss, leaves)
    assert torch.autograd.gradgradcheck(loss, leaves)


@pytest.mark.parametrize(("kind", "power"), KINDS)
def test_transforms_of_torch_func(torch, kind, power):
    (x, weight, _), y = tensors(torch)
    x, weight = x.detach(), weight.detach()

    def loss(x):
        return head(kind)(x, weight, y, power=power, chunk=5)

    batch = torch.stack([x, 2 * x, x.flip(0)])
    expected = torch.stack([plain(kind, power, row @ weight.T, y).mean() for row in batch])
    torch.testing.assert_close(torch.func.vmap(loss)(batch), expected)
    gradient = torch.func.grad(loss)(x)
    assert torch.func.jvp(loss, (x,), (torch.ones_like(x),))[1].item() == pytest.approx(gradient.sum().item())
    assert torch.func.hessian(loss)(x).shape == (*x.shape, *x.shape)


@pytest.mark.parametrize(("kind", "power"), KINDS)
def test_gradients_when_compiled(torch, kind, power):
    leaves, y = tensors(torch)

    def loss(x, weight, bias):
        return head(kind)(x, weight, y, bias=bias, power=power, chunk=6)

    torch.compiler.reset()
    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
    for found, expected in zip(
        torch.autograd.grad(compiled(*leaves), leaves), torch.autograd.grad(loss(*leaves), leaves), strict=True
    ):
        torch.testing.assert_close(found, expected)


@KIND
@pytest.mark.parametrize(("n", "k"), [(0, 5), (4, 1), (0, 1)])
def test_without_samples_or_rivals_the_gradient_is_zero(torch, kind, n, k):
    (x, weight, bias), y = tensors(torch, n=n, k=k)
    head(kind)(x, weight, y, bias=bias).backward()
    for leaf in (x, weight, bias):
        assert leaf.grad.shape == leaf.shape
        assert not leaf.grad.any()


@pytest.mark.parametrize(("kind", "power"), KINDS)
@pytest.mark.parametrize("name", ["torch", "jax"])
def test_margins_and_weights_of_samples_have_derivatives_too(name, kind, power):
    framework = Framework(name)
    x, weight, bias, y = data()
    given = {"margin": np.linspace(0.5, 2.0, weight.shape[0]), "sample_weight": np.linspace(1.0, 3.0, len(x))}
    with framework.wide():
        parts = [framework.array(part) for part in (x, weight, bias, y)]
        for key, values in given.items():
            others = {other: framework.array(array) for other, array in given.items() if other != key}

            def loss(tensor, chunk, key=key, others=others):
                options = {"power": power, "chunk": chunk, "reduction": "weighted_mean", key: tensor, **others}
                if chunk is None:  # one loss a sample, which goes another way
                    each = head(kind)(*parts[:2], parts[3], bias=parts[2], **{**options, "reduction": "none"})
                    weights = tensor if key == "sample_weight" else others["sample_weight"]
                    return each.sum() / weights.sum()
                return head(kind)(*parts[:2], parts[3], bias=parts[2], **options)

            found, expected = (framework.gradient(lambda t, c=c: loss(t, c), framework.array(values)) for c in (5, None))
            assert np.abs(framework.numpy(found)).max() > 1e-3
            np.testing.assert_allclose(framework.numpy(found), framework.numpy(expected), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("power", [1, 2])
def test_a_retained_graph_gives_its_gradients_again(torch, power):
    leaves, y = tensors(torch)
    loss = 3.0 * head("weston_watkins")(leaves[0], leaves[1], y, bias=leaves[2], power=power, chunk=5)
    first = torch.autograd.grad(loss, leaves, retain_graph=True)
    kept = [gradient.clone() for gradient in first]
    for gradient in first:
        gradient.zero_()  # the caller's own: it must not be what a second pass gives
    for second, expected in zip(torch.autograd.grad(loss, leaves), kept, strict=True):
        torch.testing.assert_close(second, expected, rtol=1e-13, atol=1e-13)


@KIND
def test_what_is_frozen_has_no_gradient(torch, kind):
    (x, weight, bias), y = tensors(torch)
    expected = torch.autograd.grad(head(kind)(x, weight, y, bias=bias), (weight, bias))
    found = torch.autograd.grad(head(kind)(x.detach(), weight, y, bias=bias), (weight, bias))
    torch.testing.assert_close(found, expected)
    features = torch.autograd.grad(head(kind)(x, weight.detach(), y), x)[0]
    torch.testing.assert_close(features, torch.autograd.grad(head(kind)(x, weight, y), x)[0])
    assert not head(kind)(x.detach(), weight.detach(), y).requires_grad


@KIND
def test_autocast_changes_no_digit(torch, kind):
    (x, weight, bias), y = tensors(torch)
    x, weight, bias = (part.detach().float().requires_grad_() for part in (x, weight, bias))

    def gradient():
        return torch.autograd.grad(head(kind)(x, weight, y, bias=bias), (x, weight, bias))

    expected = gradient()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = gradient()
        assert head(kind)(x.bfloat16(), weight, y).dtype == torch.bfloat16
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def largest_result(torch, function):
    """The most numbers that any operation of the function, or of its backward pass, gives."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Largest(TorchDispatchMode):
        numbers = 0

        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            result = operation(*args, **(kwargs or {}))
            if isinstance(result, torch.Tensor):
                Largest.numbers = max(Largest.numbers, result.numel())
            return result

    with Largest():
        function()
    return Largest.numbers


@KIND
def test_torch_never_holds_the_scores(torch, kind):
    leaves, y = tensors(torch, n=N, k=K, d=D)

    def passes():
        head(kind)(leaves[0], leaves[1], y, bias=leaves[2], chunk=CHUNK).backward()

    assert largest_result(torch, passes) == K * D  # the gradient of the weights; the scores would be N·K
    assert largest_result(torch, lambda: plain(kind, 1, leaves[0] @ leaves[1].T, y)) == N * K


@KIND
def test_what_torch_keeps_for_the_backward_pass(torch, kind):
    leaves, y = tensors(torch, n=N, k=K, d=D)
    storages = {}

    def pack(tensor):
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = head(kind)(leaves[0], leaves[1], y, bias=leaves[2], chunk=CHUNK)
    for given in (*leaves, y):
        storages.pop(given.untyped_storage().data_ptr(), None)
    assert sum(storages.values()) <= 8 * N * (2 * D + 12)  # the rows of two classes, and a few numbers a sample
    held = getattr(loss.grad_fn, "found", None) or []  # gradients of the inputs, found with the loss
    assert all(gradient is None or gradient.shape in {leaf.shape for leaf in leaves} | {(N,)} for gradient in held)
    loss.backward()
    assert leaves[1].grad is not None
    assert getattr(loss.grad_fn, "found", None) is None  # given away


# --- JAX -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "power"), KINDS)
def test_transforms_of_jax(jax, kind, power):
    x, weight, _, y = data()
    jnp = jax.module.numpy
    with jax.wide():
        x, weight, y = jax.array(x), jax.array(weight), jax.array(y)

        def loss(x):
            return head(kind)(x, weight, y, power=power, chunk=5)

        def reference(x):
            return plain(kind, power, x @ weight.T, y).mean()

        batch, ones = jnp.stack([x, 2 * x]), jnp.ones_like(x)
        np.testing.assert_allclose(jax.module.vmap(loss)(batch), jax.module.vmap(reference)(batch), rtol=1e-12)
        slopes = [jax.module.jvp(function, (x,), (ones,))[1] for function in (loss, reference)]
        np.testing.assert_allclose(*slopes, rtol=1e-12)
        second = [jax.module.jit(jax.module.hessian(function))(x) for function in (loss, reference)]
        np.testing.assert_allclose(*second, rtol=1e-10, atol=1e-12)
        found = jax.module.jit(jax.module.grad(loss))(x)
        np.testing.assert_allclose(found, jax.module.grad(reference)(x), rtol=1e-12)


@KIND
def test_jax_never_holds_the_scores(jax, kind):
    x, weight, _, y = data(n=N, k=K, d=D)
    parts = [jax.array(part.astype(np.float32)) for part in (x, weight)]
    labels = jax.array(y.astype(np.int32))

    def temporary(function):
        step = jax.module.jit(jax.module.grad(function, argnums=(0, 1)))
        return step.lower(*parts).compile().memory_analysis().temp_size_in_bytes

    ours = temporary(lambda x, weight: head(kind)(x, weight, labels, chunk=CHUNK))
    theirs = temporary(lambda x, weight: plain(kind, 1, x @ weight.T, labels).mean())
    assert theirs >= 4 * N * K
    assert ours <= 4 * (3 * K * D + 8 * N * CHUNK + (K // CHUNK) * N)
