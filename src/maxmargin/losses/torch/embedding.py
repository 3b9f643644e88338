"""Losses of vectors and their distances, and of generated samples, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor

from maxmargin.losses._arrays import Validate
from maxmargin.losses._distances import order_of_norm
from maxmargin.losses._parameters import finite, non_negative, one_of, positive
from maxmargin.losses._reduction import Reduction, check_reduction
from maxmargin.losses.embedding import contrastive, cosine_embedding, hinge_embedding
from maxmargin.losses.gan import gan_hinge_d, gan_hinge_g
from maxmargin.losses.torch._module import FunctionModule, LossModule, in_full_precision
from maxmargin.losses.torch.binary import BinaryModuleOptions, binary_options
from maxmargin.losses.triplet import triplet_margin

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ContrastiveLoss", "CosineEmbeddingLoss", "GANHingeLoss", "HingeEmbeddingLoss", "TripletHingeLoss"]


class TripletHingeLoss(FunctionModule):
    """Triplet loss of anchors, positives and negatives; see `maxmargin.losses.triplet_margin`.

    Examples
    --------
    >>> import torch
    >>> anchor, positive = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])
    >>> TripletHingeLoss(eps=0.0)(anchor, positive, torch.tensor([[0.0, 5.5]]))
    tensor(0.5000)
    """

    _function = staticmethod(triplet_margin)

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, *, eps: float = 1e-6, swap: bool = False, distance: Any = None,
        hard: Literal["none", "hardest", "semihard"] = "none", reduction: Reduction = "mean", validate: Validate = "auto",
    ) -> None:  # fmt: skip
        check_reduction(reduction)
        one_of("hard", hard, ("none", "hardest", "semihard"))
        super().__init__(
            margin=non_negative("margin", margin), p=order_of_norm(p), eps=non_negative("eps", eps), swap=swap,
            distance=distance, hard=hard, reduction=reduction, validate=validate,
        )  # fmt: skip


class ContrastiveLoss(FunctionModule):
    """Contrastive loss of pairs of vectors; see `maxmargin.losses.contrastive`.

    Examples
    --------
    >>> import torch
    >>> first, second = torch.zeros(2, 2), torch.tensor([[0.3, 0.4], [0.3, 0.4]])
    >>> ContrastiveLoss()(first, second, torch.tensor([1, -1]))
    tensor(0.5000)
    """

    _function = staticmethod(contrastive)

    def __init__(
        self, pos_margin: float = 0.0, neg_margin: float = 1.0, power: int = 1, *, p: float = 2.0, eps: float = 0.0,
        distance: Any = None, **options: Unpack[BinaryModuleOptions],
    ) -> None:  # fmt: skip
        one_of("power", power, (1, 2))
        super().__init__(
            pos_margin=non_negative("pos_margin", pos_margin), neg_margin=non_negative("neg_margin", neg_margin),
            power=power, p=order_of_norm(p), eps=non_negative("eps", eps), distance=distance, **binary_options(**options),
        )  # fmt: skip


class HingeEmbeddingLoss(FunctionModule):
    """The distance itself for y = +1, and how far it falls short of the margin for y = −1; see `hinge_embedding`.

    As ``torch.nn.HingeEmbeddingLoss``, which adds both where a label is 0. For scores of a classifier take `HingeLoss`.

    Examples
    --------
    >>> import torch
    >>> HingeEmbeddingLoss()(torch.tensor([0.25, 0.25, 3.0]), torch.tensor([1, -1, -1]))
    tensor(0.3333)
    """

    _function = staticmethod(hinge_embedding)

    def __init__(self, margin: float = 1.0, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(margin=finite("margin", margin), **binary_options(**options))


class CosineEmbeddingLoss(FunctionModule):
    """One minus the cosine of two vectors for y = +1, and its excess over the margin for y = −1; see `cosine_embedding`.

    Examples
    --------
    >>> import torch
    >>> first, second = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[0.0, 2.0], [3.0, 0.0]])
    >>> CosineEmbeddingLoss(margin=0.5)(first, second, torch.tensor([1, -1]))
    tensor(0.7500)
    """

    _function = staticmethod(cosine_embedding)

    def __init__(self, margin: float = 0.0, *, eps: float = 1e-12, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(margin=finite("margin", margin), eps=positive("eps", eps), **binary_options(**options))


class GANHingeLoss(LossModule):
    """The two hinge losses of a generative adversarial network; called, it is that of the discriminator.

    Examples
    --------
    >>> import torch
    >>> criterion, fake = GANHingeLoss(), torch.tensor([-3.0, 1.0, 0.0])
    >>> criterion(torch.tensor([2.0, 0.0]), fake)
    tensor(1.5000)
    >>> criterion.generator(fake)
    tensor(0.6667)
    """

    def __init__(self, margin: float = 1.0, *, reduction: Literal["mean", "sum"] = "mean") -> None:
        one_of("reduction", reduction, ("mean", "sum"))
        super().__init__(margin=non_negative("margin", margin), reduction=reduction)

    def forward(self, real: Tensor, fake: Tensor) -> Tensor:
        """The loss of the discriminator, of its scores of true and of generated samples."""
        return in_full_precision(gan_hinge_d, real, fake, **self.options())

    def generator(self, fake: Tensor) -> Tensor:
        """The loss of the generator, of the discriminator's scores of what it made."""
        return in_full_precision(gan_hinge_g, fake, reduction=self.options()["reduction"])
