"""Losses of two classes: functions of the margin y·f of a score f. All of them take the keywords of `BinaryOptions`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

from maxmargin.losses._arrays import Array, Namespace, Validate
from maxmargin.losses._batch import open_batch
from maxmargin.losses._labels import BinaryLabels, binary_factors, sign_targets
from maxmargin.losses._parameters import non_negative, one_of, positive
from maxmargin.losses._reduction import Reduction, check_reduction, kept_scores, reduce_samples, sample_weights
from maxmargin.losses.objects.base import Loss
from maxmargin.losses.objects.bent import GeneralizedHinge, PinballHinge
from maxmargin.losses.objects.hinge import Hinge, ModifiedHuber, SmoothHinge, SquaredHinge
from maxmargin.losses.objects.logistic import Logistic
from maxmargin.losses.objects.ramp import Ramp

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "BinaryOptions",
    "binary_loss",
    "generalized_hinge",
    "hinge",
    "huberized_hinge",
    "logistic",
    "modified_huber",
    "perceptron",
    "pinball_hinge",
    "ramp",
    "reduced_signs",
    "smooth_hinge",
    "squared_hinge",
]


class BinaryOptions(TypedDict, total=False):
    """The keywords of every loss of two classes.

    Parameters
    ----------
    labels : {"signed", "01"}, default="signed"
        "signed": y holds −1 and +1 of a signed type, or booleans. "01": y holds 0 and 1. It is never guessed.
    pos_weight : float or array (n_columns,), optional
        Factor of the samples with y = +1: a number, or one for each entry of the last axis.
    class_weight : two numbers, optional
        Factors of y = −1 and of y = +1.
    sample_weight : array, optional
        A weight ≥ 0 for each sample; its shape is that of the scores, or the first axes of it.
    mask : array of bool, optional
        True where a sample counts; shapes as for ``sample_weight``.
    ignore_index : int, optional
        Samples with this label do not count.
    reduction : {"mean", "weighted_mean", "sum", "none"}, default="mean"
        "mean" divides by the number of samples that count, "weighted_mean" by the sum of their weights.
    validate : {"auto", True, False}, default="auto"
        Whether to look at labels and weights; "auto" does so in main memory and outside of traces. What is not looked at
        gives NaN where it is not valid.
    """

    labels: BinaryLabels
    pos_weight: Any
    class_weight: Any
    sample_weight: Array | None
    mask: Array | None
    ignore_index: int | None
    reduction: Reduction
    validate: Validate


def binary_loss(loss: Loss, scores: Array, y: Array, **options: Unpack[BinaryOptions]) -> Array:
    """Any loss of two classes, given as an object, with the keywords of `BinaryOptions`.

    Parameters
    ----------
    loss : MarginLoss or CostSensitive
    scores : array of float, of any shape
        float16 and bfloat16 are computed in float32.
    y : array of the same shape, framework and device
    **options
        See `BinaryOptions`.

    Returns
    -------
    array
        Of the type of the scores; without axes, or of their shape for ``reduction="none"``.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, InvalidTargetError, InvalidWeightError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin.losses.objects import CostSensitive, Hinge
    >>> float(binary_loss(CostSensitive(Hinge(), positive=3.0), np.array([0.0, 0.0]), np.array([1, -1])))
    2.0
    """
    return reduced_signs(loss._value, scores, y, **options)


def reduced_signs(
    value: Callable[[Namespace, Array, Array], Array], scores: Array, y: Array, *, labels: BinaryLabels = "signed",
    pos_weight: Any = None, class_weight: Any = None, sample_weight: Array | None = None, mask: Array | None = None,
    ignore_index: int | None = None, reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    """The result of a call: the value of its scores and signs, with the keywords of `BinaryOptions`."""
    check_reduction(reduction)
    batch = open_batch(scores, y=y, sample_weight=sample_weight, mask=mask, validate=validate)
    targets = sign_targets(batch, labels, ignore_index)
    shape = tuple(batch.scores.shape)
    weight = sample_weights(batch, targets.keep, shape)
    factor = binary_factors(batch, targets.values, class_weight, pos_weight)
    # A NaN for a sign makes loss and gradient NaN, in one pass.
    signs = targets.values
    if targets.valid is not None:
        signs = batch.xp.where(targets.valid, signs, batch.xp.full_like(signs, float("nan")))
    losses = value(batch.xp, kept_scores(batch, targets.keep), signs)
    return reduce_samples(batch, losses, reduction, weight=weight, factor=factor, keep=targets.keep)


def hinge(scores: Array, y: Array, *, margin: float = 1.0, power: int = 1, **options: Unpack[BinaryOptions]) -> Array:
    """Hinge loss, ``max(0, margin − y·f)``, to the power 1 or 2.

    Its gradient at the margin is 0.

    Parameters
    ----------
    scores : array of float, of any shape
    y : array of the same shape
    margin : float ≥ 0
    power : {1, 2}
    **options
        See `BinaryOptions`.

    Examples
    --------
    A prediction on the right side, beyond the margin, costs nothing; one on the wrong side costs its distance to the margin.

    >>> import numpy as np
    >>> hinge(np.array([2.0, -1.0]), np.array([1, 1]), reduction="none")
    array([0., 2.])
    >>> float(hinge(np.array([2.0, -1.0]), np.array([1, 0]), labels="01"))
    0.0

    References
    ----------
    Cortes, Vapnik. Support-vector networks. Machine Learning 20, 1995.
    """
    one_of("power", power, (1, 2))
    margin = non_negative("margin", margin)
    return binary_loss(Hinge(margin) if power == 1 else SquaredHinge(margin), scores, y, **options)


def squared_hinge(scores: Array, y: Array, *, margin: float = 1.0, **options: Unpack[BinaryOptions]) -> Array:
    """Squared hinge loss, ``max(0, margin − y·f)²``, without a factor of one half. Parameters as for `hinge`.

    Examples
    --------
    >>> import numpy as np
    >>> squared_hinge(np.array([2.0, -1.0]), np.array([1, 1]), reduction="none")
    array([0., 4.])
    """
    return hinge(scores, y, margin=margin, power=2, **options)


def perceptron(scores: Array, y: Array, **options: Unpack[BinaryOptions]) -> Array:
    """Perceptron loss, ``max(0, −y·f)``: the hinge without a margin, which a classifier f = 0 minimises too.

    Examples
    --------
    >>> import numpy as np
    >>> perceptron(np.array([2.0, -1.0]), np.array([1, 1]), reduction="none")
    array([0., 1.])

    References
    ----------
    Rosenblatt. The perceptron. Psychological Review 65, 1958.
    """
    return binary_loss(Hinge(0.0), scores, y, **options)


def smooth_hinge(
    scores: Array, y: Array, *, margin: float = 1.0, gamma: float = 1.0, **options: Unpack[BinaryOptions]
) -> Array:
    """Hinge loss with a parabola of width ``gamma`` > 0 in place of its kink.

    With z = max(0, margin − y·f) and q = min(z, gamma) it is ``q·(z − q/2) / gamma``: z²/(2·gamma) near the margin,
    z − gamma/2 farther away. Its gradient has the Lipschitz constant 1/gamma.

    Examples
    --------
    >>> import numpy as np
    >>> smooth_hinge(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1]), reduction="none")
    array([0.   , 0.125, 1.5  ])

    References
    ----------
    Rennie, Srebro. Loss functions for preference levels. IJCAI workshop, 2005 (gamma = 1).
    Shalev-Shwartz, Zhang. Stochastic dual coordinate ascent. JMLR 14, 2013.
    """
    return binary_loss(SmoothHinge(non_negative("margin", margin), gamma), scores, y, **options)


def modified_huber(scores: Array, y: Array, **options: Unpack[BinaryOptions]) -> Array:
    """Modified Huber loss: ``max(0, 1 − y·f)²`` for y·f ≥ −1, and ``−4·y·f`` below.

    Examples
    --------
    >>> import numpy as np
    >>> modified_huber(np.array([2.0, 0.0, -3.0]), np.array([1, 1, 1]), reduction="none")
    array([ 0.,  1., 12.])

    References
    ----------
    Zhang. Solving large scale linear prediction problems using stochastic gradient descent algorithms. ICML 2004.
    """
    return binary_loss(ModifiedHuber(), scores, y, **options)


def huberized_hinge(scores: Array, y: Array, *, h: float = 0.5, **options: Unpack[BinaryOptions]) -> Array:
    """Hinge loss with its kink rounded between y·f = 1 − h and 1 + h: ``smooth_hinge(margin=1 + h, gamma=2h)``.

    Examples
    --------
    >>> import numpy as np
    >>> huberized_hinge(np.array([2.0, 1.0, -1.0]), np.array([1, 1, 1]), reduction="none")
    array([0.   , 0.125, 2.   ])

    References
    ----------
    Chapelle. Training a support vector machine in the primal. Neural Computation 19, 2007.
    """
    h = positive("h", h)
    return binary_loss(SmoothHinge(1.0 + h, 2.0 * h), scores, y, **options)


def generalized_hinge(scores: Array, y: Array, *, a: float, **options: Unpack[BinaryOptions]) -> Array:
    """Hinge loss for classifiers that may reject, ``max(0, 1 − y·f, 1 − a·y·f)`` with a > 1.

    If rejecting costs d < 1/2, take a = (1 − d)/d.

    Examples
    --------
    >>> import numpy as np
    >>> generalized_hinge(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1]), a=3.0, reduction="none")
    array([0. , 0.5, 4. ])

    References
    ----------
    Bartlett, Wegkamp. Classification with a reject option using a hinge loss. JMLR 9, 2008.
    """
    return binary_loss(GeneralizedHinge(a), scores, y, **options)


def pinball_hinge(scores: Array, y: Array, *, tau: float, epsilon: float = 0.0, **options: Unpack[BinaryOptions]) -> Array:
    """Pinball loss of the margin, ``max(0, 1 − epsilon − y·f, tau·(y·f − 1) − epsilon)`` with 0 ≤ tau ≤ 1 and epsilon ≥ 0.

    Examples
    --------
    >>> import numpy as np
    >>> pinball_hinge(np.array([2.0, 1.0, -1.0]), np.array([1, 1, 1]), tau=0.5, reduction="none")
    array([0.5, 0. , 2. ])

    References
    ----------
    Huang, Shi, Suykens. Support vector machine classifier with pinball loss. IEEE TPAMI 36, 2014.
    """
    return binary_loss(PinballHinge(tau, epsilon), scores, y, **options)


def ramp(scores: Array, y: Array, *, s: float = -1.0, **options: Unpack[BinaryOptions]) -> Array:
    """Ramp loss, ``min(max(0, 1 − y·f), 1 − s)`` with s < 1: the hinge, but no sample costs more than 1 − s. Not convex.

    Examples
    --------
    >>> import numpy as np
    >>> ramp(np.array([2.0, 0.0, -50.0]), np.array([1, 1, 1]), reduction="none")
    array([0., 1., 2.])

    References
    ----------
    Collobert, Sinz, Weston, Bottou. Trading convexity for scalability. ICML 2006.
    """
    return binary_loss(Ramp(s), scores, y, **options)


def logistic(scores: Array, y: Array, **options: Unpack[BinaryOptions]) -> Array:
    """Logistic loss, ``log(1 + exp(−y·f))``, without overflow.

    Examples
    --------
    >>> import numpy as np
    >>> logistic(np.array([0.0, -1000.0]), np.array([1, 1]), reduction="sum").round(3)
    np.float64(1000.693)
    """
    return binary_loss(Logistic(), scores, y, **options)
