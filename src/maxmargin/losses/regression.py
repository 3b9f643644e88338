"""Losses of numbers: functions of the residual f − y of a score f. All of them take the keywords of `RegressionOptions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from maxmargin.losses._arrays import Array, Validate
from maxmargin.losses._batch import open_batch
from maxmargin.losses._labels import real_targets
from maxmargin.losses._parameters import positive
from maxmargin.losses._reduction import Reduction, check_reduction, kept_scores, reduce_samples, sample_weights
from maxmargin.losses.objects.epsilon_insensitive import EpsilonInsensitive
from maxmargin.losses.objects.scalar import ResidualLoss

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "RegressionOptions",
    "epsilon_insensitive",
    "regression_loss",
    "smooth_epsilon_insensitive",
    "squared_epsilon_insensitive",
]


class RegressionOptions(TypedDict, total=False):
    """The keywords of every loss of numbers.

    Parameters
    ----------
    sample_weight, mask, reduction, validate
        As in `maxmargin.losses.BinaryOptions`: weights ≥ 0, booleans that are True where a sample counts, "mean" (the
        default), "weighted_mean", "sum" or "none", and whether to look at the weights.
    """

    sample_weight: Array | None
    mask: Array | None
    reduction: Reduction
    validate: Validate


def regression_loss(loss: ResidualLoss, scores: Array, y: Array, **options: Unpack[RegressionOptions]) -> Array:
    """Any loss of a residual, given as an object, with the keywords of `RegressionOptions`.

    Parameters
    ----------
    loss : ResidualLoss
    scores : array of float, of any shape
        float16 and bfloat16 are computed in float32.
    y : array of numbers, of the same shape, framework and device
    **options
        See `RegressionOptions`.

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
    >>> from maxmargin.losses.objects import EpsilonInsensitive
    >>> float(regression_loss(EpsilonInsensitive(0.5), np.array([1.0, 3.0]), np.array([1.2, 1.0])))
    0.75
    """
    return _reduced_residuals(loss, scores, y, **options)


def _reduced_residuals(
    loss: ResidualLoss, scores: Array, y: Array, *, sample_weight: Array | None = None, mask: Array | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    check_reduction(reduction)
    batch = open_batch(scores, y=y, sample_weight=sample_weight, mask=mask, validate=validate)
    targets = real_targets(batch)
    weight = sample_weights(batch, targets.keep, tuple(batch.scores.shape))
    losses = loss._value(batch.xp, kept_scores(batch, targets.keep), targets.values)
    return reduce_samples(batch, losses, reduction, weight=weight, keep=targets.keep)


def epsilon_insensitive(
    scores: Array,
    y: Array,
    *,
    epsilon: float = 0.1,
    power: int = 1,
    gamma: float = 0.0,
    **options: Unpack[RegressionOptions],
) -> Array:
    """ε-insensitive loss, ``max(0, |f − y| − epsilon)``, to the power 1 or 2, or smooth.

    Parameters
    ----------
    scores, y, **options
        As for `regression_loss`.
    epsilon : float ≥ 0
        Residuals up to this size cost nothing.
    power : {1, 2}
    gamma : float ≥ 0
        Width of the parabolas in place of the kinks, for power 1; 0 keeps the kinks, at which the gradient is 0.

    Examples
    --------
    >>> import numpy as np
    >>> epsilon_insensitive(np.array([1.0, 3.0]), np.array([1.2, 1.0]), epsilon=0.5, reduction="none")
    array([0. , 1.5])

    References
    ----------
    Vapnik. The nature of statistical learning theory. Springer, 1995.
    """
    return _reduced_residuals(EpsilonInsensitive(epsilon, power, gamma), scores, y, **options)


def squared_epsilon_insensitive(
    scores: Array, y: Array, *, epsilon: float = 0.1, **options: Unpack[RegressionOptions]
) -> Array:
    """Squared ε-insensitive loss, ``max(0, |f − y| − epsilon)²``, without a factor of one half.

    Examples
    --------
    >>> import numpy as np
    >>> squared_epsilon_insensitive(np.array([1.0, 3.0]), np.array([1.2, 1.0]), epsilon=0.5, reduction="none")
    array([0.  , 2.25])
    """
    return _reduced_residuals(EpsilonInsensitive(epsilon, 2), scores, y, **options)


def smooth_epsilon_insensitive(
    scores: Array, y: Array, *, epsilon: float = 0.1, gamma: float = 1.0, **options: Unpack[RegressionOptions]
) -> Array:
    """ε-insensitive loss with parabolas of width ``gamma`` > 0 in place of its kinks.

    With z = max(0, |f − y| − epsilon) and q = min(z, gamma) it is ``q·(z − q/2) / gamma``. With ``epsilon=0`` it is
    Huber's loss, divided by gamma.

    Examples
    --------
    >>> import numpy as np
    >>> smooth_epsilon_insensitive(np.array([1.0, 3.0]), np.array([1.2, 1.0]), epsilon=0.5, reduction="none")
    array([0., 1.])
    """
    return _reduced_residuals(EpsilonInsensitive(epsilon, 1, positive("gamma", gamma)), scores, y, **options)
