"""The losses as modules of PyTorch. Importing this package imports torch; nothing else here does.

    >>> import torch
    >>> from maxmargin.losses.torch import HingeLoss
    >>> criterion = HingeLoss()
    >>> criterion(torch.tensor([2.0, -1.0]), torch.tensor([1, -1]))
    tensor(0.)

A module is called as ``criterion(input, target, sample_weight=…, mask=…)``. It is a skin over the function of the same
loss: same conventions, same errors. Inside of ``torch.autocast`` it computes and gives float32. All of them can be compiled
whole, mapped by ``torch.func``, differentiated twice, and pickled.
"""

from __future__ import annotations

from maxmargin.losses.torch.binary import (
    BinaryLoss,
    EpsilonInsensitiveLoss,
    GeneralizedHingeLoss,
    HingeLoss,
    HuberizedHingeLoss,
    LogisticLoss,
    ModifiedHuberLoss,
    PerceptronLoss,
    PinballHingeLoss,
    RampLoss,
    RegressionLoss,
    SmoothHingeLoss,
    SquaredHingeLoss,
)
from maxmargin.losses.torch.embedding import (
    ContrastiveLoss,
    CosineEmbeddingLoss,
    GANHingeLoss,
    HingeEmbeddingLoss,
    TripletHingeLoss,
)
from maxmargin.losses.torch.linear import LinearCrammerSingerLoss, LinearWestonWatkinsLoss
from maxmargin.losses.torch.lists import (
    AUCHingeLoss,
    F1HingeLoss,
    LovaszHingeLoss,
    MarginRankingLoss,
    MultiLabelSeparationLoss,
    PairwiseHingeLoss,
    PrecisionAtKHingeLoss,
    StructuredHingeLoss,
)
from maxmargin.losses.torch.multiclass import ClassLoss, MultiClassHingeLoss, OrdinalHingeLoss

__all__ = [
    "AUCHingeLoss",
    "BinaryLoss",
    "ClassLoss",
    "ContrastiveLoss",
    "CosineEmbeddingLoss",
    "EpsilonInsensitiveLoss",
    "F1HingeLoss",
    "GANHingeLoss",
    "GeneralizedHingeLoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "HuberizedHingeLoss",
    "LinearCrammerSingerLoss",
    "LinearWestonWatkinsLoss",
    "LogisticLoss",
    "LovaszHingeLoss",
    "MarginRankingLoss",
    "ModifiedHuberLoss",
    "MultiClassHingeLoss",
    "MultiLabelSeparationLoss",
    "OrdinalHingeLoss",
    "PairwiseHingeLoss",
    "PerceptronLoss",
    "PinballHingeLoss",
    "PrecisionAtKHingeLoss",
    "RampLoss",
    "RegressionLoss",
    "SmoothHingeLoss",
    "SquaredHingeLoss",
    "StructuredHingeLoss",
    "TripletHingeLoss",
]
