"""The fused losses of PyTorch: what is not differentiated by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from maxmargin.losses._arrays import Array, namespace_of
from maxmargin.losses.fused import _loops
from maxmargin.losses.fused._head import Head
from maxmargin.losses.objects.weston_watkins import WestonWatkins

__all__ = ["nearest_rival", "weston_watkins", "weston_watkins_total"]


def nearest_rival(head: Head) -> Array:
    """As `_loops.nearest_rival`; which class it is has no derivative."""
    bias = None if head.bias is None else head.bias.detach()
    with torch.no_grad(), _full_precision(head.features):
        return _loops.nearest_rival(replace(head, features=head.features.detach(), weight=head.weight.detach(), bias=bias))


def weston_watkins(head: Head, margins: Array, power: int) -> Array:
    """The loss of each sample, whose backward pass computes the violations again.

    Transforms of ``torch.func`` and second derivatives go the plain way.
    """
    if any(map(_is_transformed, (head.features, head.weight, head.bias, margins))):
        return _plainly(head, margins, power)
    losses: Array = _Losses.apply(head.features, head.weight, head.bias, head.y, margins, power, head.chunk)
    return losses


def weston_watkins_total(head: Head, margins: Array, power: int, slopes: Array) -> Array:
    """The sum of the losses, each times its slope; where it will be differentiated, its gradients come in the same pass."""
    inputs = (head.features, head.weight, head.bias, margins, slopes)
    if torch.compiler.is_compiling() or any(map(_is_transformed, inputs)):
        return torch.sum(slopes * weston_watkins(head, margins, power))
    if not (torch.is_grad_enabled() and any(tensor is not None and tensor.requires_grad for tensor in inputs)):
        with _full_precision(head.features):
            return _loops.weston_watkins_total(head, margins, power, slopes)
    total: Array = _Total.apply(*inputs, head.y, power, head.chunk)
    return total


def _plainly(head: Head, margins: Array, power: int) -> Array:
    with _full_precision(head.features):
        return WestonWatkins(power=power)._value_at(head.xp, head.all_scores(), head.y, margins[:, None])


def _full_precision(tensor: Array) -> Any:
    """Autocast would compute the scores in 16 bits."""
    return torch.autocast(tensor.device.type, enabled=False)


def _is_transformed(tensor: Array | None) -> bool:
    if tensor is None or torch.compiler.is_compiling():
        return False
    try:
        return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))
    except AttributeError:  # the name is not public
        return True


def _pass(head: Head, margins: Array, power: int, slopes: Array, wanted: tuple[bool, ...]) -> tuple[Array, list[Any]]:
    """The losses, and their gradients by features, weight, bias and margins."""
    with torch.no_grad(), _full_precision(head.features):
        losses, gradients, of_margins = _loops.weston_watkins_with_gradients(
            head, margins, power, slopes, of_features=wanted[0], of_weight=wanted[1]
        )
    return losses, [found if want else None for found, want in zip((*gradients, of_margins), wanted, strict=True)]


def _twice(losses: Array, inputs: tuple[Any, ...], slopes: Array) -> list[Any]:
    """The gradients of losses that were computed the plain way, to be differentiated again."""
    leaves = [tensor for tensor in inputs if tensor is not None and tensor.requires_grad]
    found = iter(torch.autograd.grad(losses, leaves, slopes, create_graph=True))
    return [next(found) if tensor is not None and tensor.requires_grad else None for tensor in inputs]


class _Losses(torch.autograd.Function):
    @staticmethod
    def forward(features: Any, weight: Any, bias: Any, y: Any, margins: Any, power: int, chunk: int) -> Any:
        head = Head(namespace_of(features), features, weight, bias, y, chunk)
        with _full_precision(features):
            return _loops.weston_watkins(head, margins, power)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _: Any) -> None:
        *tensors, ctx.power, ctx.chunk = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, slopes: Any) -> tuple[Any, ...]:
        features, weight, bias, y, margins = ctx.saved_tensors
        head = Head(namespace_of(features), features, weight, bias, y, ctx.chunk)
        if torch.is_grad_enabled() and not torch.compiler.is_compiling():  # a second derivative will be wanted
            found = _twice(_plainly(head, margins, ctx.power), (features, weight, bias, margins), slopes)
        else:
            of_features, of_weight, of_bias, _, of_margins, *_ = ctx.needs_input_grad
            found = _pass(head, margins, ctx.power, slopes, (of_features, of_weight, of_bias, of_margins))[1]
        return (*found[:3], None, found[3], None, None)


class _Total(torch.autograd.Function):
    """The sum, with its gradients found in the forward pass: three matrix products instead of four.

    The first backward pass gives them away; another one, of a graph that was retained, computes them again.
    """

    @staticmethod
    def forward(
        ctx: Any, features: Any, weight: Any, bias: Any, margins: Any, slopes: Any, y: Any, power: int, chunk: int
    ) -> Any:
        ctx.power, ctx.chunk = power, chunk
        head = Head(namespace_of(features), features, weight, bias, y, chunk)
        losses, ctx.found = _pass(head, margins, power, slopes, ctx.needs_input_grad[:4])
        ctx.save_for_backward(features, weight, bias, margins, slopes, y, losses)
        return torch.sum(slopes * losses)

    @staticmethod
    def backward(ctx: Any, factor: Any) -> tuple[Any, ...]:
        *inputs, y, losses = ctx.saved_tensors
        features, weight, bias, margins, slopes = inputs
        head = Head(namespace_of(features), features, weight, bias, y, ctx.chunk)
        if torch.is_grad_enabled():  # a second derivative will be wanted
            total = torch.sum(slopes * _plainly(head, margins, ctx.power))
            return (*_twice(total, tuple(inputs), factor), None, None, None)
        found, ctx.found = ctx.found, None
        if found is None:
            found = _pass(head, margins, ctx.power, slopes, ctx.needs_input_grad[:4])[1]
        if factor.device.type != "cpu" or factor != 1.0:  # another device would have to be waited for
            for gradient in found:
                if gradient is not None:
                    gradient *= factor
        return (*found, factor * losses if ctx.needs_input_grad[4] else None, None, None, None)
