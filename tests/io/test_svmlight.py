"""The svmlight reader: the same answer as scikit-learn's on good text, a place and a reason on bad text."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from maxmargin.exceptions import FileFormatError, InvalidParameterError, SvmlightFormatError
from maxmargin.io import load_svmlight

INVALID = Path(__file__).parent.parent / "data" / "invalid"
PLACES = {
    "bad_value": (2, 6),
    "bad_query": (1, 3),
    "descending_index": (1, 7),
    "duplicate_index": (1, 7),
    "fractional_index": (1, 3),
    "index_overflow": (1, 3),
    "label_not_a_number": (1, 1),
    "missing_colon": (1, 3),
    "missing_index": (1, 3),
    "missing_value": (1, 3),
    "negative_index": (1, 3),
    "nul_byte": (2, 5),
    "query_after_feature": (1, 7),
    "several_labels": (1, 1),
}


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


def test_every_defect_has_its_file() -> None:
    assert {path.stem for path in INVALID.glob("*.svmlight")} == set(PLACES)


@pytest.mark.parametrize("defect", PLACES)
def test_a_defect_is_named_with_its_place(defect: str) -> None:
    line, column = PLACES[defect]
    with pytest.raises(SvmlightFormatError, match=rf"line {line}, column {column}: found .+, expected .+"):
        load_svmlight(INVALID / f"{defect}.svmlight")


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


@settings(max_examples=200, deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["{!r}", "{:.3g}", "{:.17e}", "{:f}", "{:.25f}", "{:+.4e}"]),
)
def test_numbers_are_read_to_the_last_bit(value: float, spelling: str) -> None:
    token = spelling.format(value)
    assert load_svmlight(f"1 1:{token}".encode()).X.data[0] == float(token)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("0123456789:.-+eqid#, \t\r\n", max_size=200).map(str.encode))
def test_any_bytes_give_data_or_a_named_error(text: bytes) -> None:
    try:
        data = load_svmlight(text)
    except SvmlightFormatError:
        return
    assert data.X.shape[0] == data.y.size
    assert data.X.indices.size == 0 or data.X.indices.min() >= 0


def test_comments_blank_lines_carriage_returns_and_spaces() -> None:
    data = load_svmlight(b"# head\r\n\r\n  +1\t1:1   3:2.5 # tail 9:9\r\n-1 # no features\r\n0")
    np.testing.assert_array_equal(data.y, [1, -1, 0])
    np.testing.assert_array_equal(data.X.toarray(), [[1, 0, 2.5], [0, 0, 0], [0, 0, 0]])


def test_queries() -> None:
    data = load_svmlight(b"2 qid:7 1:1\n1 qid:7 2:1\n0 qid:9 1:3\n", query_id=True)
    assert data.query is not None
    assert data.query.tolist() == [7, 7, 9]
    with pytest.raises(SvmlightFormatError, match="line 2, column 1: found no qid"):
        load_svmlight(b"2 qid:7 1:1\n1 1:1\n", query_id=True)


def test_nan_and_infinity_are_left_to_the_validation() -> None:
    data = load_svmlight(b"1 1:nan 2:inf 3:-inf\n")
    assert np.isnan(data.X.data[0])
    assert data.X.data[1:].tolist() == [np.inf, -np.inf]


def test_indices_from_zero() -> None:
    text = b"1 0:1 2:1\n"
    assert load_svmlight(text).X.shape == (1, 3)
    assert load_svmlight(b"1 1:1 2:1\n", zero_based=True).X.shape == (1, 3)
    with pytest.raises(SvmlightFormatError, match="index 0"):
        load_svmlight(text, zero_based=False)


def test_too_few_columns_asked_for() -> None:
    with pytest.raises(InvalidParameterError, match="n_features is 2"):
        load_svmlight(b"1 3:1\n", n_features=2)


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


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_compressed_files(tmp_path: Path, suffix: str, pack: object) -> None:
    packed = pack(b"1 1:2\n" * 1000)  # type: ignore[operator]
    path = tmp_path / f"data.svmlight{suffix}"
    path.write_bytes(packed)
    assert load_svmlight(path).X.shape == (1000, 1)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(FileFormatError, match=f"not a whole {suffix} file"):
        load_svmlight(path)


def test_zstandard_files(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "data.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(b"1 1:2\n" * 1000))
    assert load_svmlight(path).X.shape == (1000, 1)
    path.write_bytes(b"no zstandard frame")
    with pytest.raises(FileFormatError, match=r"not a whole \.zst file"):
        load_svmlight(path)


def test_a_line_of_fifty_megabytes() -> None:
    n = 5_000_000
    text = b"1 " + b" ".join(b"%d:1" % k for k in range(1, n + 1))
    assert load_svmlight(text).X.nnz == n
    with pytest.raises(SvmlightFormatError, match="line 1, column 1"):
        load_svmlight(b"x" * 50_000_000)


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_svmlight(tmp_path / "nothing")
