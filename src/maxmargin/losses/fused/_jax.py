"""The fused losses of JAX: scans whose steps are computed again in the backward pass. All transforms apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp

from maxmargin.losses._arrays import Array, positive_part
from maxmargin.losses.fused._head import Head

__all__ = ["nearest_rival", "weston_watkins"]

Step = Callable[[Any, Array, Array, Array], Any]


def nearest_rival(head: Head) -> Array:
    """As `_loops.nearest_rival`; which class it is has no derivative."""
    bias = None if head.bias is None else jax.lax.stop_gradient(head.bias)
    stop = replace(head, features=jax.lax.stop_gradient(head.features), weight=jax.lax.stop_gradient(head.weight), bias=bias)

    def step(carry: Any, start: Array, weight: Array, bias: Array) -> Any:
        best, rival = carry
        top, at = _largest(_scores(stop, start, weight, bias))
        better = ~(top <= best) & ~jnp.isnan(best)  # a NaN wins and stays
        return jnp.where(better, top, best), jnp.where(better, at.astype(rival.dtype) + start, rival)

    first = jnp.full_like(head.features[:, 0], -jnp.inf), (head.y + 1) % head.n_classes
    rival: Array = _over_chunks(stop, step, first)[1]
    return rival


def weston_watkins(head: Head, margins: Array, power: int) -> Array:
    """The loss of each sample; (N,)."""
    lift = (margins - head.true_scores())[:, None]

    def step(total: Array, start: Array, weight: Array, bias: Array) -> Array:
        positive = positive_part(jnp, _scores(head, start, weight, bias) + lift)
        return total + jnp.sum(positive if power == 1 else positive * positive, axis=-1)

    return _over_chunks(head, jax.checkpoint(step), jnp.zeros_like(margins))


def _over_chunks(head: Head, step: Step, carry: Any) -> Any:
    """The carry after the steps of all chunks of classes; the last one may be shorter."""
    bias = jnp.zeros_like(head.weight[:, 0]) if head.bias is None else head.bias
    chunk = _divisor(head.n_classes, head.chunk)
    count = head.n_classes // chunk
    whole = count * chunk
    chunks = (
        jnp.arange(count, dtype=head.y.dtype) * chunk,
        head.weight[:whole].reshape(count, chunk, -1),
        bias[:whole].reshape(count, chunk),
    )
    carry, _ = jax.lax.scan(lambda state, chunk: (step(state, *chunk), None), carry, chunks)
    if whole < head.n_classes:
        carry = step(carry, jnp.asarray(whole, dtype=head.y.dtype), head.weight[whole:], bias[whole:])
    return carry


def _divisor(n_classes: int, chunk: int) -> int:
    """A size not far below the chunk that divides the classes, if there is one: with a remainder XLA copies the weights."""
    return next((size for size in range(chunk, chunk // 2, -1) if n_classes % size == 0), chunk)


def _largest(scores: Array) -> tuple[Array, Array]:
    """The largest score of each row, and its first place; NaN if there is one. For processors XLA has no fast argmax."""
    top, places = jnp.max(scores, axis=-1), jnp.arange(scores.shape[-1])
    here = (scores == top[:, None]) | jnp.isnan(scores)
    return top, jnp.min(jnp.where(here, places, places[-1]), axis=-1)


def _scores(head: Head, start: Array, weight: Array, bias: Array) -> Array:
    """The scores of the classes from ``start`` on, with −∞ for the true class."""
    scores = head.features @ weight.T + bias
    column = head.y - start
    column = jnp.where((column >= 0) & (column < weight.shape[0]), column, weight.shape[0])
    return scores.at[jnp.arange(head.y.shape[0]), column].set(-jnp.inf, mode="drop")
