"""scikit-learn's own tests of its kernel machines, taken from the installed package and run with our classes.

Each test that does not pass is listed with its reason, which docs/migrating.md gives at more length. A name without brackets
excuses a test if none of its cases passes; where some do, each case that does not is listed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.fixes import parse_version

from maxmargin import SVC, NuSVC
from maxmargin.exceptions import ShapeError

HERE = Path(__file__).parent

REASONS = {
    "refused": "negative weights beside positive ones are refused by name in every estimator, and not taken for zero",
    "shape": "a kernel that returns too few values is an error in fit already, not in predict",
    "inside": "there is no binding of LIBSVM here whose private attributes could be changed",
    "sparse": "sparse rows can be predicted by a model of dense ones, and the other way round",
    "blocks": "an iteration is a block here: six rows are solved before there is a second one to forbid",
    "ties": "ties between classes are always broken by the decision values: predict is argmax",
    "unsymmetric": "the kernel is right only where both arguments are the same rows; ours is asked for the support vectors",
    "deprecated": "probA_ and probB_ leave scikit-learn in 1.11; there is one calibration for all estimators here",
}
DIFFERENT = {
    "test_svm": {
        "test_negative_weights_svc_leave_just_one_label": "refused",
        "test_negative_weights_svc_leave_two_labels[partial-mask-label-1-SVC]": "refused",
        "test_negative_weights_svc_leave_two_labels[partial-mask-label-1-NuSVC]": "refused",
        "test_negative_weight_equal_coeffs[partial-mask-label-1-SVC]": "refused",
        "test_negative_weight_equal_coeffs[partial-mask-label-1-NuSVC]": "refused",
        "test_negative_weight_equal_coeffs[partial-mask-label-1-NuSVR]": "refused",
        "test_svr_errors": "shape",
        "test_tweak_params": "inside",
        "test_bad_input": "sparse",
        "test_libsvm_convergence_warnings": "blocks",
        "test_svc_ovr_tie_breaking": "ties",
        "test_custom_kernel_not_array_input[SVC]": "unsymmetric",
        "test_svc_nusvc_probA_probB_deprecated": "deprecated",
    },
    "test_sparse": {
        "test_timeout": "blocks",
    },
    "test_bounds": {},
}
LEAST = {"test_svm": 109, "test_sparse": 156, "test_bounds": 22}  # tests that pass


def run(name: str, folder: Path) -> dict[str, str]:
    """The outcome of each test of scikit-learn's module ``name``."""
    outcomes = folder / "outcomes.json"
    paths = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "MAXMARGIN_OUTCOMES": str(outcomes)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "our_classes", "-c", os.devnull, "--rootdir", str(folder),
         "--pyargs", f"sklearn.svm.tests.{name}", "-W", "ignore", "--tb=no"],
        cwd=folder, capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert outcomes.exists(), f"pytest did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return json.loads(outcomes.read_text(encoding="utf-8"))


def cases(listed: str, outcomes: dict[str, str]) -> set[str]:
    """The cases that a listed name stands for."""
    return {test for test in outcomes if listed in (test, test.split("[")[0])}


def test_a_name_stands_for_all_cases_of_a_test_and_for_nothing_else():
    outcomes = dict.fromkeys(["test_a[x-1]", "test_a[x-2]", "test_ab[x-1]", "test_c"], "passed")
    assert cases("test_a", outcomes) == {"test_a[x-1]", "test_a[x-2]"}
    assert cases("test_a[x-1]", outcomes) == {"test_a[x-1]"}
    assert cases("test_c", outcomes) == {"test_c"}
    assert cases("test_a[x", outcomes) == set()


@pytest.mark.skipif(parse_version(sklearn.__version__) < parse_version("1.9"), reason="the list is that of scikit-learn 1.9")
@pytest.mark.parametrize("name", ["test_svm", pytest.param("test_sparse", marks=pytest.mark.slow), "test_bounds"])
def test_their_tests_pass_but_for_the_listed_ones(name, tmp_path):
    outcomes = run(name, tmp_path)
    failed = {test for test, outcome in outcomes.items() if outcome != "passed"}
    assert set().union(*(cases(listed, outcomes) for listed in DIFFERENT[name])) == failed
    assert sum(outcome == "passed" for outcome in outcomes.values()) >= LEAST[name]


def test_every_difference_has_a_reason_in_words():
    used = {reason for listed in DIFFERENT.values() for reason in listed.values()}
    assert used == set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_in_the_documentation(reason):
    migrating = HERE.parents[1] / "docs" / "migrating.md"
    (row,) = [line for line in migrating.read_text(encoding="utf-8").splitlines() if f"| {REASONS[reason]} |" in line]
    names = {name for tests in DIFFERENT.values() for name, why in tests.items() if why == reason}
    assert set(re.findall(r"`([^`]*)`", row.split("|")[3])) == names


# --- what follows, in excused tests, the line that differs ----------------------------------------


def test_models_of_few_rows_do_not_take_others_instead_of_columns():
    # The rest of test_bad_input.
    X = np.array([[-2, -1], [-1, -1], [-1, -2], [1, 1], [1, 2], [2, 1]])
    y = [1, 1, 1, 2, 2, 2]
    with pytest.raises(ShapeError):
        SVC().fit(X @ X.T, y).predict(X)
    with pytest.raises(ShapeError):
        SVC().fit(X, y).predict(X.T)


@pytest.mark.parametrize("make", [SVC, NuSVC])
def test_predict_breaks_ties_whatever_is_asked_for(make):
    # test_svc_ovr_tie_breaking wants this of break_ties=True only, and its opposite of False.
    X, y = make_blobs(random_state=42, n_samples=20, n_features=2)
    grid = np.random.default_rng(0).uniform(X.min(axis=0), X.max(axis=0), size=(2000, 2))
    for break_ties in (False, True):
        model = make(kernel="rbf", gamma=1e6, break_ties=break_ties).fit(X, y)
        assert (model.predict(grid) == model.decision_function(grid).argmax(axis=1)).all()


def test_max_iter_counts_blocks_and_warns_where_they_were_too_few():
    # test_libsvm_convergence_warnings and test_timeout want two steps to be too few for six rows.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 5)), np.arange(3000) % 2
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        model = SVC(max_iter=2).fit(X, y)
    assert (model.n_iter_ == 2).all()
