"""PyTorch's losses: values, and gradients with respect to every floating input."""

from __future__ import annotations

import numpy as np
import pytest
from loss_parity import converted, rows, values

torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")

from torch.nn import functional as F  # noqa: E402 - torch comes first

from maxmargin import losses  # noqa: E402

INPUTS = ("f", "g", "s", "u", "v", "n", "d")


def far(u, v):
    return ((u - v) ** 2).sum(-1)


@pytest.mark.parametrize(("theirs", "ours"), rows("PyTorch"))
def test_values_and_gradients_are_equal(theirs, ours):
    names = {**converted(torch.tensor), "F": F, "far": far}
    leaves = {name: names[name].requires_grad_() for name in INPUTS}
    theirs, ours = values(theirs, ours, {**names, **leaves})
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-13)
    gradients = [torch.autograd.grad(value, list(leaves.values()), allow_unused=True) for value in (theirs, ours)]
    assert any(gradient is not None for gradient in gradients[1])
    for theirs, ours in zip(*gradients, strict=True):
        assert (theirs is None) == (ours is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


def test_what_it_takes_for_labels_raises_here():
    s, zero = torch.zeros(2, 3), torch.tensor([1, 0])
    for call in (losses.hinge_embedding, lambda d, y: losses.margin_ranking(d, d, y)):
        with pytest.raises(ValueError, match="the label 0 at position 1"):
            call(s[:, 0], zero)
    assert F.hinge_embedding_loss(s[:, 0] + 0.25, zero, reduction="none").tolist() == [0.25, 1.0]  # 0.25 + 0.75
    with pytest.raises(ValueError, match="the class -100"):
        losses.weston_watkins(s, torch.tensor([0, -100]))
    assert losses.weston_watkins(s, torch.tensor([0, -100]), ignore_index=-100) == 2.0


def test_the_indices_that_it_wraps_are_refused_here():
    """take_along_dim gives column 1 of 3 for the index 7."""
    s = torch.tensor([[1.0, 2.0, 3.0]])
    assert torch.take_along_dim(s, torch.tensor([[7]]), dim=-1).item() == 2.0
    for loss in (losses.crammer_singer, losses.weston_watkins, losses.keras_categorical_hinge):
        assert torch.isnan(loss(s, torch.tensor([7]), validate=False))


def test_the_logistic_loss_does_not_overflow():
    f, y = torch.tensor([-200.0]), torch.tensor([1.0])
    assert torch.isinf(F.soft_margin_loss(f, y))
    assert float(losses.logistic(f, y)) == 200.0


def test_padded_labels_are_right_when_compiled():
    names = converted(torch.tensor)
    s, idx = names["s"], names["idx"]

    def ours(scores, indices):
        return losses.multilabel_separation(scores, losses.from_padded_indices(indices, 5), normalize=True)

    torch.compiler.reset()
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")(s, idx)
    assert float(compiled) == pytest.approx(float(F.multilabel_margin_loss(s, idx)), rel=1e-13)


def test_an_index_that_comes_twice_counts_once():
    s, twice, once = torch.tensor([[0.5, 0.25, 0.0]]), torch.tensor([[0, 0, -1]]), torch.tensor([[0, -1, -1]])
    theirs = [float(F.multilabel_margin_loss(s, idx)) for idx in (twice, once)]
    assert theirs[0] == pytest.approx(2 * theirs[1])
    ours = [float(losses.multilabel_separation(s, losses.from_padded_indices(i, 3), normalize=True)) for i in (twice, once)]
    assert ours == pytest.approx([theirs[1], theirs[1]])
