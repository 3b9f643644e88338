"""Model files with one thing wrong and a checksum that agrees, and whether two models are the same."""

from __future__ import annotations

import dataclasses
import itertools
import json

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import strategies as st
from safetensors.numpy import load as arrays_of
from safetensors.numpy import save as to_bytes

from maxmargin import load
from maxmargin.exceptions import ModelFileError
from maxmargin.io.container import digest, to_json
from maxmargin.io.model_file import read_model


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
        elif field.name == "multipliers" and a is not None:
            for x, y in zip(itertools.chain(*a), itertools.chain(*b), strict=True):
                assert x.dtype == y.dtype
                np.testing.assert_array_equal(x, y)
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            np.testing.assert_array_equal(a, b)
        else:
            assert type(a) is type(b), field.name
            assert a == b, field.name


def error_of(path, content: bytes) -> str:
    """What is said of a file that does not load."""
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert isinstance(caught.value, ValueError)
    assert str(path) in str(caught.value)
    return str(caught.value)


def assert_flipped_bytes_are_noticed(path, content: bytes, data) -> None:
    """One byte is changed; ``data`` is Hypothesis's."""
    position, flip = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    damaged = bytearray(content)
    damaged[position] ^= flip
    path.write_bytes(damaged)
    try:
        model = read_model(path)
    except ModelFileError:
        return
    path.write_bytes(content)  # only a change without meaning, such as a space to a tab, may pass
    assert_same_fields(model, read_model(path))
