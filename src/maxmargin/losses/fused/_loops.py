"""The loops over chunks of classes for frameworks with arrays that can be written to: NumPy, CuPy, PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from maxmargin.losses._arrays import Array, Namespace, device_of, is_concrete, is_on_host, is_torch
from maxmargin.losses.fused._head import Head

__all__ = [
    "HeadGradients",
    "crammer_singer_gradients",
    "nearest_rival",
    "weston_watkins",
    "weston_watkins_total",
    "weston_watkins_with_gradients",
]

_INF = float("inf")


class HeadGradients(NamedTuple):
    """The derivatives with respect to the inputs of a head."""

    features: Array
    weight: Array
    bias: Array | None


def nearest_rival(head: Head) -> Array:
    """The class other than the true one that has the largest score, the first of them if there are several; (N,)."""
    xp = head.xp
    best = xp.full_like(head.features[:, 0], -_INF)
    rival = (head.y + 1) % head.n_classes
    for start, _, scores in _chunks(head):
        if is_concrete(scores) and is_on_host(
            scores
        ):  # the largest of a row is found much faster than its place, and a later chunk has it less and less often
            top = xp.max(scores, axis=-1)
            rows = xp.nonzero(_is_better(xp, top, best))[0]
            best[rows], rival[rows] = top[rows], xp.argmax(scores[rows, :], axis=-1) + start
        else:
            top, at = _largest(xp, scores)
            better = _is_better(xp, top, best)
            best, rival = xp.where(better, top, best), xp.where(better, at + start, rival)
    return rival


def _is_better(xp: Namespace, top: Array, best: Array) -> Array:
    return ~(top <= best) & ~xp.isnan(best)  # a NaN wins and stays


def crammer_singer_gradients(head: Head, rival: Array, slopes: Array) -> HeadGradients:
    """The gradients if the loss of each sample has this slope in the difference of its two scores."""
    xp = head.xp
    both = xp.concat([rival, head.y])
    rows = slopes[:, None] * head.features
    weight = _added(xp, xp.zeros_like(head.weight), both, xp.concat([rows, -rows]))
    apart = xp.take(head.weight, rival, axis=0) - xp.take(head.weight, head.y, axis=0)
    bias = None if head.bias is None else _added(xp, xp.zeros_like(head.bias), both, xp.concat([slopes, -slopes]))
    return HeadGradients(slopes[:, None] * apart, weight, bias)


def weston_watkins(head: Head, margins: Array, power: int) -> Array:
    """The loss of each sample; (N,)."""
    xp = head.xp
    lift = (margins - head.true_scores())[:, None]
    total, ones = xp.zeros_like(margins), xp.ones_like(head.weight[: head.chunk, 0])
    for _, _, violations in _chunks(head):
        violations += lift
        positive = _positive(xp, violations)
        total += (positive if power == 1 else positive * positive) @ ones[: positive.shape[1]]
    return total


def weston_watkins_total(head: Head, margins: Array, power: int, slopes: Array) -> Array:
    """The sum of the losses, each times its slope."""
    return head.xp.sum(slopes * weston_watkins(head, margins, power))


def weston_watkins_with_gradients(
    head: Head, margins: Array, power: int, slopes: Array, *, of_features: bool = True, of_weight: bool = True
) -> tuple[Array, HeadGradients, Array]:
    """The loss of each sample; the gradients of their sum, each times its slope, where asked for; those by the margins.

    One pass: what a chunk of violations adds to each of them is added before the next chunk is computed.
    """
    xp = head.xp
    lift = (margins - head.true_scores())[:, None]
    of_violations = slopes if power == 1 else 2.0 * slopes
    sloped = of_violations[:, None] * head.features
    features, weight = xp.zeros_like(head.features), xp.empty_like(head.weight[: None if of_weight else 0, :])
    bias = None if head.bias is None else xp.zeros_like(head.bias)
    losses, pull, ones = xp.zeros_like(margins), xp.zeros_like(margins), xp.ones_like(head.weight[: head.chunk, 0])
    for start, stop, violations in _chunks(head):
        violations += lift
        push = _positive(xp, violations)
        losses += (push if power == 1 else push * push) @ ones[: stop - start]
        if power == 1:
            push = _one_if_positive(push)
        pull += push @ ones[: stop - start]
        if of_features:
            _add_product(features, push, head.weight[start:stop])
        if of_weight:
            _set_product(weight[start:stop], push.T, sloped)
        if bias is not None:
            bias[start:stop] = of_violations @ push
    if of_features:
        features -= pull[:, None] * xp.take(head.weight, head.y, axis=0)
    if of_weight:
        weight = _added(xp, weight, head.y, -pull[:, None] * sloped)
    bias = None if bias is None else _added(xp, bias, head.y, -pull * of_violations)
    return losses, HeadGradients(of_violations[:, None] * features, weight, bias), of_violations * pull


def _chunks(head: Head) -> Iterator[tuple[int, int, Array]]:
    """Begin and end of each chunk of classes, and its scores, with −∞ for the true class; they may be written to."""
    for start in range(0, head.n_classes, head.chunk):
        stop = min(start + head.chunk, head.n_classes)
        scores = head.features @ head.weight[start:stop].T
        if head.bias is not None:
            scores += head.bias[start:stop]
        yield start, stop, _without(head.xp, scores, head.y - start)


def _without(xp: Namespace, scores: Array, column: Array) -> Array:
    """The scores with −∞ in this column of each row, if there is one."""
    inside = (column >= 0) & (column < scores.shape[1])
    if is_torch(scores):  # in a form that can be compiled and mapped
        column = xp.clip(column, 0, scores.shape[1] - 1)[:, None]
        return scores.scatter(1, column, xp.where(inside[:, None], -_INF, scores.gather(1, column)))
    rows = xp.arange(scores.shape[0], device=device_of(scores))
    scores[rows[inside], column[inside]] = -_INF
    return scores


def _largest(xp: Namespace, scores: Array) -> tuple[Array, Array]:
    """The largest score of each row, and its first place; NaN if there is one."""
    if is_torch(scores):  # in one pass
        return tuple(scores.max(dim=-1))
    at = xp.argmax(scores, axis=-1)
    return xp.take_along_axis(scores, at[:, None], axis=-1)[:, 0], at


def _add_product(total: Array, a: Array, b: Array) -> None:
    """``total += a @ b``, without the product in between where a framework can."""
    if is_torch(total):
        total.addmm_(a, b)
    else:
        total += a @ b


def _set_product(total: Array, a: Array, b: Array) -> None:
    """``total[...] = a @ b``, likewise."""
    if isinstance(total, np.ndarray):
        np.matmul(a, b, out=total)
    elif is_torch(total):
        total.addmm_(a, b, beta=0.0)
    else:
        total[...] = a @ b


def _positive(xp: Namespace, array: Array) -> Array:
    """`positive_part` without its derivative, in place; a NaN stays one."""
    return array.clamp_(min=0.0) if is_torch(array) else xp.maximum(array, 0.0, out=array)


def _one_if_positive(array: Array) -> Array:
    """The derivative of `positive_part`, in place; a NaN is taken for positive, and spoils what it is multiplied by."""
    if is_torch(array):
        return array.clamp_(min=0.0).sign_()
    array[...] = ~(array <= 0)
    return array


def _added(xp: Namespace, total: Array, rows: Array, values: Array) -> Array:
    """The array with values added to its rows; a row may come more than once."""
    if is_torch(total):
        return total.index_add_(0, rows, values)
    add: Any = xp.add
    add.at(total, rows, values)
    return total
