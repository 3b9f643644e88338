"""Losses of orders, of lists of items, of sets of labels, of images and structures, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from maxmargin.losses._arrays import Validate
from maxmargin.losses._labels import BinaryLabels
from maxmargin.losses._parameters import finite, integer, one_of, positive
from maxmargin.losses._reduction import Reduction, check_reduction
from maxmargin.losses.lovasz import lovasz_hinge
from maxmargin.losses.multilabel import multilabel_separation
from maxmargin.losses.ranking import auc_hinge, f1_hinge, margin_ranking, pairwise_hinge, precision_at_k_hinge
from maxmargin.losses.structured import structured_hinge
from maxmargin.losses.torch._module import FunctionModule
from maxmargin.losses.torch.binary import BinaryModuleOptions, binary_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "AUCHingeLoss",
    "F1HingeLoss",
    "ListModuleOptions",
    "LovaszHingeLoss",
    "MarginRankingLoss",
    "MultiLabelSeparationLoss",
    "PairwiseHingeLoss",
    "PrecisionAtKHingeLoss",
    "StructuredHingeLoss",
]


class ListModuleOptions(TypedDict, total=False):
    """The keywords of every module of lists with two kinds of items; see `maxmargin.losses.ListOptions`."""

    labels: BinaryLabels
    ignore_index: int | None
    reduction: Reduction
    validate: Validate


def _list_options(
    *, labels: BinaryLabels = "signed", ignore_index: int | None = None, reduction: Reduction = "mean",
    validate: Validate = "auto",
) -> dict[str, Any]:  # fmt: skip
    check_reduction(reduction)
    one_of("labels", labels, ("signed", "01"))
    return {"labels": labels, "ignore_index": ignore_index, "reduction": reduction, "validate": validate}


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
        self, margin: float = 1.0, power: int = 1, *, normalize: bool = False, **options: Unpack[ListModuleOptions]
    ) -> None:
        one_of("power", power, (1, 2))
        super().__init__(margin=finite("margin", margin), power=power, normalize=normalize, **_list_options(**options))


class LovaszHingeLoss(FunctionModule):
    """The Lovász hinge, for the Jaccard index of segmentations; see `maxmargin.losses.lovasz_hinge`.

    Examples
    --------
    >>> import torch
    >>> LovaszHingeLoss(labels="01")(torch.tensor([[2.0, -1.0, -0.5, 0.5]]), torch.tensor([[1, 1, 0, 0]]))
    tensor(1.2917)
    """

    _function = staticmethod(lovasz_hinge)

    def __init__(self, *, per_image: bool = True, **options: Unpack[ListModuleOptions]) -> None:
        super().__init__(per_image=per_image, **_list_options(**options))


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

    def __init__(self, margin: float = 1.0, power: int = 1, **options: Unpack[ListModuleOptions]) -> None:
        one_of("power", power, (1, 2))
        super().__init__(margin=finite("margin", margin), power=power, **_list_options(**options))


class F1HingeLoss(FunctionModule):
    """Upper bound of one minus the F1 score of a list; see `maxmargin.losses.f1_hinge`.

    Examples
    --------
    >>> import torch
    >>> F1HingeLoss()(torch.tensor([0.25, -0.5, 0.5]), torch.tensor([1, -1, -1]))
    tensor(1.1667)
    """

    _function = staticmethod(f1_hinge)

    def __init__(self, **options: Unpack[ListModuleOptions]) -> None:
        super().__init__(**_list_options(**options))


class PrecisionAtKHingeLoss(FunctionModule):
    """Upper bound of one minus the precision at k of a list; see `maxmargin.losses.precision_at_k_hinge`.

    Examples
    --------
    >>> import torch
    >>> PrecisionAtKHingeLoss(k=1)(torch.tensor([0.25, -0.5, 0.5]), torch.tensor([1, -1, -1]))
    tensor(1.1667)
    """

    _function = staticmethod(precision_at_k_hinge)

    def __init__(self, k: int, **options: Unpack[ListModuleOptions]) -> None:
        super().__init__(k=integer("k", k, 1), **_list_options(**options))


class MarginRankingLoss(FunctionModule):
    """Hinge loss of the difference of two scores; see `maxmargin.losses.margin_ranking`.

    Called as ``criterion(first, second, target)``, like ``torch.nn.MarginRankingLoss``, which lets labels of 0 pass.

    Examples
    --------
    >>> import torch
    >>> MarginRankingLoss(margin=1.0)(torch.tensor([2.0, 0.0]), torch.tensor([1.0, 0.5]), torch.tensor([1, 1]))
    tensor(0.7500)
    """

    _function = staticmethod(margin_ranking)

    def __init__(self, margin: float = 0.0, **options: Unpack[BinaryModuleOptions]) -> None:
        super().__init__(margin=finite("margin", margin), **binary_options(**options))


class StructuredHingeLoss(FunctionModule):
    """Hinge loss of the true structure and the worst of the others; see `maxmargin.losses.structured_hinge`.

    Called as ``criterion(score_true, score_augmented)``.

    Examples
    --------
    >>> import torch
    >>> StructuredHingeLoss()(torch.tensor([3.0, 1.0]), torch.tensor([2.5, 4.0]))
    tensor(1.5000)
    """

    _function = staticmethod(structured_hinge)

    def __init__(self, *, reduction: Reduction = "mean", validate: Validate = "auto") -> None:
        check_reduction(reduction)
        super().__init__(reduction=reduction, validate=validate)
