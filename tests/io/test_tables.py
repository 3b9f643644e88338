"""Tables: CSV, TSV and Parquet, the label column by name."""

from __future__ import annotations

import gzip
import io
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maxmargin.exceptions import FileFormatError, InvalidParameterError, SvmlightFormatError, TableFormatError
from maxmargin.io import read_data

CSV = b"height,width,kind\n1.5,2,cat\n3,4,dog\n"


@pytest.fixture(params=["polars", "pandas"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test with either library; pandas is asked only where polars is missing."""
    pytest.importorskip(request.param)
    if request.param == "pandas":
        monkeypatch.setitem(sys.modules, "polars", None)
    return str(request.param)


def test_csv_with_a_named_target() -> None:
    table = read_data(CSV, format="csv", target="kind")
    np.testing.assert_array_equal(table.X, [[1.5, 2], [3, 4]])
    assert table.y is not None
    assert table.y.tolist() == ["cat", "dog"]
    assert (table.feature_names, table.target_name) == (("height", "width"), "kind")


def test_the_usual_names_of_a_target_are_found() -> None:
    assert read_data(CSV.replace(b"kind", b"Label"), format="csv").target_name == "Label"


def test_a_target_that_is_not_named_or_not_there() -> None:
    with pytest.raises(TableFormatError, match=r"which column holds the labels.*'height', 'width', 'kind'"):
        read_data(CSV, format="csv")
    with pytest.raises(TableFormatError, match=r"no column 'kin'. Did you mean 'kind'"):
        read_data(CSV, format="csv", target="kin")


def test_no_target_needed_for_predictions() -> None:
    table = read_data(b"a,b\n1,2\n", format="csv", need_target=False)
    assert table.y is None
    assert table.X.shape == (1, 2)


def test_text_among_the_features() -> None:
    with pytest.raises(TableFormatError, match="columns that are not numbers: 'kind'"):
        read_data(CSV.replace(b"width", b"y"), format="csv")


def test_missing_values_become_nan() -> None:
    table = read_data(b"a,y\n,1\n2,0\n", format="csv")
    assert np.isnan(table.X[0, 0])


def test_no_features() -> None:
    with pytest.raises(TableFormatError, match="no feature columns"):
        read_data(b"y\n1\n", format="csv")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00a,b", b"a,b\n1,2,3,4\n"])
def test_malformed_tables(content: bytes) -> None:
    with pytest.raises(TableFormatError, match=r"cannot be read as csv|has no column|no rows"):
        read_data(content, format="csv", target="a")


def frame_bytes(columns: dict[str, Any], **options: Any) -> bytes:
    parquet, arrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(columns), buffer, **options)
    return buffer.getvalue()


def test_formats_by_extension(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(frame_bytes({"a": np.float32([1, 2]), "y": [0, 1]}))
    (tmp_path / "t.tsv").write_bytes(b"a\ty\n1\t0\n2\t1\n")
    (tmp_path / "T.CSV.GZ").write_bytes(gzip.compress(b"a,y\n1,0\n2,1\n"))
    assert read_data(tmp_path / "t.parquet").X.dtype == np.float32
    for name in ("t.parquet", "t.tsv", "T.CSV.GZ"):
        table = read_data(tmp_path / name)
        np.testing.assert_array_equal(table.X, [[1], [2]])
        np.testing.assert_array_equal(table.y, [0, 1])


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"a,y\n1,0\n", ("a",)),
        (b"a\ty\n1\t0\n", ("a",)),
        (b"# note\n-1 1:2,5\n", None),
        (b"1 1:1\t2:1 # a, b\n", None),
        (b"1\n-1\n", None),
    ],
)
def test_formats_by_content(content: bytes, names: tuple[str, ...] | None) -> None:
    try:
        assert read_data(content).feature_names == names
    except SvmlightFormatError:
        assert names is None


def test_parquet_by_content() -> None:
    assert read_data(frame_bytes({"a": [1.5], "y": [1]})).feature_names == ("a",)


def test_a_torn_parquet_file() -> None:
    content = frame_bytes({"a": np.arange(100.0), "y": np.arange(100) % 2})
    for size in range(4, len(content), 97):
        with pytest.raises(TableFormatError, match="cannot be read as parquet"):
            read_data(content[:size], format="parquet")


def test_types_of_columns() -> None:
    columns = {
        "small": np.int8([1, 2]),
        "flag": [True, None],
        "count": [7, None],
        "single": np.float32([0.5, 1.5]),
        "nothing": [None, None],
        "y": ["a", "b"],
    }
    X = read_data(frame_bytes(columns)).X
    np.testing.assert_array_equal(X, [[1, 1, 7, 0.5, np.nan], [2, np.nan, np.nan, 1.5, np.nan]])
    assert X.dtype == np.float64
    assert X.flags.c_contiguous
    assert read_data(frame_bytes({"a": np.uint8([3]), "b": np.float32([1]), "y": [1]})).X.dtype == np.float32


@pytest.mark.parametrize("values", [["x", "y"], [[1.0], [2.0]], [date(2020, 1, 1), date(2021, 1, 1)], [b"1", b"2"]])
def test_types_that_are_no_numbers(values: list[Any]) -> None:
    with pytest.raises(TableFormatError, match=r"columns that are not numbers: 'a' \(.+\); encode them"):
        read_data(frame_bytes({"a": values, "y": [0, 1]}))


@pytest.mark.parametrize("missing", ["", "NA", "n/a", "NaN", "nan", "null", "None", "?"])
def test_what_tables_say_for_a_missing_number(missing: str) -> None:
    X = read_data(f"a,b,y\n{missing},1,0\n2.5,3,1\n".encode()).X
    np.testing.assert_array_equal(X, [[np.nan, 1], [2.5, 3]])


def test_text_in_a_column_of_numbers_has_its_place() -> None:
    with pytest.raises(
        TableFormatError, match=r"'a' \('1_000' at row 3\), 'b' \('twenty…|'b' \('a long text that wou…' at row 2"
    ):
        read_data(b"a,b,y\n1,2,0\nNA,a long text that would not fit,1\n1_000,3,1\n")


def test_missing_labels_have_their_place() -> None:
    for text in (b"a,y\n1,0\n2,\n3,1\n4,\n", b"a,y\n1,no\n2,\n3,yes\n4,\n"):
        with pytest.raises(TableFormatError, match=r"2 missing labels in column 'y' \(first at row 2\)"):
            read_data(text)
        assert read_data(text, need_target=False).X.shape == (4, 1)


def test_a_label_may_be_called_like_a_missing_number() -> None:
    table = read_data(b"a,class\n1,NA\n2,none\n")
    assert table.y is not None
    assert table.y.tolist() == ["NA", "none"]


def test_two_usual_targets() -> None:
    with pytest.raises(TableFormatError, match=r"columns 'y', 'label' might hold them; name it with target="):
        read_data(b"a,y,label\n1,2,3\n")
    assert read_data(b"a,y,label\n1,2,3\n", target="y").feature_names == ("a", "label")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b,a,y\n1,2,3,0\n", "more than one column named 'a'"),
        (b",a,y\n0,1,0\n", r"no name for column 1; .*pandas writes the row numbers so, without index=False"),
        (b"1.5,2,0\n3,4,1\n", r"begins with numbers \(1.5, 2, 0\), expected the names of the columns"),
        (b"a,y\n", "a header but no rows; its columns: 'a', 'y'"),
    ],
)
def test_headers_that_would_train_on_nonsense(content: bytes, message: str) -> None:
    with pytest.raises(TableFormatError, match=message):
        read_data(content, format="csv", target=None)


def test_headers_that_count_columns_are_names() -> None:
    assert read_data(b"0,1,2\n5,6,7\n", target="2").feature_names == ("0", "1")
    assert read_data(b"1,2\n5,6\n", target="2").feature_names == ("1",)


def test_byte_order_marks_quotes_and_empty_lines() -> None:
    table = read_data(b'\xef\xbb\xbf"a, b",y\r\n1,"x, y"\r\n2,z\r\n\r\n', format="csv")
    assert table.feature_names == ("a, b",)
    assert table.y is not None
    assert table.y.tolist() == ["x, y", "z"]
    assert read_data(b"\n\r\na,y\n1,2\n\n\n").X.tolist() == [[1]]


def test_many_rows_and_columns_stay_in_place() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(9000, 7))
    names = [f"x{j}" for j in range(7)]
    table = read_data(frame_bytes({**dict(zip(names, X.T, strict=True)), "y": np.arange(9000)}), features=["x6", "x0"])
    np.testing.assert_array_equal(table.X, X[:, [6, 0]])


def test_without_any_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InvalidParameterError, match=r"csv files need the package polars.*pip install 'maxmargin\[tables\]'"):
        read_data(CSV, format="csv")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=120) | st.text('0123456789.,ay"\n\r\t', max_size=120).map(str.encode), st.sampled_from(["csv", "tsv"])
)
def test_any_bytes_give_a_table_or_a_named_error(content: bytes, format: Any) -> None:
    try:
        table = read_data(content, format=format, need_target=False)
    except FileFormatError:
        return
    assert table.X.shape[1] == len(table.feature_names or ())


def test_svmlight_is_what_anything_else_is(tmp_path: Path) -> None:
    (tmp_path / "a9a.t").write_bytes(b"1 1:1\n-1 2:1\n")
    table = read_data(tmp_path / "a9a.t")
    assert table.y is not None
    assert table.y.dtype == np.int64
    assert read_data(b"1.5 1:1\n").y == [1.5]


def test_an_unknown_format() -> None:
    with pytest.raises(InvalidParameterError, match="expected one of svmlight, csv, tsv, parquet"):
        read_data(CSV, format="xls")  # type: ignore[arg-type]


def test_features_are_taken_by_name() -> None:
    text = b"c,id,b,y,a\n1,x,2,3,4\n5,z,6,7,8\n"
    table = read_data(text, format="csv", features=["a", "b", "y"], need_target=False)
    assert table.X.tolist() == [[4.0, 2.0, 3.0], [8.0, 6.0, 7.0]]
    assert table.feature_names == ("a", "b", "y")
    assert table.y is None
    assert read_data(text, format="csv", features=["a"]).y.tolist() == [3, 7]
    with pytest.raises(TableFormatError, match="lacks the columns 'd'"):
        read_data(text, format="csv", features=["a", "d"], need_target=False)
