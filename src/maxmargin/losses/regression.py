"""Losses of numbers: functions of the residual f − y of a score f."""

from __future__ import annotations

from maxmargin.losses._arrays import Array, Validate
from maxmargin.losses._batch import open_batch
from maxmargin.losses._labels import real_targets
from maxmargin.losses._reduction import Reduction, check_reduction, kept_scores, reduce_samples, sample_weights
from maxmargin.losses.objects.epsilon_insensitive import EpsilonInsensitive
from maxmargin.losses.objects.scalar import ResidualLoss

__all__ = ["epsilon_insensitive", "regression_loss"]


def regression_loss(
    loss: ResidualLoss, scores: Array, y: Array, *, sample_weight: Array | None = None, mask: Array | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    """Any loss of a residual, given as an object. Parameters as for `epsilon_insensitive`.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin.losses.objects import EpsilonInsensitive
    >>> float(regression_loss(EpsilonInsensitive(0.5), np.array([1.0, 3.0]), np.array([1.2, 1.0])))
    0.75
    """
    check_reduction(reduction)
    batch = open_batch(scores, y=y, sample_weight=sample_weight, mask=mask, validate=validate)
    targets = real_targets(batch)
    weight = sample_weights(batch, targets.keep, tuple(batch.scores.shape))
    losses = loss._value(batch.xp, kept_scores(batch, targets.keep), targets.values)
    return reduce_samples(batch, losses, reduction, weight=weight, keep=targets.keep)


def epsilon_insensitive(
    scores: Array, y: Array, *, epsilon: float = 0.1, power: int = 1, gamma: float = 0.0, sample_weight: Array | None = None,
    mask: Array | None = None, reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    """ε-insensitive loss, ``max(0, |f − y| − epsilon)``, to the power 1 or 2, or smooth.

    Parameters
    ----------
    scores : array of float, of any shape
        float16 and bfloat16 are computed in float32.
    y : array of numbers, of the same shape, framework and device
    epsilon : float ≥ 0
        Residuals up to this size cost nothing.
    power : {1, 2}
    gamma : float ≥ 0
        Width of the parabolas in place of the kinks, for power 1; 0 keeps the kinks, at which the gradient is 0.
    sample_weight : array, optional
        A weight ≥ 0 for each sample; its shape is that of the scores, or the first axes of it.
    mask : array of bool, optional
        True where a sample counts; shapes as for ``sample_weight``.
    reduction : {"mean", "weighted_mean", "sum", "none"}
        "mean" divides by the number of samples that count, "weighted_mean" by the sum of their weights.
    validate : {"auto", True, False}
        Whether to look at the weights; those that are not looked at give NaN where they are not valid.

    Returns
    -------
    array
        Of the type of the scores; without axes, or of their shape for ``reduction="none"``.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, InvalidWeightError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> epsilon_insensitive(np.array([1.0, 3.0]), np.array([1.2, 1.0]), epsilon=0.5, reduction="none")
    array([0. , 1.5])

    References
    ----------
    Vapnik. The nature of statistical learning theory. Springer, 1995.
    """
    loss = EpsilonInsensitive(epsilon, power, gamma)
    return regression_loss(loss, scores, y, sample_weight=sample_weight, mask=mask, reduction=reduction, validate=validate)
