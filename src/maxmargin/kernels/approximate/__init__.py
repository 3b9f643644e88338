"""Kernels of few components in the place of others: K(x, z) ≈ K̃(x, z) = ⟨z(x), z(z)⟩ with z(x) of m numbers.

``nystroem`` keeps some rows, for any inner product; ``fourier`` random waves, for rbf and laplacian; ``growth`` adds
components until an estimated error is met. A machine with the kernel K̃ is a linear machine on z(x).
"""

from __future__ import annotations

from maxmargin.kernels.approximate.base import ApproximateKernel
from maxmargin.kernels.approximate.fourier import FourierKernel, require_spectrum
from maxmargin.kernels.approximate.growth import Approximation, Limits, approximate
from maxmargin.kernels.approximate.nystroem import NystroemKernel

__all__ = [
    "ApproximateKernel",
    "Approximation",
    "FourierKernel",
    "Limits",
    "NystroemKernel",
    "approximate",
    "require_spectrum",
]
