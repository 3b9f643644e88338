"""The loss of structured predictions: sequences, trees, rankings, whatever has a score and a cost."""

from __future__ import annotations

from maxmargin.exceptions import ShapeError
from maxmargin.losses._arrays import Array, Validate, positive_part
from maxmargin.losses._batch import open_batch
from maxmargin.losses._reduction import (
    Reduction,
    check_reduction,
    kept_by_mask,
    kept_scores,
    reduce_samples,
    sample_weights,
)

__all__ = ["structured_hinge"]


def structured_hinge(
    score_true: Array, score_augmented: Array, *, sample_weight: Array | None = None, mask: Array | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    """Structured hinge loss, ``max(0, max_ȳ (Δ(ȳ, y) + s(ȳ)) − s(y))``, of the two scores that the inference found.

    Parameters
    ----------
    score_true : array of float, of any shape
        s(y), the score of the true structure of each sample.
    score_augmented : array of float, of the same shape
        The largest ``Δ(ȳ, y) + s(ȳ)`` over the structures ȳ, as loss-augmented inference gives it. An inference that is
        not exact may find less than s(y), and then the loss is 0.
    sample_weight : array, optional
        A weight ≥ 0 for each sample; its shape is that of the scores, or the first axes of it.
    mask : array of bool, optional
        True where a sample counts; shapes as for ``sample_weight``.
    reduction : {"mean", "weighted_mean", "sum", "none"}
        "mean" divides by the number of samples that count, "weighted_mean" by the sum of their weights.
    validate : {"auto", True, False}
        Whether to look at the weights.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, InvalidWeightError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> structured_hinge(np.array([3.0, 1.0]), np.array([2.5, 4.0]), reduction="none")
    array([0., 3.])

    References
    ----------
    Tsochantaridis, Joachims, Hofmann, Altun. Large margin methods for structured and interdependent output variables.
    JMLR 6, 2005 (margin rescaling).
    """
    check_reduction(reduction)
    batch = open_batch(
        score_true, score_augmented=score_augmented, sample_weight=sample_weight, mask=mask, validate=validate,
        name="score_true",
    )  # fmt: skip
    shape, augmented = tuple(batch.scores.shape), batch.others["score_augmented"]
    if tuple(augmented.shape) != shape:
        raise ShapeError(
            f"score_true has the shape {shape} and score_augmented {tuple(augmented.shape)}; expected equal shapes"
        )
    keep = kept_by_mask(batch, shape)
    true = kept_scores(batch, keep)
    augmented = batch.cast(augmented)
    augmented = augmented if keep is None else batch.xp.where(keep, augmented, batch.xp.zeros_like(augmented))
    losses = positive_part(batch.xp, augmented - true)
    return reduce_samples(batch, losses, reduction, weight=sample_weights(batch, keep, shape), keep=keep)
