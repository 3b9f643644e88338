"""The kernel machines.

``svc``, ``nu_svc``, ``svr``, ``nu_svr`` and ``one_class`` have one estimator each. What they share: ``base`` (from X to a
fit), ``fitting`` (the programmes of one fit), ``classifier``, ``regressor`` and ``single``, ``support`` (support vectors
and their layout), ``prediction``, ``probability``, ``estimate`` (what a fit will cost).
"""

from __future__ import annotations

from maxmargin.estimators.kernel.nu_svc import NuSVC
from maxmargin.estimators.kernel.nu_svr import NuSVR
from maxmargin.estimators.kernel.one_class import OneClassSVM
from maxmargin.estimators.kernel.svc import SVC
from maxmargin.estimators.kernel.svr import SVR

__all__ = ["SVC", "SVR", "NuSVC", "NuSVR", "OneClassSVM"]
