"""The fused losses of PyTorch: what is not differentiated by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from maxmargin.losses._arrays import Array, namespace_of
from maxmargin.losses.fused import _loops
from maxmargin.losses.fused._head import Head
from maxmargin.losses.objects.weston_watkins import WestonWatkins

__all__ = ["nearest_rival", "weston_watkins"]


def nearest_rival(head: Head) -> Array:
    """As `_loops.nearest_rival`; which class it is has no derivative."""
    bias = None if head.bias is None else head.bias.detach()
    with torch.no_grad(), _full_precision(head.features):
        return _loops.nearest_rival(replace(head, features=head.features.detach(), weight=head.weight.detach(), bias=bias))


def weston_watkins(head: Head, margins: Array, power: int) -> Array:
    """The loss of each sample, whose backward pass computes the violations again.

    Transforms of ``torch.func`` and second derivatives go the plain way.
    """
    if _is_transformed(head.features) or _is_transformed(head.weight):
        return _plainly(head, margins, power)
    losses: Array = _WestonWatkins.apply(head.features, head.weight, head.bias, head.y, margins, power, head.chunk)
    return losses


def _plainly(head: Head, margins: Array, power: int) -> Array:
    with _full_precision(head.features):
        return WestonWatkins(power=power)._value_at(head.xp, head.all_scores(), head.y, margins[:, None])


def _full_precision(tensor: Array) -> Any:
    """Autocast would compute the scores in 16 bits."""
    return torch.autocast(tensor.device.type, enabled=False)


def _is_transformed(tensor: Array) -> bool:
    if torch.compiler.is_compiling():
        return False
    try:
        return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))
    except AttributeError:  # the name is not public
        return True


class _WestonWatkins(torch.autograd.Function):
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
            inputs = [tensor for tensor in (features, weight, bias) if tensor is not None and tensor.requires_grad]
            losses = _plainly(head, margins, ctx.power)
            found = iter(torch.autograd.grad(losses, inputs, slopes, create_graph=True))
            gradients = [next(found) if t is not None and t.requires_grad else None for t in (features, weight, bias)]
        else:
            with _full_precision(features):
                gradients = list(_loops.weston_watkins_gradients(head, margins, ctx.power, slopes))
        return (*gradients, None, None, None, None)
