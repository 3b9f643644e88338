"""From training rows and a kernel to a kernel of few components, within what memory allows."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from maxmargin._validation import resolve_memory_limit, resolve_seed
from maxmargin.estimators.kernel.data import Problems, TrainingData
from maxmargin.estimators.kernel.estimate import FitEstimate, announce, seconds_a_value
from maxmargin.estimators.kernel.room import bytes_with_folds, memory_needed, most_for_components
from maxmargin.exceptions import ApproximationWarning, InvalidParameterError, MemoryLimitError
from maxmargin.kernels import Approximation, Limits, Stopped, approximate, require_spectrum

__all__ = ["approximated"]

_FEWEST = 16  # components that memory must have room for
_CANDIDATES = 10_512  # rows that landmarks and their error are found on
_BYTES_AN_ENTRY_OF_ROWS = 28.0  # z(x) once, a copy for a problem's rows or its systems, and packed for kernel blocks
_BYTES_AN_ENTRY_OF_CANDIDATES = 24.0  # their coordinates, while they grow
_BYTES_OF_A_FREQUENCY = 16.0  # an entry of it: twice, while more are drawn
_BYTES_AN_ENTRY_OF_SYSTEMS = 32.0  # among the components
_SHARE_OF_TIME = 0.5  # of max_time, for components to grow and to be computed for all rows: the rest is for the fit


def approximated(estimator: Any, data: TrainingData, problems: Problems) -> tuple[TrainingData, Approximation]:
    """The data with a kernel of components and the components of all rows; ``problems`` are to be solved with them.

    There are no components where ``max_time`` has passed before the native core has computed them.

    Raises
    ------
    InvalidParameterError, MemoryLimitError, TimeLimitError
    """
    name = type(estimator).__name__
    if data.kernel.pairwise:
        raise InvalidParameterError(
            f"approximation={estimator.approximation!r} saves kernel values, and kernel='precomputed' has them all. Fit "
            f"{name} with approximation=None"
        )
    if estimator.approximation == "fourier":
        require_spectrum(data.kernel)
    among = np.flatnonzero(data.masses() > 0.0)
    memory_limit = resolve_memory_limit(estimator.memory_limit, held=data.copied)
    limits, n_bytes = _limits(estimator, data, among.size, memory_limit)
    seed = resolve_seed(estimator.random_state)
    peak = most_for_components(data, problems, n_bytes, limits.most, memory_limit)
    each = seconds_a_value(data.kernel, data.stored_values_per_row, skips_zeros=data.sparse)
    hinge = estimator._machine_name == "svc"
    estimate = FitEstimate.of_components(
        data.n_rows, sum(problems.sizes), limits.most, each, peak, data.n_threads, hinge=hinge
    )
    announce(name, estimate.with_folds(data.folds), verbose=bool(estimator.verbose))
    found = approximate(data.kernel, data.rows, among, estimator.approximation, limits, seed, data.n_threads)
    if found.error > limits.tol:
        warnings.warn(_above(name, found, limits), ApproximationWarning, stacklevel=4)
    components = np.empty((data.n_rows, found.kernel.n_components))
    try:
        found.kernel.fill(data.rows, components, data.n_threads, limits.end)
    except Stopped:
        return replace(data, kernel=found.kernel), found
    return replace(data, kernel=found.kernel, components=components), found


def _limits(estimator: Any, data: TrainingData, n: int, memory_limit: float) -> tuple[Limits, float]:
    """When growth ends, and the bytes of a fit with as many components as that."""
    needed = memory_needed(data.n_rows, data.copied)
    per_component = _BYTES_AN_ENTRY_OF_ROWS * data.n_rows + _BYTES_AN_ENTRY_OF_CANDIDATES * min(n, _CANDIDATES)
    if estimator.approximation == "fourier":
        per_component += _BYTES_OF_A_FREQUENCY * float(data.rows.design.n_features)

    def n_bytes(components: float) -> float:
        return needed + per_component * components + _BYTES_AN_ENTRY_OF_SYSTEMS * components**2

    seconds = math.inf if estimator.max_time is None else float(estimator.max_time)
    clock = data.started + _SHARE_OF_TIME * seconds, data.started + seconds
    fewest = min(_FEWEST, int(estimator.max_components))
    least = bytes_with_folds(data, n_bytes(fewest))
    if least > memory_limit:
        raise MemoryLimitError(
            f"a fit of {data.n_rows} rows with {fewest} components needs about {least:.2g} bytes beyond its input, "
            f"and memory_limit allows {memory_limit:.2g}; raise memory_limit, or fit on fewer rows"
        )
    most = int(estimator.max_components)
    if n_bytes(most) > memory_limit:
        half = per_component / (2.0 * _BYTES_AN_ENTRY_OF_SYSTEMS)
        room = (memory_limit - needed) / _BYTES_AN_ENTRY_OF_SYSTEMS
        most = max(fewest, int(math.sqrt(half**2 + room) - half))
    by_memory = most < int(estimator.max_components)
    return Limits(float(estimator.approximation_tol), most, by_memory, *clock), n_bytes(most)


def _above(name: str, found: Approximation, limits: Limits) -> str:
    why = {
        "max_components": "max_components allows no more. Raise it",
        "memory_limit": "memory_limit allows no more. Raise it",
        "max_time": "components may take half of max_time, for all rows. Raise it",
        "rows": "no row is left that is independent of them. Check the kernel",
        "tol": "",
    }[found.ended_by]
    return (
        f"{name} fits {found.kernel.n_components} components with an estimated relative error of the kernel values of "
        f"{found.error:.1e} (approximation_tol={limits.tol:g}): {why}, raise approximation_tol if this is good enough, or "
        "fit with approximation=None"
    )
