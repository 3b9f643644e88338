"""The Nyström approximation: the features of all rows, projected onto the span of those of some, the landmarks.

    K̃(x, z) = K(x, S) K(S, S)⁻¹ K(S, z)        z(x) = L⁻¹ K(S, x),  LLᵀ = K(S, S)

K − K̃ is positive semidefinite: its largest values are on the diagonal, and K̃ is exact for the landmarks.

Williams, Seeger: Using the Nyström method to speed up kernel machines, NIPS 13 (2000).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.kernels.approximate.base import ApproximateKernel
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.rows import Rows
from maxmargin.kernels.span import products
from maxmargin.kernels.sums import kernel_sums

__all__ = ["NystroemKernel"]

_Matrix = NDArray[np.float64]


class NystroemKernel(ApproximateKernel):
    """Any kernel, projected onto the span of landmarks.

    Parameters
    ----------
    kernel : Kernel
        With numbers for parameters.
    landmarks : array, sparse matrix or sequence of objects, m rows
    whitening : ndarray of shape (m, m)
        L⁻¹, lower triangular.

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin.kernels import Linear, Rows
    >>> kernel = NystroemKernel(Linear(), np.array([[2.0, 0.0]]), np.array([[0.5]]))
    >>> kernel.values(Rows([[3.0, 1.0]]), Rows([[4.0, 0.0]])).tolist()
    [[12.0]]
    """

    approximation = "nystroem"

    def __init__(self, kernel: Kernel, landmarks: Any, whitening: _Matrix) -> None:
        self.kernel = kernel
        self.landmarks = landmarks
        self.whitening = np.ascontiguousarray(whitening)  # sums have the same bits whoever made it

    @property
    def n_components(self) -> int:
        """Number of landmarks m."""
        return int(self.whitening.shape[0])

    def features(self, rows: Rows, n_threads: int = 1) -> _Matrix:
        """z(x) of each row, (n, m)."""
        return products(self.kernel.values(rows, Rows(self.landmarks), n_threads), self.whitening, n_threads)

    def weights(self, support: Rows, coef: _Matrix, n_threads: int = 1) -> _Matrix:
        """Σⱼ coef[p, j] z(sⱼ), (rows of ``coef``, m)."""
        if len(support) == 0:
            return np.zeros((coef.shape[0], self.n_components))
        at_landmarks = kernel_sums(self.kernel, Rows(self.landmarks), support, coef, n_threads)
        return products(np.ascontiguousarray(at_landmarks.T), self.whitening, n_threads)

    def sums(self, rows: Rows, weights: _Matrix, n_threads: int = 1) -> _Matrix:
        """⟨weights[p], z(x)⟩ of every row: an expansion on the landmarks."""
        return kernel_sums(self.kernel, rows, Rows(self.landmarks), self.expansion(weights), n_threads)

    def expansion(self, weights: _Matrix) -> _Matrix:
        """Coefficients of the landmarks in K: ⟨weights[p], z(x)⟩ = Σⱼ expansion[p, j] K(x, landmark j)."""
        return np.asarray(np.einsum("pm,mj->pj", weights, self.whitening))
