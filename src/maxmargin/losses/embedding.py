"""Losses of distances: what belongs together should be near, and the rest farther than a margin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from maxmargin.exceptions import ShapeError
from maxmargin.losses._arrays import Array, Namespace, positive_part
from maxmargin.losses._batch import Batch, open_batch
from maxmargin.losses._distances import Distance, cosine, distance_or_norm
from maxmargin.losses._labels import sign_targets
from maxmargin.losses._parameters import finite, non_negative, one_of, positive
from maxmargin.losses.binary import BinaryOptions, reduced_signs

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["contrastive", "cosine_embedding", "hinge_embedding"]

# What a number, a distance or a similarity, costs.
_Cost = Callable[[Namespace, Array], Array]


def hinge_embedding(distances: Array, y: Array, *, margin: float = 1.0, **options: Unpack[BinaryOptions]) -> Array:
    """Hinge embedding loss: the distance itself for y = +1, ``max(0, margin − distance)`` for y = −1.

    It is not the hinge loss of a classifier (`hinge`): with scores for distances, nothing bounds it below.

    Parameters
    ----------
    distances : array of float, of any shape
    y : array of the same shape
    margin : float
    **options
        See `BinaryOptions`.

    Examples
    --------
    >>> import numpy as np
    >>> hinge_embedding(np.array([0.25, 0.25, 3.0]), np.array([1, -1, -1]), reduction="none")
    array([0.25, 0.75, 0.  ])
    """
    margin = finite("margin", margin)
    value = _two_sided(lambda _, d: d, lambda xp, d: positive_part(xp, margin - d))
    return reduced_signs(value, distances, y, **options)


def contrastive(
    first: Array, second: Array, y: Array, *, pos_margin: float = 0.0, neg_margin: float = 1.0, power: int = 1,
    p: float = 2.0, eps: float = 0.0, distance: Distance | None = None, **options: Unpack[BinaryOptions],
) -> Array:  # fmt: skip
    """Contrastive loss: ``max(0, d − pos_margin)^power`` for y = +1 and ``max(0, neg_margin − d)^power`` for y = −1.

    Parameters
    ----------
    first, second : arrays of float (…, n_features), of one shape
        The vectors of each pair; nothing normalises them.
    y : array (…)
        +1 for pairs that belong together, −1 for the others.
    pos_margin, neg_margin : float ≥ 0
    power : {1, 2}
        2 gives twice the loss of Hadsell, Chopra and LeCun.
    p : float ≥ 1
        d is the p-norm of ``first − second + eps``. At d = 0 its gradient is 0.
    eps : float ≥ 0
    distance : callable, optional
        ``distance(first, second)`` gives d in the place of the norm.
    **options
        See `BinaryOptions`.

    Examples
    --------
    >>> import numpy as np
    >>> first, second = np.zeros((2, 2)), np.array([[0.3, 0.4], [0.3, 0.4]])
    >>> contrastive(first, second, np.array([1, -1]), reduction="none")
    array([0.5, 0.5])

    References
    ----------
    Hadsell, Chopra, LeCun. Dimensionality reduction by learning an invariant mapping. CVPR 2006.
    """
    one_of("power", power, (1, 2))
    pos_margin, neg_margin = non_negative("pos_margin", pos_margin), non_negative("neg_margin", neg_margin)
    eps = non_negative("eps", eps)

    def slack(xp: Namespace, z: Array) -> Array:
        z = positive_part(xp, z)
        return z if power == 1 else z * z

    value = _two_sided(lambda xp, d: slack(xp, d - pos_margin), lambda xp, d: slack(xp, neg_margin - d))
    return _reduced_pairs(value, lambda xp, u, v: distance_or_norm(xp, distance, p, eps)(u, v), first, second, y, **options)


def cosine_embedding(
    first: Array, second: Array, y: Array, *, margin: float = 0.0, eps: float = 1e-12, **options: Unpack[BinaryOptions]
) -> Array:
    """Cosine embedding loss: ``1 − cos`` for y = +1, ``max(0, cos − margin)`` for y = −1.

    Parameters
    ----------
    first, second, y, **options
        As for `contrastive`.
    margin : float
    eps : float > 0
        Added to the squared lengths of the vectors, so that a vector of zeros has the cosine 0 with all.

    Examples
    --------
    >>> import numpy as np
    >>> first, second = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [3.0, 0.0]])
    >>> cosine_embedding(first, second, np.array([1, -1]), margin=0.5, reduction="none")
    array([1. , 0.5])
    """
    margin, eps = finite("margin", margin), positive("eps", eps)
    value = _two_sided(lambda _, c: 1.0 - c, lambda xp, c: positive_part(xp, c - margin))
    return _reduced_pairs(value, lambda xp, u, v: cosine(xp, u, v, eps), first, second, y, **options)


def _two_sided(together: _Cost, apart: _Cost) -> Callable[[Namespace, Array, Array], Array]:
    """The value of `reduced_signs` that costs one thing for y = +1 and another for y = −1."""

    def value(xp: Namespace, z: Array, y: Array) -> Array:
        # A sign that is NaN, for a label that is none, makes loss and gradient NaN: products are cheaper than choices.
        z = z * (y * y)
        return xp.where(y > 0, together(xp, z), apart(xp, z))

    return value


def _reduced_pairs(
    value: Callable[[Namespace, Array, Array], Array], compare: Callable[[Namespace, Array, Array], Array],
    first: Array, second: Array, y: Array, **options: Any,
) -> Array:  # fmt: skip
    """`reduced_signs` of the comparison of each pair; the vectors of masked pairs are 0, so that no NaN is compared."""
    batch = open_batch(
        first, second=second, y=y, mask=options.get("mask"), validate=options.get("validate", "auto"), name="first"
    )
    xp, shape, other = batch.xp, tuple(batch.scores.shape), batch.others["second"]
    if not shape or not shape[-1] or tuple(other.shape) != shape:
        raise ShapeError(
            f"first has the shape {shape} and second {tuple(other.shape)}; expected equal ones, (…, n_features)"
        )
    u, v = batch.scores, batch.cast(other)
    of_pairs = Batch(xp, u[..., 0], batch.dtype, batch.others, batch.validate)
    keep = sign_targets(of_pairs, options.get("labels", "signed"), options.get("ignore_index")).keep
    if keep is not None:
        u, v = (xp.where(keep[..., None], array, xp.zeros_like(array)) for array in (u, v))
    return batch.give_back(reduced_signs(value, compare(xp, u, v), y, **options))
