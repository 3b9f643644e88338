"""The fused losses as functions of features, weights of the classes, and labels."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import array_api_compat as compat

from maxmargin.losses._arrays import Array, Validate, is_torch, positive_part
from maxmargin.losses._parameters import one_of
from maxmargin.losses._reduction import Reduction
from maxmargin.losses.fused import _loops
from maxmargin.losses.fused._head import Call, Head, open_call
from maxmargin.losses.fused._loops import HeadGradients

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["HeadGradients", "LinearOptions", "linear_crammer_singer", "linear_gradients", "linear_weston_watkins"]


class LinearOptions(TypedDict, total=False):
    """The keywords of every fused loss.

    Parameters
    ----------
    bias : array (n_classes,), optional
    margin : float or array (n_classes,), default=1
        A number, or one for each true class.
    power : {1, 2}, default=1
    chunk : int, optional
        How many classes are computed at a time; by default as many as fit the cache (a megabyte of scores, never fewer
        than 128 classes), or 2²⁵ scores on an accelerator.
    class_weight : array (n_classes,), optional
        Factor of the samples of each class.
    sample_weight : array, optional
        A weight ≥ 0 for each sample, of the shape of y.
    mask : array of bool, optional
        True where a sample counts, of the shape of y.
    ignore_index : int, optional
        Samples with this label do not count.
    reduction : {"mean", "weighted_mean", "sum", "none"}, default="mean"
    validate : {"auto", True, False}, default="auto"
        Whether to look at labels and weights; what is not looked at gives NaN where it is not valid.
    """

    bias: Array | None
    margin: Any
    power: int
    chunk: int | None
    class_weight: Any
    sample_weight: Array | None
    mask: Array | None
    ignore_index: int | None
    reduction: Reduction
    validate: Validate


def linear_crammer_singer(features: Array, weight: Array, y: Array, **options: Unpack[LinearOptions]) -> Array:
    """Crammer–Singer loss of a linear head, ``max(0, margin + maxⱼ sⱼ − s_y)^power`` for s = W·x + bias and j ≠ y.

    A sample has a gradient in two rows of W. Where several rivals have the same largest score, the first of them takes the
    whole gradient, while `crammer_singer` shares it evenly.

    Parameters
    ----------
    features : array of float (…, n_features)
    weight : array of float (n_classes, n_features)
        As in ``torch.nn.Linear``.
    y : array of int (…)
        Class indices.
    **options
        See `LinearOptions`.

    Returns
    -------
    array
        Of the type of the features; without axes, or of the shape of y for ``reduction="none"``.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, ClassRangeError, InvalidWeightError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> weight = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    >>> float(linear_crammer_singer(np.array([[2.0, 1.5]]), weight, np.array([0])))
    0.5

    References
    ----------
    Crammer, Singer. On the algorithmic implementation of multiclass kernel-based vector machines. JMLR 2, 2001.
    """
    call = open_call(features, weight, y, **options)
    violations = _violations(call, _backend(call.head).nearest_rival(call.head))
    return call.reduced(violations if call.power == 1 else violations * violations)


def linear_weston_watkins(features: Array, weight: Array, y: Array, **options: Unpack[LinearOptions]) -> Array:
    """Weston–Watkins loss of a linear head, ``Σⱼ max(0, margin + sⱼ − s_y)^power`` for s = W·x + bias and j ≠ y.

    In PyTorch, second derivatives and the transforms of ``torch.func`` take the memory of the plain way. Parameters, results
    and errors as for `linear_crammer_singer`.

    Examples
    --------
    >>> import numpy as np
    >>> weight = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    >>> float(linear_weston_watkins(np.array([[1.0, 1.5]]), weight, np.array([0])))
    1.5

    References
    ----------
    Weston, Watkins. Support vector machines for multi-class pattern recognition. ESANN 1999.
    """
    call = open_call(features, weight, y, **options)
    backend = _backend(call.head)
    if call.reduction == "none":
        return call.reduced(backend.weston_watkins(call.head, call.margins, call.power))
    return call.batch.give_back(backend.weston_watkins_total(call.head, call.margins, call.power, call.coefficients()))


def linear_gradients(
    kind: Literal["crammer_singer", "weston_watkins"], features: Array, weight: Array, y: Array,
    **options: Unpack[LinearOptions],
) -> tuple[Array, HeadGradients]:  # fmt: skip
    """A fused loss and its gradients with respect to features, weight and bias, without automatic differentiation.

    It is meant for NumPy and CuPy and works with PyTorch; in JAX take ``jax.value_and_grad``. With ``reduction="none"`` the
    gradients are those of the sum.

    Parameters
    ----------
    kind : {"crammer_singer", "weston_watkins"}
    features, weight, y, **options
        As for `linear_crammer_singer`.

    Examples
    --------
    >>> import numpy as np
    >>> weight = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    >>> loss, gradients = linear_gradients("crammer_singer", np.array([[2.0, 1.5]]), weight, np.array([0]))
    >>> gradients.weight
    array([[-2. , -1.5],
           [ 2. ,  1.5],
           [ 0. ,  0. ]])
    >>> gradients.features
    array([[-1.,  1.]])
    """
    one_of("kind", kind, ("crammer_singer", "weston_watkins"))
    call = open_call(features, weight, y, **options)
    head, xp = call.head, call.batch.xp
    if kind == "crammer_singer":
        rival = _loops.nearest_rival(head)
        violations = _violations(call, rival)
        losses = violations if call.power == 1 else violations * violations
        slope = xp.astype(~(violations <= 0), losses.dtype) if call.power == 1 else 2.0 * violations
        gradients = _loops.crammer_singer_gradients(head, rival, call.coefficients() * slope)
    else:
        losses, gradients, _ = _loops.weston_watkins_with_gradients(head, call.margins, call.power, call.coefficients())
    of_features = call.batch.give_back(xp.reshape(gradients.features, tuple(call.batch.scores.shape)))
    return call.reduced(losses), gradients._replace(features=of_features)


def _violations(call: Call, rival: Array) -> Array:
    """``max(0, margin + s_rival − s_y)`` of each row."""
    head, xp = call.head, call.batch.xp
    if head.n_classes == 1:  # no rival: 0, as a function of the scores
        return xp.where(head.y < 0, head.true_scores(), xp.zeros_like(call.margins))
    scores = head.scores_of(xp.stack([rival, head.y], axis=-1))
    return positive_part(xp, call.margins + scores[:, 0] - scores[:, 1])


def _backend(head: Head) -> ModuleType:
    """Who runs over the classes: a module that is imported only after an array of its framework was seen."""
    if is_torch(head.features):
        from maxmargin.losses.fused import _torch

        return _torch
    if compat.is_jax_array(head.features):
        from maxmargin.losses.fused import _jax

        return _jax
    return _loops
