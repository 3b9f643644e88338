"""What a model claims, read off any model: ours, a model file's, or a foreign linear classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin._validation import class_factors
from maxmargin.certificate.point import LOSSES
from maxmargin.exceptions import NotCertifiableError
from maxmargin.problem import Loss

__all__ = ["Claim", "read_claim"]


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A linear model's numbers and the problem it says it solves."""

    name: str
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    classes: NDArray[Any]
    C: float
    loss: Loss
    fit_intercept: bool
    class_weight: Any
    multipliers: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...] | None
    n_rows: int | None

    def factors(self, codes: NDArray[np.intp], weights: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
        """Factor of C for each class."""
        if isinstance(self.class_weight, np.ndarray):
            return self.class_weight
        return class_factors(self.class_weight, self.classes, codes, weights)


def read_claim(model: Any) -> Claim:
    """The claim of ``model``; raises NotCertifiableError where something needed is missing."""
    if hasattr(model, "_claim"):
        claim: Claim = model._claim()
        return claim
    return _foreign_claim(model)


def _foreign_claim(model: Any) -> Claim:
    name = type(model).__name__
    for attribute in ("coef_", "intercept_", "classes_", "C"):
        if not hasattr(model, attribute):
            raise NotCertifiableError(
                f"{name} has no attribute {attribute!r}; certify reads fitted linear classifiers with "
                f"coef_, intercept_, "
                "classes_, C and loss"
            )
    loss = getattr(model, "loss", None)
    if loss not in LOSSES:
        raise NotCertifiableError(f"{name} has the loss {loss!r}; certify knows {', '.join(map(repr, LOSSES))}")
    if getattr(model, "penalty", "l2") != "l2":
        raise NotCertifiableError(f"{name} has the penalty {model.penalty!r}; certify knows 'l2'")
    coef = model.coef_.toarray() if hasattr(model.coef_, "toarray") else np.asarray(model.coef_)
    coef = np.atleast_2d(np.asarray(coef, dtype=np.float64))
    classes = np.asarray(model.classes_)
    expected = 1 if classes.size == 2 else classes.size
    if coef.shape[0] != expected:
        raise NotCertifiableError(
            f"{name} has {coef.shape[0]} rows of coefficients for {classes.size} classes; certify knows "
            f"one-vs-rest ({expected})"
        )
    intercept = np.broadcast_to(np.asarray(model.intercept_, dtype=np.float64).ravel(), (expected,)).copy()
    return Claim(
        name, coef, intercept, classes, float(model.C), loss, bool(getattr(model, "fit_intercept", True)),
        getattr(model, "class_weight", None), None, None,
    )  # fmt: skip
