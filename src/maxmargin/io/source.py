"""Where data comes from: paths, compressed or not, standard input, bytes and open files."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zlib
from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import IO, Union

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import FileFormatError, InvalidParameterError

__all__ = ["COMPRESSIONS", "Source", "plain_suffix", "read_source"]

Source = Union[str, "PathLike[str]", bytes, "IO[bytes]"]


def read_source(source: Source) -> tuple[str, NDArray[np.uint8]]:
    """A name for messages, and the bytes, unpacked.

    Raises
    ------
    FileFormatError
        Where a compressed file is truncated or corrupted.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "the text", np.frombuffer(source, np.uint8)
    if not isinstance(source, (str, PathLike)):
        content = source.read()
        return str(getattr(source, "name", "the file")), np.frombuffer(_as_bytes(content), np.uint8)
    path = fspath(source)
    if path == "-":
        return "standard input", np.frombuffer(sys.stdin.buffer.read(), np.uint8)
    unpack = COMPRESSIONS.get(Path(path).suffix.lower())
    if unpack is None:
        return path, np.fromfile(path, np.uint8)
    try:
        return path, np.frombuffer(unpack(Path(path).read_bytes()), np.uint8)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FileFormatError(
            f"{path} is not a whole {Path(path).suffix} file ({error}); copy or create it again"
        ) from error


def plain_suffix(path: str) -> str:
    """The extension that names the format, whatever the compression: ``.csv`` of ``a.csv.gz``."""
    suffixes = Path(path).suffixes
    if suffixes and suffixes[-1].lower() in COMPRESSIONS:
        suffixes = suffixes[:-1]
    return suffixes[-1].lower() if suffixes else ""


def _as_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _unpack_zstd(content: bytes) -> bytes:
    try:
        from compression import zstd  # Python 3.14
    except ImportError:
        pass
    else:
        return bytes(zstd.decompress(content))
    try:
        import zstandard
    except ImportError:
        raise InvalidParameterError(
            ".zst files need the package zstandard before Python 3.14; pip install 'maxmargin[zstd]'"
        ) from None
    try:
        with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as reader:
            return bytes(reader.read())
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": _unpack_zstd,
}
