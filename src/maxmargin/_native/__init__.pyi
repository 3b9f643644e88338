"""The native core. Arrays are borrowed where the type allows it and never changed; every long call releases the GIL."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Vector = NDArray[np.float64]

class Design:
    """Rows of data, borrowed from NumPy arrays."""

    @property
    def n_rows(self) -> int: ...
    @property
    def n_features(self) -> int: ...
    @property
    def sparse(self) -> bool: ...
    @property
    def stored_values(self) -> int: ...
    def decision(self, coef: _Vector, intercept: float = 0.0, n_threads: int = 1) -> _Vector: ...
    def combine(self, v: _Vector, n_threads: int = 1) -> _Vector: ...
    def squared_norms(self, n_threads: int = 1) -> _Vector: ...
    def all_finite(self, n_threads: int = 1) -> bool: ...

class NativeResult:
    """What a native solver returns."""

    @property
    def status(self) -> str: ...
    @property
    def coef(self) -> _Vector: ...
    @property
    def intercept(self) -> float: ...
    @property
    def multipliers(self) -> _Vector: ...
    @property
    def primal(self) -> float: ...
    @property
    def dual(self) -> float: ...
    @property
    def gap(self) -> float: ...
    @property
    def certified(self) -> bool: ...
    @property
    def n_iter(self) -> int: ...
    @property
    def history(self) -> _Vector: ...

class Kernel:
    """Kernel values between the rows of one data set."""

    @property
    def n_rows(self) -> int: ...
    @property
    def nbytes(self) -> int: ...

class KeptRows:
    """Rows of kernel values kept for all problems of one kernel, on any thread."""

    def __init__(self, kernel: Kernel, segment: NDArray[np.int64], n_bytes: float, n_threads: int = 1) -> None: ...
    @property
    def in_use(self) -> bool: ...
    @property
    def nbytes(self) -> float: ...
    @property
    def computed(self) -> float: ...

class KernelResult:
    """What the solver of kernel machines returns."""

    @property
    def status(self) -> str: ...
    @property
    def multipliers(self) -> _Vector: ...
    @property
    def decision(self) -> _Vector: ...
    @property
    def offsets(self) -> _Vector: ...
    @property
    def primal(self) -> float: ...
    @property
    def dual(self) -> float: ...
    @property
    def gap(self) -> float: ...
    @property
    def n_iter(self) -> int: ...
    @property
    def kernel_evaluations(self) -> float: ...
    @property
    def history(self) -> _Vector: ...

class SvmlightRows:
    """Compressed rows and labels of a text in svmlight format; the arrays are None where there is an error."""

    @property
    def error(self) -> tuple[int, int, str, str] | None: ...
    @property
    def smallest_index(self) -> int: ...
    @property
    def largest_index(self) -> int: ...
    @property
    def data(self) -> NDArray[Any]: ...
    @property
    def indices(self) -> NDArray[Any]: ...
    @property
    def indptr(self) -> NDArray[Any]: ...
    @property
    def labels(self) -> _Vector: ...
    @property
    def query(self) -> NDArray[np.int64]: ...

def read_svmlight(
    text: NDArray[np.uint8],
    *,
    shift: int = 1,
    lowest: int = 0,
    query: bool = False,
    single: bool = False,
    n_threads: int = 1,
) -> SvmlightRows: ...
def DenseDesign(X: NDArray[Any]) -> Design: ...
def CsrDesign(data: NDArray[Any], indices: NDArray[Any], indptr: NDArray[Any], n_features: int) -> Design: ...
def column_order(indices: NDArray[Any], indptr: NDArray[Any]) -> tuple[int, int, bool]: ...
def DesignKernel(design: Design, function: tuple[Any, ...], n_threads: int = 1) -> Kernel: ...
def kernel_footprint(design: Design, function: tuple[Any, ...]) -> tuple[float, float, float, float]: ...
def MatrixKernel(K: NDArray[Any]) -> Kernel: ...
def matrix_defects(
    K: NDArray[Any], floor: float, slack: float, n_threads: int = 1
) -> tuple[tuple[float, int, int], tuple[float, int, int], tuple[float, int, int]]: ...
def matrix_descent(
    K: NDArray[Any], slack: float, least_size: float = 0.0, n_threads: int = 1
) -> tuple[float, _Vector] | None: ...
def kernel_decision(
    design: Design,
    support: Design,
    function: tuple[Any, ...],
    coef: _Vector,
    n_threads: int = 1,
    sizes: NDArray[np.int64] | None = None,
) -> _Vector: ...

class SupportSums:
    def at(self, design: Design, n_threads: int = 1) -> _Vector: ...

def support_sums(
    support: Design,
    function: tuple[Any, ...],
    coef: _Vector,
    n_threads: int = 1,
    sizes: NDArray[np.int64] | None = None,
) -> SupportSums | None: ...
def kernel_narrow_decision(
    design: Design,
    support: Design,
    function: tuple[Any, ...],
    coef: _Vector,
    n_threads: int = 1,
    sizes: NDArray[np.int64] | None = None,
) -> tuple[_Vector, _Vector] | None: ...
def kernel_matrix(design: Design, other: Design, function: tuple[Any, ...], n_threads: int = 1) -> _Vector: ...
def kernel_norms(design: Design, function: tuple[Any, ...], n_threads: int = 1) -> _Vector: ...
def solve_kernel(
    kernel: Kernel,
    linear: _Vector,
    lower: _Vector,
    upper: _Vector,
    row: NDArray[np.int64],
    group: NDArray[np.int64] | None,
    *,
    start: _Vector,
    tol: float,
    max_iter: int,
    max_time: float,
    n_threads: int = 1,
    memory_limit: int = 1073741824,
    last_digits: bool = False,
    monitor: Callable[..., Any] | None = None,
    kept: KeptRows | None = None,
) -> KernelResult: ...
def solve_kernels(
    kernel: Kernel,
    programmes: list[tuple[Any, ...]],
    *,
    seconds: float,
    n_left: int = 0,
    n_threads: int = 1,
    kept: KeptRows | None = None,
) -> tuple[
    list[tuple[str, int, float, float, float, int, int, int] | None], _Vector, _Vector, _Vector, NDArray[np.float64]
]: ...
def solve_newton(
    design: Design,
    y: NDArray[np.int8],
    c: _Vector,
    *,
    loss: str,
    fit_intercept: bool,
    tol: float,
    max_iter: int,
    max_time: float,
    n_threads: int = 1,
    seed: int = 0,
    matrix_bytes: float = 1e30,
    monitor: Callable[[int, float, float, float, int, float], bool | None] | None = None,
    coef: _Vector | None = None,
    intercept: float = 0.0,
    multipliers: _Vector | None = None,
) -> NativeResult: ...
def solve_coordinate(
    design: Design,
    y: NDArray[np.int8],
    c: _Vector,
    *,
    loss: str,
    fit_intercept: bool,
    tol: float,
    max_iter: int,
    max_time: float,
    n_threads: int = 1,
    seed: int = 0,
    matrix_bytes: float = 1e30,
    monitor: Callable[[int, float, float, float, int, float], bool | None] | None = None,
    coef: _Vector | None = None,
    intercept: float = 0.0,
    multipliers: _Vector | None = None,
) -> NativeResult: ...
def evaluate_point(
    design: Design,
    y: NDArray[np.int8],
    c: _Vector,
    *,
    loss: str,
    fit_intercept: bool,
    coef: _Vector,
    intercept: float,
    multipliers: _Vector,
    rows: bool = False,
    n_threads: int = 1,
) -> tuple[float, float, float, _Vector, _Vector, _Vector]: ...
def machine_offsets(
    linear: _Vector,
    lower: _Vector,
    upper: _Vector,
    group: NDArray[np.int64] | None,
    n_groups: int,
    multipliers: _Vector,
    decision: _Vector,
) -> _Vector: ...
def machine_worth(
    linear: _Vector,
    lower: _Vector,
    upper: _Vector,
    group: NDArray[np.int64] | None,
    sums: _Vector,
    multipliers: _Vector,
    decision: _Vector,
) -> tuple[_Vector, float, float, float, float, float, float]: ...
def machine_start(
    lower: _Vector,
    upper: _Vector,
    group: NDArray[np.int64] | None,
    sums: _Vector,
    wanted: _Vector | None = None,
) -> _Vector: ...
def machine_gap(
    linear: _Vector,
    lower: _Vector,
    upper: _Vector,
    group: NDArray[np.int64] | None,
    multipliers: _Vector,
    decision: _Vector,
    offsets: _Vector,
) -> tuple[float, float]: ...
def available_instruction_sets() -> list[str]: ...
def instruction_set() -> str: ...
def vector_width() -> int: ...
def pool_size() -> int: ...
