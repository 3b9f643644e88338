"""Tables: CSV, TSV and Parquet, the label column by name."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from maxmargin.exceptions import InvalidParameterError, TableFormatError
from maxmargin.io import read_data

CSV = b"height,width,kind\n1.5,2,cat\n3,4,dog\n"


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
    with pytest.raises(TableFormatError, match=r"cannot be read as csv|has no column"):
        read_data(content, format="csv", target="a")


def test_parquet_and_tsv_by_extension(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": np.float32([1, 2]), "y": [0, 1]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.tsv", separator="\t")
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,y\n1,0\n2,1\n"))
    assert read_data(tmp_path / "t.parquet").X.dtype == np.float32
    for name in ("t.parquet", "t.tsv", "t.csv.gz"):
        table = read_data(tmp_path / name)
        np.testing.assert_array_equal(table.X, [[1], [2]])
        np.testing.assert_array_equal(table.y, [0, 1])


def test_svmlight_is_what_anything_else_is(tmp_path: Path) -> None:
    (tmp_path / "a9a.t").write_bytes(b"1 1:1\n-1 2:1\n")
    table = read_data(tmp_path / "a9a.t")
    assert table.y is not None
    assert table.y.dtype == np.int64
    assert read_data(b"1.5 1:1\n").y == [1.5]


def test_an_unknown_format() -> None:
    with pytest.raises(InvalidParameterError, match="expected one of svmlight, csv, tsv, parquet"):
        read_data(CSV, format="xls")  # type: ignore[arg-type]


def test_features_are_taken_by_name():
    text = b"c,id,b,y,a\n1,x,2,3,4\n5,z,6,7,8\n"
    table = read_data(text, format="csv", features=["a", "b", "y"], need_target=False)
    assert table.X.tolist() == [[4.0, 2.0, 3.0], [8.0, 6.0, 7.0]]
    assert table.feature_names == ("a", "b", "y")
    assert table.y is None
    assert read_data(text, format="csv", features=["a"]).y.tolist() == [3, 7]
    with pytest.raises(TableFormatError, match="lacks the columns 'd'"):
        read_data(text, format="csv", features=["a", "d"], need_target=False)
