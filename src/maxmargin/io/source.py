"""Where data comes from: paths, compressed or not, standard input, bytes and open files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import IO, Any, Union

from maxmargin.exceptions import FileFormatError, InvalidParameterError, UnsupportedTypeError

__all__ = ["Source", "plain_suffix", "read_source"]

Source = Union[str, "PathLike[str]", bytes, bytearray, memoryview, "IO[bytes]", "IO[str]"]

_STEP = 1 << 20


def read_source(source: Source) -> tuple[str, bytes]:
    """A name for messages, and the bytes, unpacked.

    A path tells by its extension how it is packed; anything else, by its first bytes.

    Raises
    ------
    FileFormatError
        Where a compressed file is truncated or corrupted.
    UnsupportedTypeError
        Where the source is none.
    """
    if isinstance(source, (str, PathLike)):
        path = os.fsdecode(source)
        if path != "-":
            suffix = Path(path).suffix.lower()
            content = Path(path).read_bytes()
            return path, _unpack(path, content, suffix if suffix in _UNPACK else _signature(content))
        name, content = "standard input", sys.stdin.buffer.read()
    elif isinstance(source, (bytes, bytearray, memoryview)):
        name, content = "the text", bytes(source)
    elif hasattr(source, "read"):
        name, content = str(getattr(source, "name", "the file")), _as_bytes(source.read())
    else:
        raise UnsupportedTypeError(
            f"the data is a {type(source).__name__}, expected a path, '-', bytes or an open file; "
            "arrays and frames need no reading, pass them as they are"
        )
    return name, _unpack(name, content, _signature(content))


def plain_suffix(path: str) -> str:
    """The extension that names the format, whatever the compression: ``.csv`` of ``a.csv.gz``."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    if suffixes and suffixes[-1] in _UNPACK:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _as_bytes(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else bytes(content)


def _signature(content: bytes) -> str | None:
    """How the content is packed, told by how it begins; no svmlight text and no sensible table begins so."""
    if content.startswith(b"BZh") and content[4:10] == b"1AY&SY":
        return ".bz2"
    starts = {b"\x1f\x8b\x08": ".gz", b"\xfd7zXZ\x00": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
    return next((suffix for start, suffix in starts.items() if content.startswith(start)), None)


def _unpack(name: str, content: bytes, suffix: str | None) -> bytes:
    if suffix is None:
        return content
    try:
        if not content:
            raise EOFError("it is empty")
        return _UNPACK[suffix](content)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, ValueError) as error:
        if isinstance(error, InvalidParameterError):
            raise
        raise FileFormatError(f"{name} is not a whole {suffix} file ({error}); copy or create it again") from error


# The files of the standard library unpack in steps, between which Ctrl-C is heard.


def _unpack_gzip(content: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        return file.read()


def _unpack_bzip2(content: bytes) -> bytes:
    with bz2.BZ2File(io.BytesIO(content)) as file:
        return file.read()


def _unpack_xz(content: bytes) -> bytes:
    with lzma.LZMAFile(io.BytesIO(content)) as file:
        return file.read()


def _unpack_zstd(content: bytes) -> bytes:
    """Frame after frame; the end of every one is awaited, for a stream reader takes a torn file for a short one."""
    new_decompressor, failure = _zstd()
    parts: list[bytes] = []
    view, position = memoryview(content), 0
    while position < len(view):
        decompressor = new_decompressor()
        try:
            while not decompressor.eof:
                if position >= len(view):
                    raise EOFError("it ends in the middle of a frame")
                parts.append(decompressor.decompress(view[position : position + _STEP]))
                position += _STEP
        except failure as error:
            raise ValueError(str(error)) from error
        position = min(position, len(view)) - len(decompressor.unused_data)
    return b"".join(parts)


def _zstd() -> tuple[Callable[[], Any], type[Exception]]:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdDecompressor, zstd.ZstdError
    try:
        import zstandard
    except ImportError:
        raise InvalidParameterError(
            ".zst files need the package zstandard before Python 3.14; pip install 'maxmargin[zstd]'"
        ) from None
    return lambda: zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": _unpack_gzip,
    ".bz2": _unpack_bzip2,
    ".xz": _unpack_xz,
    ".zst": _unpack_zstd,
}
