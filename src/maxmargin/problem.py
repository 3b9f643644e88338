"""The binary problem every solver and every certificate is about.

    minimise over w, b    ½‖w‖² + Σᵢ cᵢ · ℓ(yᵢ (⟨w, xᵢ⟩ + b))

with ℓ(m) = max(0, 1 − m) (hinge) or its square (squared hinge). The intercept b is never penalised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maxmargin import _native
from maxmargin.exceptions import InvalidWeightError

__all__ = ["Loss", "Problem", "row_costs", "sign_target"]

Loss = Literal["hinge", "squared_hinge"]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One binary problem over a borrowed design; built from validated parts only.

    Parameters
    ----------
    design : Design
        The rows xᵢ, shape (n, d).
    y : ndarray of shape (n,), int8
        −1 or +1.
    c : ndarray of shape (n,), float64
        C · class weight · sample weight; a row with 0 is absent. Where all rows cost the same, a view of one number.
    loss : {"hinge", "squared_hinge"}
    fit_intercept : bool
        False fixes b = 0.
    """

    design: _native.Design
    y: NDArray[np.int8]
    c: NDArray[np.float64]
    loss: Loss
    fit_intercept: bool

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return int(self.design.n_rows)

    @property
    def n_features(self) -> int:
        """Number of features d."""
        return int(self.design.n_features)


def sign_target(codes: NDArray[np.intp], positive: int) -> NDArray[np.int8]:
    """+1 where the code is ``positive``, −1 elsewhere."""
    signs: NDArray[np.int8] = np.where(codes == positive, np.int8(1), np.int8(-1))
    return signs


def row_costs(
    C: float,
    codes: NDArray[np.intp],
    class_factors: NDArray[np.float64] | None,
    weights: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """The cost cᵢ of each row: C · factor of its class · its weight."""
    if class_factors is None and weights is None:
        return np.broadcast_to(float(C), codes.size)  # one number, whatever the number of rows
    with np.errstate(over="ignore"):
        c = np.full(codes.size, float(C)) if class_factors is None else C * class_factors[codes]
        if weights is not None:
            c *= weights
    if not np.isfinite(c).all():
        raise InvalidWeightError(
            f"C · class weight · sample weight overflows at row {int(np.argmin(np.isfinite(c)))} (C={C:g}); "
            f"scale the weights down"
        )
    return c
