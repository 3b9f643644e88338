"""Our functions and the frameworks' own that compute the same numbers: value and gradient, float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from maxmargin import losses

__all__ = ["Pair", "cases"]

Pair = tuple[str, str, Callable[[], Any], Callable[[], Any]]  # our name, their name, our call, their call


def cases(n: int, n_classes: int) -> list[Pair]:
    """The pairs, of n numbers each, of which n_classes belong to one sample in the losses of several classes."""
    rng = np.random.default_rng(0)
    scores, signs = rng.standard_normal(n, dtype=np.float32), rng.choice([-1, 1], n).astype(np.float32)
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
            "crammer_singer", "sklearn.metrics.hinge_loss", lambda: losses.crammer_singer(matrix, classes),
            lambda: hinge_loss(classes, matrix, labels=range(matrix.shape[1])),
        ),
    ]  # fmt: skip


def _torch(scores: Any, signs: Any, matrix: Any, classes: Any) -> list[Pair]:
    import torch
    from torch.nn import functional as F

    f, m = torch.from_numpy(scores).requires_grad_(), torch.from_numpy(matrix).requires_grad_()
    y, c, other = torch.from_numpy(signs), torch.from_numpy(classes), torch.zeros(len(scores))
    u = f.detach().view(-1, 40).requires_grad_()  # vectors of 40 numbers
    v, w, together = u.detach().flip(0), u.detach().roll(1, 0), y[: len(u)]
    return [
        _pair("margin_ranking", "F.margin_ranking_loss", lambda: losses.margin_ranking(f, other, y, margin=0.5),
             lambda: F.margin_ranking_loss(f, other, y, margin=0.5), f),
        _pair("logistic", "F.soft_margin_loss", lambda: losses.logistic(f, y), lambda: F.soft_margin_loss(f, y), f),
        _pair("hinge_embedding", "F.hinge_embedding_loss", lambda: losses.hinge_embedding(f, y),
             lambda: F.hinge_embedding_loss(f, y), f),
        _pair("cosine_embedding", "F.cosine_embedding_loss", lambda: losses.cosine_embedding(u, v, together),
             lambda: F.cosine_embedding_loss(u, v, together), u),
        _pair("triplet_margin", "F.triplet_margin_loss", lambda: losses.triplet_margin(u, v, w),
             lambda: F.triplet_margin_loss(u, v, w), u),
        _pair("weston_watkins", "F.multi_margin_loss", lambda: losses.weston_watkins(m, c, normalize=True),
             lambda: F.multi_margin_loss(m, c), m),
        *(_of_labels(m, c, count) for count in (3, 300) if count < m.shape[1]),
    ]  # fmt: skip


def _of_labels(scores: Any, classes: Any, count: int) -> Pair:
    import torch

    n_labels = scores.shape[1]
    indices = (classes[:, None] + torch.arange(count)) % n_labels
    padded = torch.nn.functional.pad(indices, (0, n_labels - count), value=-1)
    has = losses.from_padded_indices(padded, n_labels)
    return _pair(
        f"multilabel_separation, {count} of {n_labels}", "F.multilabel_margin_loss",
        lambda: losses.multilabel_separation(scores, has, normalize=True),
        lambda: torch.nn.functional.multilabel_margin_loss(scores, padded), scores,
    )  # fmt: skip


def _pair(ours: str, theirs: str, our_loss: Callable[[], Any], their_loss: Callable[[], Any], leaf: Any) -> Pair:
    import torch

    return ours, theirs, lambda: torch.autograd.grad(our_loss(), leaf), lambda: torch.autograd.grad(their_loss(), leaf)


def _jax(scores: Any, signs: Any, matrix: Any, classes: Any) -> list[Pair]:
    import jax
    import optax

    f, y, m, c = map(jax.numpy.asarray, (scores, signs, matrix, classes))

    def gradient(loss: Callable[..., Any], *inputs: Any) -> Callable[[], Any]:
        step = jax.jit(jax.grad(loss))
        return lambda: jax.block_until_ready(step(*inputs))

    def theirs(loss: Callable[..., Any]) -> Callable[..., Any]:
        return lambda scores, y: loss(scores, y).mean()

    def smooth(f: Any, y: Any) -> Any:
        return losses.smooth_hinge(f, y, gamma=2.0)

    zero_one = (y + 1) / 2
    return [
        ("hinge", "optax.hinge_loss", gradient(losses.hinge, f, y), gradient(theirs(optax.hinge_loss), f, y)),
        ("perceptron", "optax.losses.perceptron_loss", gradient(losses.perceptron, f, y),
         gradient(theirs(optax.losses.perceptron_loss), f, y)),
        ("smooth_hinge(gamma=2)", "optax.losses.sparsemax_loss", gradient(smooth, f, y),
         gradient(theirs(optax.losses.sparsemax_loss), f, zero_one)),
        ("crammer_singer", "optax.losses.multiclass_hinge_loss", gradient(losses.crammer_singer, m, c),
         gradient(theirs(optax.losses.multiclass_hinge_loss), m, c)),
    ]  # fmt: skip
