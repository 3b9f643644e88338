"""Files: data in svmlight, CSV, TSV and Parquet format, and models in the library's own safe format."""

from __future__ import annotations

from maxmargin.io.model_file import load, save
from maxmargin.io.svmlight import SvmlightData, load_svmlight
from maxmargin.io.tables import Table, read_data

__all__ = ["SvmlightData", "Table", "load", "load_svmlight", "read_data", "save"]
