"""The one-dimensional problem inside the proximal operators of losses that compare classes.

For c in R^K, a box [0, β] and a weight w, the minimiser of

    ½ Σ (1/w)·aⱼ² − Σ cⱼaⱼ + ½ (Σ aⱼ)²      over 0 ≤ aⱼ ≤ β and Σ aⱼ ≤ cap

is ``aⱼ = clip(w·(cⱼ − τ), 0, β)`` where τ = Σ aⱼ, or, if that exceeds the cap, where Σ aⱼ = cap. Either τ is the root of a
decreasing, piecewise linear function, whose bends are at cⱼ and cⱼ − β/w: sorting them finds the piece, and then the root.
"""

from __future__ import annotations

from maxmargin.losses._arrays import Array, Namespace, index_dtype, positive_part, running_sum

__all__ = ["box_sum", "box_total"]

_INF = float("inf")


def box_sum(xp: Namespace, c: Array, *, box: float, cap: float, weight: Array | float = 1.0) -> Array:
    """The minimiser a, row by row; entries of c that are −∞ do not take part.

    ``weight`` is a number, or an array that broadcasts against rows (…, 1).
    """
    a = _clip(xp, c, positive_part(xp, _root(xp, c, box, weight, 1.0, 0.0)), box, weight)
    if cap == _INF:
        return a
    capped = _clip(xp, c, _root(xp, c, box, weight, 0.0, cap), box, weight)
    return xp.where(xp.sum(a, axis=-1, keepdims=True) > cap, capped, a)


def box_total(xp: Namespace, c: Array, *, box: float, total: float) -> tuple[Array, Array]:
    """``a = clip(c − τ, 0, box)`` of the given sum, and τ, row by row; the finite entries of c must be able to reach it."""
    tau = _root(xp, c, box, 1.0, 0.0, total)
    return _clip(xp, c, tau, box, 1.0), tau


def _clip(xp: Namespace, c: Array, tau: Array, box: float, weight: Array | float) -> Array:
    a = positive_part(xp, weight * (c - tau))
    return xp.where(a > box, xp.full_like(a, box), a)


def _root(xp: Namespace, c: Array, box: float, weight: Array | float, slope: float, target: float) -> Array:
    """The τ at which A(τ) = Σ clip(w·(cⱼ − τ), 0, β) is slope·τ + target; shape (…, 1).

    Going down from the largest bend, A grows by terms that are all ≥ 0, so that nothing cancels.
    """
    bends, steepness = _bends(xp, c, box, weight)
    gaps = bends[..., :-1] - bends[..., 1:]
    growth = running_sum(xp, steepness[..., :-1] * gaps)
    heights = xp.concat([xp.zeros_like(bends[..., :1]), growth], axis=-1)
    excess = heights - slope * bends - target
    piece = xp.sum(xp.astype(excess <= 0, xp.int32), axis=-1, keepdims=True) - 1
    piece = xp.astype(xp.where(piece < 0, xp.zeros_like(piece), piece), index_dtype(xp))
    bend, rest, fall = (xp.take_along_axis(array, piece, axis=-1) for array in (bends, excess, steepness))
    fall = fall + slope
    return bend + rest / xp.where(fall > 0, fall, xp.ones_like(fall))


def _bends(xp: Namespace, c: Array, box: float, weight: Array | float) -> tuple[Array, Array]:
    """Where A bends, from the largest down, and how steeply it grows below each."""
    takes_part = c != -_INF
    top = xp.max(c, axis=-1, keepdims=True)
    # A row that is −∞ everywhere has one class: any bend will do.
    c = xp.where(takes_part, c, xp.where(top == -_INF, xp.zeros_like(top), top))
    change = xp.where(takes_part, xp.ones_like(c), xp.zeros_like(c)) * weight
    if box != _INF:
        c, change = xp.concat([c, c - box / weight], axis=-1), xp.concat([change, -change], axis=-1)
    order = xp.argsort(c, axis=-1, descending=True)
    bends, change = (xp.take_along_axis(array, order, axis=-1) for array in (c, change))
    steepness = positive_part(xp, running_sum(xp, change))
    return bends, steepness
