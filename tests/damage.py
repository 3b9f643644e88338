"""Model files with one thing wrong and a checksum that agrees, and whether two models are the same."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import scipy.sparse as sp
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


def assert_same_fields(first, second):
    for field in dataclasses.fields(first):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if sp.issparse(a):
            for part in ("data", "indices", "indptr"):
                assert getattr(a, part).dtype == getattr(b, part).dtype
                np.testing.assert_array_equal(getattr(a, part), getattr(b, part))
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            np.testing.assert_array_equal(a, b)
        else:
            assert type(a) is type(b), field.name
            assert a == b, field.name
