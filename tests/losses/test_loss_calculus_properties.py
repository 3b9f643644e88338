"""The calculus for any parameters, scores, labels and steps: what hypothesis can think of."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maxmargin.losses import objects
from maxmargin.losses.objects import VectorLoss

N, K = 6, 4


def numbers(low: float, high: float):
    """Multiples of 1/8, on which kinks are met, and any others."""
    return st.one_of(st.integers(int(8 * low), int(8 * high)).map(lambda i: i / 8), st.floats(low, high))


margins = numbers(0, 3)
widths = numbers(0.125, 4)
binary = st.one_of(
    st.builds(objects.Hinge, margins), st.builds(objects.SquaredHinge, margins),
    st.builds(objects.SmoothHinge, margins, widths), st.just(objects.ModifiedHuber()), st.just(objects.Logistic()),
    st.builds(objects.GeneralizedHinge, numbers(1.125, 6)), st.builds(objects.PinballHinge, numbers(0.125, 1), margins),
)  # fmt: skip
CONVEX = st.one_of(
    binary,
    st.builds(objects.CostSensitive, binary, positive=widths, negative=widths),
    st.builds(objects.EpsilonInsensitive, margins, st.just(1), numbers(0, 2)),
    st.builds(objects.EpsilonInsensitive, margins, st.just(2)),
    st.builds(
        objects.OrdinalHinge, st.lists(numbers(-3, 3), min_size=K - 1, max_size=K - 1),
        st.sampled_from(["all", "immediate"]), numbers(-1, 3),
    ),
    st.builds(objects.CrammerSinger, numbers(-1, 3)),
    st.builds(objects.CrammerSinger, st.lists(numbers(-1, 3), min_size=K, max_size=K)),
    st.builds(objects.WestonWatkins, numbers(-1, 3), st.sampled_from([1, 2])),
    st.builds(objects.LeeLinWahba, numbers(0, 3)),
    st.builds(objects.OneVsRest, binary),
    st.builds(objects.TopKHinge, st.integers(1, K - 1), st.sampled_from(["alpha", "beta"]), numbers(-1, 3)),
)  # fmt: skip
STEPS = arrays.arrays(float, N, elements=st.floats(1e-2, 1e2))


@st.composite
def cases(draw, n_points=1):
    """A loss, labels, and so many arrays of the shape of its scores."""
    loss = draw(CONVEX)
    shape = (N, K) if isinstance(loss, VectorLoss) else (N,)
    if isinstance(loss, (VectorLoss, objects.OrdinalHinge)):
        y = draw(arrays.arrays(np.int64, N, elements=st.integers(0, K - 1)))
    elif isinstance(loss, objects.EpsilonInsensitive):
        y = draw(arrays.arrays(float, N, elements=numbers(-4, 4)))
    else:
        y = draw(arrays.arrays(np.int64, N, elements=st.sampled_from([-1, 1])))
    return loss, y, *(draw(arrays.arrays(float, shape, elements=numbers(-20, 20))) for _ in range(n_points))


def inner(a, b):
    return (a * b).reshape(N, -1).sum(axis=1)


def size(*things):
    return 1 + sum(np.abs(thing).reshape(N, -1).max(axis=1) for thing in things)


@given(cases())
def test_a_subgradient_meets_the_conjugate(case):
    loss, y, f = case
    u = loss.subgradient(f, y)
    error = loss.value(f, y) + loss.conjugate(u, y) - inner(u, f)
    assert (np.abs(error) <= 1e-12 * size(f) * size(u)).all()


@given(cases(2))
def test_no_other_pair_goes_below_it(case):
    loss, y, f, w = case
    u = loss.project_dual(w, y)
    excess = loss.value(f, y) + loss.conjugate(u, y) - inner(u, f)
    assert (excess >= -1e-12 * size(f) * size(u)).all()


@given(cases(2))
def test_the_subgradient_bounds_the_loss_from_below(case):
    loss, y, f, g = case
    bound = loss.value(f, y) + inner(loss.subgradient(f, y), g - f)
    assert (loss.value(g, y) >= bound - 1e-12 * size(f, g) ** 2 * size(loss.subgradient(f, y))).all()


@given(cases(), STEPS)
def test_a_proximal_point_proves_itself(case, step):
    loss, y, v = case
    x = loss.prox(v, y, step)
    u = (v - x) / step.reshape(N, *[1] * (v.ndim - 1))
    near = loss.project_dual(u, y)
    scale = size(v) * size(v / step.reshape(N, *[1] * (v.ndim - 1)))
    assert (size(u - near) - 1 <= 1e-12 * scale).all()
    young = loss.value(x, y) + loss.conjugate(near, y) - inner(near, x)
    assert (np.abs(young) <= 1e-11 * scale * size(near)).all()


@given(cases(2), STEPS)
def test_proximal_points_do_not_move_apart(case, step):
    loss, y, v, w = case
    a, b = loss.prox(v, y, step), loss.prox(w, y, step)
    # Firmly: |a − b|² ≤ ⟨a − b, v − w⟩.
    assert (inner(a - b, a - b) <= inner(a - b, v - w) + 1e-10 * size(v, w) ** 2).all()
