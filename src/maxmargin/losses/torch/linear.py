"""Linear heads with very many classes and their loss in one, which never hold the matrix of scores."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from maxmargin.losses._arrays import Validate
from maxmargin.losses._parameters import integer, one_of
from maxmargin.losses._reduction import Reduction, check_reduction
from maxmargin.losses.fused import linear_crammer_singer, linear_weston_watkins
from maxmargin.losses.torch._module import LossModule, in_full_precision

__all__ = ["LinearCrammerSingerLoss", "LinearHeadLoss", "LinearWestonWatkinsLoss"]


class LinearHeadLoss(LossModule):
    """A linear layer without its output: the parameters ``weight`` (n_classes, n_features) and ``bias``, and a loss.

    Subclasses say which loss. The other arguments are those of `maxmargin.losses.linear_crammer_singer`.
    """

    _function: ClassVar[Any]

    def __init__(
        self, n_features: int, n_classes: int, *, bias: bool = True, margin: Any = 1.0, power: int = 1,
        chunk: int | None = None, class_weight: Any = None, ignore_index: int | None = None, reduction: Reduction = "mean",
        validate: Validate = "auto", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        check_reduction(reduction)
        one_of("power", power, (1, 2))
        super().__init__(
            margin=margin, power=power, chunk=chunk, class_weight=class_weight, ignore_index=ignore_index,
            reduction=reduction, validate=validate,
        )  # fmt: skip
        shape = (integer("n_classes", n_classes, 1), integer("n_features", n_features, 1))
        self.weight = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(shape[0], device=device, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters as ``torch.nn.Linear`` does."""
        bound = 1.0 / math.sqrt(self.weight.shape[1])
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(
        self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The loss of features (…, n_features) and class indices (…)."""
        options = {**self.options(), "sample_weight": sample_weight, "mask": mask}
        function = type(self)._function
        return in_full_precision(lambda features: function(features, self.weight, target, bias=self.bias, **options), input)

    def scores(self, input: Tensor) -> Tensor:
        """The scores (…, n_classes), whole."""
        return nn.functional.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes, and what was chosen."""
        n_classes, n_features = self.weight.shape
        return f"n_features={n_features}, n_classes={n_classes}, bias={self.bias is not None}, {super().extra_repr()}"


class LinearCrammerSingerLoss(LinearHeadLoss):
    """`maxmargin.losses.fused.linear_crammer_singer` with its own weights.

    Examples
    --------
    >>> import torch
    >>> criterion = LinearCrammerSingerLoss(n_features=2, n_classes=100_000)
    >>> loss = criterion(torch.zeros(8, 2), torch.arange(8))
    >>> loss.backward()
    >>> criterion.weight.grad.shape
    torch.Size([100000, 2])
    """

    _function = staticmethod(linear_crammer_singer)


class LinearWestonWatkinsLoss(LinearHeadLoss):
    """`maxmargin.losses.fused.linear_weston_watkins` with its own weights."""

    _function = staticmethod(linear_weston_watkins)
