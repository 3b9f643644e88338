"""The hinge family on any array: NumPy, PyTorch, JAX, CuPy, with the same values and gradients.

    >>> import numpy as np
    >>> from maxmargin import losses
    >>> losses.hinge(np.array([2.0, -1.0]), np.array([1, 1]), reduction="none")
    array([0., 2.])

A function takes scores and labels and reduces; an object of `maxmargin.losses.objects` knows the calculus of its loss:
value, subgradient, conjugate, proximal operator. Frameworks are recognised by their arrays and never imported.
`maxmargin.losses.fused` has linear heads with very many classes; `maxmargin.losses.torch`, which imports torch, has modules.

Conventions, the same in every function:

- labels of two classes are −1 and +1, or booleans; 0 and 1 need ``labels="01"``; more classes are indices;
- shapes are equal, nothing broadcasts but weights, masks and margins;
- at a kink the gradient is the subgradient of least norm, so 0 at the hinge;
- float16 and bfloat16 are computed in float32, and the result has the type of the scores;
- a NaN score gives NaN; a label that is none raises, or gives NaN where a framework is tracing;
- without samples, or with all of them masked, the result and its gradient are 0.
"""

from __future__ import annotations

from maxmargin.losses import fused, objects
from maxmargin.losses._classes import ClassOptions
from maxmargin.losses._lists import ListOptions
from maxmargin.losses.binary import (
    BinaryOptions,
    binary_loss,
    generalized_hinge,
    hinge,
    huberized_hinge,
    logistic,
    modified_huber,
    perceptron,
    pinball_hinge,
    ramp,
    smooth_hinge,
    squared_hinge,
)
from maxmargin.losses.embedding import contrastive, cosine_embedding, hinge_embedding
from maxmargin.losses.gan import gan_hinge_d, gan_hinge_g
from maxmargin.losses.lovasz import lovasz_hinge
from maxmargin.losses.metrics import hinge_loss, neg_hinge_scorer, neg_squared_hinge_scorer
from maxmargin.losses.multiclass import (
    class_loss,
    crammer_singer,
    keras_categorical_hinge,
    lee_lin_wahba,
    one_vs_rest_hinge,
    top_k_hinge,
    weston_watkins,
)
from maxmargin.losses.multilabel import from_padded_indices, multilabel_separation
from maxmargin.losses.ordinal import ordinal_hinge
from maxmargin.losses.ranking import PairOptions, auc_hinge, f1_hinge, margin_ranking, pairwise_hinge, precision_at_k_hinge
from maxmargin.losses.regression import (
    RegressionOptions,
    epsilon_insensitive,
    regression_loss,
    smooth_epsilon_insensitive,
    squared_epsilon_insensitive,
)
from maxmargin.losses.structured import structured_hinge
from maxmargin.losses.triplet import triplet_margin

__all__ = [
    "BinaryOptions",
    "ClassOptions",
    "ListOptions",
    "PairOptions",
    "RegressionOptions",
    "auc_hinge",
    "binary_loss",
    "class_loss",
    "contrastive",
    "cosine_embedding",
    "crammer_singer",
    "epsilon_insensitive",
    "f1_hinge",
    "from_padded_indices",
    "fused",
    "gan_hinge_d",
    "gan_hinge_g",
    "generalized_hinge",
    "hinge",
    "hinge_embedding",
    "hinge_loss",
    "huberized_hinge",
    "keras_categorical_hinge",
    "lee_lin_wahba",
    "logistic",
    "lovasz_hinge",
    "margin_ranking",
    "modified_huber",
    "multilabel_separation",
    "neg_hinge_scorer",
    "neg_squared_hinge_scorer",
    "objects",
    "one_vs_rest_hinge",
    "ordinal_hinge",
    "pairwise_hinge",
    "perceptron",
    "pinball_hinge",
    "precision_at_k_hinge",
    "ramp",
    "regression_loss",
    "smooth_epsilon_insensitive",
    "smooth_hinge",
    "squared_epsilon_insensitive",
    "squared_hinge",
    "structured_hinge",
    "top_k_hinge",
    "triplet_margin",
    "weston_watkins",
]
