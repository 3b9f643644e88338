"""scikit-learn's own checks of estimators, taken from the installed version."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM
from maxmargin.exceptions import InfeasibleNuError

# NuSVC with its default of 0.5 needs classes about as large as one another. Those of the first two checks have 3 and 14
# rows, and the weights of 1000 and 0.0001 of the last leave no nu above 2e-7. scikit-learn excepts its own NuSVC too.
UNEQUAL = {
    "check_sample_weight_equivalence_on_dense_data": "0.352941",
    "check_sample_weight_equivalence_on_sparse_data": "0.352941",
    "check_class_weight_classifiers": r"[12][.0-9]*e-07",
}
DEFAULTS = [SVC(), NuSVC(), SVR(), NuSVR(), OneClassSVM()]
OTHERS = [SVC(multi_class="ovr"), NuSVC(nu=0.1)]  # to which two of these are checks like any other


def expected_to_fail(estimator: Any) -> dict[str, str]:
    """The checks that scikit-learn's mechanism expects to fail."""
    if not isinstance(estimator, NuSVC):
        return {}
    names = UNEQUAL if estimator.nu == 0.5 else ["check_class_weight_classifiers"]
    return dict.fromkeys(names, "nu is not feasible with classes of such different sizes")


# Where classes overlap throughout, as some random ones do, NuSVC has no margin, and says so.
@pytest.mark.filterwarnings("ignore:NuSVC stopped by the limit of float64")
@parametrize_with_checks([*DEFAULTS, *OTHERS], expected_failed_checks=expected_to_fail)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", UNEQUAL)
def test_checks_fail_because_nu_is_infeasible_and_for_nothing_else(name):
    with pytest.raises(InfeasibleNuError, match=f"the largest feasible nu is {UNEQUAL[name]}"):
        getattr(estimator_checks, name)("NuSVC", NuSVC())
