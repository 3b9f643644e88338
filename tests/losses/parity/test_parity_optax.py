"""optax's losses: values, and gradients off the kinks."""

from __future__ import annotations

import numpy as np
import pytest
from loss_parity import converted, rows, values

optax = pytest.importorskip("optax", reason="optax is not installed: make test-frameworks installs it")

import jax  # noqa: E402 - what optax needs
import jax.numpy as jnp  # noqa: E402

from maxmargin import losses  # noqa: E402


@pytest.mark.parametrize(("theirs", "ours"), rows("optax"))
def test_values_and_gradients_are_equal(theirs, ours):
    with jax.enable_x64(True):
        names = {**converted(jnp.asarray), "optax": optax}
        found = values(theirs, ours, names)
        np.testing.assert_allclose(found[1], found[0], rtol=1e-13, atol=1e-13)
        for name in ("f", "s"):

            def total(array, code, name=name):
                return values(code, code, {**names, name: array})[0].sum()

            gradients = [jax.grad(total)(names[name], code) for code in (theirs, ours)]
            np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-13, atol=1e-13)


def test_shapes_and_labels_that_it_takes_raise_here():
    f, y = jnp.zeros(3), jnp.ones(3)
    assert optax.losses.hinge_loss(f[:, None], y).shape == (3, 3)
    with pytest.raises(ValueError, match="a column"):
        losses.hinge(f[:, None], y)
    with pytest.raises(ValueError, match="the label 0"):
        losses.hinge(f, 0 * y)
    assert float(optax.losses.multiclass_hinge_loss(f, jnp.asarray(7))) == 1.0  # a number for no class
    with pytest.raises(ValueError, match="the class 7"):
        losses.crammer_singer(f[None, :], jnp.asarray([7]))
    assert jnp.isnan(jax.jit(losses.crammer_singer)(f[None, :], jnp.asarray([7])))


def test_its_triplet_loss_is_another_function():
    with jax.enable_x64(True):
        u, v, n = (converted(jnp.asarray)[name] for name in "uvn")
        for power in (1, 3):
            theirs = optax.losses.triplet_margin_loss(u, v, n, norm_degree=power)
            ours = losses.triplet_margin(u, v, n, p=float(power), reduction="none")
            assert not np.allclose(theirs, ours, rtol=1e-3)
        theirs, ours = optax.losses.triplet_margin_loss(u, v, n), losses.triplet_margin(u, v, n, reduction="none")
        np.testing.assert_allclose(ours, theirs, atol=1e-5)  # with p = 2 only eps is somewhere else
