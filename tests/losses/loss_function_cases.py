"""Every function of several classes, items, vectors or networks, with arguments to call it with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from maxmargin import losses

RNG = np.random.default_rng(0)
N, K, D = 6, 5, 3
S = 2.0 * RNG.normal(size=(N, K))
CLASS = RNG.integers(0, K, N)
PROBABILITY = RNG.dirichlet(np.ones(K), N)
HAS = np.array([[True, False, True, False, False]] * 3 + [[False, True, True, True, False]] * 3)
GRADE = RNG.integers(0, 3, (N, K))
COSTS = 0.25 + RNG.integers(0, 8, (K, K)) / 4
np.fill_diagonal(COSTS, 0.0)
F, G = RNG.normal(size=(2, N))
SIGN = np.array([1, -1, -1, 1, 1, -1])
LEVEL = np.array([0, 1, 2, 3, 1, 0])
CUTS = np.array([-1.0, 0.125, 1.0])
U, V, W = RNG.normal(size=(3, N, D))
CANDIDATES = RNG.normal(size=(N, 4, D))
PADDED = np.array([[0, 2, -1, 9], [1, -1, -1, -1], [-1] * 4, [4, 3, 2, 1], [0, 0, -1, 0], [1, 2, 3, -1]])


class Case(NamedTuple):
    """A function, what it differentiates by, what else it takes, and the shape of its samples (None: it has no mask)."""

    call: Callable[..., Any]
    scores: np.ndarray
    others: tuple[np.ndarray, ...]
    samples: tuple[int, ...] | None
    reductions: tuple[str, ...] = ("mean", "weighted_mean", "sum")

    def value(self, *arrays: Any, **options: Any) -> Any:
        return self.call(*arrays, **options)


def padded(scores, indices, **options):
    return losses.multilabel_separation(scores, losses.from_padded_indices(indices, K), **options)


def costly(scores, y, costs, **options):
    return losses.crammer_singer(scores, y, margin=costs, power=2, **options)


GAN = ("mean", "sum")
CASES = {
    "crammer_singer": Case(losses.crammer_singer, S, (CLASS,), (N,)),
    "crammer_singer with costs": Case(costly, S, (CLASS, COSTS), (N,)),
    "crammer_singer with margins of classes": Case(costly, S, (CLASS, CUTS[[0, 1, 2, 1, 2]]), (N,)),
    "crammer_singer of probabilities": Case(
        partial(losses.crammer_singer, soft=True, class_weight=(1.0, 2.0, 3.0, 1.0, 0.5)), S, (PROBABILITY,), (N,)
    ),
    "crammer_singer along the first axis": Case(partial(losses.crammer_singer, axis=0), S.T.copy(), (CLASS,), (N,)),
    "class_loss": Case(partial(losses.class_loss, losses.objects.OneVsRest(losses.objects.Logistic())), S, (CLASS,), (N,)),
    "weston_watkins": Case(partial(losses.weston_watkins, normalize=True), S, (CLASS,), (N,)),
    "weston_watkins squared": Case(partial(losses.weston_watkins, power=2), S, (CLASS,), (N,)),
    "one_vs_rest_hinge": Case(partial(losses.one_vs_rest_hinge, aggregate="mean"), S, (CLASS,), (N,)),
    "lee_lin_wahba": Case(losses.lee_lin_wahba, S, (CLASS,), (N,)),
    "top_k_hinge beta": Case(partial(losses.top_k_hinge, k=2), S, (CLASS,), (N,)),
    "top_k_hinge alpha": Case(partial(losses.top_k_hinge, k=2, variant="alpha"), S, (CLASS,), (N,)),
    "keras_categorical_hinge": Case(losses.keras_categorical_hinge, S, (CLASS,), (N,)),
    "multilabel_separation": Case(partial(losses.multilabel_separation, normalize=True), S, (HAS,), (N, K)),
    "multilabel_separation squared": Case(partial(losses.multilabel_separation, power=2), S, (HAS,), (N, K)),
    "multilabel_separation of padded indices": Case(padded, S, (PADDED,), (N, K)),
    "margin_ranking": Case(partial(losses.margin_ranking, margin=0.5), F, (G, SIGN), (N,)),
    "pairwise_hinge": Case(partial(losses.pairwise_hinge, temperature=0.7), S, (HAS,), (N, K)),
    "pairwise_hinge of grades": Case(partial(losses.pairwise_hinge, power=2), S, (GRADE,), (N, K)),
    "auc_hinge": Case(partial(losses.auc_hinge, power=2), F, (SIGN,), (N,)),
    "f1_hinge": Case(losses.f1_hinge, S, (HAS,), (N, K)),
    "precision_at_k_hinge": Case(partial(losses.precision_at_k_hinge, k=2), S, (HAS,), (N, K)),
    "ordinal_hinge": Case(losses.ordinal_hinge, F, (LEVEL, CUTS), (N,)),
    "ordinal_hinge immediate": Case(
        partial(losses.ordinal_hinge, kind="immediate", base=losses.objects.SmoothHinge()), F, (LEVEL, CUTS), (N,)
    ),
    "structured_hinge": Case(losses.structured_hinge, F, (G,), (N,)),
    "hinge_embedding": Case(losses.hinge_embedding, np.abs(F), (SIGN,), (N,)),
    "contrastive": Case(losses.contrastive, U, (V, SIGN), (N,)),
    "contrastive cubed": Case(partial(losses.contrastive, p=3.0, power=2, neg_margin=3.0), U, (V, SIGN), (N,)),
    "cosine_embedding": Case(losses.cosine_embedding, U, (V, SIGN), (N,)),
    "triplet_margin": Case(partial(losses.triplet_margin, swap=True, p=1.0), U, (V, W), (N,)),
    "triplet_margin of candidates": Case(losses.triplet_margin, U, (V, CANDIDATES), (N, 4)),
    "triplet_margin hardest": Case(partial(losses.triplet_margin, hard="hardest"), U, (V, CANDIDATES), (N, 4)),
    "triplet_margin semihard": Case(partial(losses.triplet_margin, hard="semihard"), U, (V, CANDIDATES), (N, 4)),
    "lovasz_hinge": Case(losses.lovasz_hinge, S, (HAS,), (N, K)),
    "lovasz_hinge of all": Case(partial(losses.lovasz_hinge, per_image=False), S, (HAS,), (N, K)),
    "gan_hinge_d": Case(losses.gan_hinge_d, F, (S,), None, GAN),
    "gan_hinge_g": Case(losses.gan_hinge_g, F, (), None, GAN),
}
