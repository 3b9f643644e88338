"""The loss of triplets: an anchor is nearer to what belongs to it than to the rest."""

from __future__ import annotations

from typing import Literal

from maxmargin.exceptions import InvalidParameterError, ShapeError
from maxmargin.losses._arrays import Array, Namespace, Validate, positive_part
from maxmargin.losses._batch import Batch, open_batch
from maxmargin.losses._distances import Distance, distance_or_norm
from maxmargin.losses._parameters import non_negative, one_of
from maxmargin.losses._reduction import Reduction, check_reduction, kept_by_mask, reduce_samples, sample_weights

__all__ = ["triplet_margin"]

_INF = float("inf")


def triplet_margin(
    anchor: Array, positive: Array, negative: Array, *, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6,
    swap: bool = False, distance: Distance | None = None, hard: Literal["none", "hardest", "semihard"] = "none",
    sample_weight: Array | None = None, mask: Array | None = None, reduction: Reduction = "mean",
    validate: Validate = "auto",
) -> Array:  # fmt: skip
    """Triplet loss, ``max(0, margin + d(anchor, positive) − d(anchor, negative))``.

    Parameters
    ----------
    anchor, positive : arrays of float (…, n_features), of one shape
        Nothing normalises the vectors.
    negative : array of float (…, n_features) or (…, n_candidates, n_features)
        One negative for each anchor, or several candidates.
    margin : float ≥ 0
    p : float ≥ 1
        d(u, v) is the p-norm of ``u − v + eps``.
    eps : float ≥ 0
    swap : bool
        Whether the distance of positive and negative counts where it is the smaller one.
    distance : callable, optional
        ``distance(u, v)`` of arrays (…, n_features), which it must broadcast, gives d in the place of the norm.
    hard : {"none", "hardest", "semihard"}
        Of several candidates, "none" makes a triplet of each; "hardest" takes the nearest; "semihard" the nearest that is
        farther than the positive, or the farthest if there is none.
    sample_weight : array, optional
        A weight ≥ 0 for each triplet, or one for each anchor.
    mask : array of bool (…) or (…, n_candidates), optional
        True where an anchor, or a candidate, counts.
    reduction : {"mean", "weighted_mean", "sum", "none"}
        "mean" divides by the number of triplets that count, "weighted_mean" by the sum of their weights.
    validate : {"auto", True, False}
        Whether to look at the weights.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, InvalidWeightError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> anchor, positive = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])
    >>> candidates = np.array([[[0.0, 1.0], [0.0, 5.5]]])
    >>> triplet_margin(anchor, positive, candidates, eps=0.0, reduction="none")
    array([[5. , 0.5]])
    >>> triplet_margin(anchor, positive, candidates, eps=0.0, reduction="none", hard="semihard")
    array([0.5])

    References
    ----------
    Balntas, Riba, Ponsa, Mikolajczyk. Learning local feature descriptors with triplets. BMVC 2016 (swap).
    Schroff, Kalenichenko, Philbin. FaceNet. CVPR 2015 (semihard).
    """
    check_reduction(reduction)
    one_of("hard", hard, ("none", "hardest", "semihard"))
    margin, eps = non_negative("margin", margin), non_negative("eps", eps)
    batch = open_batch(
        anchor,
        positive=positive,
        negative=negative,
        sample_weight=sample_weight,
        mask=mask,
        validate=validate,
        name="anchor",
    )
    xp, several = batch.xp, _has_candidates(batch)
    if hard != "none" and not several:
        raise InvalidParameterError(
            f"hard={hard!r} chooses among candidates; pass negative as (…, n_candidates, n_features)"
        )
    keep = kept_by_mask(batch, tuple(batch.others["negative"].shape[:-1]))
    near, far = _distances(batch, keep, distance_or_norm(xp, distance, p, eps), several=several, swap=swap)
    if hard != "none":
        far, near = _chosen(xp, far, near, keep, hard), near[..., 0]
        keep = None if keep is None else xp.any(keep, axis=-1)
    losses = positive_part(xp, near - far + margin)
    weight = sample_weights(batch, keep, tuple(losses.shape))
    return reduce_samples(batch, losses, reduction, weight=weight, keep=keep)


def _has_candidates(batch: Batch) -> bool:
    """Whether there are several negatives for each anchor."""
    anchor, positive, negative = (
        tuple(array.shape) for array in (batch.scores, batch.others["positive"], batch.others["negative"])
    )
    several = len(negative) == len(anchor) + 1
    fits = (*negative[:-2], negative[-1]) == anchor and negative[-2] > 0 if several else negative == anchor
    if not anchor or not anchor[-1] or positive != anchor or not fits:
        raise ShapeError(
            f"anchor has the shape {anchor}, positive {positive} and negative {negative}; expected (…, n_features) three "
            "times, or negative of (…, n_candidates, n_features)"
        )
    return several


def _distances(batch: Batch, keep: Array | None, distance: Distance, *, several: bool, swap: bool) -> tuple[Array, Array]:
    """From the anchor to the positive and to the negatives, with an axis of candidates if there are several.

    The vectors of what is masked are 0, so that no NaN is compared.
    """
    xp, anchor = batch.xp, batch.scores
    positive, negative = batch.cast(batch.others["positive"]), batch.cast(batch.others["negative"])
    if keep is not None:
        used = xp.any(keep, axis=-1) if several else keep
        anchor, positive = (xp.where(used[..., None], array, xp.zeros_like(array)) for array in (anchor, positive))
        negative = xp.where(keep[..., None], negative, xp.zeros_like(negative))
    if several:
        anchor, positive = anchor[..., None, :], positive[..., None, :]
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        other = distance(positive, negative)
        far = xp.where(other < far, other, far)
    return near, far


def _chosen(xp: Namespace, far: Array, near: Array, keep: Array | None, hard: str) -> Array:
    """The distance of the negative that counts among the candidates of each anchor."""
    there = xp.ones_like(far, dtype=xp.bool) if keep is None else keep
    if hard == "hardest":
        return xp.min(xp.where(there, far, xp.full_like(far, _INF)), axis=-1)
    farther = there & ~(far <= near)  # so that a NaN is among them
    nearest = xp.min(xp.where(farther, far, xp.full_like(far, _INF)), axis=-1)
    farthest = xp.max(xp.where(there, far, xp.full_like(far, -_INF)), axis=-1)
    return xp.where(xp.any(farther, axis=-1), nearest, farthest)
