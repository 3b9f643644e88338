"""The losses of adversaries."""

from __future__ import annotations

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin import losses

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(4, 3)) * 2, RNG.normal(size=7) * 2


def test_the_discriminator_adds_two_means():
    for margin in (1.0, 0.5):
        of_real, of_fake = np.maximum(0, margin - REAL), np.maximum(0, margin + FAKE)
        assert losses.gan_hinge_d(REAL, FAKE, margin=margin) == pytest.approx(of_real.mean() + of_fake.mean())
        total = losses.gan_hinge_d(REAL, FAKE, margin=margin, reduction="sum")
        assert total == pytest.approx(of_real.sum() + of_fake.sum())


def test_the_generator_has_no_margin():
    assert losses.gan_hinge_g(FAKE) == pytest.approx(-FAKE.mean())
    assert losses.gan_hinge_g(FAKE, reduction="sum") == pytest.approx(-FAKE.sum())
    np.testing.assert_array_equal(losses.gan_hinge_g(FAKE, reduction="none"), -FAKE)


def test_nothing_costs_nothing():
    empty = np.zeros(0)
    assert losses.gan_hinge_d(empty, empty) == losses.gan_hinge_g(empty) == 0.0
    assert losses.gan_hinge_d(REAL, empty) == pytest.approx(np.maximum(0, 1 - REAL).mean())


def test_half_precision_is_added_in_single():
    real, fake = np.full(10_000, -9.0, dtype=np.float16), np.full(10_000, 9.0, dtype=np.float16)
    assert losses.gan_hinge_d(real, fake) == 20.0
    assert losses.gan_hinge_d(real, fake).dtype == np.float16


def test_bad_input_has_a_name():
    with pytest.raises(errors.InvalidParameterError, match="reduction must be one of 'mean', 'sum'"):
        losses.gan_hinge_d(REAL, FAKE, reduction="none")
    with pytest.raises(errors.InvalidParameterError, match="margin must be"):
        losses.gan_hinge_d(REAL, FAKE, margin=-1.0)
    with pytest.raises(errors.UnsupportedTypeError, match="fake has the type int64"):
        losses.gan_hinge_d(REAL, np.ones(3, dtype=int))
