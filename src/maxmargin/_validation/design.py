"""X of any kind to a native design, and the record of its features on an estimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from maxmargin import _native
from maxmargin._validation.copies import Copies
from maxmargin._validation.dense import to_array, to_floats
from maxmargin._validation.finite import raise_nonfinite_dense, raise_nonfinite_sparse
from maxmargin._validation.sparse import to_csr_arrays
from maxmargin.exceptions import EmptyInputError, IndexOverflowError, InvalidInputError, ShapeError, UnsupportedTypeError

__all__ = ["match_features", "record_features", "validate_design", "validate_table"]

_MOST_NARROW = 2**31 - 1  # that an index of 32 bits counts
_MAX_ROWS = 2**32 - 2  # the native core numbers rows with 32 bits


def validate_design(X: Any, n_threads: int = 1, copies: Copies | None = None) -> _native.Design:
    """Check ``X`` and lend it to the native core.

    Parameters
    ----------
    X : array-like, frame or sparse matrix of shape (n_samples, n_features)
        float32 and float64 arrays with any strides, and compressed rows with sorted indices, are borrowed;
        everything else is converted once (small integers to float32, others to float64).
    n_threads : int
        Threads for the pass that looks for NaN.
    copies : Copies, optional
        Counts what is copied, and may refuse it.

    Returns
    -------
    Design
        With ``n_rows`` and ``n_features``, all values finite. It keeps the arrays alive.

    Raises
    ------
    InvalidInputError
        One of its children, named after the defect.

    Examples
    --------
    >>> import numpy as np
    >>> design = validate_design(np.eye(3))
    >>> design.n_rows, design.n_features
    (3, 3)
    """
    return validate_table(X, n_threads, copies)[1]


def validate_table(X: Any, n_threads: int = 1, copies: Copies | None = None) -> tuple[Any, _native.Design]:
    """As `validate_design`, with the numbers that the design borrows: a float array, or CSR as SciPy has it.

    What is copied is counted in ``copies``, which may refuse it.
    """
    copies = Copies() if copies is None else copies
    if type(X) is not np.ndarray and _is_sparse(X):
        return _sparse_table(X, n_threads, copies)
    array = to_array(X, copies)
    if array.ndim != 2:
        _raise_dimensions(array)
    _check_size(array.shape[0], array.shape[1])
    array = to_floats(array, copies)
    design = _native.DenseDesign(array)
    if not design.all_finite(n_threads):
        raise_nonfinite_dense(array, getattr(X, "columns", None))
    return array, design


def _is_sparse(X: Any) -> bool:
    from scipy.sparse import issparse

    return bool(issparse(X))


def _sparse_table(X: Any, n_threads: int, copies: Copies) -> tuple[Any, _native.Design]:
    if X.ndim != 2:
        _raise_dimensions(X)
    _check_size(X.shape[0], X.shape[1])
    data, indices, indptr = to_csr_arrays(X, copies)
    design = _native.CsrDesign(data, indices, indptr, X.shape[1])
    if not design.all_finite(n_threads):
        raise_nonfinite_sparse(data, indices, indptr)
    if X.format == "csr" and np.may_share_memory(data, X.data):
        return X, design  # SciPy would narrow wide indices if it were built anew
    from scipy.sparse import csr_matrix

    if indices.dtype.itemsize == 8 and max(data.size, X.shape[1]) <= _MOST_NARROW:  # which SciPy narrows
        copies.take(0.5 * float(indices.nbytes + indptr.nbytes), "a sparse matrix with wide indices")
    return csr_matrix((data, indices, indptr), shape=X.shape), design


def _raise_dimensions(X: Any) -> None:
    if X.ndim == 0 and X.dtype.kind == "O":
        raise UnsupportedTypeError(
            f"X is of type {type(X.item()).__name__}; expected a 2-D array, a frame or a sparse matrix"
        )
    if X.ndim == 0:
        raise ShapeError(f"X must be 2-D (rows, features), got the scalar {X!r}")
    if X.ndim == 1 and (X.dtype.kind in "US" or (X.dtype.kind == "O" and any(isinstance(x, (str, bytes)) for x in X))):
        raise UnsupportedTypeError(
            "X must be 2-D (rows, features), got text. Turn it into numbers first, for example with "
            "sklearn.feature_extraction.text.TfidfVectorizer; a kernel machine takes rows of any kind where its kernel is "
            "a Python function"
        )
    remedy = (
        "Reshape your data: X.reshape(-1, 1) if it is one feature, X.reshape(1, -1) if it is one row"
        if X.ndim == 1
        else "Reshape your data to X.reshape(len(X), -1)"
    )
    raise ShapeError(f"X must be 2-D (rows, features), got {X.ndim} dimension(s) (shape={X.shape}). {remedy}")


def _check_size(n_rows: int, n_features: int) -> None:
    if n_rows == 0:
        raise EmptyInputError(f"X has 0 sample(s) (shape=({n_rows}, {n_features})) while a minimum of 1 is required.")
    if n_features == 0:
        raise EmptyInputError(f"X has 0 feature(s) (shape=({n_rows}, {n_features})) while a minimum of 1 is required.")
    if n_rows > _MAX_ROWS:
        raise IndexOverflowError(f"X has {n_rows} rows; at most {_MAX_ROWS} are supported. Fit on a sample of the rows")


def record_features(estimator: Any, X: Any, n_features: int) -> None:
    """Set ``n_features_in_`` and, for frames, ``feature_names_in_``."""
    if type(X) is np.ndarray or _is_sparse(X):  # no names
        estimator.n_features_in_ = n_features
        estimator.__dict__.pop("feature_names_in_", None)
        return
    _names(estimator, X, reset=True)
    estimator.n_features_in_ = n_features


def match_features(estimator: Any, X: Any, n_features: int) -> None:
    """Raise unless ``X`` has the columns of the training data."""
    if type(X) is not np.ndarray or hasattr(estimator, "feature_names_in_"):
        _names(estimator, X, reset=False)
    if n_features != estimator.n_features_in_:
        raise ShapeError(
            f"X has {n_features} features, but {type(estimator).__name__} "
            f"is expecting {estimator.n_features_in_} features as input."
        )


def _names(estimator: Any, X: Any, *, reset: bool) -> None:
    from sklearn.utils.validation import validate_data

    try:
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    except ValueError as error:
        remedy = "Pass the columns that the model was fitted on: X[model.feature_names_in_]"
        raise ShapeError(f"{error}{remedy}") from error
    except TypeError as error:
        raise InvalidInputError(str(error)) from error
