"""Losses of more than two classes: rows of scores, one for each class. All of them take the keywords of `ClassOptions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses._arrays import Array, device_of, positive_part
from maxmargin.losses._batch import Batch
from maxmargin.losses._classes import ClassOptions, reduced_rows
from maxmargin.losses._parameters import finite, one_of
from maxmargin.losses.objects.crammer_singer import CrammerSinger, margins_of_rows
from maxmargin.losses.objects.hinge import Hinge, SquaredHinge
from maxmargin.losses.objects.separable import LeeLinWahba, OneVsRest
from maxmargin.losses.objects.top_k import TopKHinge
from maxmargin.losses.objects.vector import VectorLoss, is_true_class, true_entries
from maxmargin.losses.objects.weston_watkins import WestonWatkins

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "class_loss",
    "crammer_singer",
    "keras_categorical_hinge",
    "lee_lin_wahba",
    "one_vs_rest_hinge",
    "top_k_hinge",
    "weston_watkins",
]


def class_loss(loss: VectorLoss, scores: Array, y: Array, **options: Unpack[ClassOptions]) -> Array:
    """Any loss of more than two classes, given as an object, with the keywords of `ClassOptions`.

    Parameters
    ----------
    loss : VectorLoss
    scores : array of float, (…, n_classes)
        float16 and bfloat16 are computed in float32.
    y : array of int (…)
        Class indices 0 … n_classes − 1; for ``soft=True`` see `ClassOptions`.
    **options
        See `ClassOptions`.

    Returns
    -------
    array
        Of the type of the scores; without axes, or of the shape of the class indices for ``reduction="none"``.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, InvalidTargetError, InvalidWeightError, InvalidParameterError
    ClassRangeError
        For a class index outside of 0 … n_classes − 1.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin.losses.objects import OneVsRest, SquaredHinge
    >>> float(class_loss(OneVsRest(SquaredHinge()), np.array([[0.0, -2.0, 1.0]]), np.array([0])))
    5.0
    """
    if not isinstance(loss, VectorLoss):
        raise InvalidParameterError(f"loss must be a loss of rows of scores, such as CrammerSinger(). Got {loss!r} instead.")
    return reduced_rows(lambda batch, z, labels: loss._value(batch.xp, z, labels), scores, y, **options)


def crammer_singer(scores: Array, y: Array, *, margin: Any = 1.0, power: int = 1, **options: Unpack[ClassOptions]) -> Array:
    """Crammer–Singer loss, ``max(0, maxⱼ (D[y, j] + sⱼ) − s_y)^power`` over j ≠ y.

    Where rivals share the largest violation, they share the gradient.

    Parameters
    ----------
    scores : array of float (…, n_classes)
    y : array of int (…)
        Class indices; for ``soft=True`` see `ClassOptions`.
    margin : float, array (n_classes,) or array (n_classes, n_classes)
        One margin, one for each true class, or a matrix of costs D[y, j]. It may be negative. The diagonal of the matrix,
        which no loss looks at, must be 0.
    power : {1, 2}
    **options
        See `ClassOptions`.

    Examples
    --------
    >>> import numpy as np
    >>> s = np.array([[2.0, 0.0, 1.5], [0.0, 0.0, 3.0]])
    >>> crammer_singer(s, np.array([0, 2]), reduction="none")
    array([0.5, 0. ])
    >>> crammer_singer(s, np.array([0, 0]), margin=np.array([3.0, 1.0, 1.0]), reduction="none")
    array([2.5, 6. ])
    >>> float(crammer_singer(s[:1], np.array([[0.5, 0.5, 0.0]]), soft=True))
    1.75

    References
    ----------
    Crammer, Singer. On the algorithmic implementation of multiclass kernel-based vector machines. JMLR 2, 2001.
    """
    one_of("power", power, (1, 2))
    loss = CrammerSinger()
    if isinstance(margin, (int, float, np.number)):
        margin = finite("margin", margin)

    def row_loss(batch: Batch, z: Array, labels: Array) -> Array:
        violation = loss._value_at(batch.xp, z, labels, _margins(batch, margin, labels))
        return violation if power == 1 else violation * violation

    return reduced_rows(row_loss, scores, y, **options)


def _margins(batch: Batch, margin: Any, labels: Array) -> Any:
    """The margins of each sample, of a number, one for each true class, or a matrix of costs."""
    if isinstance(margin, float):
        return margin
    xp, n_classes = batch.xp, batch.scores.shape[-1]
    margins = batch.parameter(margin, "margin", (), (n_classes,), (n_classes, n_classes))
    message = "margin has {value} at {place}; expected finite numbers"
    valid = batch.check(xp.isfinite(margins), InvalidParameterError, message, margins)
    margins = batch.poison(margins, valid)
    if len(margins.shape) == 2:
        # Nothing looks at the diagonal, so where it cannot be checked nothing is spoiled.
        free = (margins == 0) | ~is_true_class(xp, margins, xp.arange(n_classes, device=device_of(margins)))
        message = "margin has {value} at {place}, on its diagonal; expected 0, the cost of the true class"
        batch.check(free, InvalidParameterError, message, margins)
    return margins_of_rows(xp, margins, labels) if margins.shape else margins


def weston_watkins(
    scores: Array, y: Array, *, margin: float = 1.0, power: int = 1, normalize: bool = False,
    **options: Unpack[ClassOptions],
) -> Array:  # fmt: skip
    """Weston–Watkins loss, ``Σⱼ max(0, margin + sⱼ − s_y)^power`` over j ≠ y.

    Parameters
    ----------
    scores, y, **options
        As for `crammer_singer`.
    margin : float
    power : {1, 2}
    normalize : bool
        Whether to divide by n_classes, the true class included, as ``torch.nn.MultiMarginLoss`` does.

    Examples
    --------
    >>> import numpy as np
    >>> weston_watkins(np.array([[2.0, 1.5, 1.5], [0.0, 0.0, 3.0]]), np.array([0, 2]), reduction="none")
    array([1., 0.])

    References
    ----------
    Weston, Watkins. Support vector machines for multi-class pattern recognition. ESANN 1999.
    """
    loss = WestonWatkins(margin, power)

    def row_loss(batch: Batch, z: Array, labels: Array) -> Array:
        losses = loss._value(batch.xp, z, labels)
        return losses / z.shape[-1] if normalize else losses

    return reduced_rows(row_loss, scores, y, **options)


def one_vs_rest_hinge(
    scores: Array, y: Array, *, margin: float = 1.0, power: int = 1, aggregate: Literal["sum", "mean"] = "sum",
    **options: Unpack[ClassOptions],
) -> Array:  # fmt: skip
    """One-versus-rest hinge loss, ``max(0, margin − s_y)^power + Σⱼ max(0, margin + sⱼ)^power`` over j ≠ y.

    Parameters
    ----------
    scores, y, **options
        As for `crammer_singer`.
    margin : float
    power : {1, 2}
        The squared one is calibrated, the other is not.
    aggregate : {"sum", "mean"}
        Over the classes of a sample.

    Examples
    --------
    >>> import numpy as np
    >>> float(one_vs_rest_hinge(np.array([[2.0, 0.5, -3.0]]), np.array([0])))
    1.5

    References
    ----------
    Rifkin, Klautau. In defense of one-vs-all classification. JMLR 5, 2004.
    """
    one_of("power", power, (1, 2))
    one_of("aggregate", aggregate, ("sum", "mean"))
    loss = OneVsRest(Hinge(margin) if power == 1 else SquaredHinge(margin))

    def row_loss(batch: Batch, z: Array, labels: Array) -> Array:
        losses = loss._value(batch.xp, z, labels)
        return losses / z.shape[-1] if aggregate == "mean" else losses

    return reduced_rows(row_loss, scores, y, **options)


def lee_lin_wahba(
    scores: Array, y: Array, *, margin: float | None = None, center: bool = True, **options: Unpack[ClassOptions]
) -> Array:
    """Loss of Lee, Lin and Wahba, ``Σⱼ max(0, margin + sⱼ)`` over j ≠ y, for scores that sum to 0. It is calibrated.

    Parameters
    ----------
    scores, y, **options
        As for `crammer_singer`.
    margin : float, optional
        1/(K − 1) for K classes when not given.
    center : bool
        Whether to subtract the mean of each row of scores first. Without it, and without such a constraint elsewhere,
        the scores run off to −∞.

    Examples
    --------
    >>> import numpy as np
    >>> lee_lin_wahba(np.array([[2.0, 0.5, 0.5], [0.0, 1.5, 0.0]]), np.array([0, 0]), reduction="none")
    array([0. , 1.5])

    References
    ----------
    Lee, Lin, Wahba. Multicategory support vector machines. JASA 99, 2004.
    """
    loss = LeeLinWahba(margin)

    def row_loss(batch: Batch, z: Array, labels: Array) -> Array:
        z = z - batch.xp.mean(z, axis=-1, keepdims=True) if center else z
        return loss._value(batch.xp, z, labels)

    return reduced_rows(row_loss, scores, y, **options)


def top_k_hinge(
    scores: Array, y: Array, *, k: int, variant: Literal["alpha", "beta"] = "beta", margin: float = 1.0,
    **options: Unpack[ClassOptions],
) -> Array:  # fmt: skip
    """Top-k hinge loss: the mean of the k largest violations ``margin + sⱼ − s_y``, that of the true class being 0.

    Parameters
    ----------
    scores, y, **options
        As for `crammer_singer`.
    k : int from 1 to n_classes − 1
        How many guesses a prediction has; with 1 it is `crammer_singer`.
    variant : {"beta", "alpha"}
        "beta" takes max(0, ·) of each violation, "alpha" of their mean.
    margin : float

    Examples
    --------
    >>> import numpy as np
    >>> float(top_k_hinge(np.array([[0.0, 2.0, -3.0, -9.0]]), np.array([0]), k=2))
    1.5

    References
    ----------
    Lapin, Hein, Schiele. Top-k multiclass SVM. NeurIPS 2015.
    """
    return class_loss(TopKHinge(k, variant, margin), scores, y, **options)


def keras_categorical_hinge(scores: Array, y: Array, **options: Unpack[ClassOptions]) -> Array:
    """What Keras calls the categorical hinge: ``max(0, 1 + max(0, maxⱼ sⱼ) − s_y)`` over j ≠ y.

    It is not the loss of Crammer and Singer (`crammer_singer`): the 0 in it asks s_y to exceed the margin, even where all
    the others are far below. It is here to reproduce results.

    Parameters
    ----------
    scores, y, **options
        As for `crammer_singer`; y holds class indices, where Keras takes one-hot rows.

    Examples
    --------
    >>> import numpy as np
    >>> s, y = np.array([[-5.0, -3.0]]), np.array([1])
    >>> float(keras_categorical_hinge(s, y)), float(crammer_singer(s, y))
    (4.0, 0.0)
    """

    def row_loss(batch: Batch, z: Array, labels: Array) -> Array:
        xp = batch.xp
        rivals = xp.where(is_true_class(xp, z, labels), xp.zeros_like(z), z)
        return positive_part(xp, 1.0 + positive_part(xp, xp.max(rivals, axis=-1)) - true_entries(xp, z, labels)[..., 0])

    return reduced_rows(row_loss, scores, y, **options)
