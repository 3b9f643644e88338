"""Losses of an order: some items should have higher scores than others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

from maxmargin.exceptions import InvalidParameterError, InvalidTargetError, ShapeError
from maxmargin.losses._arrays import Array, Validate, is_kind
from maxmargin.losses._batch import Batch, open_batch
from maxmargin.losses._contingency import labelings, largest_f1_loss, largest_precision_loss
from maxmargin.losses._labels import BinaryLabels, Targets, real_targets, sign_targets
from maxmargin.losses._lists import ListOptions, is_positive, reduced_lists, require_items
from maxmargin.losses._pairs import mass_of_grades, mass_of_two_kinds, pairs_of_grades, pairs_of_two_kinds
from maxmargin.losses._parameters import finite, integer, one_of, positive
from maxmargin.losses._reduction import Reduction, check_reduction, kept_scores, sample_weights
from maxmargin.losses.binary import BinaryOptions, binary_loss
from maxmargin.losses.objects.hinge import Hinge

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["PairOptions", "auc_hinge", "f1_hinge", "margin_ranking", "pairwise_hinge", "precision_at_k_hinge"]


class PairOptions(TypedDict, total=False):
    """The keywords of the losses of all pairs of items.

    Parameters
    ----------
    margin : float, default=1
        By how much the score of the better item should be higher.
    power : {1, 2}, default=1
    temperature : float > 0, default=1
        The scores are divided by it.
    sample_weight : array, optional
        A weight ≥ 0 for each item; its shape is that of the scores, or the first axes of it. A pair has the product of its
        two: a weight of 2 is a second copy of the item.
    mask : array of bool, optional
        True where an item counts; shapes as for ``sample_weight``.
    reduction : {"mean", "weighted_mean", "sum", "none"}, default="mean"
        "none" gives the sum over the pairs of each list and "sum" adds them; "mean" divides that by the number of pairs,
        "weighted_mean" by the sum of their weights.
    validate : {"auto", True, False}, default="auto"
        Whether to look at labels and weights; what is not looked at gives NaN where it is not valid.
    """

    margin: float
    power: int
    temperature: float
    sample_weight: Array | None
    mask: Array | None
    reduction: Reduction
    validate: Validate


def margin_ranking(first: Array, second: Array, y: Array, *, margin: float = 0.0, **options: Unpack[BinaryOptions]) -> Array:
    """Margin ranking loss, ``max(0, margin − y·(first − second))``: y = +1 asks for the higher score in ``first``.

    Parameters
    ----------
    first, second : arrays of float, of one shape
    y : array of the same shape
    margin : float
    **options
        See `BinaryOptions`.

    Examples
    --------
    >>> import numpy as np
    >>> margin_ranking(np.array([2.0, 0.0]), np.array([1.0, 0.5]), np.array([1, 1]), margin=1.0, reduction="none")
    array([0. , 1.5])
    """
    batch = open_batch(first, second=second, name="first", validate=options.get("validate", "auto"))
    other = batch.others["second"]
    if tuple(other.shape) != tuple(batch.scores.shape):
        raise ShapeError(
            f"first has the shape {tuple(batch.scores.shape)} and second {tuple(other.shape)}; expected equal shapes"
        )
    return batch.give_back(binary_loss(Hinge(finite("margin", margin)), batch.scores - batch.cast(other), y, **options))


def pairwise_hinge(scores: Array, y: Array, **options: Unpack[PairOptions]) -> Array:
    """Pairwise hinge loss, ``max(0, margin − (sⱼ − sᵢ)/temperature)^power`` over the pairs of a list with yⱼ > yᵢ.

    Parameters
    ----------
    scores : array of float (…, n_items)
        A list, or several of the same length (see ``mask``).
    y : array of bool or of numbers, of the same shape
        Booleans say which items are relevant, and take O(n log n) operations. Numbers are grades, and take n² numbers a
        list; equal grades make no pair.
    **options
        See `PairOptions`.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([2.0, 1.5, 0.0])
    >>> float(pairwise_hinge(scores, np.array([True, False, True]), reduction="sum"))
    3.0
    >>> float(pairwise_hinge(scores, np.array([2, 1, 0]), reduction="sum"))
    0.5

    References
    ----------
    Herbrich, Graepel, Obermayer. Large margin rank boundaries for ordinal regression. 2000.
    Joachims. A support vector method for multivariate performance measures. ICML 2005: pairs by sorting.
    """
    return _pair_loss(_relevance_or_grades, scores, y, **options)


def auc_hinge(
    scores: Array, y: Array, *, labels: BinaryLabels = "signed", ignore_index: int | None = None,
    **options: Unpack[PairOptions],
) -> Array:  # fmt: skip
    """Hinge loss of the area under the ROC curve: `pairwise_hinge` of all pairs of a positive and a negative, in O(n log n).

    With the default margin and reduction it is an upper bound of 1 − AUC.

    Parameters
    ----------
    scores : array of float (…, n_items)
    y : array of the same shape
    labels : {"signed", "01"}, default="signed"
        "signed": y holds −1 and +1 of a signed type, or booleans. "01": y holds 0 and 1.
    ignore_index : int, optional
        Items with this label do not count.
    **options
        See `PairOptions`.

    Examples
    --------
    >>> import numpy as np
    >>> float(auc_hinge(np.array([2.0, 1.5, 0.0]), np.array([1, -1, 1])))
    1.5

    References
    ----------
    Gao, Zhou. On the consistency of AUC pairwise optimization. IJCAI 2015: of the two powers, only 2 is consistent.
    """
    return _pair_loss(lambda batch: (sign_targets(batch, labels, ignore_index), False), scores, y, **options)


def _relevance_or_grades(batch: Batch) -> tuple[Targets, bool]:
    """The labels, and whether they are grades."""
    if is_kind(batch.xp, batch.others["y"].dtype, "bool"):
        return sign_targets(batch), False
    targets = real_targets(batch)
    message = "y has the grade {value} at {place}; expected numbers"
    valid = batch.check(~batch.xp.isnan(targets.values), InvalidTargetError, message, targets.values)
    return Targets(targets.values, targets.keep, valid), True


def _pair_loss(
    read_labels: Callable[[Batch], tuple[Targets, bool]], scores: Array, y: Array, *, margin: float = 1.0, power: int = 1,
    temperature: float = 1.0, sample_weight: Array | None = None, mask: Array | None = None, reduction: Reduction = "mean",
    validate: Validate = "auto",
) -> Array:  # fmt: skip
    check_reduction(reduction)
    one_of("power", power, (1, 2))
    margin, temperature = finite("margin", margin), positive("temperature", temperature)
    batch = open_batch(scores, y=y, sample_weight=sample_weight, mask=mask, validate=validate)
    require_items(batch)
    targets, graded = read_labels(batch)
    xp, keep = batch.xp, targets.keep
    there = xp.ones_like(batch.scores) if keep is None else batch.cast(keep)
    weight = sample_weights(batch, keep, tuple(batch.scores.shape))
    kinds = targets.values if graded else is_positive(targets)
    add, mass = (pairs_of_grades, mass_of_grades) if graded else (pairs_of_two_kinds, mass_of_two_kinds)
    z = kept_scores(batch, keep) / temperature
    total = add(batch, z, kinds, there if weight is None else weight, margin=margin, power=power)
    total = batch.poison(total, None if targets.valid is None else xp.all(targets.valid, axis=-1))
    if reduction == "none":
        return batch.give_back(total)
    result = xp.sum(total)
    if reduction != "sum":
        divisor = xp.sum(mass(xp, kinds, weight if weight is not None and reduction == "weighted_mean" else there))
        result = result / xp.where(divisor == 0, xp.ones_like(divisor), divisor)
    return batch.give_back(result)


def f1_hinge(scores: Array, y: Array, **options: Unpack[ListOptions]) -> Array:
    """Hinge loss of the F1 score, ``max_ȳ 1 − F1(ȳ, y) + (1/n)·Σ fᵢ(ȳᵢ − yᵢ)`` over all labelings ȳ, in O(n log n).

    It is an upper bound of 1 − F1 of the labels that the signs of the scores give. Without positives, ȳ = y has the F1
    score 1 and every other labeling 0.

    Parameters
    ----------
    scores : array of float (…, n_items)
        A list, or several of the same length (see ``mask``).
    y : array of the same shape
    **options
        See `ListOptions`.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(f1_hinge(np.array([0.25, -0.5, 0.5]), np.array([1, -1, -1]))), 4)
    1.1667

    References
    ----------
    Joachims. A support vector method for multivariate performance measures. ICML 2005.
    """
    return reduced_lists(lambda batch, z, pos, neg: largest_f1_loss(labelings(batch.xp, z, pos, neg)), scores, y, **options)


def precision_at_k_hinge(scores: Array, y: Array, *, k: int, **options: Unpack[ListOptions]) -> Array:
    """Hinge loss of the precision at k, ``max(0, max_ȳ 1 − Prec@k(ȳ, y) + (1/n)·Σ fᵢ(ȳᵢ − yᵢ))``, in O(n log n).

    The labelings ȳ are those with k positives; a list with fewer items has one, which takes them all.

    Parameters
    ----------
    scores, y, **options
        As for `f1_hinge`.
    k : int from 1 to n_items

    Examples
    --------
    >>> import numpy as np
    >>> round(float(precision_at_k_hinge(np.array([0.25, -0.5, 0.5]), np.array([1, -1, -1]), k=1)), 4)
    1.1667

    References
    ----------
    Joachims. A support vector method for multivariate performance measures. ICML 2005.
    """
    k = integer("k", k, 1)

    def list_loss(batch: Batch, z: Array, pos: Array, neg: Array) -> Array:
        if 0 < z.shape[-1] < k:
            raise InvalidParameterError(
                f"k must be an integer from 1 to {z.shape[-1]}, the length of a list. Got {k} instead."
            )
        return largest_precision_loss(labelings(batch.xp, z, pos, neg), min(k, z.shape[-1]))

    return reduced_lists(list_loss, scores, y, **options)
