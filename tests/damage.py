"""Model files with one thing wrong, and a checksum that agrees."""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import load as arrays_of
from safetensors.numpy import save as to_bytes

from maxmargin.io.container import digest, to_json


def rewritten(content: bytes, change, *, sign=True) -> bytes:
    """The file with its header and arrays changed by ``change(header, arrays)``, and a checksum that agrees."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["maxmargin"])
    arrays = {name: array.copy() for name, array in arrays_of(content).items()}
    claimed = header.pop("sha256")
    header = change(header, arrays) or header
    header["sha256"] = digest(header, arrays) if sign else claimed
    return to_bytes(arrays, {"maxmargin": to_json(header)})


def put(name, value):
    def change(header, arrays):
        header[name] = value

    return change


def put_array(name, value):
    def change(header, arrays):
        arrays[name] = np.asarray(value)

    return change


def drop(name):
    def change(header, arrays):
        header.pop(name, None)
        arrays.pop(name, None)

    return change


def edit(name, position, value):
    def change(header, arrays):
        arrays[name][position] = value

    return change
