"""Malformed svmlight text: every error has its line, its column and a reason; nothing crashes or hangs."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_every_defect_has_its_file() -> None:
    assert {path.stem for path in INVALID.glob("*.svmlight")} == set(PLACES)


@pytest.mark.parametrize("defect", PLACES)
def test_a_defect_is_named_with_its_place(defect: str) -> None:
    line, column = PLACES[defect]
    with pytest.raises(SvmlightFormatError, match=rf"line {line}, column {column}: found .+, expected .+"):
        load_svmlight(INVALID / f"{defect}.svmlight")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("0123456789:.-+eqid#, \t\r\n", max_size=200).map(str.encode))
def test_any_bytes_give_data_or_a_named_error(text: bytes) -> None:
    try:
        data = load_svmlight(text)
    except FileFormatError:  # of svmlight, or of what the bytes seem to be packed with
        return
    assert data.X.shape[0] == data.y.size
    assert data.X.indices.size == 0 or data.X.indices.min() >= 0


def test_too_few_columns_asked_for() -> None:
    with pytest.raises(InvalidParameterError, match="n_features is 2"):
        load_svmlight(b"1 3:1\n", n_features=2)


def test_the_place_of_an_error_does_not_depend_on_chunks() -> None:
    line = b"1 1:1 2:2 3:3 4:4 5:5 6:6 7:7\n"
    before = line * 30_000 + b"# comment\n\n"
    for n_jobs in (1, 2, 5):
        with pytest.raises(SvmlightFormatError, match="line 30003, column 7: found '1:2', expected an index above 1"):
            load_svmlight(before + b"1 1:1 1:2\n" + line * 30_000 + b"x\n", n_jobs=n_jobs)


def test_a_text_ends_anywhere() -> None:
    text = b"\xef\xbb\xbf1 qid:3 1:0.5 2:-1e-3 # end\r\n-1 7:nan\n"
    for size in range(len(text) + 1):
        try:
            data = load_svmlight(text[:size])
        except SvmlightFormatError:
            continue
        assert data.X.shape[0] == data.y.size <= 2


@pytest.mark.parametrize("token", ["+-1", "0x10", "1_0", "nan(1)", "1e", "1,5", "--1", "1.2.3", "e5", ".", "٣"])
def test_what_is_no_number(token: str) -> None:
    with pytest.raises(SvmlightFormatError, match=r"line 1, column 5: found '.+', expected a number as value"):
        load_svmlight(f"1 1:{token}\n".encode())
    with pytest.raises(SvmlightFormatError, match=r"line 2, column 1: found '.+', expected"):
        load_svmlight(f"1 1:1\n{token} 1:1\n".encode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1 -1:1", "an index that is not negative"),
        (b"1 9223372036854775807:1", "an index below 2"),
        (b"1 99999999999999999999999:1", "an index below 2"),
        (b"1 1.5:1", "with a whole number as index"),
        (b"1 x:1", "with a whole number as index"),
        (b"1,2 1:1", "one label"),
        (b"1:1 2:1", "a number as label"),
    ],
)
def test_errors_say_what_was_expected(text: bytes, expected: str) -> None:
    with pytest.raises(SvmlightFormatError, match=expected):
        load_svmlight(text)


@pytest.mark.parametrize(
    "parameters", [{"n_features": -1}, {"n_features": 2.5}, {"n_features": True}, {"dtype": int}, {"zero_based": "no"}]
)
def test_bad_parameters(parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError):
        load_svmlight(b"1 1:1\n", **parameters)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_ctrl_c_is_heard_while_a_text_is_read() -> None:
    text = b"1 1:1 2:2 3:3 4:4 5:5 6:6 7:7\n" * 4_000_000  # 0.3 s at the least

    def interrupt(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            load_svmlight(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
