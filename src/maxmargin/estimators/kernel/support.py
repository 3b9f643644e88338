"""Support vectors and their coefficients: how they are laid out. The sums over them are in `maxmargin.model.support`.

Support vectors are ordered by class, then by row. With k classes in pairs, a support vector of class i has a coefficient
for each of its k − 1 rivals j, in row j of ``dual_coef_`` where j < i and in row j − 1 where j > i. Otherwise each row
of ``dual_coef_`` belongs to one problem; so it does in compressed models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.machines import Decision
from maxmargin.model import read_only

__all__ = ["Layout", "arrange", "as_scikit_learn", "coefficients_of", "lines"]

_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which rows support a model, how many of each class, and their coefficients."""

    support: NDArray[np.int64]
    sizes: NDArray[np.int32]
    dual_coef: _Vector


def arrange(
    decisions: Sequence[Decision], codes: NDArray[np.intp] | None, pairs: Sequence[tuple[int, int]] | None
) -> Layout:
    """The layout of several decision functions; ``codes`` are the classes of all rows, ``pairs`` those of the problems."""
    counts = [decision.rows.size for decision in decisions]
    rows = np.concatenate([decision.rows for decision in decisions])
    support = _ascending(rows) if len(decisions) > 1 else rows.astype(np.int64)
    of_class = np.zeros(support.size, dtype=np.intp) if codes is None else codes[support]
    n_classes = 1 if codes is None else int(codes.max()) + 1
    order = np.argsort(of_class, kind="stable")
    column = np.zeros(int(support[-1]) + 1 if support.size else 0, dtype=np.intp)  # of each row that supports something
    column[support[order]] = np.arange(support.size)
    if pairs is None or codes is None:
        height, line = len(decisions), np.repeat(np.arange(len(decisions)), counts)
    else:
        first, second = np.repeat(np.array(pairs), counts, axis=0).T
        height, line = n_classes - 1, np.where(codes[rows] == first, second - 1, first)
    dual = np.zeros((height, support.size))
    dual[line, column[rows]] = np.concatenate([decision.coef for decision in decisions])
    sizes = np.bincount(of_class, minlength=n_classes).astype(np.int32)
    return Layout(support[order], sizes, dual)


def _ascending(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """All of the rows, each once."""
    found = np.zeros(int(rows.max(initial=-1)) + 1, dtype=bool)
    found[rows] = True
    return np.flatnonzero(found).astype(np.int64)


def lines(layout: Layout, pairs: Sequence[tuple[int, int]] | None) -> _Vector:
    """The coefficients of each problem, (n_problems, n_support)."""
    if pairs is None:
        return layout.dual_coef
    starts = np.concatenate([[0], np.cumsum(layout.sizes)])
    found = np.zeros((len(pairs), layout.support.size))
    for problem, (i, j) in enumerate(pairs):
        for own, rival in ((i, j), (j, i)):
            block = slice(starts[own], starts[own + 1])
            found[problem, block] = layout.dual_coef[rival - (rival > own), block]
    return found


def coefficients_of(layout: Layout, problem: int, pairs: Sequence[tuple[int, int]] | None, n_rows: int) -> _Vector:
    """The coefficients of one problem, one for each row of the training data."""
    dense = np.zeros(n_rows)
    if pairs is None:
        dense[layout.support] = layout.dual_coef[problem]
    else:
        dense[layout.support] = lines(layout, [pairs[problem]])[0]
    return dense


def as_scikit_learn(dual_coef: _Vector, *, sparse: bool) -> Any:
    """``dual_coef`` as scikit-learn shows it: sparse where the training data were. Nobody can write to it."""
    if not sparse:
        return read_only(dual_coef)
    from scipy.sparse import csr_matrix

    return read_only(csr_matrix(dual_coef))
