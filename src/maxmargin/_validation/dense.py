"""Dense input of any kind to a float32 or float64 array, borrowed where the numbers are already that."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation.copies import Copies, bytes_to_read
from maxmargin.exceptions import ComplexInputError, InvalidInputError, ShapeError, UnsupportedTypeError

__all__ = ["float_dtype", "to_array", "to_floats"]

# Integers that float32 holds exactly stay at 4 bytes a value; wider ones need float64.
_TO_FLOAT32 = frozenset(np.dtype(t) for t in ("bool", "int8", "uint8", "int16", "uint16", "float16"))


def to_array(X: Any, copies: Copies) -> NDArray[Any]:
    """Any array-like, frame or list to an array of whatever type; borrowed where it can be."""
    if type(X) is np.ndarray:
        return X
    if isinstance(X, np.matrix):
        raise UnsupportedTypeError("X is a numpy.matrix, which NumPy has deprecated; pass numpy.asarray(X)")
    if isinstance(X, np.ma.MaskedArray):
        hidden = int(np.ma.getmaskarray(X).sum())
        if hidden:
            raise UnsupportedTypeError(f"X is a masked array with {hidden} masked values; pass X.filled(value)")
        return np.asarray(X.data)
    if isinstance(X, np.ndarray):
        return np.asarray(X)
    if isinstance(X, (list, tuple)):
        return _of_list(X, copies)
    if X is None or isinstance(X, (str, bytes, dict, set)) or hasattr(X, "__next__"):
        raise UnsupportedTypeError(f"X is of type {type(X).__name__}; expected a 2-D array, a frame or a sparse matrix")
    return _from_container(X, copies)


def _of_list(X: Any, copies: Copies) -> NDArray[Any]:
    copies.take(bytes_to_read(X), "a list of numbers")
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise ShapeError(f"X cannot be read as a table of numbers: {_lengths(X) or error}") from error
    copies.keep(float(array.nbytes))
    return array


def _lengths(X: Any) -> str | None:
    """Which row has another length than the first, where that is what is wrong."""
    sizes = [len(row) if hasattr(row, "__len__") else 0 for row in X]
    other = next((k for k, size in enumerate(sizes) if size != sizes[0]), None)
    if other is None:
        return None
    return f"row 0 has {sizes[0]} values, but row {other} has {sizes[other]}; give all rows the same columns"


def _from_container(X: Any, copies: Copies) -> NDArray[Any]:
    # Frames of every make, nullable columns, array-likes: scikit-learn reads them all, and well.
    from sklearn.utils.validation import check_array

    copied = bytes_to_read(X)
    copies.take(copied, "a frame whose columns are not those of one array")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=FutureWarning)
            array: NDArray[Any] = check_array(
                X, dtype=None, ensure_all_finite=False, ensure_2d=False, allow_nd=True,
                ensure_min_samples=0, ensure_min_features=0, input_name="X",
            )  # fmt: skip
    except TypeError as error:
        raise UnsupportedTypeError(f"X of type {type(X).__name__} cannot be read as numbers{_types(X)}: {error}") from error
    except ValueError as error:
        if "Complex data" in str(error):
            raise ComplexInputError(_COMPLEX.format(name="X", kind="complex")) from error
        raise InvalidInputError(f"X of type {type(X).__name__} cannot be read as numbers{_types(X)}: {error}") from error
    copies.keep(float(array.nbytes) if copied or array.flags.owndata else 0.0)
    return np.asarray(array)


def _types(X: Any) -> str:
    """Columns of a frame that are no plain numbers, and what to do with them."""
    types: Any = getattr(X, "dtypes", None)
    columns = types.items() if hasattr(types, "items") else ()
    other = [
        f"{str(name)!r} ({kind})" for name, kind in columns if not isinstance(kind, np.dtype) or kind.kind not in "biuf"
    ]
    if not other:
        return ""
    shown = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
    return f"; make numbers of the columns {shown} first, where sparse ones have the fill value 0"


def float_dtype(dtype: np.dtype[Any], name: str = "X") -> np.dtype[Any]:
    """float32 or float64: the type in which values of ``dtype`` are used; raises where there is none."""
    kind = dtype.kind
    if kind == "f" and dtype.itemsize in (4, 8):
        return np.dtype(np.float32 if dtype.itemsize == 4 else np.float64)
    if dtype in _TO_FLOAT32:
        return np.dtype(np.float32)
    if kind in "iuf":
        return np.dtype(np.float64)
    if kind == "c":
        raise ComplexInputError(_COMPLEX.format(name=name, kind=dtype))
    raise UnsupportedTypeError(
        f"{name} has values of type {dtype}; expected numbers. Encode text and dates as numbers first, for "
        f"example "
        "with sklearn.preprocessing.OneHotEncoder or sklearn.feature_extraction.text.TfidfVectorizer"
    )


_COMPLEX = "Complex data not supported: {name} has values of type {kind}; pass its real and imaginary parts"


def to_floats(X: NDArray[Any], copies: Copies) -> NDArray[Any]:
    """A 2-D array the native core can borrow: float32 or float64, native bytes, aligned."""
    target = np.dtype(np.float64) if X.dtype.kind == "O" else float_dtype(X.dtype)
    size = target.itemsize
    if X.dtype == target and X.flags.aligned and X.strides[0] % size == 0 and X.strides[1] % size == 0:
        return X
    needed = float(X.size * size)
    copies.take(needed, f"an array of {X.dtype}")
    floats = _objects_to_floats(X) if X.dtype.kind == "O" else X.astype(target, order="K", copy=True)
    copies.keep(needed)
    return floats


def _objects_to_floats(X: NDArray[Any]) -> NDArray[Any]:
    for place, value in np.ndenumerate(X):
        # Text that looks like a number is refused too: a column of text is more often a mistake than data.
        if isinstance(value, (str, bytes)):
            _raise_not_a_number(value, place, "text; encode text columns as numbers first")
        if isinstance(value, (complex, np.complexfloating)):
            raise ComplexInputError(_COMPLEX.format(name="X", kind="complex"))
    try:
        return X.astype(np.float64)
    except (TypeError, ValueError):
        for place, value in np.ndenumerate(X):
            _check_number(value, place)
        raise


def _check_number(value: Any, place: tuple[int, ...]) -> None:
    try:
        float(np.nan if value is None else value)
    except (TypeError, ValueError) as error:
        _raise_not_a_number(value, place, str(error))


def _raise_not_a_number(value: Any, place: tuple[int, ...], why: str) -> NoReturn:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    raise UnsupportedTypeError(f"X has a value that is not a number: {shown} at row {place[0]}, column {place[1]} ({why})")
