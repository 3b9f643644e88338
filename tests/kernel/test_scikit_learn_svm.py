"""scikit-learn's own tests of its kernel machines, taken from the installed package and run with our classes.

Each test that does not pass is listed with its reason, which docs/migrating.md gives at more length.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sklearn
from sklearn.utils.fixes import parse_version

HERE = Path(__file__).parent

REASONS = {
    "refused": "negative weights, and weights that are all zero, are refused by name in every estimator",
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
        "test_negative_sample_weights_mask_all_samples": "refused",
        "test_negative_weights_svc_leave_just_one_label": "refused",
        "test_negative_weights_svc_leave_two_labels[partial-mask-label-1": "refused",
        "test_negative_weight_equal_coeffs[partial-mask-label-1": "refused",
        "test_svr_errors": "shape",
        "test_tweak_params": "inside",
        "test_bad_input": "sparse",
        "test_libsvm_convergence_warnings": "blocks",
        "test_svc_ovr_tie_breaking": "ties",
        "test_custom_kernel_not_array_input[SVC]": "unsymmetric",
        "test_svc_nusvc_probA_probB_deprecated": "deprecated",
    },
    "test_sparse": {
        "test_sparse_oneclasssvm[": "sparse",
        "test_timeout": "blocks",
    },
    "test_bounds": {},
}
LEAST = {"test_svm": 95, "test_sparse": 100, "test_bounds": 20}  # tests that pass


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


@pytest.mark.skipif(parse_version(sklearn.__version__) < parse_version("1.9"), reason="the list is that of scikit-learn 1.9")
@pytest.mark.parametrize("name", ["test_svm", pytest.param("test_sparse", marks=pytest.mark.slow), "test_bounds"])
def test_their_tests_pass_but_for_the_listed_ones(name, tmp_path):
    outcomes = run(name, tmp_path)
    failed = {test for test, outcome in outcomes.items() if outcome == "failed"}
    unlisted = {test for test in failed if not any(test.startswith(listed) for listed in DIFFERENT[name])}
    assert not unlisted
    for listed in DIFFERENT[name]:
        assert any(test.startswith(listed) for test in failed), f"{listed} passes: strike it off the list"
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
