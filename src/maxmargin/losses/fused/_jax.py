"""The fused losses of JAX: scans whose steps are computed again in the backward pass. All transforms apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from maxmargin.losses._arrays import Array, positive_part
from maxmargin.losses.fused._head import Head

__all__ = ["nearest_rival", "weston_watkins", "weston_watkins_total"]

Step = Callable[[Any, Array, Array, Array], Any]


def nearest_rival(head: Head) -> Array:
    """As `_loops.nearest_rival`; which class it is has no derivative."""
    bias = None if head.bias is None else jax.lax.stop_gradient(head.bias)
    stop = replace(head, features=jax.lax.stop_gradient(head.features), weight=jax.lax.stop_gradient(head.weight), bias=bias)

    def step(carry: Any, start: Array, weight: Array, bias: Array) -> Any:
        best, rival = carry
        top, at = _largest(_scores(stop, start, weight, bias))
        better = ~(top <= best) & ~jnp.isnan(best)  # a NaN wins and stays
        return (jnp.where(better, top, best), jnp.where(better, at.astype(rival.dtype) + start, rival)), None

    first = jnp.full_like(head.features[:, 0], -jnp.inf), (head.y + 1) % head.n_classes
    rival: Array = _over_chunks(stop, step, first)[0][1]
    return rival


def weston_watkins(head: Head, margins: Array, power: int) -> Array:
    """The loss of each sample; (N,)."""
    lift = (margins - head.true_scores())[:, None]

    def step(total: Array, start: Array, weight: Array, bias: Array) -> Any:
        positive = positive_part(jnp, _scores(head, start, weight, bias) + lift)
        return total + jnp.sum(positive if power == 1 else positive * positive, axis=-1), None

    losses: Array = _over_chunks(head, jax.checkpoint(step), jnp.zeros_like(margins))[0]
    return losses


def weston_watkins_total(head: Head, margins: Array, power: int, slopes: Array) -> Array:
    """The sum of the losses, each times its slope; its derivatives are found in the same pass."""
    total: Array = _total(power, head.chunk, head.features, head.weight, _bias(head), margins, slopes, head.y)
    return total


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _total(
    power: int, chunk: int, features: Array, weight: Array, bias: Array, margins: Array, slopes: Array, y: Array
) -> Array:
    return jnp.sum(slopes * weston_watkins(Head(jnp, features, weight, bias, y, chunk), margins, power))


def _total_and_tangent(power: int, chunk: int, primals: tuple[Array, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    """A rule for tangents, which JAX transposes for gradients: three matrix products for the two, instead of four."""
    features, weight, bias, margins, slopes, y = primals
    head, moves = Head(jnp, features, weight, bias, y, chunk), [not isinstance(t, SymbolicZero) for t in tangents[:5]]
    losses, gradients = _with_gradients(head, margins, power, slopes, of_features=moves[0], of_weight=moves[1])
    products = [
        jnp.sum(gradient * tangent)
        for gradient, tangent, here in zip((*gradients, losses), tangents, moves, strict=False)
        if here
    ]
    total = jnp.sum(slopes * losses)
    return total, sum(products, jnp.zeros_like(total))


_total.defjvp(_total_and_tangent, symbolic_zeros=True)


def _with_gradients(
    head: Head, margins: Array, power: int, slopes: Array, *, of_features: bool, of_weight: bool
) -> tuple[Array, tuple[Any, ...]]:
    """As `_loops.weston_watkins_with_gradients`: the losses, and the gradients by features, weight, bias and margins."""
    lift = (margins - head.true_scores())[:, None]
    of_violations = slopes if power == 1 else 2.0 * slopes
    sloped = of_violations[:, None] * head.features

    def step(carry: Any, start: Array, weight: Array, bias: Array) -> Any:
        losses, pull, features = carry
        positive = positive_part(jnp, _scores(head, start, weight, bias) + lift)
        push = (
            positive if power == 2 else 1.0 - (positive <= 0).astype(positive.dtype)
        )  # 1 for NaN, which spoils its product
        losses = losses + jnp.sum(positive if power == 1 else positive * positive, axis=-1)
        features = features + push @ weight if of_features else features
        return (losses, pull + jnp.sum(push, axis=-1), features), (
            push.T @ sloped if of_weight else None,
            of_violations @ push,
        )

    nothing = jnp.zeros_like(margins)
    (losses, pull, features), (weight, bias) = _over_chunks(
        head, jax.checkpoint(step), (nothing, nothing, jnp.zeros_like(head.features))
    )
    features = of_violations[:, None] * (features - pull[:, None] * head.weight[head.y]) if of_features else None
    weight = weight.at[head.y].add(-pull[:, None] * sloped) if of_weight else None
    return losses, (features, weight, bias.at[head.y].add(-pull * of_violations), of_violations * pull)


def _bias(head: Head) -> Array:
    return jnp.zeros_like(head.weight[:, 0]) if head.bias is None else head.bias


def _over_chunks(head: Head, step: Step, carry: Any) -> tuple[Any, Any]:
    """The carry after the steps of all chunks of classes, and what they give for each class; the last one may be shorter."""
    bias = _bias(head)
    chunk = _divisor(head.n_classes, head.chunk)
    count = head.n_classes // chunk
    whole = count * chunk
    chunks = (
        jnp.arange(count, dtype=head.y.dtype) * chunk,
        head.weight[:whole].reshape(count, chunk, -1),
        bias[:whole].reshape(count, chunk),
    )
    carry, found = jax.lax.scan(lambda state, chunk: step(state, *chunk), carry, chunks)
    found = jax.tree.map(lambda rows: rows.reshape(whole, *rows.shape[2:]), found)
    if whole < head.n_classes:
        carry, rest = step(carry, jnp.asarray(whole, dtype=head.y.dtype), head.weight[whole:], bias[whole:])
        found = jax.tree.map(lambda rows, last: jnp.concatenate([rows, last]), found, rest)
    return carry, found


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
    # A comparison is a part of the loop that follows; a scatter would be one of its own.
    return jnp.where(jnp.arange(weight.shape[0], dtype=head.y.dtype) == (head.y - start)[:, None], -jnp.inf, scores)
