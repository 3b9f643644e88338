"""Rows of kernel values that a solver keeps where a value is dear: they save values, and change no answer."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from kernel_oracle import dense, gram, judge

from maxmargin import SVC, SVR

N, TOL = 1500, 1e-6
# Half of a solver's memory is for rows, beyond 16 bytes for each value of the largest block. So there is room for none, for
# some 400 to 600 that give way to others, or for all; blocks are as large.
ROOM = {"none": 0.0, "some": 8e6, "all": 1e9}
GAMMA = {"dense": 0.004, "sparse": 0.02}


def rows_and_targets(storage):
    rng = np.random.default_rng(0)
    if storage == "dense":
        X = rng.standard_normal((N, 200), dtype=np.float32)
    else:
        columns = rng.integers(0, 33, (N, 60)) + 33 * np.arange(60)
        values = rng.standard_normal((N, 60)).astype(np.float32)
        X = sp.csr_array((values.ravel(), columns.ravel(), np.arange(N + 1) * 60), shape=(N, 2000))
    return X, dense(X)[:, :4].sum(axis=1) + rng.normal(size=N)


@pytest.fixture(scope="module", params=["dense", "sparse"])
def data(request):
    X, targets = rows_and_targets(request.param)
    return X, targets, GAMMA[request.param], gram("rbf", X, gamma=GAMMA[request.param])


@pytest.mark.parametrize("room", ["some", "all"])
@pytest.mark.parametrize("make", [SVC, SVR])
def test_kept_rows_change_no_answer_for_any_number_of_threads(make, room, data):
    X, targets, gamma, K = data
    y = targets > 0.0 if make is SVC else targets

    def fit(room, n_jobs):
        memory_limit = 32.0 * (N if make is SVC else 2 * N) ** 2 + ROOM[room]
        return make(C=3.0, gamma=gamma, tol=TOL, memory_limit=memory_limit, n_jobs=n_jobs).fit(X, y)

    first, *others = (fit(room, n_jobs) for n_jobs in (1, 2, 3))
    computed = fit("none", 2)
    assert first.kernel_evaluations_ < (0.5 if room == "all" else 0.9) * computed.kernel_evaluations_
    assert first.dual_ == pytest.approx(computed.dual_, rel=TOL)
    for model in (first, computed):
        assert model.status_ == "optimal"
        assert judge(model, K, y).certifies(TOL)
    for other in others:
        assert dense(other.dual_coef_).tolist() == dense(first.dual_coef_).tolist()
        assert other.intercept_.tolist() == first.intercept_.tolist()
        assert other.history_["gap"].tolist() == first.history_["gap"].tolist()
        assert other.kernel_evaluations_ == first.kernel_evaluations_
