"""torchmetrics, which takes scores outside of [0, 1] for logits."""

from __future__ import annotations

import pytest
from loss_parity import converted, rows, values

torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")
pytest.importorskip("torchmetrics", reason="torchmetrics is not installed: make test-frameworks installs it")

from torchmetrics.functional.classification import binary_hinge_loss, multiclass_hinge_loss  # noqa: E402 - skips come first

from maxmargin import losses  # noqa: E402


@pytest.mark.parametrize(("theirs", "ours"), rows("torchmetrics"))
def test_values_are_equal(theirs, ours):
    names = converted(torch.tensor)
    names |= {"p": names["f"].sigmoid(), "q": names["s"].softmax(-1)}
    names |= {"binary_hinge_loss": binary_hinge_loss, "multiclass_hinge_loss": multiclass_hinge_loss}
    theirs, ours = values(theirs, ours, names)
    assert float(ours) == pytest.approx(float(theirs), rel=1e-6)  # it computes in float32


def test_a_score_above_one_changes_the_others():
    y = torch.tensor([1, 1])
    low, high = torch.tensor([0.5, 0.9]), torch.tensor([0.5, 1.1])
    assert float(binary_hinge_loss(low, y)) == pytest.approx(0.3)
    assert float(binary_hinge_loss(high, y)) == pytest.approx(0.3136, abs=1e-4)  # of sigmoids
    assert float(losses.hinge(low, y)) == pytest.approx(0.3)
    assert float(losses.hinge(high, y)) == pytest.approx(0.25)
