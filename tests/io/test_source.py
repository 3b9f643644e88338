"""Sources: how they are packed, torn, and where they come from."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from maxmargin.exceptions import FileFormatError, InvalidParameterError, UnsupportedTypeError
from maxmargin.io import load_svmlight, read_data

TEXT = b"".join(b"%d 1:%d 2:0.5\n" % (k % 2, k) for k in range(1000))


def zstd(content: bytes) -> bytes:
    zstandard = pytest.importorskip("zstandard")
    return bytes(zstandard.ZstdCompressor().compress(content))


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_is_unpacked_whatever_it_is_called(tmp_path: Path, suffix: str) -> None:
    packed = PACKERS[suffix](TEXT)
    for name in (f"data.svmlight{suffix}", f"DATA{suffix.upper()}", "data"):
        (tmp_path / name).write_bytes(packed)
        assert load_svmlight(tmp_path / name).X.shape == (1000, 2)
    assert load_svmlight(packed).X.shape == (1000, 2)
    assert load_svmlight(io.BytesIO(packed)).X.shape == (1000, 2)


@pytest.mark.parametrize("suffix", PACKERS)
def test_members_one_after_another_are_one_file(suffix: str) -> None:
    pack = PACKERS[suffix]
    assert load_svmlight(pack(TEXT) + pack(b"") + pack(TEXT)).X.shape == (2000, 2)


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_torn_file_is_no_shorter_file(tmp_path: Path, suffix: str) -> None:
    packed = PACKERS[suffix](TEXT)
    path = tmp_path / f"data{suffix}"
    for size in range(0, len(packed), max(1, len(packed) // 60)):
        path.write_bytes(packed[:size])
        with pytest.raises(FileFormatError, match=rf"data{suffix} is not a whole {suffix} file \(.+\); copy or create"):
            load_svmlight(path)


@pytest.mark.parametrize("suffix", PACKERS)
def test_bytes_that_are_not_packed_under_a_packed_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    path.write_bytes(TEXT)
    with pytest.raises(FileFormatError, match=f"not a whole {suffix} file"):
        load_svmlight(path)


def test_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[len(packed) // 2] ^= 4
    with pytest.raises(FileFormatError):
        load_svmlight(bytes(packed))


def test_zst_without_the_package_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.version_info >= (3, 14):
        pytest.skip("part of Python")
    packed = zstd(TEXT)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(InvalidParameterError, match=r"pip install 'maxmargin\[zstd\]'"):
        load_svmlight(packed)


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, io.BytesIO, lambda b: io.StringIO(b.decode())])
def test_sources_in_memory(make: object) -> None:
    assert load_svmlight(make(TEXT)).X.shape == (1000, 2)  # type: ignore[operator]
    assert read_data(make(TEXT)).X.shape == (1000, 2)  # type: ignore[operator]


def test_what_is_no_source() -> None:
    for source in (None, 3, np.zeros(3), [b"1 1:1\n"]):
        with pytest.raises(UnsupportedTypeError, match="expected a path, '-', bytes or an open file"):
            load_svmlight(source)  # type: ignore[arg-type]


def test_a_missing_file_and_a_folder_are_the_systems_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_svmlight(tmp_path / "nothing")
    with pytest.raises(OSError, match=r"directory|denied"):
        load_svmlight(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT,))
    writer.start()
    assert load_svmlight(path).X.shape == (1000, 2)
    writer.join()


def test_standard_input() -> None:
    code = "from maxmargin.io import read_data; print(read_data('-').X.shape)"
    for content in (TEXT, gzip.compress(b"a,b,y\n" + b"1,2,3\n" * 1000)):
        done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
        assert done.stdout.strip() == b"(1000, 2)"
