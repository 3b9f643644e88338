"""A fitted kernel machine to the numbers that a file stores, and back."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from maxmargin.estimators.kernel.support import as_scikit_learn
from maxmargin.estimators.running import history_table
from maxmargin.exceptions import UnsupportedTypeError
from maxmargin.kernels import KERNEL_NAMES, ApproximateKernel, Kernel, NystroemKernel, Rows
from maxmargin.model import KernelModel, plain_parameters, read_only

if TYPE_CHECKING:
    from maxmargin.estimators.kernel.prediction import KernelPredictor

__all__ = ["from_kernel_model", "to_kernel_model"]


def to_kernel_model(estimator: KernelPredictor) -> KernelModel:
    """The numbers of a fitted ``estimator``; raises UnsupportedTypeError where its kernel is code."""
    estimator._require_fit()
    estimator._check_support()
    if getattr(estimator, "_calibrated", None) is not None:
        raise UnsupportedTypeError(
            f"{type(estimator).__name__} was fitted with probability=True, whose calibration a model file cannot hold; fit "
            "with probability=False, and calibrate what is loaded (sklearn.calibration.CalibratedClassifierCV)"
        )
    costs, names = estimator._fitted_costs, getattr(estimator, "feature_names_in_", None)
    points = [problem.point for problem in estimator.certificate_.problems]
    scale, tube = np.array(estimator._scales, dtype=np.float64).T
    return KernelModel(
        machine=estimator._machine_name,
        kernel=_stored_kernel(estimator.kernel_),
        support=estimator.support_,
        support_vectors=_vectors(estimator),
        n_support=estimator._n_support,
        dual_coef=np.asarray(estimator._dense_dual(), dtype=np.float64),
        intercept=np.asarray(estimator.intercept_, dtype=np.float64),
        scale=scale,
        tube=tube,
        C=float(costs.get("C", 1.0)),
        tol=float(estimator.tol),
        status=estimator.status_,
        primal=np.array([point.primal for point in points]),
        dual=np.array([point.dual for point in points]),
        gap=np.array([point.gap for point in points]),
        n_iter=np.atleast_1d(np.asarray(estimator.n_iter_, dtype=np.int64)),
        fit_time=float(estimator.fit_time_),
        kernel_evaluations=float(estimator.kernel_evaluations_),
        n_rows=estimator._n_rows,
        n_features=estimator._n_rows if estimator.kernel_.pairwise else _width(estimator),
        fit_intercept=bool(costs.get("fit_intercept", True)),
        nu=costs.get("nu"),
        epsilon=costs.get("epsilon"),
        feature_names=None if names is None else tuple(map(str, names)),
        parameters=plain_parameters(estimator.get_params(deep=False), estimator._machine_name),
        **_reduction(estimator),
        **_classes(estimator),
    )


def _width(estimator: KernelPredictor) -> int:
    """Number of features; 1 for objects, which have none, and are refused for their kernel."""
    return int(getattr(estimator, "n_features_in_", 1))


def _vectors(estimator: KernelPredictor) -> Any:
    """The support vectors as an array or compressed rows; None where there are only kernel values."""
    vectors, kernel = estimator.support_vectors_, estimator.kernel_
    if kernel.pairwise or not kernel.numeric:
        return None
    if not estimator.support_.size:
        nothing = np.empty((0, _width(estimator)))
        return csr_matrix(nothing) if issparse(estimator.dual_coef_) else nothing
    return _canonical(vectors)


def _canonical(vectors: Any) -> Any:
    """Rows of numbers as a contiguous array, or compressed with ascending columns."""
    if not issparse(vectors):
        return np.ascontiguousarray(Rows(vectors).table)
    if not vectors.has_canonical_format:  # as the data were: columns in any order, and twice
        vectors = vectors.copy()
        vectors.sum_duplicates()
    return vectors


def _stored_kernel(kernel: Kernel) -> Kernel:
    """The kernel, with landmarks as a file stores them; those of a kernel that is code stay, and are refused for it."""
    if isinstance(kernel, NystroemKernel) and kernel.numeric:
        return NystroemKernel(kernel.kernel, _canonical(kernel.landmarks), kernel.whitening)
    return kernel


def _reduction(estimator: KernelPredictor) -> dict[str, Any]:
    """What was done to make the model smaller."""
    notes = {"approximation": estimator._approximation, "compression": vars(estimator).get("compression_")}
    return {**notes, **_components(estimator)}


def _components(estimator: KernelPredictor) -> dict[str, Any]:
    """What a model of components predicts from, and which rows its landmarks are."""
    if not isinstance(estimator.kernel_, ApproximateKernel):
        return {}
    coef = {"component_coef": np.asarray(estimator.component_coef_, dtype=np.float64)}
    if not isinstance(estimator.kernel_, NystroemKernel):
        return coef
    rows, classes = estimator._landmarks
    return {**coef, "landmark_rows": rows.astype(np.int64), "landmark_classes": classes.astype(np.int64)}


def _classes(estimator: KernelPredictor) -> dict[str, Any]:
    if not hasattr(estimator, "classes_"):
        return {}
    several = len(estimator.classes_) > 2
    multi_class = ("ovr" if estimator._pairs is None else "ovo") if several else str(estimator.multi_class)
    return {
        "classes": estimator.classes_,
        "class_weight": np.asarray(estimator.class_weight_, dtype=np.float64),
        "multi_class": multi_class,
        "decision_function_shape": str(estimator.decision_function_shape) if estimator._pairs is not None else "ovr",
    }


def from_kernel_model(kind: type[KernelPredictor], model: KernelModel) -> KernelPredictor:
    """A fitted estimator with the numbers of ``model``; its history has not been stored and is empty."""
    known = kind().get_params(deep=False)
    wanted = {**_kernel_parameters(model), **_problem_parameters(model), **deepcopy(model.parameters or {})}
    estimator = kind(**{name: value for name, value in wanted.items() if name in known})
    sparse = issparse(model.support_vectors)
    estimator.support_ = np.array(model.support)
    estimator.support_vectors_ = np.empty((0, 0)) if model.kernel.pairwise else read_only(model.support_vectors.copy())
    estimator._n_support = np.array(model.n_support)
    estimator.dual_coef_ = as_scikit_learn(np.array(model.dual_coef), sparse=sparse)
    estimator.intercept_ = np.array(model.intercept)
    estimator.n_iter_ = int(model.n_iter[0]) if model.classes is None else np.array(model.n_iter)
    estimator.n_features_in_ = model.n_features
    estimator._n_rows = model.n_rows
    estimator.shape_fit_ = (model.n_rows, model.n_features)
    if model.feature_names is not None:
        estimator.feature_names_in_ = np.array(model.feature_names, dtype=object)
    if model.classes is not None and model.class_weight is not None:
        estimator.classes_ = model.classes
        estimator.class_weight_ = np.array(model.class_weight)
        estimator._pairs = model.pairs
    estimator.kernel_ = model.kernel
    estimator._note_approximation(model.approximation)
    if model.component_coef is not None:
        none = np.zeros(0, dtype=np.int64)
        rows, classes = model.landmark_rows, model.landmark_classes
        estimator.component_coef_ = np.array(model.component_coef)
        estimator._landmarks = (none, none) if rows is None or classes is None else (np.array(rows), np.array(classes))
    if model.compression is not None:
        estimator.compression_ = model.compression
    estimator._fitted_costs = _costs(model)
    estimator._scales = list(zip(model.scale.tolist(), model.tube.tolist(), strict=True))
    estimator.history_ = history_table([])
    estimator.fit_time_ = model.fit_time
    estimator._publish_proof(model.certificate, model.status, model.kernel_evaluations)
    return estimator


def _kernel_parameters(model: KernelModel) -> dict[str, Any]:
    """The kernel as scikit-learn has it, a name with numbers; sums and products are objects."""
    note, kernel = model.approximation, model.exact_kernel
    how = {} if note is None else {"approximation": note.name, "approximation_tol": note.tol}
    if kernel.pairwise:
        return {"kernel": "precomputed"}
    if kernel.native is None or kernel.native[0] not in KERNEL_NAMES:
        return {"kernel": kernel, **how}
    return {"kernel": kernel.native[0], **kernel.get_params(deep=False), **how}


def _problem_parameters(model: KernelModel) -> dict[str, Any]:
    return {
        **_costs(model), "tol": model.tol, "class_weight": _weights(model.classes, model.class_weight),
        "multi_class": model.multi_class, "decision_function_shape": model.decision_function_shape,
    }  # fmt: skip


def _costs(model: KernelModel) -> dict[str, Any]:
    values = {"C": model.C, "nu": model.nu, "epsilon": model.epsilon, "fit_intercept": model.fit_intercept}
    return {name: value for name, value in values.items() if value is not None}


def _weights(classes: NDArray[Any] | None, factors: NDArray[np.float64] | None) -> dict[Any, float] | None:
    if classes is None or factors is None or bool(np.all(factors == 1.0)):
        return None
    return dict(zip(classes.tolist(), factors.tolist(), strict=True))
