"""Second-order steps use one BLAS thread, whichever threads they run on, and leave BLAS as it was."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from maxmargin import SVC
from maxmargin.kernels import one_blas_thread


def blas_threads():
    return [library["num_threads"] for library in ThreadpoolController().select(user_api="blas").info()]


@pytest.fixture(autouse=True)
def two_blas_threads():
    with threadpool_limits(limits=2, user_api="blas"):
        if set(blas_threads()) != {2}:
            pytest.skip("this BLAS has one thread alone")
        yield


def test_any_thread_may_enter_first_and_leave_last():
    seen, one_within, both_within, one_left = [], threading.Event(), threading.Event(), threading.Event()

    def first():
        with one_blas_thread():
            one_within.set()
            both_within.wait()
            seen.append(blas_threads())
        one_left.set()

    def last():
        one_within.wait()
        with one_blas_thread():
            both_within.set()
            one_left.wait()
            seen.append(blas_threads())

    with one_blas_thread():  # this thread has set it before, and no longer does
        seen.append(blas_threads())
    assert set(blas_threads()) == {2}
    both = [threading.Thread(target=run) for run in (first, last)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert {count for counts in seen for count in counts} == {1}
    assert set(blas_threads()) == {2}


def test_problems_side_by_side_have_the_bits_of_problems_in_a_row():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(660, 40)) * np.logspace(-2, 2, 40)  # which an interior point ends, with systems for two threads
    y = rng.integers(0, 3, 660)
    one, two = (SVC(C=3.0, kernel="linear", tol=1e-3, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one.dual_coef_, two.dual_coef_)
    assert one.intercept_.tolist() == two.intercept_.tolist()
