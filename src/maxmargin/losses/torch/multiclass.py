"""Losses of more than two classes, and of ordered classes, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

import torch
from torch import Tensor, nn

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses._arrays import Validate
from maxmargin.losses._parameters import finite, integer, one_of
from maxmargin.losses._reduction import Reduction, check_reduction
from maxmargin.losses.multiclass import (
    class_loss,
    crammer_singer,
    lee_lin_wahba,
    one_vs_rest_hinge,
    top_k_hinge,
    weston_watkins,
)
from maxmargin.losses.objects import MarginLoss, VectorLoss
from maxmargin.losses.ordinal import ordinal_hinge
from maxmargin.losses.torch._module import LossModule, ObjectModule, in_full_precision

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ClassLoss", "ClassModuleOptions", "MultiClassHingeLoss", "OrdinalHingeLoss"]

# The functions, and which of the parameters they have beside the margin.
_KINDS: dict[str, tuple[Any, set[str]]] = {
    "crammer_singer": (crammer_singer, {"power"}),
    "weston_watkins": (weston_watkins, {"power", "normalize"}),
    "one_vs_rest": (one_vs_rest_hinge, {"power"}),
    "lee_lin_wahba": (lee_lin_wahba, set()),
    "top_k": (top_k_hinge, {"k"}),
}


class ClassModuleOptions(TypedDict, total=False):
    """The keywords of every module of several classes; their meaning is that of `maxmargin.losses.ClassOptions`."""

    soft: bool
    axis: int
    class_weight: Any
    ignore_index: int | None
    reduction: Reduction
    validate: Validate


def _class_options(
    *, soft: bool = False, axis: int = -1, class_weight: Any = None, ignore_index: int | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> dict[str, Any]:  # fmt: skip
    check_reduction(reduction)
    return {
        "soft": soft, "axis": axis, "class_weight": class_weight, "ignore_index": ignore_index, "reduction": reduction,
        "validate": validate,
    }  # fmt: skip


class ClassLoss(ObjectModule):
    """Any loss of more than two classes, given as an object of `maxmargin.losses.objects`.

    Examples
    --------
    >>> import torch
    >>> from maxmargin.losses.objects import OneVsRest, SquaredHinge
    >>> ClassLoss(OneVsRest(SquaredHinge()))(torch.tensor([[0.0, -2.0, 1.0]]), torch.tensor([0]))
    tensor(5.)
    """

    loss: VectorLoss

    def __init__(self, loss: VectorLoss, **options: Unpack[ClassModuleOptions]) -> None:
        super().__init__(loss, **_class_options(**options))

    def forward(
        self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The loss of scores (…, n_classes) and class indices (…)."""
        options = {**self.options(), "sample_weight": sample_weight, "mask": mask}
        return in_full_precision(lambda scores, y: class_loss(self.loss, scores, y, **options), input, target)


