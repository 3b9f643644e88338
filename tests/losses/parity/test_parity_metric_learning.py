"""pytorch-metric-learning: all pairs and triplets of a batch of unit vectors, and the mean of those that cost something."""

from __future__ import annotations

from itertools import permutations

import pytest
from loss_parity import rows, values

torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")
pytest.importorskip("pytorch_metric_learning", reason="the library is not installed: make test-frameworks installs it")

from pytorch_metric_learning.losses import ContrastiveLoss, TripletMarginLoss  # noqa: E402 - skips come first

from maxmargin import losses  # noqa: E402


def batch():
    """A batch with its pairs and triplets, under the names of the page."""
    generator = torch.Generator().manual_seed(0)
    e, k = torch.randn(12, 4, generator=generator, dtype=torch.float64), torch.arange(12) % 3
    unit = e / e.norm(dim=1, keepdim=True)
    first, second = torch.tensor(list(permutations(range(12), 2))).T
    triples = [(a, p, n) for a, p, n in permutations(range(12), 3) if k[a] == k[p] != k[n]]
    a, p, n = (unit[list(index)] for index in zip(*triples, strict=True))
    e1, e2, same = unit[first], unit[second], k[first] == k[second]
    return {
        "e": e, "k": k, "same": same, "a": a, "p": p, "n": n,
        "pairs": losses.contrastive(e1, e2, same, reduction="none"),
        "wide": losses.contrastive(e1, e2, same, pos_margin=0.5, neg_margin=1.25, reduction="none"),
    }  # fmt: skip


def nonzero_mean(x):
    return x.sum() / (x > 0).sum()


@pytest.mark.parametrize(("theirs", "ours"), rows("pytorch-metric-learning"))
def test_values_are_equal(theirs, ours):
    names = {"ContrastiveLoss": ContrastiveLoss, "TripletMarginLoss": TripletMarginLoss, "nonzero_mean": nonzero_mean}
    theirs, ours = values(theirs, ours, {**batch(), **names})
    assert float(ours) == pytest.approx(float(theirs), rel=1e-6)
