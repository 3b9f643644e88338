"""Rows that are no float32 or float64 become so by a copy, which counts as memory that a fit takes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from maxmargin import SVC, SVR, OneClassSVM
from maxmargin._validation import Copies, validate_table
from maxmargin.exceptions import MemoryLimitError

MIB = 1 << 20
N, D = 2000, 200
NUMBERS = np.random.default_rng(0).integers(0, 200, (N, D), dtype=np.uint8)
FLOATS = NUMBERS.astype(np.float64)
SPARSE = sp.csr_array(np.where(NUMBERS < 20, NUMBERS, 0))
FALLING = np.arange(49, -1, -1, dtype=np.int32), 50 * np.arange(N + 1, dtype=np.int32)
BACKWARDS = sp.csr_array((FLOATS[:, :50].ravel(), np.tile(FALLING[0], N), FALLING[1]), (N, D))
MIXED = pd.DataFrame({f"c{k}": NUMBERS[:, k].astype(np.float32 if k % 2 else np.int64) for k in range(D)})
CONVERTED = {
    "uint8": NUMBERS,
    "int32": NUMBERS.astype(np.int32),
    "bool": NUMBERS > 99,
    "float16": NUMBERS.astype(np.float16),
    "other byte order": NUMBERS.astype(">f4"),
    "objects": NUMBERS.astype(object),
    "a list of integers": NUMBERS.tolist(),
    "a list of floats": FLOATS.tolist(),
    "a frame of integers": pd.DataFrame(NUMBERS),
    "a mixed frame": MIXED,
    "a frame with booleans": MIXED.assign(c0=NUMBERS[:, 0] > 9),
    "a frame with missing values": MIXED.assign(c0=pd.array(NUMBERS[:, 0], dtype="Int64")),
    "sparse integers": SPARSE,
    "sparse columns": sp.csc_array(SPARSE.astype(np.float32)),
    "sparse places": sp.coo_array(SPARSE),
    "sparse rows that are not in order": BACKWARDS,
    "sparse lists": sp.lil_array(SPARSE[:100]),
}
BORROWED = {
    "float64": FLOATS,
    "float32, by columns": np.asfortranarray(FLOATS.astype(np.float32)),
    "a frame of floats": pd.DataFrame(FLOATS),
    "a frame of columns": pd.DataFrame(np.asfortranarray(FLOATS)),
    "sparse floats": SPARSE.astype(np.float64),
}


def traced(work):
    """The result, and the most bytes that it took at a time."""
    tracemalloc.start()
    try:
        return work(), float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", CONVERTED)
def test_copies_are_counted(kind):
    X, copies = CONVERTED[kind], Copies()
    validate_table(X[:20])  # what a process loads once
    (table, _), peak = traced(lambda: validate_table(X, copies=copies))
    parts = (table.data, table.indices, table.indptr) if sp.issparse(table) else (table,)
    shared = SPARSE.indices.nbytes + SPARSE.indptr.nbytes if kind == "sparse integers" else 0
    assert copies.held == sum(part.nbytes for part in parts) - shared
    assert peak - 0.25 * MIB <= copies.most  # marks of values that are not finite, and the like
    assert copies.most <= 3.0 * copies.held


@pytest.mark.parametrize("kind", BORROWED)
def test_what_is_borrowed_is_no_copy(kind):
    copies = Copies(1.0, limited=True)
    validate_table(BORROWED[kind], copies=copies)
    assert copies.most == 0.0


@pytest.mark.parametrize("kind", CONVERTED)
def test_a_copy_that_does_not_fit_is_refused_before_it_is_made(kind):
    X, copies = CONVERTED[kind], Copies()
    validate_table(X, copies=copies)

    def fit():
        with pytest.raises(MemoryLimitError, match="must be copied to be read as float32 or float64"):
            OneClassSVM(memory_limit=0.9 * copies.held).fit(X)

    assert traced(fit)[1] < 0.9 * copies.held + 0.25 * MIB


@pytest.mark.filterwarnings("ignore::UserWarning")  # of so little time
@pytest.mark.parametrize("parameters", [{}, {"approximation": "nystroem", "max_components": 60}])
def test_a_copy_is_a_part_of_what_a_fit_needs(parameters):
    y = FLOATS[:, 0]
    enough = next(limit for limit in range(2, 99) if fits_within(FLOATS, y, limit, parameters))
    copied = NUMBERS.size * 4 / MIB
    assert not fits_within(NUMBERS, y, enough + copied - 1.5, parameters)
    assert fits_within(NUMBERS.astype(np.float32), y, enough + copied, parameters)


def fits_within(X, y, limit, parameters):
    try:
        SVR(gamma=1e-5, memory_limit=limit * MIB, max_time=1e-9, **parameters).fit(X, y)
    except MemoryLimitError:
        return False
    return True


def test_the_message_says_what_the_copy_takes():
    with pytest.raises(MemoryLimitError, match=r"needs about \S+ bytes beyond its input, 1\.6e\+06 of them for its numbers"):
        SVC(memory_limit=1.7e6).fit(NUMBERS, NUMBERS[:, 0] > 99)
