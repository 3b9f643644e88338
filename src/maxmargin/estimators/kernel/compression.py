"""Fewer support vectors for nearly the same decision function, with a bound on the difference.

1. Support vectors that are equal become one, with the sum of their coefficients; those of coefficient 0 go. Exact.
2. `maxmargin.kernels.shorten` keeps as few of the others as the allowed change lets it, one subset for all problems, and
   fits all their coefficients anew.
"""

from __future__ import annotations

import math
from copy import copy
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from maxmargin._validation import resolve_memory_limit, resolve_n_jobs
from maxmargin.estimators.kernel.long_model import LongModel, given_values, shorter
from maxmargin.estimators.kernel.prediction import KernelPredictor
from maxmargin.estimators.kernel.support import Layout, as_scikit_learn, lines
from maxmargin.exceptions import InvalidParameterError
from maxmargin.kernels import FourierKernel, NystroemKernel, Rows, ShortExpansion, check_matrix
from maxmargin.model import Compression, read_only

__all__ = ["Compressible"]

_Vector = NDArray[np.float64]
ModelT = TypeVar("ModelT", bound="Compressible")


class Compressible(KernelPredictor):
    """Kernel machines whose support vectors can be made fewer."""

    compression_: Compression

    def compress(self: ModelT, X: Any = None, *, tol: float) -> ModelT:
        """A copy of the model with fewer support vectors and nearly the same decision values.

        Equal support vectors become one. Of the others as few are kept as ``tol`` allows, and their coefficients are
        those of the nearest decision function: with w and w′ the vectors before and after, for every x ::

            |f(x) − f′(x)| ≤ ‖w − w′‖ √K(x, x) ≤ tol

        Parameters
        ----------
        X : array-like, frame, sparse matrix or sequence of objects, optional
            Rows on which the largest change is measured too; None for the support vectors. Where the kernel is
            precomputed it is needed: the kernel values of the fit, (n_samples_fit, n_samples_fit), or their columns
            ``support_``, or both the rows and the columns ``support_``.
        tol : float
            The largest change of a decision value allowed, ≥ 0 and in its units; 0 removes what rounding allows. For
            kernels without a bound (linear, poly) it holds for rows with √K(x, x) up to that of the longest support
            vector or row of ``X``; twice as long a row may move twice as far.

        Returns
        -------
        model
            Of the same class, with fewer ``support_``, ``support_vectors_``, ``n_support_`` and ``dual_coef_``, and
            `compression_`, which says how many and how near. ``dual_coef_`` has one row for each problem, also for
            classes in pairs, and holds no multipliers: `certify` proves the model before. Its certificate, gap and
            status remain those of the fit. ``fit`` makes it an exact model again. A model of ``approximation="nystroem"``
            becomes one on landmarks, in the kernel that it approximates.

        Raises
        ------
        InvalidParameterError, ShapeError, MemoryLimitError, NotFittedError

        Examples
        --------
        >>> from sklearn.datasets import load_breast_cancer
        >>> from maxmargin import SVC
        >>> X, y = load_breast_cancer(return_X_y=True)
        >>> model = SVC(C=10.0).fit(X, y)
        >>> small = model.compress(tol=0.1)
        >>> small.support_.size < model.support_.size / 2
        True
        >>> abs(small.decision_function(X) - model.decision_function(X)).max() <= small.compression_.bound <= 0.1
        True
        """
        self._require_fit()
        self._check_support()
        _check_tol(tol)
        n_threads = resolve_n_jobs(self.n_jobs)
        long = self._long_model(X, n_threads)
        short = shorter(long, float(tol), resolve_memory_limit(self.memory_limit), n_threads)
        rest = long.coef.copy()
        rest[:, short.kept] -= short.coef
        changes = short.changes if X is None else long.sums(long.data, rest, n_threads)
        small = copy(self)
        small._keep(long, short)
        small.compression_ = Compression(
            self.support_.size, small.support_.size, float(tol), float(short.distances.max(initial=0.0)), long.largest_norm,
            math.isfinite(long.kernel.ceiling), float(np.abs(changes).max(initial=0.0)), changes.shape[0],
        )  # fmt: skip
        return small

    def _long_model(self, X: Any, n_threads: int) -> LongModel:
        if isinstance(self.kernel_, FourierKernel):
            raise InvalidParameterError(
                f"this {type(self).__name__} was fitted with approximation='fourier' and predicts by its "
                f"{self.n_components_} components, not by support vectors; for fewer components fit with a larger "
                "approximation_tol"
            )
        if isinstance(self.kernel_, NystroemKernel):
            return self._on_landmarks(self.kernel_, X, n_threads)
        coef = lines(Layout(self.support_, self._n_support, self._dense_dual()), self._layout_pairs)
        if self.kernel_.pairwise:
            given = given_values(X, self.support_, self._n_rows)
            square = given if given.shape[0] == self.support_.size else given[self.support_]
            if square.size:
                check_matrix(square, "X", self.support_)
            diagonal = square.diagonal().astype(np.float64)
            return LongModel(self.kernel_, coef, Rows(square), Rows(given), diagonal, self.support_, self._n_support)
        vectors = Rows(self.support_vectors_)
        data = vectors if X is None else self._rows_to_predict(X)
        diagonal = self.kernel_.diagonal(vectors, n_threads) if self.support_.size else np.zeros(0)
        return LongModel(self.kernel_, coef, vectors, data, diagonal, self.support_, self._n_support)

    def _on_landmarks(self, kernel: NystroemKernel, X: Any, n_threads: int) -> LongModel:
        """The model as an expansion in the kernel that it approximates: exactly the same function."""
        rows, classes = self._landmarks
        order = np.lexsort((rows, classes))
        vectors = Rows(kernel.landmarks).take(order)
        sizes = np.bincount(classes, minlength=self._n_support.size).astype(np.int32)
        coef = np.ascontiguousarray(kernel.expansion(self.component_coef_)[:, order])
        data = vectors if X is None else self._rows_to_predict(X)
        diagonal = kernel.kernel.diagonal(vectors, n_threads)
        return LongModel(kernel.kernel, coef, vectors, data, diagonal, rows[order].astype(np.int64), sizes)

    def _keep(self, long: LongModel, short: ShortExpansion) -> None:
        kept, starts = short.kept, np.concatenate([[0], np.cumsum(long.sizes)])
        self.kernel_ = long.kernel
        self.dual_coef_ = as_scikit_learn(np.ascontiguousarray(short.coef), sparse=issparse(self.dual_coef_))
        self.support_ = long.support[kept]
        self._n_support = np.diff(np.searchsorted(kept, starts)).astype(np.int32)
        if not self.kernel_.pairwise:
            self.support_vectors_ = read_only(long.rows.take(kept).given)
        for name in ("component_coef_", "_landmarks"):
            self.__dict__.pop(name, None)


def _check_tol(tol: Any) -> None:
    real = isinstance(tol, Real) and not isinstance(tol, (bool, np.bool_))
    if not real or not 0.0 <= tol < math.inf:
        raise InvalidParameterError(f"The 'tol' parameter of compress must be a finite number ≥ 0. Got {tol!r} instead.")
