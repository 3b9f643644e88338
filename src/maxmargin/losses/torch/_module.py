"""What every module shares: parameters as attributes or buffers, and float32 under autocast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from maxmargin.losses.objects.base import Loss

__all__ = ["FunctionModule", "LossModule", "ObjectModule", "in_full_precision"]


class LossModule(nn.Module):
    """A loss as a module. What it was built with stays visible as attributes; what are tensors, as buffers."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._names = tuple(options)
        for name, value in options.items():
            if _is_of_numbers(value):
                self.register_buffer(name, value if isinstance(value, Tensor) else torch.as_tensor(value))
            else:
                setattr(self, name, value)

    def options(self) -> dict[str, Any]:
        """The keywords of the function that computes the loss."""
        return {name: getattr(self, name) for name in self._names}

    def extra_repr(self) -> str:
        """What was chosen, in the words of the constructor."""
        return ", ".join(f"{name}={_shown(value)}" for name, value in self.options().items() if value is not None)


class ObjectModule(LossModule):
    """A module around a loss object, whose fields are shown with the other options."""

    def __init__(self, loss: Loss, **options: Any) -> None:
        super().__init__(**options)
        self.loss = loss

    def extra_repr(self) -> str:
        """The object, and what was chosen beside it."""
        own = ", ".join(f"{field.name}={getattr(self.loss, field.name)!r}" for field in fields(self.loss))  # type: ignore[arg-type]
        return ", ".join(part for part in (own, super().extra_repr()) if part)


class FunctionModule(LossModule):
    """A module around a function, which is called with what the module is called with, and the options."""

    _function: ClassVar[Callable[..., Tensor]]

    def forward(self, *inputs: Tensor, sample_weight: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """The loss."""
        given = {"sample_weight": sample_weight, "mask": mask}
        options = self.options() | {name: value for name, value in given.items() if value is not None}
        return in_full_precision(type(self)._function, *inputs, **options)


def in_full_precision(function: Callable[..., Tensor], scores: Tensor, *others: Any, **options: Any) -> Tensor:
    """The loss; inside of autocast computed and given in float32, as the losses of PyTorch are."""
    device = scores.device.type
    if not (torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)):
        return function(scores, *others, **options)
    with torch.autocast(device, enabled=False):
        wide = (x.float() if isinstance(x, Tensor) and x.dtype in (torch.float16, torch.bfloat16) else x for x in others)
        return function(scores.float() if scores.dtype != torch.float64 else scores, *wide, **options)


def _is_of_numbers(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, (list, tuple)) and len(value) > 0)


def _shown(value: Any) -> str:
    return f"tensor{tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
