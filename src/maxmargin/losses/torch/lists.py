"""Losses of a list of items, of a set of labels, of an image, as modules."""

from __future__ import annotations

from maxmargin.losses._arrays import Validate
from maxmargin.losses._labels import BinaryLabels
from maxmargin.losses._parameters import finite, one_of, positive
from maxmargin.losses._reduction import Reduction, check_reduction
from maxmargin.losses.lovasz import lovasz_hinge
from maxmargin.losses.multilabel import multilabel_separation
from maxmargin.losses.ranking import auc_hinge, pairwise_hinge
from maxmargin.losses.torch._module import FunctionModule

__all__ = ["AUCHingeLoss", "LovaszHingeLoss", "MultiLabelSeparationLoss", "PairwiseHingeLoss"]


class MultiLabelSeparationLoss(FunctionModule):
    """Separation of the labels of a sample from the others; see `maxmargin.losses.multilabel_separation`.

    Targets are rows of booleans or signs; `maxmargin.losses.from_padded_indices` makes them from the format of
    ``torch.nn.MultiLabelMarginLoss``.

    Examples
    --------
    >>> import torch
    >>> criterion = MultiLabelSeparationLoss()
    >>> criterion(torch.tensor([[0.5, 2.0, -1.0]]), torch.tensor([[True, False, True]]))
    tensor(6.5000)
    """

    _function = staticmethod(multilabel_separation)

    def __init__(
        self, margin: float = 1.0, power: int = 1, *, normalize: bool = False, labels: BinaryLabels = "signed",
        ignore_index: int | None = None, reduction: Reduction = "mean", validate: Validate = "auto",
    ) -> None:  # fmt: skip
        check_reduction(reduction)
        one_of("power", power, (1, 2))
        one_of("labels", labels, ("signed", "01"))
        super().__init__(
            margin=finite("margin", margin), power=power, normalize=normalize, labels=labels, ignore_index=ignore_index,
            reduction=reduction, validate=validate,
        )  # fmt: skip


class LovaszHingeLoss(FunctionModule):
    """The Lovász hinge, for the Jaccard index of segmentations; see `maxmargin.losses.lovasz_hinge`.

    Examples
    --------
    >>> import torch
    >>> LovaszHingeLoss(labels="01")(torch.tensor([[2.0, -1.0, -0.5, 0.5]]), torch.tensor([[1, 1, 0, 0]]))
    tensor(1.2917)
    """

    _function = staticmethod(lovasz_hinge)

    def __init__(
        self, *, per_image: bool = True, labels: BinaryLabels = "signed", ignore_index: int | None = None,
        reduction: Reduction = "mean", validate: Validate = "auto",
    ) -> None:  # fmt: skip
        check_reduction(reduction)
        one_of("labels", labels, ("signed", "01"))
        super().__init__(
            per_image=per_image, labels=labels, ignore_index=ignore_index, reduction=reduction, validate=validate
        )


class PairwiseHingeLoss(FunctionModule):
    """Hinge loss of all pairs of a better and a worse item of a list; see `maxmargin.losses.pairwise_hinge`.

    Examples
    --------
    >>> import torch
    >>> criterion = PairwiseHingeLoss(reduction="sum")
    >>> criterion(torch.tensor([2.0, 1.5, 0.0]), torch.tensor([True, False, True]))
    tensor(3.)
    """

    _function = staticmethod(pairwise_hinge)

    def __init__(
        self, margin: float = 1.0, power: int = 1, *, temperature: float = 1.0, reduction: Reduction = "mean",
        validate: Validate = "auto",
    ) -> None:  # fmt: skip
        check_reduction(reduction)
        one_of("power", power, (1, 2))
        super().__init__(
            margin=finite("margin", margin), power=power, temperature=positive("temperature", temperature),
            reduction=reduction, validate=validate,
        )  # fmt: skip


class AUCHingeLoss(FunctionModule):
    """Hinge loss of all pairs of a positive and a negative; see `maxmargin.losses.auc_hinge`.

    Examples
    --------
    >>> import torch
    >>> AUCHingeLoss()(torch.tensor([2.0, 1.5, 0.0]), torch.tensor([1, -1, 1]))
    tensor(1.5000)
    """

    _function = staticmethod(auc_hinge)

    def __init__(
        self, margin: float = 1.0, power: int = 1, *, labels: BinaryLabels = "signed", ignore_index: int | None = None,
        reduction: Reduction = "mean", validate: Validate = "auto",
    ) -> None:  # fmt: skip
        check_reduction(reduction)
        one_of("power", power, (1, 2))
        one_of("labels", labels, ("signed", "01"))
        super().__init__(
            margin=finite("margin", margin), power=power, labels=labels, ignore_index=ignore_index, reduction=reduction,
            validate=validate,
        )  # fmt: skip
