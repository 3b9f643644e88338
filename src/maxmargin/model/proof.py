"""The certificate of a fit, from the numbers that a model stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maxmargin.certificate import Certificate, ClassCertificate, PointCertificate

if TYPE_CHECKING:
    from maxmargin.model.kernel import KernelModel
    from maxmargin.model.linear import LinearModel

__all__ = ["stored_certificate"]


def stored_certificate(
    model: LinearModel | KernelModel,
    labels: Sequence[Any],
    *,
    nu: float | None = None,
    approximation: str | None = None,
    inner_product: bool | None = True,
) -> Certificate:
    """The certificate of ``model``, whose problems are called ``labels``."""
    points = zip(labels, model.primal, model.dual, model.gap, strict=True)
    return Certificate(
        tuple(ClassCertificate(label, PointCertificate(float(p), float(d), float(g))) for label, p, d, g in points),
        model.n_rows, model.n_features, model.loss, model.C, fit_intercept=model.fit_intercept, nu=nu,
        approximation=approximation, inner_product=inner_product,
    )  # fmt: skip
