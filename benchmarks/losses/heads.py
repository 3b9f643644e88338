"""Linear heads with 50,000 classes: value and gradients of features and weights, fused and through the matrix of scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from maxmargin.losses import crammer_singer, fused, weston_watkins
from maxmargin.losses.objects import CrammerSinger, WestonWatkins

__all__ = ["KINDS", "WAYS", "Head", "call"]

KINDS = {"crammer_singer": CrammerSinger(), "weston_watkins": WestonWatkins()}
PLAIN = {"crammer_singer": crammer_singer, "weston_watkins": weston_watkins}
WAYS = {"numpy": ("fused", "plain"), "torch": ("fused", "plain", "F.multi_margin_loss"), "jax": ("fused", "plain")}


@dataclass(frozen=True)
class Head:
    """Sizes: samples, classes, features."""

    n_samples: int
    n_classes: int
    n_features: int

    def data(self) -> tuple[Any, Any, Any]:
        """Features, weights, labels; float32, the same in every framework."""
        rng = np.random.default_rng(0)
        features = rng.standard_normal((self.n_samples, self.n_features), dtype=np.float32)
        weight = rng.standard_normal((self.n_classes, self.n_features), dtype=np.float32)
        return features, weight / np.float32(np.sqrt(self.n_features)), rng.integers(0, self.n_classes, self.n_samples)


def call(framework: str, kind: str, way: str, head: Head) -> Callable[[], Any]:
    """One evaluation, ready to be timed; the framework is warm and the input in its arrays."""
    build = {"numpy": _numpy, "torch": _torch, "jax": _jax}[framework]
    build(kind, way, Head(8, 200, head.n_features))()
    return build(kind, way, head)


def _numpy(kind: str, way: str, head: Head) -> Callable[[], Any]:
    features, weight, y = head.data()

    def plain() -> Any:
        scores = features @ weight.T
        slopes = KINDS[kind].subgradient(scores, y) / len(y)
        return PLAIN[kind](scores, y), slopes @ weight, slopes.T @ features

    return plain if way == "plain" else lambda: fused.linear_gradients(kind, features, weight, y)  # type: ignore[arg-type]


def _torch(kind: str, way: str, head: Head) -> Callable[[], Any]:
    import torch

    features, weight, y = map(torch.from_numpy, head.data())
    leaves = features.requires_grad_(), weight.requires_grad_()

    def loss() -> Any:
        if way == "fused":
            return getattr(fused, f"linear_{kind}")(*leaves, y)
        scores = leaves[0] @ leaves[1].T
        if way == "plain":
            return PLAIN[kind](scores, y)
        return torch.nn.functional.multi_margin_loss(scores, y) * head.n_classes

    return lambda: torch.autograd.grad(loss(), leaves)


def _jax(kind: str, way: str, head: Head) -> Callable[[], Any]:
    import jax

    features, weight, y = map(jax.numpy.asarray, head.data())

    def loss(features: Any, weight: Any, y: Any) -> Any:
        if way == "fused":
            return getattr(fused, f"linear_{kind}")(features, weight, y)
        return PLAIN[kind](features @ weight.T, y)

    step = jax.jit(jax.grad(loss, argnums=(0, 1))).lower(features, weight, y).compile()
    return lambda: jax.block_until_ready(step(features, weight, y))
