"""scikit-learn's own checks of estimators, taken from the installed version."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import check_class_weight_classifiers, parametrize_with_checks

from maxmargin import SVC, SVR, NuSVC, NuSVR, OneClassSVM
from maxmargin.exceptions import InfeasibleNuError

# Weights of 1000 and 0.0001 for two classes leave no nu above 2e-7, with which the check expects a fit.
INFEASIBLE = "check_class_weight_classifiers"

# A nu of 0.5 needs classes that are as large as one another, which those of the checks of weights are not.
ESTIMATORS = [SVC(), SVC(multi_class="ovr"), NuSVC(nu=0.1), SVR(), NuSVR(), OneClassSVM()]


# Where classes overlap throughout, as some random ones do, NuSVC has no margin, and says so.
@pytest.mark.filterwarnings("ignore:NuSVC stopped by the limit of float64")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_checks(estimator, check):
    if isinstance(estimator, NuSVC) and check.func.__name__ == INFEASIBLE:
        pytest.skip("see the next test")
    check(estimator)


def test_weights_that_leave_nu_no_room_are_named():
    with pytest.raises(InfeasibleNuError, match=r"the largest feasible nu is [12][.0-9]*e-07"):
        check_class_weight_classifiers("NuSVC", NuSVC(nu=0.1))
