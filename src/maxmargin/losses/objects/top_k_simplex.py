"""The projection inside the proximal operator of the top-k hinge loss "alpha".

For c in R^K with c_y = −∞, and k ≥ 2, the minimiser of ``½ |a|² − ⟨c, a⟩ + ½ S²`` with S = Σ aⱼ over

    0 ≤ aⱼ ≤ β,   (k − 1)·β ≤ S ≤ k·β,   β ≤ 1/k      for some β

(Lapin, Hein, Schiele 2015 state it with the true class as one more coordinate). It is ``clip(c − τ, 0, β)``, namely

- 0, if the k − 1 largest c, and the next if it is positive, have no positive sum;
- at β = 1/k, if the derivative with respect to β is not positive there;
- otherwise where S = (k − 1)·β: with r entries at β and the next m between 0 and β, two linear equations give τ and β. All
  pairs (r, m) with r < k are tried, and the one that violates its own conditions least is taken.
"""

from __future__ import annotations

from maxmargin.losses._arrays import Array, Namespace, positive_part, running_sum
from maxmargin.losses.objects.box_sum import box_sum, box_total

__all__ = ["top_k_simplex"]


def top_k_simplex(xp: Namespace, c: Array, k: int) -> Array:
    """The minimiser a, row by row."""
    full, full_is_right = _at_full_height(xp, c, k)
    ordered = xp.sort(c, axis=-1, descending=True)
    gain = xp.sum(ordered[..., : k - 1], axis=-1, keepdims=True) + positive_part(xp, ordered[..., k - 1 : k])
    a = xp.where(full_is_right, full, _below(xp, c, ordered, k))
    return xp.where(gain <= 0, xp.zeros_like(c), a)


def _at_full_height(xp: Namespace, c: Array, k: int) -> tuple[Array, Array]:
    """The best a for β = 1/k, and whether no smaller β is better."""
    beta, least = 1.0 / k, (k - 1.0) / k
    a = box_sum(xp, c, box=beta, cap=1.0)
    raised, tau = box_total(xp, c, box=beta, total=least)
    low = xp.sum(a, axis=-1, keepdims=True) < least
    pushed = xp.sum(positive_part(xp, c - tau - beta), axis=-1, keepdims=True)
    return xp.where(low, raised, a), ~low | (pushed >= (k - 1.0) * (least - tau))


def _below(xp: Namespace, c: Array, ordered: Array, k: int) -> Array:
    """The best a with β < 1/k, if it is not 0."""
    # All of the k − 1 largest at β, and nothing between.
    beta = xp.sum(ordered[..., : k - 1], axis=-1, keepdims=True) / ((k - 1.0) * k)
    tau = ordered[..., k - 1 : k]
    worst = _largest(xp, tau + beta - ordered[..., k - 2 : k - 1], -beta)
    for r in range(k - 1):
        candidate_worst, candidate_tau, candidate_beta = _pieces(xp, ordered, k, r)
        better = candidate_worst < worst
        worst = xp.where(better, candidate_worst, worst)
        tau, beta = xp.where(better, candidate_tau, tau), xp.where(better, candidate_beta, beta)
    a = positive_part(xp, c - tau)
    return xp.where(a > beta, positive_part(xp, beta), a)


def _pieces(xp: Namespace, ordered: Array, k: int, r: int) -> tuple[Array, Array, Array]:
    """The best of the solutions with r < k − 1 entries at β: its largest violation, its τ and its β; (…, 1) each.

    With m free entries, free sum F, full sum U and q = k − 1 − r: F − m·τ = q·β, and q·τ = ((k − 1)² + r)·β − U.
    """
    n, q, w = ordered.shape[-1] - 1, k - 1.0 - r, (k - 1.0) ** 2 + r
    one = xp.ones_like(ordered[..., r:n])
    m, free = running_sum(xp, one), running_sum(xp, ordered[..., r:n])
    full = xp.sum(ordered[..., :r], axis=-1, keepdims=True)
    tau = (w * free - q * full) / (q * q + w * m)
    beta = (free - m * tau) / q
    worst = _largest(xp, ordered[..., r : r + 1] - tau - beta, tau - ordered[..., r:n], ordered[..., r + 1 :] - tau, -beta)
    if r:
        worst = _largest(xp, worst, beta + tau - ordered[..., r - 1 : r])
    best = xp.argmin(worst, axis=-1, keepdims=True)
    return tuple(xp.take_along_axis(array, best, axis=-1) for array in (worst, tau, beta))


def _largest(xp: Namespace, first: Array, *others: Array) -> Array:
    for other in others:
        first = xp.where(other > first, other, first)
    return first
