"""Losses of samples with a set of labels each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maxmargin.exceptions import ClassRangeError, InvalidTargetError, ShapeError
from maxmargin.losses._arrays import Array, Validate, as_array, device_of, index_dtype, is_kind, namespace_of, running_sum
from maxmargin.losses._batch import Batch
from maxmargin.losses._lists import ListOptions, reduced_lists
from maxmargin.losses._pairs import pairs_of_two_kinds
from maxmargin.losses._parameters import finite, integer, one_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["from_padded_indices", "multilabel_separation"]


def multilabel_separation(
    scores: Array, y: Array, *, margin: float = 1.0, power: int = 1, normalize: bool = False, **options: Unpack[ListOptions]
) -> Array:
    """Separation loss, ``Σ max(0, margin + sᵢ − sⱼ)^power`` over labels j of a sample and labels i it does not have.

    It takes O(K log K) operations a sample.

    Parameters
    ----------
    scores : array of float (…, n_labels)
    y : array of bool (…, n_labels), or of −1 and +1
        Which labels a sample has. For lists of indices see `from_padded_indices`.
    margin : float
    power : {1, 2}
    normalize : bool
        Whether to divide by n_labels, as ``torch.nn.MultiLabelMarginLoss`` does.
    **options
        See `ListOptions`; a list is the labels of a sample.

    Examples
    --------
    >>> import numpy as np
    >>> scores, y = np.array([[0.5, 2.0, -1.0]]), np.array([[True, False, True]])
    >>> float(multilabel_separation(scores, y))
    6.5

    References
    ----------
    Elisseeff, Weston. A kernel method for multi-labelled classification. NIPS 2001.
    """
    one_of("power", power, (1, 2))
    margin = finite("margin", margin)

    def list_loss(batch: Batch, z: Array, positive: Array, negative: Array) -> Array:
        weight = batch.cast(positive | negative)
        total = pairs_of_two_kinds(batch, z, positive, weight, margin=margin, power=power)
        return batch.cast(total / max(z.shape[-1], 1) if normalize else total)

    return reduced_lists(list_loss, scores, y, **options)


def from_padded_indices(indices: Array, n_labels: int, *, validate: Validate = "auto") -> Array:
    """Labels −1 and +1, of shape (…, n_labels), from lists of indices that end at the first −1.

    This is the format of ``torch.nn.MultiLabelMarginLoss``, except that an index that comes twice counts once.

    Parameters
    ----------
    indices : array of int (…, any length)
        What follows the first −1 of a row is not read.
    n_labels : int
    validate : {"auto", True, False}
        Whether to look at the indices. In a row that is not looked at and not valid every label is 0, which no loss
        takes for one: it gives NaN.

    Returns
    -------
    array of int8 (…, n_labels)

    Raises
    ------
    ClassRangeError
        For an index outside of −1 … n_labels − 1.

    Examples
    --------
    >>> import numpy as np
    >>> from_padded_indices(np.array([[2, 0, -1], [1, -1, -1]]), 3)
    array([[ 1, -1,  1],
           [-1,  1, -1]], dtype=int8)
    """
    n_labels = integer("n_labels", n_labels, 1)
    indices = as_array(indices, "indices")
    xp = namespace_of(indices)
    if not indices.shape:
        raise ShapeError("indices are a single number; expected (…, any length)")
    if not is_kind(xp, indices.dtype, "signed integer"):
        raise InvalidTargetError(
            f"indices have the type {indices.dtype}; expected signed integers (booleans need no conversion)"
        )
    indices = xp.astype(indices, index_dtype(xp))
    batch = Batch(xp, indices, indices.dtype, {}, validate)
    # Only what stands before the first −1 counts.
    ends = indices == -1
    before = running_sum(xp, xp.astype(ends, indices.dtype)) == 0
    message = f"indices have {{value}} at {{place}}; expected 0 to {n_labels - 1}, or −1 at the end of a list"
    inside = ~before | ((indices >= 0) & (indices < n_labels))
    valid = batch.check(inside, ClassRangeError, message, indices)
    classes = xp.arange(n_labels, dtype=indices.dtype, device=device_of(indices))
    has = xp.any((indices[..., None] == classes) & before[..., None], axis=-2)
    signs = 2 * xp.astype(has, xp.int8) - 1
    if valid is None:
        return signs
    return xp.where(xp.all(valid, axis=-1)[..., None], signs, xp.zeros_like(signs))
