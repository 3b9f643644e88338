"""Every loss object, with points at which its kinks are."""

from __future__ import annotations

import numpy as np

from maxmargin.losses.objects import (
    CostSensitive,
    CrammerSinger,
    EpsilonInsensitive,
    GeneralizedHinge,
    Hinge,
    LeeLinWahba,
    Logistic,
    ModifiedHuber,
    OneVsRest,
    OrdinalHinge,
    PinballHinge,
    Ramp,
    SmoothHinge,
    SquaredHinge,
    TopKHinge,
    WestonWatkins,
)

N_CLASSES = 5
COSTS = tuple(tuple(0.0 if i == j else 0.25 * (1 + (3 * i + j) % 7) for j in range(N_CLASSES)) for i in range(N_CLASSES))

BINARY = [
    Hinge(), Hinge(0.0), Hinge(2.5), SquaredHinge(), SquaredHinge(0.5), SmoothHinge(), SmoothHinge(1.0, 2.0),
    SmoothHinge(1.5, 1.0), ModifiedHuber(), GeneralizedHinge(1.5), GeneralizedHinge(4.0), PinballHinge(0.5),
    PinballHinge(0.0), PinballHinge(1.0, 0.25), PinballHinge(0.25, 2.0), Logistic(),
    CostSensitive(Hinge(), positive=3.0, negative=0.5), CostSensitive(SquaredHinge(), positive=2.0),
    CostSensitive(Logistic(), negative=4.0),
]  # fmt: skip
REGRESSION = [
    EpsilonInsensitive(0.125), EpsilonInsensitive(0.0), EpsilonInsensitive(0.5, 2), EpsilonInsensitive(0.0, 2),
    EpsilonInsensitive(0.5, 1, 0.75), EpsilonInsensitive(0.0, 1, 1.0),
]  # fmt: skip
VECTOR = [
    CrammerSinger(), CrammerSinger(0.0), CrammerSinger(-0.5), CrammerSinger((0.5, 1.0, 1.5, 2.0, 0.0)),
    CrammerSinger(COSTS), WestonWatkins(), WestonWatkins(0.5, 2), LeeLinWahba(), LeeLinWahba(1.0), OneVsRest(),
    OneVsRest(SquaredHinge()), OneVsRest(Logistic()), *(TopKHinge(k, v) for k in (1, 2, 3, 4) for v in ("alpha", "beta")),
]  # fmt: skip
CUTS = (-1.0, -0.25, 0.5, 1.0)  # of N_CLASSES
ORDINAL = [
    OrdinalHinge(CUTS), OrdinalHinge(CUTS, "immediate"), OrdinalHinge(CUTS, margin=0.0), OrdinalHinge((0.25,), margin=-0.5),
    OrdinalHinge((1.0, -1.0, 0.5, 0.5), "immediate", 0.25),
]  # fmt: skip
NOT_CONVEX = [Ramp(), Ramp(0.0), Ramp(0.5), CostSensitive(Ramp(), positive=2.0)]
SCALAR = BINARY + REGRESSION
CONVEX = SCALAR + ORDINAL + VECTOR
ALL = CONVEX + NOT_CONVEX


def points(loss, n: int = 400, seed: int = 0):
    """Scores and labels for a loss: the quarter integers, on which the kinks are, and random ones of all sizes."""
    rng = np.random.default_rng(seed)
    size = rng.choice([0.1, 1.0, 10.0], size=(n, 1))
    if loss in VECTOR:
        f = rng.normal(size=(n, N_CLASSES)) * size
        f[: n // 2] = rng.integers(-8, 9, (n // 2, N_CLASSES)) / 4
        return f, rng.integers(0, N_CLASSES, n)
    f = np.concatenate([np.arange(-40, 41) / 8, rng.normal(size=n) * size[:, 0]])
    if loss in ORDINAL:
        return f, rng.integers(0, len(loss.thresholds) + 1, f.size)
    if loss in REGRESSION:
        return f, np.where(np.arange(f.size) < 81, f - rng.integers(-6, 7, f.size) / 8, rng.normal(size=f.size))
    return f, rng.choice([-1, 1], f.size)


def inner(u, z, loss):
    """⟨u, z⟩ of each sample."""
    return np.sum(u * z, axis=-1) if loss in VECTOR else u * z
