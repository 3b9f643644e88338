"""Everything the library raises or warns with. Each error says what, got, expected, and the remedy.

::

    MaxMarginError
    └── InvalidInputError (also a ValueError)
        ├── ShapeError                dimensions, lengths, number of columns
        │   ├── EmptyInputError       no rows or no features
        │   └── KernelShapeError      a kernel with another number of values than pairs of rows
        ├── NonFiniteError            NaN or infinity, with the place of the first one
        ├── ComplexInputError         complex numbers
        ├── UnsupportedTypeError      text, dates, objects (also a TypeError)
        ├── NamespaceError            arrays of different frameworks or devices (also a TypeError)
        ├── TracingError              values asked for while a framework traces (also a TypeError)
        ├── SparseStructureError      index arrays that do not describe a matrix
        ├── IndexOverflowError        more rows, columns or values than the index type can count
        ├── InvalidTargetError        labels that are not classes
        │   ├── SingleClassError      fewer than two classes
        │   └── ClassRangeError       class indices out of range
        ├── InvalidWeightError        sample or class weights
        ├── InvalidParameterError     parameters of an estimator
        │   ├── MemoryLimitError      the least a fit needs is more than memory_limit
        │   ├── TimeLimitError        max_time has passed before anything was solved
        │   └── InfeasibleNuError     nu above what the weights of the rows allow
        ├── KernelValueError          a kernel with values that are not finite numbers
        │   └── KernelSymmetryError   a kernel with K(x, z) ≠ K(z, x)
        ├── NotCertifiableError       a model that certify cannot read
        ├── InvalidModelError         fields of a model that contradict each other
        └── FileFormatError           files
            ├── ModelFileError
            ├── SvmlightFormatError
            └── TableFormatError
    NotConvergedWarning (a scikit-learn ConvergenceWarning)
    IndefiniteKernelWarning
    LongFitWarning
    ApproximationWarning
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "ApproximationWarning",
    "ClassRangeError",
    "ComplexInputError",
    "EmptyInputError",
    "FileFormatError",
    "IndefiniteKernelWarning",
    "IndexOverflowError",
    "InfeasibleNuError",
    "InvalidInputError",
    "InvalidModelError",
    "InvalidParameterError",
    "InvalidTargetError",
    "InvalidWeightError",
    "KernelShapeError",
    "KernelSymmetryError",
    "KernelValueError",
    "LongFitWarning",
    "MaxMarginError",
    "MemoryLimitError",
    "ModelFileError",
    "NamespaceError",
    "NonFiniteError",
    "NotCertifiableError",
    "NotConvergedWarning",
    "ShapeError",
    "SingleClassError",
    "SparseStructureError",
    "SvmlightFormatError",
    "TableFormatError",
    "TimeLimitError",
    "TracingError",
    "UnsupportedTypeError",
]


class MaxMarginError(Exception):
    """Base of every error of this library."""


class InvalidInputError(MaxMarginError, ValueError):
    """The input cannot be used."""


class ShapeError(InvalidInputError):
    """Dimensions or lengths do not fit."""


class EmptyInputError(ShapeError):
    """There are no rows or no features."""


class NonFiniteError(InvalidInputError):
    """There are NaN or infinite values."""


class ComplexInputError(InvalidInputError):
    """There are complex numbers."""


class UnsupportedTypeError(InvalidInputError, TypeError):
    """Values are not numbers, or the container is not one the library reads."""


class NamespaceError(InvalidInputError, TypeError):
    """Arrays of one call are of different frameworks, or on different devices."""


class TracingError(InvalidInputError, TypeError):
    """Values are asked for where a framework traces, compiles or maps the code, so that there are none."""


class SparseStructureError(InvalidInputError):
    """The index arrays of a sparse matrix do not describe a matrix."""


class IndexOverflowError(InvalidInputError):
    """There are more rows, columns or values than the index type can count."""


class InvalidTargetError(InvalidInputError):
    """The labels are not classes."""


class SingleClassError(InvalidTargetError):
    """There are fewer than two classes to tell apart."""


class ClassRangeError(InvalidTargetError):
    """A class index is not one of 0 … n_classes − 1."""


class InvalidWeightError(InvalidInputError):
    """Sample or class weights are negative, not finite, all zero, or of the wrong length."""


class InvalidParameterError(InvalidInputError):
    """A parameter is outside its range."""


class MemoryLimitError(InvalidParameterError):
    """The least that a fit needs is more than ``memory_limit``."""


class TimeLimitError(InvalidParameterError):
    """``max_time`` has passed before there is anything to solve; the message has the time that is needed."""


class InfeasibleNuError(InvalidParameterError):
    """No multipliers satisfy ``nu`` with these weights; the message has the largest that is feasible."""


class KernelShapeError(ShapeError):
    """A kernel returned another number of values than there are pairs of rows."""


class KernelValueError(InvalidInputError):
    """A kernel returned values that are not finite numbers."""


class KernelSymmetryError(KernelValueError):
    """A kernel has another value for rows i and j than for rows j and i."""


class NotCertifiableError(InvalidInputError):
    """`certify` cannot read the model: a needed attribute is missing or has no meaning here."""


class InvalidModelError(InvalidInputError):
    """A field of a `LinearModel` or `KernelModel` is not what it must be."""


class FileFormatError(InvalidInputError):
    """A file cannot be read as what it should be."""


class ModelFileError(FileFormatError):
    """A model file is truncated, corrupted, or not a model file."""


class SvmlightFormatError(FileFormatError):
    """A line of a svmlight file is malformed."""


class TableFormatError(FileFormatError):
    """A table cannot be read."""


class IndefiniteKernelWarning(UserWarning):
    """A kernel is no inner product; the message names the rows that show it."""


class ApproximationWarning(UserWarning):
    """The components of an approximate fit end above ``approximation_tol``; the message has the error and the reason."""


class LongFitWarning(UserWarning):
    """A fit is about to start that will take long; the message says why, and how much memory it uses at most."""


if TYPE_CHECKING:

    class NotConvergedWarning(UserWarning):
        """A fit ended above its tolerance; the message quotes the gap and what it means for predictions."""


def __getattr__(name: str) -> Any:
    """NotConvergedWarning, made when it is first asked for: its base is scikit-learn's, which the losses do without."""
    if name != "NotConvergedWarning":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sklearn.exceptions import ConvergenceWarning

    about = "A fit ended above its tolerance; the message quotes the gap and what it means for predictions."
    globals()[name] = kind = type(name, (ConvergenceWarning,), {"__doc__": about, "__module__": __name__})
    return kind
