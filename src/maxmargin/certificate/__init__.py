"""Certificates: how far a point is from the optimum, computed from the problem and the point, nothing else.

``point`` has the mathematics for one binary problem, ``claim`` reads any model, ``proof`` is the public
`certify`, ``report`` what it returns.
"""

from __future__ import annotations

from maxmargin.certificate.claim import Claim
from maxmargin.certificate.machine import MachineClaim, sums_at
from maxmargin.certificate.point import PointCertificate, certify_point
from maxmargin.certificate.proof import certify
from maxmargin.certificate.report import IF_INNER_PRODUCT, STATIONARY, Certificate, ClassCertificate, WorstRow

__all__ = [
    "IF_INNER_PRODUCT",
    "STATIONARY",
    "Certificate",
    "Claim",
    "ClassCertificate",
    "MachineClaim",
    "PointCertificate",
    "WorstRow",
    "certify",
    "certify_point",
    "sums_at",
]
