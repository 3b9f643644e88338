"""Decision values of a fitted kernel machine: checked input, blocked sums, one value for each problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from maxmargin._validation import match_features, resolve_n_jobs
from maxmargin.estimators.kernel.base import KernelMachine
from maxmargin.estimators.kernel.conversion import from_kernel_model, to_kernel_model
from maxmargin.estimators.kernel.settling import SettledSums
from maxmargin.exceptions import InvalidModelError
from maxmargin.kernels import ApproximateKernel, GivenColumns, Kernel, Linear, Rows
from maxmargin.model import KernelModel, Settled, SupportVectors, by_rows, is_read_only, join, numbers_a_row, read_only

__all__ = ["KernelPredictor"]

_WORTH_THREADS = 1 << 20  # numbers of rows, or read by all inner products, below which one thread is fastest
_ROOM_TO_KEEP = 1 << 26  # bytes of memory_limit below which nothing is packed for the next call
_MOST_OF_DUAL = 1 << 23  # bytes of a sparse dual_coef_ as an array, with which more than that is not kept between calls
_MOST_COEFFICIENTS = 1 << 24  # of a linear kernel, for each problem; rows with more columns are summed over

_Values = NDArray[np.float64]


class KernelPredictor(KernelMachine):
    """Base of the kernel machines once they are fitted."""

    _pairs: list[tuple[int, int]] | None = None  # of classes, for the problems of a one-vs-one model

    @property
    def coef_(self) -> Any:
        """Coefficients of the features, (n_problems, n_features), of a linear kernel; read-only."""
        if not self.__sklearn_is_fitted__() or not self._is_linear():
            raise AttributeError("coef_ is only available when using a linear kernel, after fit")
        if issparse(self.dual_coef_) and self.n_features_in_ > _MOST_COEFFICIENTS:
            return self._wide_coef()
        coef = self._linear_coef(1)
        if not issparse(self.dual_coef_):
            return coef
        sparse = csr_matrix(coef)
        sparse.data.flags.writeable = False
        return sparse

    @property
    def n_support_(self) -> NDArray[np.int32]:
        """Number of support vectors, for each class where there are classes."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"this {type(self).__name__} has no n_support_ before it is fitted")
        return self._n_support

    @property
    def _gamma(self) -> float:
        """The number that gamma stood for; 0 for kernels without one."""
        return float(getattr(self._exact_kernel(), "gamma", 0.0))

    @property
    def _layout_pairs(self) -> list[tuple[int, int]] | None:
        """The pairs that ``dual_coef_`` is laid out by; None where each problem has a row of its own."""
        return None if self.dual_coef_.shape[0] == self.intercept_.size else self._pairs

    def _exact_kernel(self) -> Kernel:
        """The kernel of the fit, or the one that it approximates."""
        return self.kernel_.kernel if isinstance(self.kernel_, ApproximateKernel) else self.kernel_

    def _is_linear(self) -> bool:
        return isinstance(self.kernel_, Linear)

    def _values(self, X: Any, kept: Callable[[_Values], _Values] | None = None, settled: Settled | None = None) -> _Values:
        """Decision values of all problems, (n_samples, n_problems), or what ``kept`` makes of those of some rows.

        Where labels are all that is wanted, ``settled`` says which rows' labels some values tell, off by no more than their
        doubts; such rows' values may be in float32.
        """
        self._require_fit()
        vectors = self._support_vectors()
        pairwise = self.kernel_.pairwise
        data = GivenColumns(X, self.support_, self._n_rows) if pairwise else self._rows_to_predict(X)
        n_threads = self._prediction_threads(data)
        decide = self._decision(vectors, n_threads, settled)
        numbers = numbers_a_row(self.kernel_, self._n_support, self.dual_coef_, self.intercept_.size)
        numbers *= 1 if settled is None else 2  # float32 sums have bounds beside them
        return by_rows(data, numbers, decide if kept is None else lambda rows: kept(decide(rows)), self.memory_limit)

    def _decision(self, vectors: SupportVectors, n_threads: int, settled: Settled | None) -> Callable[[Rows], _Values]:
        """What finds the decision values of rows."""
        if self._is_linear() and self.n_features_in_ <= _MOST_COEFFICIENTS:
            lines = list(zip(self._linear_coef(n_threads), self.intercept_.tolist(), strict=True))
            return lambda rows: np.stack([rows.design.decision(line, b, n_threads) for line, b in lines], axis=1)
        kernel = self.kernel_
        if isinstance(kernel, ApproximateKernel):
            return lambda rows: kernel.sums(rows, self.component_coef_, n_threads) + self.intercept_
        sums = SettledSums(vectors, self._layout_pairs, self.intercept_, n_threads)
        return sums.exact if settled is None else lambda rows: sums.settled(rows, settled)

    def _rows_to_predict(self, X: Any) -> Rows:
        large = getattr(X, "size", 0) >= _WORTH_THREADS
        data = Rows(X, resolve_n_jobs(self.n_jobs) if large else 1)
        if self.kernel_.numeric:
            match_features(self, X, data.design.n_features)
        else:
            len(data)  # raises where X has no rows
        return data

    def _support_vectors(self) -> SupportVectors:
        """The support vectors, checked; from before where nobody can have changed them since."""

        def make() -> tuple[SupportVectors, bool]:
            self._check_support()
            rows, dual = Rows(self.support_vectors_), self._dense_dual()
            fixed = is_read_only(self.support_vectors_) and is_read_only(self.dual_coef_)
            lasting = fixed and (dual is self.dual_coef_ or dual.nbytes <= _MOST_OF_DUAL)
            little = self.memory_limit is not None and self.memory_limit < _ROOM_TO_KEEP
            return SupportVectors(self.kernel_, rows, self._n_support, dual, keeping=lasting and not little), lasting

        parts = (self.support_vectors_, self.dual_coef_, self.support_, self.intercept_, self.kernel_)
        # Nothing keeps others from writing to n_support_, which is short enough to be looked at.
        return self._known.get(f"support vectors {self._n_support.tolist()}", parts, make)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for name in ("support_vectors_", "dual_coef_"):  # copies of arrays that nobody can write to can be written to
            read_only(self.__dict__.get(name))

    def _check_support(self) -> None:
        """Raise where an attribute was changed to one that does not fit the others."""
        dual, altered = self.dual_coef_, f"The internal representation of {type(self).__name__} was altered"
        counted = int(np.sum(self._n_support)) if np.min(self._n_support, initial=0) >= 0 else -1
        rows = counted if self.kernel_.pairwise else len(Rows(self.support_vectors_)) if dual.shape[1] else 0
        if not counted == rows == dual.shape[1] == self.support_.size:
            raise InvalidModelError(
                f"{altered}: n_support_ counts {counted} support vectors, support_vectors_ has {rows}, dual_coef_ "
                f"{dual.shape[1]}, support_ {self.support_.size}; fit again"
            )
        if self.intercept_.size != len(self._scales):
            raise InvalidModelError(
                f"{altered}: intercept_ has {self.intercept_.size} numbers for {len(self._scales)} problems; fit again"
            )
        if rows and self.kernel_.numeric and not self.kernel_.pairwise:
            columns = self.support_vectors_.shape[1]
            if columns != self.n_features_in_:
                raise InvalidModelError(
                    f"{altered}: support_vectors_ has {columns} columns for {self.n_features_in_} features; fit again"
                )

    def _linear_coef(self, n_threads: int) -> NDArray[np.float64]:
        """coef_ as a dense array, computed once for each dual_coef_."""

        def make() -> tuple[NDArray[np.float64], bool]:
            if self.support_.size:
                coef = join(self._support_vectors().directions(n_threads), self._layout_pairs, axis=0)
            else:
                coef = np.zeros((self.intercept_.size, self.n_features_in_))
            return read_only(coef), True

        return self._known.get("coef", (self.dual_coef_,), make)

    def _wide_coef(self) -> csr_matrix:
        """coef_ of sparse rows with so many columns that only those in use are counted."""
        table = self.support_vectors_
        used, places = np.unique(table.indices, return_inverse=True)
        narrow = csr_matrix((table.data, places, table.indptr), shape=(table.shape[0], max(1, used.size)))
        vectors = SupportVectors(self.kernel_, Rows(narrow), self._n_support, self._dense_dual())
        coef = csr_matrix(join(vectors.directions(1), self._layout_pairs, axis=0))
        columns = used[coef.indices] if used.size else coef.indices
        coef = csr_matrix((coef.data, columns, coef.indptr), shape=(coef.shape[0], self.n_features_in_))
        coef.data.flags.writeable = False
        return coef

    def _prediction_threads(self, data: Rows | GivenColumns) -> int:
        if isinstance(data, GivenColumns):
            return 1
        compared = self.n_components_ if isinstance(self.kernel_, ApproximateKernel) else self.support_.size
        work = float(data.design.stored_values if self.kernel_.numeric else len(data)) * max(1, compared)
        return 1 if work < _WORTH_THREADS else resolve_n_jobs(self.n_jobs)

    @classmethod
    def _from_model(cls, model: KernelModel) -> KernelPredictor:
        """A fitted estimator with the numbers of ``model``."""
        return from_kernel_model(cls, model)

    def _to_model(self) -> KernelModel:
        """The numbers of this fitted estimator."""
        return to_kernel_model(self)
