"""Losses of two classes, and of numbers, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from torch import Tensor

from maxmargin.losses._arrays import Validate
from maxmargin.losses._labels import BinaryLabels
from maxmargin.losses._parameters import non_negative, one_of, positive
from maxmargin.losses._reduction import Reduction, check_reduction
from maxmargin.losses.binary import binary_loss
from maxmargin.losses.objects import (
    EpsilonInsensitive,
    GeneralizedHinge,
    Hinge,
    Logistic,
    MarginLoss,
    ModifiedHuber,
    PinballHinge,
    Ramp,
    ResidualLoss,
    SmoothHinge,
    SquaredHinge,
)
from maxmargin.losses.regression import regression_loss
from maxmargin.losses.torch._module import ObjectModule, in_full_precision

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "BinaryLoss",
    "BinaryModuleOptions",
    "EpsilonInsensitiveLoss",
    "GeneralizedHingeLoss",
    "HingeLoss",
    "HuberizedHingeLoss",
    "LogisticLoss",
    "ModifiedHuberLoss",
    "PerceptronLoss",
    "PinballHingeLoss",
    "RampLoss",
    "RegressionLoss",
    "SmoothHingeLoss",
    "SquaredHingeLoss",
    "binary_options",
]


class BinaryModuleOptions(TypedDict, total=False):
    """The keywords of every module of two classes; their meaning is that of `maxmargin.losses.BinaryOptions`.

    ``pos_weight`` and ``class_weight`` become buffers if they are tensors or sequences.
    """

    labels: BinaryLabels
    pos_weight: Any
    class_weight: Any
    ignore_index: int | None
    reduction: Reduction
    validate: Validate


def binary_options(
    *, labels: BinaryLabels = "signed", pos_weight: Any = None, class_weight: Any = None, ignore_index: int | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> dict[str, Any]:  # fmt: skip
    """The keywords of `BinaryModuleOptions`, checked, with their defaults."""
    check_reduction(reduction)
    one_of("labels", labels, ("signed", "01"))
    return {
        "labels": labels, "pos_weight": pos_weight, "class_weight": class_weight, "ignore_index": ignore_index,
        "reduction": reduction, "validate": validate,
    }  # fmt: skip


class BinaryLoss(ObjectModule):
    """Any loss of two classes, given as an object of `maxmargin.losses.objects`.

    Parameters
    ----------
    loss : MarginLoss or CostSensitive
    **options
        See `BinaryModuleOptions`.

    Examples
    --------
    >>> import torch
    >>> from maxmargin.losses.objects import CostSensitive, Hinge
    >>> criterion = BinaryLoss(CostSensitive(Hinge(), positive=3.0))
    >>> criterion(torch.tensor([0.0, 0.0]), torch.tensor([1, -1]))
    tensor(2.)
    """

    def __init__(self, loss: MarginLoss, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(loss, **binary_options(**options))

    def forward(
        self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The loss of scores and labels of the same shape."""
        options = {**self.options(), "sample_weight": sample_weight, "mask": mask}
        return in_full_precision(lambda scores, y: binary_loss(self.loss, scores, y, **options), input, target)


class HingeLoss(BinaryLoss):
    """Hinge loss, ``max(0, margin − y·f)``, to the power 1 or 2.

    Not ``torch.nn.HingeEmbeddingLoss``, which takes a distance and has no bound below.

    Parameters
    ----------
    margin : float ≥ 0
    power : {1, 2}
    **options
        See `BinaryModuleOptions`.

    Examples
    --------
    >>> import torch
    >>> criterion = HingeLoss(labels="01")
    >>> criterion(torch.tensor([2.0, -1.0, -1.0]), torch.tensor([1, 1, 0]))
    tensor(0.6667)
    >>> criterion
    HingeLoss(margin=1.0, labels='01', reduction='mean', validate='auto')
    """

    def __init__(self, margin: float = 1.0, power: int = 1, **options: Unpack[BinaryModuleOptions]) -> None:
        one_of("power", power, (1, 2))
        margin = non_negative("margin", margin)
        super().__init__(Hinge(margin) if power == 1 else SquaredHinge(margin), **options)


