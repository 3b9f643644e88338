"""The modules of PyTorch: skins over the functions that survive compilation, transforms, autocast, files and pickles."""

from __future__ import annotations

import copy
import io
import pickle

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")

from loss_torch_modules import BINARY, CASES, SIGNS, D, N, scores  # noqa: E402 - torch comes first

from maxmargin import exceptions as errors  # noqa: E402
from maxmargin import losses  # noqa: E402
from maxmargin.losses import torch as modules  # noqa: E402
from maxmargin.losses.objects import Hinge  # noqa: E402

EVERY = pytest.mark.parametrize("case", CASES, ids=str)


def given(case):
    module, inputs, target = CASES[case]
    arguments = () if target is None else (target,)
    return module, [tensor.clone().requires_grad_() for tensor in inputs], arguments


def test_every_module_is_tried():
    tried = {type(module).__name__ for module, _, _ in CASES.values()}
    assert tried | {"RegressionLoss"} == set(modules.__all__)


# --- what a module is ----------------------------------------------------------------------------


@EVERY
def test_it_survives_copies_pickles_and_files(case):
    module, inputs, target = given(case)
    expected = module(*inputs, *target)
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert torch.equal(other(*inputs, *target), expected)
        assert repr(other) == repr(module)
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    module.load_state_dict(torch.load(file, weights_only=True))


def test_what_was_chosen_is_shown():
    assert (
        repr(BINARY["pinball"])
        == "PinballHingeLoss(tau=0.5, epsilon=0.1, labels='signed', reduction='mean', validate='auto')"
    )
    assert "class_weight=tensor(2,)" in repr(BINARY["hinge with options"])
    shown = repr(CASES["linear Crammer-Singer"][0])
    assert shown.startswith("LinearCrammerSingerLoss(n_features=3, n_classes=4, bias=True, margin=1.0, power=1, chunk=3")


def test_weights_of_classes_are_buffers():
    module = BINARY["hinge with options"]
    assert list(module.state_dict()) == ["class_weight"]
    assert not list(module.parameters())
    moved = copy.deepcopy(module).to(torch.float64)
    assert moved.class_weight.dtype == torch.float64


def test_parameters_are_checked_when_it_is_built():
    for build in (
        lambda: modules.HingeLoss(-1.0), lambda: modules.HingeLoss(power=3), lambda: modules.HingeLoss(reduction="avg"),
        lambda: modules.HingeLoss(labels="10"), lambda: modules.SmoothHingeLoss(gamma=0.0), lambda: modules.RampLoss(1.0),
        lambda: modules.LinearCrammerSingerLoss(0, 3), lambda: modules.LinearCrammerSingerLoss(3, 3, power=3),
        lambda: modules.EpsilonInsensitiveLoss(-0.1), lambda: modules.RegressionLoss(Hinge(), reduction="avg"),
    ):  # fmt: skip
        with pytest.raises(errors.InvalidParameterError):
            build()
    with pytest.raises(TypeError, match="margn"):
        modules.HingeLoss(margn=1.0)


# --- the same number -----------------------------------------------------------------------------


def test_the_numbers_of_the_functions():
    f, weight, mask = scores(N), torch.arange(N, dtype=torch.float64), torch.tensor([True] * 5 + [False])
    found = modules.HingeLoss(0.5, pos_weight=2.0, reduction="weighted_mean")(f, SIGNS, sample_weight=weight, mask=mask)
    expected = losses.hinge(f, SIGNS, margin=0.5, pos_weight=2.0, sample_weight=weight, mask=mask, reduction="weighted_mean")
    assert torch.equal(found, expected)
    assert torch.equal(modules.EpsilonInsensitiveLoss(0.3)(f, weight), losses.epsilon_insensitive(f, weight, epsilon=0.3))


@EVERY
def test_compiled_whole_it_gives_the_same(case):
    module, inputs, target = given(case)
    torch.compiler.reset()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(*inputs, *target), module(*inputs, *target), rtol=1e-12, atol=1e-12)
    found, expected = (torch.autograd.grad(call(*inputs, *target), inputs) for call in (compiled, module))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", ["hinge", "Weston-Watkins", "triplets"])
