"""Keras with the JAX backend, and keras-rs."""

from __future__ import annotations

import os

import pytest
from loss_parity import converted, rows, values

jax = pytest.importorskip("jax", reason="jax is not installed: make test-frameworks installs it")

from maxmargin import losses  # noqa: E402 - jax comes first


@pytest.fixture(scope="module")
def keras():
    """Keras, which asks the environment for its backend when it is imported, in float64."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="keras is not installed: make test-frameworks installs it")
    assert keras.backend.backend() == "jax"
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield keras
    keras.config.set_floatx(before)


@pytest.mark.parametrize(("theirs", "ours"), rows("Keras"))
def test_values_are_equal(keras, theirs, ours):
    names = {"keras": keras}
    if "keras_rs" in theirs:
        reason = "keras-rs is not installed: make test-frameworks installs it"
        names["keras_rs"] = pytest.importorskip("keras_rs", reason=reason)
    with jax.enable_x64(True):
        theirs, ours = values(theirs, ours, {**converted(jax.numpy.asarray), **names})
        assert float(ours) == pytest.approx(float(theirs), rel=1e-7)  # its mean divides in float32


def test_labels_that_it_guesses_from_the_batch_are_said_here(keras):
    with jax.enable_x64(True):
        f = jax.numpy.asarray([[2.0], [-1.0]])
        zeros = jax.numpy.asarray([[0.0], [0.0]])
        assert float(keras.losses.Hinge()(zeros, f)) == float(losses.hinge(f, zeros, labels="01")) == 1.5
        mixed = jax.numpy.asarray([[0.0], [-1.0]])  # with a −1 beside it, its 0 is no class any more
        assert float(keras.losses.Hinge()(mixed, f)) == 0.5
        with pytest.raises(ValueError, match="the label 0"):
            losses.hinge(f, mixed)
