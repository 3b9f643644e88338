"""Losses of ordered classes: a score on a line that thresholds cut into classes."""

from __future__ import annotations

from typing import Any, Literal

from maxmargin.exceptions import InvalidParameterError, ShapeError
from maxmargin.losses._arrays import Array, Validate
from maxmargin.losses._batch import open_batch
from maxmargin.losses._labels import class_factors, class_targets
from maxmargin.losses._parameters import one_of
from maxmargin.losses._reduction import Reduction, check_reduction, kept_scores, reduce_samples, sample_weights
from maxmargin.losses.objects.hinge import Hinge
from maxmargin.losses.objects.ordinal import threshold_losses
from maxmargin.losses.objects.scalar import MarginLoss

__all__ = ["ordinal_hinge"]


def ordinal_hinge(
    scores: Array, y: Array, thresholds: Array, *, kind: Literal["all", "immediate"] = "all", base: MarginLoss | None = None,
    class_weight: Any = None, sample_weight: Array | None = None, mask: Array | None = None, ignore_index: int | None = None,
    reduction: Reduction = "mean", validate: Validate = "auto",
) -> Array:  # fmt: skip
    """Ordinal hinge loss: the score of class y should lie above the thresholds θ₀ … θ_{y−1} and below the others.

    ``Σ_{k<y} base(f − θ_k) + Σ_{k≥y} base(θ_k − f)`` over all thresholds, or over those that bound the class.

    Parameters
    ----------
    scores : array of float, of any shape
        One number a sample.
    y : array of int, of the same shape
        Classes 0 … n_classes − 1, from the lowest to the highest.
    thresholds : array of float (n_classes − 1,)
        They may be learned as well: the minimum over all thresholds orders them by itself. Nothing sorts them here.
    kind : {"all", "immediate"}
        "all" counts every threshold on whose wrong side the score is, an upper bound of |prediction − y|; "immediate" the
        two thresholds θ_{y−1} and θ_y, an upper bound of the 0-1 loss.
    base : MarginLoss, optional
        An object of `maxmargin.losses.objects`; ``Hinge()`` when not given.
    class_weight : array (n_classes,), optional
        Factor of the samples of each class.
    sample_weight, mask, ignore_index, reduction, validate
        See `ClassOptions`.

    Returns
    -------
    array
        Of the type of the scores; without axes, or of their shape for ``reduction="none"``.

    Raises
    ------
    ShapeError, NamespaceError, UnsupportedTypeError, ClassRangeError, InvalidWeightError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> scores, y, thresholds = np.array([0.5, 0.5]), np.array([0, 2]), np.array([-1.0, 2.0])
    >>> ordinal_hinge(scores, y, thresholds, reduction="none")
    array([2.5, 2.5])
    >>> ordinal_hinge(scores, y, thresholds, kind="immediate", reduction="none")
    array([2.5, 2.5])

    References
    ----------
    Rennie, Srebro. Loss functions for preference levels: regression with discrete ordered labels. IJCAI workshop, 2005.
    Pedregosa, Bach, Gramfort. On the consistency of ordinal regression methods. JMLR 18, 2017.
    """
    check_reduction(reduction)
    one_of("kind", kind, ("all", "immediate"))
    if not (base is None or isinstance(base, MarginLoss)):
        raise InvalidParameterError(f"base must be a loss of the margin, such as Hinge(). Got {base!r} instead.")
    batch = open_batch(scores, y=y, thresholds=thresholds, sample_weight=sample_weight, mask=mask, validate=validate)
    cuts, shape = batch.others["thresholds"], tuple(batch.scores.shape)
    if len(cuts.shape) != 1:
        raise ShapeError(f"thresholds have the shape {tuple(cuts.shape)}; expected (n_classes - 1,)")
    n_cuts = cuts.shape[0]
    targets = class_targets(batch, ignore_index, n_classes=n_cuts + 1, shape=shape)
    z = kept_scores(batch, targets.keep)
    losses = threshold_losses(batch.xp, z, targets.values, batch.cast(cuts), kind, Hinge() if base is None else base)
    weight = sample_weights(batch, targets.keep, shape)
    factor = class_factors(batch, targets.values, n_cuts + 1, class_weight)
    return reduce_samples(batch, losses, reduction, weight=weight, factor=factor, keep=targets.keep, valid=targets.valid)
