"""The only place that sees raw input. What leaves here is checked, and nothing behind it checks again.

Modules: ``design`` (any X), ``dense`` and ``sparse`` (its two storages), ``finite`` (where the NaN is),
``target`` (labels and weights), ``regression_target`` (numbers), ``parameters`` and ``machine_parameters`` (everything
an estimator is constructed with), ``threads`` (the meaning of ``n_jobs``), ``memory`` (that of ``memory_limit``),
``copies`` (what conversions take of it).
"""

from __future__ import annotations

from maxmargin._validation.copies import Copies
from maxmargin._validation.design import match_features, record_features, validate_design, validate_table
from maxmargin._validation.machine_parameters import machine_parameter_defect, validate_machine_parameters
from maxmargin._validation.memory import resolve_memory_limit
from maxmargin._validation.parameters import class_factors, resolve_seed, validate_parameters
from maxmargin._validation.regression_target import validate_regression_target
from maxmargin._validation.target import Target, encode_target, validate_target, validate_weights
from maxmargin._validation.threads import machine_cores, resolve_n_jobs

__all__ = [
    "Copies",
    "Target",
    "class_factors",
    "encode_target",
    "machine_cores",
    "machine_parameter_defect",
    "match_features",
    "record_features",
    "resolve_memory_limit",
    "resolve_n_jobs",
    "resolve_seed",
    "validate_design",
    "validate_machine_parameters",
    "validate_parameters",
    "validate_regression_target",
    "validate_table",
    "validate_target",
    "validate_weights",
]
