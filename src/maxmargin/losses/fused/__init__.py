"""Losses of a linear head with very many classes, which never hold the N × K matrix of scores.

The scores are computed for a chunk of classes at a time and forgotten. What is kept is O(N + K·d): for each sample its
nearest rival (Crammer–Singer) or its sum (Weston–Watkins), and the gradient of the weights.

=========================  ===================================================================================
``linear_crammer_singer``  equals `crammer_singer` of the scores; first and all further derivatives
``linear_weston_watkins``  equals `weston_watkins` of the scores; its gradients are found in the same pass
``linear_gradients``       loss and gradients without automatic differentiation: for NumPy and CuPy
=========================  ===================================================================================
"""

from __future__ import annotations

from maxmargin.losses.fused.linear import (
    HeadGradients,
    LinearOptions,
    linear_crammer_singer,
    linear_gradients,
    linear_weston_watkins,
)

__all__ = ["HeadGradients", "LinearOptions", "linear_crammer_singer", "linear_gradients", "linear_weston_watkins"]
