"""Types of the native core. A test compares this stub with what the extension modules say of themselves."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Vector: TypeAlias = NDArray[np.float64]
_Loss: TypeAlias = Literal["hinge", "squared_hinge"]
_Monitor: TypeAlias = Callable[[int, float, float, float, int, float], bool | None]
_Status: TypeAlias = Literal[
    "optimal",
    "stopped_by_max_iter",
    "stopped_by_max_time",
    "stopped_by_callback",
    "numerical_limit",
    "interrupted",
]

def available_instruction_sets() -> list[str]: ...
def instruction_set() -> str: ...
def pool_size() -> int: ...
def vector_width() -> int: ...

class Design:
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

def DenseDesign(X: NDArray[np.float32] | NDArray[np.float64]) -> Design: ...
def CsrDesign(
    data: NDArray[np.float32] | NDArray[np.float64],
    indices: NDArray[np.int32] | NDArray[np.int64],
    indptr: NDArray[np.int32] | NDArray[np.int64],
    n_features: int,
) -> Design: ...

class NativeResult:
    @property
    def status(self) -> _Status: ...
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
    def n_iter(self) -> int: ...
    @property
    def history(self) -> _Vector: ...

def solve_newton(
    design: Design,
    y: _Vector,
    c: _Vector,
    *,
    loss: _Loss,
    fit_intercept: bool,
    tol: float,
    max_iter: int,
    max_time: float,
    n_threads: int = 1,
    seed: int = 0,
    monitor: _Monitor | None = None,
    coef: _Vector | None = None,
    intercept: float = 0.0,
    multipliers: _Vector | None = None,
) -> NativeResult: ...
def solve_coordinate(
    design: Design,
    y: _Vector,
    c: _Vector,
    *,
    loss: _Loss,
    fit_intercept: bool,
    tol: float,
    max_iter: int,
    max_time: float,
    n_threads: int = 1,
    seed: int = 0,
    monitor: _Monitor | None = None,
    coef: _Vector | None = None,
    intercept: float = 0.0,
    multipliers: _Vector | None = None,
) -> NativeResult: ...
def evaluate_point(
    design: Design,
    y: _Vector,
    c: _Vector,
    *,
    loss: _Loss,
    fit_intercept: bool,
    coef: _Vector,
    intercept: float,
    multipliers: _Vector,
    rows: bool = False,
    n_threads: int = 1,
) -> tuple[float, float, float, _Vector, _Vector, _Vector]: ...

class SvmlightText:
    def __init__(self, text: NDArray[np.uint8], query: bool = False, n_threads: int = 1) -> None: ...
    @property
    def error(self) -> tuple[int, int, str, str] | None: ...
    @property
    def n_rows(self) -> int: ...
    @property
    def n_values(self) -> int: ...
    @property
    def smallest_index(self) -> int: ...
    @property
    def largest_index(self) -> int: ...
    def labels(self) -> _Vector: ...
    def query(self) -> NDArray[np.int64]: ...
    def rows(
        self, shift: int, single: bool = False, wide: bool = False, n_threads: int = 1
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]: ...
