"""Our functions and the frameworks' own that compute the same numbers: value and gradient, float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from maxmargin import losses
from maxmargin.losses.objects import CrammerSinger, WestonWatkins

__all__ = ["cases"]

Pair = tuple[str, str, Callable[[], Any], Callable[[], Any]]  # our name, their name, our call, their call


def cases(n: int) -> list[Pair]:
    """The pairs, of n numbers each."""
    rng = np.random.default_rng(0)
    scores, signs = rng.standard_normal(n, dtype=np.float32), rng.choice([-1, 1], n).astype(np.float32)
    n_classes = 1000
    matrix = rng.standard_normal((n // n_classes, n_classes), dtype=np.float32)
    classes = rng.integers(0, n_classes, len(matrix))
    return [
        *_numpy(scores, signs, matrix, classes),
        *_torch(scores, signs, matrix, classes),
        *_jax(scores, signs, matrix, classes),
    ]


def _numpy(scores: Any, signs: Any, matrix: Any, classes: Any) -> list[Pair]:
    from sklearn.metrics import hinge_loss

    return [
        ("hinge", "sklearn.metrics.hinge_loss", lambda: losses.hinge(scores, signs), lambda: hinge_loss(signs, scores)),
        (
            "crammer_singer", "sklearn.metrics.hinge_loss", lambda: CrammerSinger().value(matrix, classes).mean(),
            lambda: hinge_loss(classes, matrix, labels=range(matrix.shape[1])),
        ),
    ]  # fmt: skip


def _torch(scores: Any, signs: Any, matrix: Any, classes: Any) -> list[Pair]:
    import torch
    from torch.nn import functional as F

    f, m = torch.from_numpy(scores).requires_grad_(), torch.from_numpy(matrix).requires_grad_()
    y, c, other = torch.from_numpy(signs), torch.from_numpy(classes), torch.zeros(len(scores))

    def gradient(loss: Callable[[], Any], leaf: Any) -> Callable[[], Any]:
        return lambda: torch.autograd.grad(loss(), leaf)

    return [
        ("hinge(margin=0.5)", "F.margin_ranking_loss", gradient(lambda: losses.hinge(f - other, y, margin=0.5), f),
         gradient(lambda: F.margin_ranking_loss(f, other, y, margin=0.5), f)),
        ("logistic", "F.soft_margin_loss", gradient(lambda: losses.logistic(f, y), f),
         gradient(lambda: F.soft_margin_loss(f, y), f)),
        ("weston_watkins", "F.multi_margin_loss", gradient(lambda: WestonWatkins().value(m, c).mean(), m),
         gradient(lambda: F.multi_margin_loss(m, c), m)),
    ]  # fmt: skip


def _jax(scores: Any, signs: Any, matrix: Any, classes: Any) -> list[Pair]:
    import jax
    import optax

    f, y, m, c = map(jax.numpy.asarray, (scores, signs, matrix, classes))

    def gradient(loss: Callable[..., Any], *inputs: Any) -> Callable[[], Any]:
        step = jax.jit(jax.grad(loss))
        return lambda: jax.block_until_ready(step(*inputs))

    def theirs(loss: Callable[..., Any]) -> Callable[..., Any]:
        return lambda scores, y: loss(scores, y).mean()

    def crammer_singer(m: Any, c: Any) -> Any:
        return CrammerSinger().value(m, c).mean()

    def smooth(f: Any, y: Any) -> Any:
        return losses.smooth_hinge(f, y, gamma=2.0)

    zero_one = (y + 1) / 2
    return [
        ("hinge", "optax.hinge_loss", gradient(losses.hinge, f, y), gradient(theirs(optax.hinge_loss), f, y)),
        ("perceptron", "optax.losses.perceptron_loss", gradient(losses.perceptron, f, y),
         gradient(theirs(optax.losses.perceptron_loss), f, y)),
        ("smooth_hinge(gamma=2)", "optax.losses.sparsemax_loss", gradient(smooth, f, y),
         gradient(theirs(optax.losses.sparsemax_loss), f, zero_one)),
        ("crammer_singer", "optax.losses.multiclass_hinge_loss", gradient(crammer_singer, m, c),
         gradient(theirs(optax.losses.multiclass_hinge_loss), m, c)),
    ]  # fmt: skip