class MultiClassHingeLoss(LossModule):
    """A hinge loss of more than two classes.

    Parameters
    ----------
    kind : {"crammer_singer", "weston_watkins", "one_vs_rest", "lee_lin_wahba", "top_k"}
        The function of `maxmargin.losses` (those of one_vs_rest and top_k have ``_hinge`` in their name).
    margin : float, or tensor (n_classes,) or (n_classes, n_classes) for "crammer_singer"
        By default 1, and 1/(n_classes − 1) for "lee_lin_wahba". Tensors become a buffer.
    power : {1, 2}
        2 for "crammer_singer", "weston_watkins" and "one_vs_rest" only.
    k : int
        For "top_k", and for it alone.
    normalize : bool
        For "weston_watkins": whether to divide by n_classes, as ``torch.nn.MultiMarginLoss`` does.
    **options
        See `ClassModuleOptions`.

    Examples
    --------
    >>> import torch
    >>> criterion = MultiClassHingeLoss("weston_watkins")
    >>> criterion(torch.tensor([[2.0, 1.5, 1.5], [0.0, 0.0, 3.0]]), torch.tensor([0, 2]))
    tensor(0.5000)
    """

    def __init__(
        self, kind: Literal["crammer_singer", "weston_watkins", "one_vs_rest", "lee_lin_wahba", "top_k"] = "crammer_singer",
        margin: Any = None, power: int = 1, k: int | None = None, *, normalize: bool = False,
        **options: Unpack[ClassModuleOptions],
    ) -> None:  # fmt: skip
        one_of("kind", kind, tuple(_KINDS))
        one_of("power", power, (1, 2))
        if (kind == "top_k") != (k is not None):
            raise InvalidParameterError(f"k must be given for kind='top_k' and for it alone. Got kind={kind!r}, k={k!r}.")
        accepted, own = _KINDS[kind][1], {}
        for name, value, default in (("power", power, 1), ("normalize", normalize, False), ("k", k, None)):
            if name in accepted:
                own[name] = value
            elif value != default:
                raise InvalidParameterError(f"{name} must be {default!r} for kind={kind!r}. Got {value!r} instead.")
        if isinstance(margin, (int, float)):
            margin = finite("margin", margin)
        elif margin is None and kind != "lee_lin_wahba":
            margin = 1.0
        super().__init__(margin=margin, **own, **_class_options(**options))
        self.kind = kind

    def forward(
        self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The loss of scores (…, n_classes) and class indices (…)."""
        options = {**self.options(), "sample_weight": sample_weight, "mask": mask}
        return in_full_precision(_KINDS[self.kind][0], input, target, **options)

    def extra_repr(self) -> str:
        """The kind, and what was chosen."""
        return f"{self.kind!r}, {super().extra_repr()}"


class OrdinalHingeLoss(LossModule):
    """Loss of ordered classes 0 … n_classes − 1, with the thresholds between them as parameters; see `ordinal_hinge`.

    Parameters
    ----------
    n_classes : int ≥ 2
    thresholds : tensor (n_classes − 1,), optional
        Where they start; by default 1 apart, around 0.
    learn_thresholds : bool
        Whether they are parameters, or a buffer.
    kind : {"all", "immediate"}
    base : MarginLoss, optional
        ``Hinge()`` when not given.
    class_weight, ignore_index, reduction, validate
        As for `MultiClassHingeLoss`.

    Examples
    --------
    >>> import torch
    >>> criterion = OrdinalHingeLoss(4, learn_thresholds=False)
    >>> criterion(torch.tensor([0.5, 0.5]), torch.tensor([2, 0]))
    tensor(2.7500)
    >>> criterion.predict(torch.tensor([-5.0, 0.5, 5.0]))
    tensor([0, 2, 3])
    """

    thresholds: Tensor

    def __init__(
        self, n_classes: int, thresholds: Tensor | None = None, *, learn_thresholds: bool = True,
        kind: Literal["all", "immediate"] = "all", base: MarginLoss | None = None, class_weight: Any = None,
        ignore_index: int | None = None, reduction: Reduction = "mean", validate: Validate = "auto",
    ) -> None:  # fmt: skip
        check_reduction(reduction)
        one_of("kind", kind, ("all", "immediate"))
        super().__init__(
            kind=kind,
            base=base,
            class_weight=class_weight,
            ignore_index=ignore_index,
            reduction=reduction,
            validate=validate,
        )
        count = integer("n_classes", n_classes, 2) - 1
        if thresholds is None:
            thresholds = torch.arange(count, dtype=torch.get_default_dtype()) - (count - 1) / 2.0
        if tuple(thresholds.shape) != (count,):
            raise InvalidParameterError(f"thresholds must have the shape ({count},). Got {tuple(thresholds.shape)} instead.")
        if learn_thresholds:
            self.thresholds = nn.Parameter(thresholds.detach().clone())
        else:
            self.register_buffer("thresholds", thresholds.detach().clone())

    def forward(
        self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The loss of scores and classes of the same shape."""
        options = {**self.options(), "sample_weight": sample_weight, "mask": mask}
        return in_full_precision(ordinal_hinge, input, target, self.thresholds, **options)

    def predict(self, input: Tensor) -> Tensor:
        """The class of each score: how many thresholds it is above."""
        return (input[..., None] > self.thresholds).sum(-1)

    def extra_repr(self) -> str:
        """The number of classes, and what was chosen."""
        return f"n_classes={len(self.thresholds) + 1}, {super().extra_repr()}"
