"""Random Fourier features: a kernel of differences is the mean of waves whose frequencies are drawn from its spectrum.

    K(x, z) = E cos⟨ω, x − z⟩        z(x) = (cos⟨ω₁, x⟩, …, sin⟨ω₁, x⟩, …) / √(m/2)

For rbf ω is normal with variance 2γ, and the frequencies are orthogonal in groups of at most as many as there are features,
which lowers the error; for laplacian its entries are Cauchy with scale γ. K̃(x, x) = K(x, x) = 1 always.

Rahimi, Recht: Random features for large-scale kernel machines, NIPS 20 (2007).
Yu et al.: Orthogonal random features, NIPS 29 (2016).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError
from maxmargin.kernels.approximate.base import ApproximateKernel
from maxmargin.kernels.base import Kernel
from maxmargin.kernels.functions import RBF, Laplacian, Linear
from maxmargin.kernels.rows import Rows

__all__ = ["FourierKernel", "Frequencies", "require_spectrum"]

_GROUP = 256  # frequencies that are orthogonal to each other, where there are as many features

_Matrix = NDArray[np.float64]


class FourierKernel(ApproximateKernel):
    """rbf or laplacian as a mean of waves.

    Parameters
    ----------
    kernel : RBF or Laplacian
        With a number for ``gamma``.
    frequencies : ndarray of shape (m / 2, n_features)

    Examples
    --------
    >>> import numpy as np
    >>> from maxmargin.kernels import RBF, Rows
    >>> kernel = FourierKernel(RBF(gamma=0.5), np.array([[np.pi]]))
    >>> kernel.values(Rows([[0.0]]), Rows([[0.0], [1.0]])).tolist()
    [[1.0, -1.0]]
    """

    approximation = "fourier"

    def __init__(self, kernel: Kernel, frequencies: _Matrix) -> None:
        self.kernel = kernel
        self.frequencies = frequencies

    @property
    def n_components(self) -> int:
        """A cosine and a sine for each frequency."""
        return 2 * int(self.frequencies.shape[0])

    def features(self, rows: Rows, n_threads: int = 1) -> _Matrix:
        """z(x) of each row, (n, m)."""
        angles = Linear().values(rows, Rows(self.frequencies), n_threads)
        half = self.frequencies.shape[0]
        waves = np.empty((angles.shape[0], 2 * half))
        with np.errstate(invalid="ignore"):  # of angles that overflow; growth raises then
            np.cos(angles, out=waves[:, :half])
            np.sin(angles, out=waves[:, half:])
        waves *= 1.0 / np.sqrt(half)
        return waves


def require_spectrum(kernel: Kernel) -> None:
    """Raise where the spectrum of a kernel is not known."""
    if type(kernel) not in (RBF, Laplacian):
        raise InvalidParameterError(
            f"approximation='fourier' is for the kernels rbf and laplacian, whose spectra are known. Got {kernel!r}; "
            "use approximation='nystroem', which is for every kernel that is an inner product"
        )


class Frequencies:
    """Frequencies of a kernel, drawn as many as are asked for; more do not change those before.

    Raises
    ------
    InvalidParameterError
        The kernel has no known spectrum.
    """

    def __init__(self, kernel: Kernel, n_features: int, seed: int) -> None:
        require_spectrum(kernel)
        self._kernel = kernel
        self._random = np.random.default_rng(seed)
        self._drawn = np.zeros((0, n_features))

    def first(self, count: int) -> FourierKernel:
        """The kernel of the first ``count`` frequencies."""
        while self._drawn.shape[0] < count:
            self._drawn = np.concatenate([self._drawn, self._draw(self._drawn.shape[1])])
        return FourierKernel(self._kernel, self._drawn[:count].copy())

    def _draw(self, d: int) -> _Matrix:
        gamma = float(getattr(self._kernel, "gamma", 1.0))
        group = min(d, _GROUP)
        if isinstance(self._kernel, Laplacian):
            return gamma * self._random.standard_cauchy((group, d))
        directions = np.linalg.qr(self._random.standard_normal((d, group)))[0].T
        lengths = np.sqrt(self._random.chisquare(d, group))
        return np.asarray(np.sqrt(2.0 * gamma) * lengths[:, None] * directions)
