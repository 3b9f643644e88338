"""The modules of PyTorch that the tests go through, with inputs away from their kinks."""

from __future__ import annotations

import torch

from maxmargin.losses import torch as modules
from maxmargin.losses.objects import CostSensitive, Hinge, OneVsRest, SquaredHinge

N, K, D = 6, 4, 3
WIDE = torch.float64


def generator():
    return torch.Generator().manual_seed(0)


def scores(*shape):
    return 2.0 * torch.randn(*shape, generator=generator(), dtype=torch.float64)


SIGNS = torch.tensor([1, -1, -1, 1, 1, -1])
CLASSES = torch.tensor([0, 3, 2, 2, 1, 0])
LABELS = torch.tensor([[1, 0, 0, 1], [0, 1, 1, 1], [1, 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]]) == 1
COSTS = 0.5 * torch.arange(K, dtype=WIDE)[:, None].sub(torch.arange(K)).abs()

# A module, its inputs (all of which are differentiated), its target.
BINARY = {
    "hinge": modules.HingeLoss(),
    "hinge with options": modules.HingeLoss(0.5, 2, labels="01", pos_weight=2.0, class_weight=[1.0, 3.0], reduction="sum"),
    "squared hinge": modules.SquaredHingeLoss(),
    "perceptron": modules.PerceptronLoss(),
    "smooth hinge": modules.SmoothHingeLoss(gamma=0.5),
    "huberized": modules.HuberizedHingeLoss(0.25),
    "modified Huber": modules.ModifiedHuberLoss(),
    "generalized hinge": modules.GeneralizedHingeLoss(3.0),
    "pinball": modules.PinballHingeLoss(0.5, 0.1),
    "ramp": modules.RampLoss(-0.5),
    "logistic": modules.LogisticLoss(),
    "object": modules.BinaryLoss(CostSensitive(Hinge(), positive=3.0)),
    "epsilon-insensitive": modules.EpsilonInsensitiveLoss(0.3, gamma=0.2),
}
CASES = {
    name: (module, [scores(N)], (SIGNS + 1) // 2 if "options" in name else SIGNS) for name, module in BINARY.items()
} | {
    "class object": (modules.ClassLoss(OneVsRest(SquaredHinge())), [scores(N, K)], CLASSES),
    "Crammer-Singer": (modules.MultiClassHingeLoss(class_weight=[1.0, 2.0, 0.5, 1.0]), [scores(N, K)], CLASSES),
    "costs": (modules.MultiClassHingeLoss(margin=COSTS, power=2), [scores(N, K)], CLASSES),
    "Weston-Watkins": (modules.MultiClassHingeLoss("weston_watkins", 0.5, 2, normalize=True), [scores(N, K)], CLASSES),
    "one against the rest": (modules.MultiClassHingeLoss("one_vs_rest", axis=0), [scores(K, N)], CLASSES),
    "Lee-Lin-Wahba": (modules.MultiClassHingeLoss("lee_lin_wahba"), [scores(N, K)], CLASSES),
    "top-k": (modules.MultiClassHingeLoss("top_k", k=2), [scores(N, K)], CLASSES),
    "ordinal": (modules.OrdinalHingeLoss(K), [scores(N)], CLASSES),
    "ordinal, immediate": (
        modules.OrdinalHingeLoss(K, learn_thresholds=False, kind="immediate", base=Hinge(0.5)),
        [scores(N)],
        CLASSES,
    ),
    "separation": (modules.MultiLabelSeparationLoss(), [scores(N, K)], LABELS),
    "Lovasz": (modules.LovaszHingeLoss(), [scores(N, K)], LABELS),
    "pairs": (modules.PairwiseHingeLoss(temperature=2.0), [scores(N, K)], LABELS),
    "AUC": (modules.AUCHingeLoss(power=2), [scores(N)], SIGNS),
    "F1": (modules.F1HingeLoss(), [scores(N, K)], LABELS),
    "precision at k": (modules.PrecisionAtKHingeLoss(2), [scores(N, K)], LABELS),
    "margin ranking": (modules.MarginRankingLoss(0.5), [scores(N), 0.4 * scores(N) + 0.1], SIGNS),
    "structures": (modules.StructuredHingeLoss(), [scores(N), 1.0 - 0.5 * scores(N)], None),
    "distances": (modules.HingeEmbeddingLoss(1.5, pos_weight=2.0), [scores(N).abs()], SIGNS),
    "cosines": (modules.CosineEmbeddingLoss(0.25), [scores(N, D), 1.0 + 0.5 * scores(N, D)], SIGNS),
    "triplets": (modules.TripletHingeLoss(swap=True), [scores(N, D), 0.5 * scores(N, D), 1.5 + scores(N, D)], None),
    "contrastive": (
        modules.ContrastiveLoss(neg_margin=3.0, class_weight=[1.0, 2.0]),
        [scores(N, D), 1.0 + 0.5 * scores(N, D)],
        SIGNS,
    ),
    "GAN": (modules.GANHingeLoss(), [scores(N), -0.5 * scores(N)], None),
    "linear Crammer-Singer": (modules.LinearCrammerSingerLoss(D, K, chunk=3, dtype=torch.float64), [scores(N, D)], CLASSES),
    "linear Weston-Watkins": (
        modules.LinearWestonWatkinsLoss(D, K, bias=False, dtype=torch.float64),
        [scores(N, D)],
        CLASSES,
    ),
}
