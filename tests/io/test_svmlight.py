"""The svmlight reader: the same answer as scikit-learn's on good text, a place and a reason on bad text."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from maxmargin.exceptions import SvmlightFormatError
from maxmargin.io import load_svmlight


def dumped(X: sp.csr_matrix, y: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    dump_svmlight_file(X, y, buffer, **options)
    return buffer.getvalue()


def same(a: sp.csr_matrix, b: sp.csr_matrix) -> bool:
    return (
        a.shape == b.shape
        and np.array_equal(a.indptr, b.indptr)
        and np.array_equal(a.indices, b.indices)
        and np.array_equal(a.data, b.data, equal_nan=True)
    )


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 30), d=st.integers(1, 20), density=st.floats(0, 1), seed=st.integers(0, 2**20),
    zero_based=st.booleans(),
)  # fmt: skip
def test_round_trip(n: int, d: int, density: float, seed: int, zero_based: bool) -> None:
    rng = np.random.default_rng(seed)
    X = sp.random(
        n,
        d,
        density=density,
        format="csr",
        random_state=seed,
        data_rvs=lambda k: rng.normal(size=k) * 10.0 ** rng.integers(-20, 20, k),
    )
    y = rng.normal(size=n)
    text = dumped(X, y, zero_based=zero_based)
    ours = load_svmlight(text, n_features=d, zero_based=zero_based)
    theirs, labels = load_svmlight_file(io.BytesIO(text), n_features=d, zero_based=zero_based)
    assert same(ours.X, theirs)
    np.testing.assert_array_equal(ours.y, labels)


BLANKS = st.sampled_from([b" ", b"  ", b"\t", b" \t ", b"\v", b"\f", b"\r"])


NUMBERS = st.floats().map(repr) | st.integers(-(10**20), 10**20).map(str) | st.decimals(allow_nan=False).map(str)


@st.composite
def messy_lines(draw: Any) -> bytes:
    """A valid line in any of its spellings."""
    indices = sorted(draw(st.sets(st.integers(0, 2**31 - 2), max_size=6)))
    tokens = [draw(NUMBERS).encode()]
    tokens += [b"%d:%s" % (index, draw(NUMBERS).encode()) for index in indices]
    line = draw(st.just(b"") | BLANKS)
    for token in tokens:
        line += token + draw(BLANKS)
    comment = draw(st.just(b"") | st.binary(max_size=12).map(lambda text: b"#" + text.replace(b"\n", b"")))
    return (
        draw(st.sampled_from([b"", b"\n", b"# 1:1\n", b" \r\n"])) + line + comment + draw(st.sampled_from([b"\n", b"\r\n"]))
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(messy_lines(), min_size=1, max_size=6), st.sampled_from([True, "auto"]))
def test_any_valid_text_as_scikit_learn_reads_it(lines: list[bytes], zero_based: Any) -> None:
    text = b"".join(lines)
    n_features = 2**31
    ours = load_svmlight(text, n_features=n_features, zero_based=zero_based)
    theirs, labels = load_svmlight_file(io.BytesIO(text), n_features=n_features, zero_based=zero_based)
    if ours.X.nnz:  # scikit-learn takes a text without values for one that counts from 0
        assert same(ours.X, theirs)
    np.testing.assert_array_equal(ours.y, labels)


@settings(max_examples=200, deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["{!r}", "{:.3g}", "{:.17e}", "{:f}", "{:.25f}", "{:+.4e}"]),
)
def test_numbers_are_read_to_the_last_bit(value: float, spelling: str) -> None:
    token = spelling.format(value)
    assert load_svmlight(f"1 1:{token}".encode()).X.data[0] == float(token)


def test_comments_blank_lines_carriage_returns_and_spaces() -> None:
    data = load_svmlight(b"# head\r\n\r\n  +1\t1:1   3:2.5 # tail 9:9\r\n-1 # no features\r\n0")
    np.testing.assert_array_equal(data.y, [1, -1, 0])
    np.testing.assert_array_equal(data.X.toarray(), [[1, 0, 2.5], [0, 0, 0], [0, 0, 0]])


def test_queries() -> None:
    data = load_svmlight(b"2 qid:7 1:1\n1 qid:7 2:1\n0 qid:9 1:3\n", query_id=True)
    assert data.query is not None
    assert data.query.tolist() == [7, 7, 9]
    with pytest.raises(SvmlightFormatError, match=r"line 2, column 1: found no qid"):
        load_svmlight(b"2 qid:7 1:1\n1 1:1\n", query_id=True)


def test_nan_and_infinity_are_left_to_the_validation() -> None:
    data = load_svmlight(b"1 1:nan 2:inf 3:-inf\n")
    assert np.isnan(data.X.data[0])
    assert data.X.data[1:].tolist() == [np.inf, -np.inf]


def test_indices_from_zero() -> None:
    text = b"1 0:1 2:1\n"
    assert load_svmlight(text).X.shape == (1, 3)
    assert load_svmlight(b"1 1:1 2:1\n", zero_based=True).X.shape == (1, 3)
    with pytest.raises(SvmlightFormatError, match=r"line 1, column 3: found '0:1', expected indices from 1"):
        load_svmlight(text, zero_based=False)


def test_indices_are_int64_only_where_they_must_be() -> None:
    assert load_svmlight(b"1 7:1\n").X.indices.dtype == np.int32
    wide = load_svmlight(b"1 5000000000:1\n").X
    assert wide.indices.dtype == np.int64
    assert wide.shape == (1, 5_000_000_000)


def test_the_number_of_threads_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    X = sp.random(20_000, 50, density=0.2, format="csr", random_state=0)
    text = dumped(X, rng.integers(0, 3, 20_000))
    one, many = load_svmlight(text, n_jobs=1), load_svmlight(text, n_jobs=7)
    assert same(one.X, many.X)
    bad = text + b"1 1:x\n"
    with pytest.raises(SvmlightFormatError, match="line 20001, column 5"):
        load_svmlight(bad, n_jobs=7)


def test_float32() -> None:
    assert load_svmlight(b"1 1:0.1\n", dtype=np.float32).X.data[0] == np.float32(0.1)


def test_a_line_of_fifty_megabytes() -> None:
    n = 5_000_000
    text = b"1 " + b" ".join(b"%d:1" % k for k in range(1, n + 1))
    assert load_svmlight(text).X.nnz == n
    with pytest.raises(SvmlightFormatError, match="line 1, column 1"):
        load_svmlight(b"x" * 50_000_000)


@pytest.mark.slow
def test_a_line_of_a_gigabyte() -> None:
    long = 1_000_000_000
    with pytest.raises(SvmlightFormatError, match="line 1, column 1"):
        load_svmlight(b"x" * long)
    data = load_svmlight(b"1 1:2" + b" " * long + b"3:4\n-1 2:5\n")
    assert data.X.toarray().tolist() == [[2.0, 0.0, 4.0], [0.0, 5.0, 0.0]]


@pytest.mark.parametrize("text", [b"", b"\n", b"# only a comment", b"\n \n\t\r\n"])
def test_a_text_without_rows(text: bytes) -> None:
    data = load_svmlight(text)
    assert data.X.shape == (0, 0)
    assert data.y.size == 0
    assert load_svmlight(text, n_features=3).X.shape == (0, 3)


def test_rows_without_values() -> None:
    data = load_svmlight(b"1\n-1 # nothing\n")
    assert data.X.shape == (2, 0)
    assert data.y.tolist() == [1, -1]


def test_gaps_are_closed_wherever_comments_and_queries_leave_them() -> None:
    rows = [b"# 1:1 2:2\n", b"1 qid:2 3:4\n", b"0 qid:2 # 5:6 7:8\n", b"\n"]
    rng = np.random.default_rng(0)
    order = rng.integers(0, 4, 60_000)
    data = load_svmlight(b"".join(rows[k] for k in order), query_id=True, n_jobs=3)
    kept = order[(order == 1) | (order == 2)]
    np.testing.assert_array_equal(data.y, kept == 1)
    np.testing.assert_array_equal(np.diff(data.X.indptr), kept == 1)
    assert data.query is not None
    assert set(data.query.tolist()) == {2}
    assert set(data.X.data.tolist()) == {4.0}


def test_the_widest_index() -> None:
    X = load_svmlight(b"1 9223372036854775806:1\n1 000000000000000000000000000007:2\n").X
    assert X.shape == (2, 2**63 - 2)
    assert X.indices.tolist() == [2**63 - 3, 6]


def test_an_index_at_the_edge_of_int32() -> None:
    for index in (2**31 - 2, 2**31 - 1, 2**31, 2**31 + 1):
        for zero_based in (True, False):
            X = load_svmlight(b"1 %d:1\n" % index, zero_based=zero_based).X
            assert X.indices.tolist() == [index - (not zero_based)]


def test_negative_queries_and_large_ones() -> None:
    data = load_svmlight(b"1 qid:-3 1:1\n1 qid:9223372036854775807 1:1\n", query_id=True)
    assert data.query is not None
    assert data.query.tolist() == [-3, 2**63 - 1]
    with pytest.raises(SvmlightFormatError, match="whole number after 'qid:'"):
        load_svmlight(b"1 qid:9223372036854775808 1:1\n", query_id=True)


RAW = Path(os.environ.get("MAXMARGIN_DATA", "../shared/data")) / "raw"


@pytest.mark.parametrize("name", ["a9a", "heart_scale", "mushrooms", "abalone_scale", "MQ2008.Fold1.test.txt"])
def test_real_files_as_scikit_learn_reads_them(name: str) -> None:
    if not (RAW / name).exists():
        pytest.skip(f"{RAW / name} is not here; set MAXMARGIN_DATA")
    query_id = name.startswith("MQ")
    theirs = load_svmlight_file(str(RAW / name), query_id=query_id)
    ours = load_svmlight(RAW / name, query_id=query_id)
    assert same(ours.X, theirs[0])
    np.testing.assert_array_equal(ours.y, theirs[1])
    if query_id:
        np.testing.assert_array_equal(ours.query, theirs[2])
    for dtype in (np.float32, np.float64):
        a, b = load_svmlight(RAW / name, dtype=dtype).X, load_svmlight_file(str(RAW / name), dtype=dtype)[0]
        assert a.dtype == b.dtype == dtype
        assert same(a, b)
