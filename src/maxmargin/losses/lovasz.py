"""The Lovász hinge: a convex loss of the Jaccard index (intersection over union) of a segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maxmargin.losses._arrays import Array, index_dtype, positive_part, running_sum
from maxmargin.losses._batch import Batch
from maxmargin.losses._lists import ListOptions, reduced_lists
from maxmargin.losses._pairs import spoil

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["lovasz_hinge"]


def lovasz_hinge(scores: Array, y: Array, *, per_image: bool = True, **options: Unpack[ListOptions]) -> Array:
    """Lovász hinge loss: the Lovász extension of ``1 − Jaccard`` at the slacks ``max(0, 1 − y·f)`` of the pixels.

    With the pixels in the order of falling slack it is ``Σ slackᵢ · (Jᵢ − Jᵢ₋₁)``, where Jᵢ is one minus the Jaccard index
    if the first i pixels are wrong and no others. Equal slacks come in the order of the pixels.

    Parameters
    ----------
    scores : array of float, (n_images, …) or, without ``per_image``, of any shape
    y : array of the same shape
    per_image : bool
        Whether each entry of the first axis is an image with a loss of its own; otherwise all pixels are one.
    **options
        See `ListOptions`; a list is an image.

    Returns
    -------
    array
        Of the type of the scores; without axes, or (n_images,) for ``reduction="none"``.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, InvalidTargetError, InvalidWeightError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> scores, y = np.array([[2.0, -1.0, -0.5, 0.5]]), np.array([[1, 1, -1, -1]])
    >>> round(float(lovasz_hinge(scores, y)), 4)
    1.2917

    References
    ----------
    Berman, Triki, Blaschko. The Lovász-softmax loss. CVPR 2018.
    """
    return reduced_lists(_lovasz, scores, y, list_axes=1 if per_image else 0, **options)


def _lovasz(batch: Batch, z: Array, positive: Array, negative: Array) -> Array:
    xp = batch.xp
    slack = xp.where(negative, 1.0 + z, xp.where(positive, 1.0 - z, xp.zeros_like(z)))
    order = xp.argsort(slack, axis=-1, descending=True)
    slack, positive, negative = (xp.take_along_axis(array, order, axis=-1) for array in (slack, positive, negative))
    # Counted in integers, which are exact for any number of pixels.
    one = index_dtype(xp)
    found, wrong = xp.astype(positive, one), xp.astype(negative, one)
    total = xp.sum(found, axis=-1, keepdims=True)
    left, union = total - running_sum(xp, found), total + running_sum(xp, wrong)
    jaccard = batch.cast(left) / batch.cast(xp.where(union > 0, union, xp.ones_like(union)))
    loss = xp.where(union > 0, 1.0 - jaccard, xp.zeros_like(jaccard))
    steps = loss - xp.concat([xp.zeros_like(loss[..., :1]), loss[..., :-1]], axis=-1)
    return spoil(xp, xp.sum(positive_part(xp, slack) * steps, axis=-1), z)