def test_compiled_for_any_batch_size(case):
    """With dynamic=True the numbers among the options are variables too."""
    module, inputs, target = given(case)
    torch.compiler.reset()
    compiled = torch.compile(module, fullgraph=True, dynamic=True, backend="aot_eager")
    for n in (4, N):
        some = [tensor.detach()[:n] for tensor in (*inputs, *target)]
        torch.testing.assert_close(compiled(*some), module(*some), rtol=1e-12, atol=1e-12)


@EVERY
def test_it_is_differentiated_once_and_twice(case):
    module, inputs, target = given(case)

    def loss(*inputs):
        return module(*inputs, *target)

    assert torch.autograd.gradcheck(loss, inputs)
    assert torch.autograd.gradgradcheck(loss, inputs)


@EVERY
def test_it_is_mapped_and_pushed_forward(case):
    module, inputs, target = given(case)
    inputs = [tensor.detach() for tensor in inputs]

    def loss(*inputs):
        return module(*inputs, *target)

    batch = [torch.stack([tensor, -tensor, 2 * tensor]) for tensor in inputs]
    rows = torch.stack([loss(*(tensor[i] for tensor in batch)) for i in range(3)])
    torch.testing.assert_close(torch.func.vmap(loss)(*batch), rows)
    gradients = torch.func.grad(loss, argnums=tuple(range(len(inputs))))(*inputs)
    slope = torch.func.jvp(loss, tuple(inputs), tuple(map(torch.ones_like, inputs)))[1]
    torch.testing.assert_close(slope, sum(gradient.sum() for gradient in gradients))


# --- precision -----------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_comes_back_and_autocast_gives_single(case, dtype):
    module, inputs, target = given(case)
    module = copy.deepcopy(module).float()
    half = [tensor.detach().to(dtype).requires_grad_() for tensor in inputs]
    single = module(*(tensor.detach().float() for tensor in half), *target)
    result = module(*half, *target)
    assert result.dtype == dtype
    torch.testing.assert_close(result, single.to(dtype))
    with torch.autocast("cpu", dtype=dtype):
        inside = module(*half, *target)
    assert inside.dtype == torch.float32
    torch.testing.assert_close(inside, single)
    inside.backward()
    assert all(tensor.grad.dtype == dtype and tensor.grad.isfinite().all() for tensor in half)


def test_autocast_on_the_way_to_the_loss():
    layer = torch.nn.Linear(D, 1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = layer(scores(N, D).float())[:, 0]
        assert output.dtype == torch.bfloat16
        assert modules.HingeLoss()(output, SIGNS).dtype == torch.float32


# --- traps ---------------------------------------------------------------------------------------


def test_traps_raise():
    criterion = modules.HingeLoss()
    with pytest.raises(errors.ShapeError, match="N × N"):
        criterion(scores(N, 1), SIGNS)
    with pytest.raises(errors.InvalidTargetError, match="labels='01'"):
        criterion(scores(N), (SIGNS + 1) // 2)
    with pytest.raises(errors.InvalidTargetError, match="uint8"):
        criterion(scores(N), ((SIGNS + 1) // 2).to(torch.uint8))
    with pytest.raises(errors.NamespaceError, match="convert y first"):
        criterion(scores(N), SIGNS.numpy())
    with pytest.raises(errors.NamespaceError, match="expected one device"):
        criterion(scores(N), SIGNS.to("meta"))
    with pytest.raises(errors.UnsupportedTypeError, match="cast scores to float32"):
        criterion(SIGNS, SIGNS)
    assert torch.equal(criterion(scores(N), SIGNS == 1), criterion(scores(N), SIGNS))


@pytest.mark.parametrize("case", ["hinge", "modified Huber", "linear Crammer-Singer", "linear Weston-Watkins"])
def test_a_label_that_is_none_spoils_the_loss_when_compiled(case):
    module, inputs, (target,) = given(case)
    torch.compiler.reset()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    assert compiled(*inputs, target).isfinite()
    for label in (-5, 7):
        assert compiled(*inputs, torch.where(torch.arange(N) == 2, label, target)).isnan()


def test_a_training_step_learns():
    x, y = scores(40, 2), torch.tensor([1, -1] * 20)
    x[:, 0] += 10.0 * y
    layer, criterion = torch.nn.Linear(2, 1, dtype=torch.float64), modules.HingeLoss()
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    before = criterion(layer(x)[:, 0], y).item()
    for _ in range(50):
        optimizer.zero_grad()
        loss = criterion(layer(x)[:, 0], y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5 * before