class SquaredHingeLoss(BinaryLoss):
    """Squared hinge loss, ``max(0, margin − y·f)²``, without a factor of one half."""

    def __init__(self, margin: float = 1.0, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(SquaredHinge(non_negative("margin", margin)), **options)


class PerceptronLoss(BinaryLoss):
    """Perceptron loss, ``max(0, −y·f)``."""

    def __init__(self, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(Hinge(0.0), **options)


class SmoothHingeLoss(BinaryLoss):
    """Hinge loss with a parabola of width ``gamma`` > 0 in place of its kink; see `maxmargin.losses.smooth_hinge`."""

    def __init__(self, margin: float = 1.0, gamma: float = 1.0, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(SmoothHinge(non_negative("margin", margin), positive("gamma", gamma)), **options)


class HuberizedHingeLoss(BinaryLoss):
    """Hinge loss with its kink rounded between y·f = 1 − h and 1 + h; see `maxmargin.losses.huberized_hinge`."""

    def __init__(self, h: float = 0.5, **options: Unpack[BinaryModuleOptions]) -> None:
        h = positive("h", h)
        super().__init__(SmoothHinge(1.0 + h, 2.0 * h), **options)


class ModifiedHuberLoss(BinaryLoss):
    """Modified Huber loss: ``max(0, 1 − y·f)²`` for y·f ≥ −1, and ``−4·y·f`` below."""

    def __init__(self, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(ModifiedHuber(), **options)


class GeneralizedHingeLoss(BinaryLoss):
    """Hinge loss for classifiers that may reject, ``max(0, 1 − y·f, 1 − a·y·f)`` with a > 1."""

    def __init__(self, a: float, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(GeneralizedHinge(a), **options)


class PinballHingeLoss(BinaryLoss):
    """Pinball loss of the margin, ``max(0, 1 − epsilon − y·f, tau·(y·f − 1) − epsilon)``."""

    def __init__(self, tau: float, epsilon: float = 0.0, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(PinballHinge(tau, epsilon), **options)


class RampLoss(BinaryLoss):
    """Ramp loss, ``min(max(0, 1 − y·f), 1 − s)`` with s < 1: no sample costs more than 1 − s. Not convex."""

    def __init__(self, s: float = -1.0, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(Ramp(s), **options)


class LogisticLoss(BinaryLoss):
    """Logistic loss, ``log(1 + exp(−y·f))``; unlike ``torch.nn.SoftMarginLoss`` it does not overflow."""

    def __init__(self, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(Logistic(), **options)


class RegressionLoss(ObjectModule):
    """Any loss of a residual, given as an object of `maxmargin.losses.objects`."""

    loss: ResidualLoss

    def __init__(self, loss: ResidualLoss, *, reduction: Reduction = "mean", validate: Validate = "auto") -> None:
        check_reduction(reduction)
        super().__init__(loss, reduction=reduction, validate=validate)

    def forward(
        self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The loss of predictions and targets of the same shape."""
        options = {**self.options(), "sample_weight": sample_weight, "mask": mask}
        return in_full_precision(lambda scores, y: regression_loss(self.loss, scores, y, **options), input, target)


class EpsilonInsensitiveLoss(RegressionLoss):
    """ε-insensitive loss, ``max(0, |f − y| − epsilon)``, to the power 1 or 2, or smooth; see `epsilon_insensitive`.

    Examples
    --------
    >>> import torch
    >>> EpsilonInsensitiveLoss(0.5)(torch.tensor([1.0, 3.0]), torch.tensor([1.2, 1.0]))
    tensor(0.7500)
    """

    def __init__(
        self, epsilon: float = 0.1, power: int = 1, gamma: float = 0.0, *, reduction: Reduction = "mean",
        validate: Validate = "auto",
    ) -> None:  # fmt: skip
        super().__init__(EpsilonInsensitive(epsilon, power, gamma), reduction=reduction, validate=validate)
