"""Points of a programme: the offsets that make a gap least, what a point is worth, and how one is made feasible."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from maxmargin.machines import Programme, feasible_point, gap_at, gap_terms, steadiest_offsets, worth_at


def programme_of(rng, m, n_groups):
    lower = -rng.choice([0.0, 0.0, 1.0, 3.0], m)
    upper = rng.choice([0.0, 1.0, 2.0], m)
    group = None if n_groups == 0 else rng.integers(0, n_groups, m)
    return Programme(rng.normal(size=m), lower, upper, np.arange(m), group, np.zeros(n_groups))


def offset_by_sorting(programme, a, f, g):
    """The middle of where the slope of the gap vanishes, from the sums at all kinks."""
    members = np.flatnonzero((programme.group == g) & (programme.upper > programme.lower))
    kinks = -(f + programme.linear)[members]
    order = np.argsort(kinks, kind="stable")
    kinks, passed = kinks[order], np.cumsum((programme.upper - programme.lower)[members][order])
    wanted = (programme.upper - a)[members].sum()
    slack = 1e-12 * passed[-1]
    if wanted <= slack or passed[-1] <= wanted + slack:
        return kinks[0] if wanted <= slack else kinks[-1]
    return 0.5 * (kinks[np.searchsorted(passed, wanted - slack)] + kinks[np.searchsorted(passed, wanted + slack, "right")])


@pytest.mark.parametrize("n_groups", [0, 1, 2, 3])
@pytest.mark.parametrize("m", [1, 2, 40, 300, 9000])
def test_offsets_are_those_found_by_sorting(m, n_groups):
    rng = np.random.default_rng(m + n_groups)
    for f in (rng.normal(size=m), np.round(rng.normal(size=m), 1), rng.normal(size=m) ** 9):
        programme = programme_of(rng, m, n_groups)
        for a in (programme.lower, programme.upper, rng.uniform(programme.lower, programme.upper)):
            found = steadiest_offsets(programme, a, f)
            assert found.shape == (max(1, n_groups),)
            for g in range(n_groups):
                if ((programme.group == g) & (programme.upper > programme.lower)).any():
                    assert found[g] == pytest.approx(offset_by_sorting(programme, a, f, g), abs=1e-15)
                else:
                    assert found[g] == 0.0
            primal, dual, gap = gap_at(programme, a, f, found)
            assert gap == pytest.approx(gap_terms(programme, a, f, found).sum(), rel=1e-12)
            assert dual == pytest.approx(-(a * (0.5 * f + programme.linear)).sum(), rel=1e-12, abs=1e-12)
            assert primal == dual + gap


@pytest.mark.parametrize("n_groups", [0, 1, 2, 3])
@pytest.mark.parametrize("m", [1, 2, 40, 3000])
def test_a_point_is_weighed_as_its_sums_say(m, n_groups):
    rng = np.random.default_rng(m + n_groups)
    programme, f = programme_of(rng, m, n_groups), rng.normal(size=m)
    a = rng.uniform(programme.lower, programme.upper)
    worth = worth_at(programme, a, f)
    np.testing.assert_array_equal(worth.offsets, steadiest_offsets(programme, a, f))
    assert worth.point == gap_at(programme, a, f, worth.offsets)
    assert worth.mass == pytest.approx(np.abs(a).sum())
    assert worth.steepest == np.abs(programme.linear).max()
    assert worth.width == pytest.approx((programme.upper - programme.lower).sum())
    off = [abs(a[programme.group == g].sum()) / max(np.abs(a[programme.group == g]).sum(), 1e-300) for g in range(n_groups)]
    assert worth.drift == pytest.approx(max(off, default=0.0), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("n_groups", [0, 1, 2, 3])
@pytest.mark.parametrize("m", [1, 2, 40, 3000])
def test_a_feasible_point_has_its_sums_and_stays(m, n_groups):
    rng = np.random.default_rng(m + n_groups)
    for _ in range(20):
        programme = programme_of(rng, m, n_groups)
        inside = rng.uniform(programme.lower, programme.upper)
        groups = [programme.group == g for g in range(n_groups)]
        programme = replace(programme, sums=np.array([inside[g].sum() for g in groups]))
        some = np.where(rng.random(m) < 0.2, rng.normal(size=m), 0.0)
        for wanted in (None, inside, 5.0 * rng.normal(size=m), np.full(m, np.nan), some):
            a = feasible_point(programme, wanted)
            assert ((programme.lower <= a) & (a <= programme.upper)).all()
            for g, total in zip(groups, programme.sums, strict=True):
                assert a[g].sum() == pytest.approx(total, abs=1e-15 * m)
            np.testing.assert_allclose(feasible_point(programme, a), a, rtol=1e-12, atol=1e-15)
            if n_groups == 0:
                clipped = np.zeros(m) if wanted is None else np.where(np.isfinite(wanted), wanted, 0.0)
                np.testing.assert_array_equal(a, np.clip(clipped, programme.lower, programme.upper))


def test_those_with_a_multiplier_are_filled_first():
    one = np.ones(6)
    programme = Programme(np.zeros(6), 0.0 * one, one, np.arange(6), np.zeros(6, dtype=np.int64), np.array([2.5]))
    assert feasible_point(programme).tolist() == [1.0, 1.0, 0.5, 0.0, 0.0, 0.0]
    assert feasible_point(programme, np.array([0, 0, 0, 0.5, 0, 0.25])).tolist() == [0.5, 0.0, 0.0, 1.0, 0.0, 1.0]
    assert feasible_point(programme, 2.0 * one).tolist() == pytest.approx((2.5 / 6.0 * one).tolist())


def test_a_gap_of_no_number_is_infinite():
    programme = programme_of(np.random.default_rng(0), 50, 1)
    f = np.full(50, np.nan)
    assert gap_at(programme, programme.upper, f, np.zeros(1)) == (np.inf, -np.inf, np.inf)
    assert gap_at(programme, programme.upper, np.zeros(50), np.array([np.inf])) == (np.inf, -np.inf, np.inf)
