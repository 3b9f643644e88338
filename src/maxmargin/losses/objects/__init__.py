"""Losses as objects: frozen, hashable, with the calculus that optimisation needs.

    >>> import numpy as np
    >>> from maxmargin.losses.objects import Hinge
    >>> loss, f, y = Hinge(), np.array([0.5, -1.0, 3.0]), np.array([1, -1, 1])
    >>> loss.value(f, y)
    array([0.5, 0. , 0. ])
    >>> u = loss.subgradient(f, y)
    >>> bool(np.all(loss.value(f, y) + loss.conjugate(u, y) == u * f))  # Fenchel and Young
    True

Modules: ``base`` (what every loss can do), ``scalar`` (one score a sample), ``vector`` (one score a class),
``comparison`` (of the true class with the others), then the losses, one family a file.
"""

from __future__ import annotations

from maxmargin.losses.objects.base import Loss
from maxmargin.losses.objects.bent import GeneralizedHinge, PinballHinge
from maxmargin.losses.objects.cost_sensitive import CostSensitive
from maxmargin.losses.objects.crammer_singer import CrammerSinger
from maxmargin.losses.objects.epsilon_insensitive import EpsilonInsensitive
from maxmargin.losses.objects.hinge import Hinge, ModifiedHuber, SmoothHinge, SquaredHinge
from maxmargin.losses.objects.logistic import Logistic
from maxmargin.losses.objects.ordinal import OrdinalHinge
from maxmargin.losses.objects.ramp import Ramp
from maxmargin.losses.objects.scalar import MarginLoss, ResidualLoss
from maxmargin.losses.objects.separable import LeeLinWahba, OneVsRest
from maxmargin.losses.objects.top_k import TopKHinge
from maxmargin.losses.objects.vector import VectorLoss
from maxmargin.losses.objects.weston_watkins import WestonWatkins

__all__ = [
    "CostSensitive",
    "CrammerSinger",
    "EpsilonInsensitive",
    "GeneralizedHinge",
    "Hinge",
    "LeeLinWahba",
    "Logistic",
    "Loss",
    "MarginLoss",
    "ModifiedHuber",
    "OneVsRest",
    "OrdinalHinge",
    "PinballHinge",
    "Ramp",
    "ResidualLoss",
    "SmoothHinge",
    "SquaredHinge",
    "TopKHinge",
    "VectorLoss",
    "WestonWatkins",
]
