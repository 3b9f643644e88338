"""The hinge losses of generative adversarial networks."""

from __future__ import annotations

from typing import Literal

from maxmargin.losses._arrays import Array
from maxmargin.losses._batch import open_batch
from maxmargin.losses._parameters import non_negative, one_of
from maxmargin.losses._reduction import reduce_samples
from maxmargin.losses.binary import binary_loss
from maxmargin.losses.objects.hinge import Hinge

__all__ = ["gan_hinge_d", "gan_hinge_g"]


def gan_hinge_d(real: Array, fake: Array, *, margin: float = 1.0, reduction: Literal["mean", "sum"] = "mean") -> Array:
    """Hinge loss of a discriminator: ``mean(max(0, margin − real)) + mean(max(0, margin + fake))``.

    Two means are added; some programs halve that.

    Parameters
    ----------
    real, fake : arrays of float, each of any shape
        The scores of true and of generated samples.
    margin : float ≥ 0
    reduction : {"mean", "sum"}

    Returns
    -------
    array
        Without axes, of the type of ``real``.

    Raises
    ------
    NamespaceError, UnsupportedTypeError, InvalidParameterError

    Examples
    --------
    >>> import numpy as np
    >>> float(gan_hinge_d(np.array([2.0, 0.0]), np.array([-3.0, 1.0, 0.0])))
    1.5

    References
    ----------
    Lim, Ye. Geometric GAN. 2017.
    Miyato, Kataoka, Koyama, Yoshida. Spectral normalization for generative adversarial networks. ICLR 2018.
    """
    one_of("reduction", reduction, ("mean", "sum"))
    loss = Hinge(non_negative("margin", margin))
    batch = open_batch(real, fake=fake, name="real")
    xp, other = batch.xp, open_batch(batch.others["fake"], name="fake").scores
    true = xp.ones_like(batch.scores, dtype=xp.bool)
    of_real = binary_loss(loss, batch.scores, true, reduction=reduction)
    of_fake = binary_loss(loss, batch.cast(other), xp.zeros_like(other, dtype=xp.bool), reduction=reduction)
    return batch.give_back(of_real + of_fake)


def gan_hinge_g(fake: Array, *, reduction: Literal["mean", "sum", "none"] = "mean") -> Array:
    """Loss of the generator that goes with it: ``−mean(fake)``, without a margin.

    Examples
    --------
    >>> import numpy as np
    >>> float(gan_hinge_g(np.array([-3.0, 1.0, 0.5])))
    0.5
    """
    one_of("reduction", reduction, ("mean", "sum", "none"))
    batch = open_batch(fake, name="fake")
    return reduce_samples(batch, -batch.scores, reduction)
