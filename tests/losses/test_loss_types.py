"""Types of arrays: their kinds, and labels of every type, in every framework."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from maxmargin import exceptions as errors
from maxmargin import losses
from maxmargin.losses._arrays import Kind, is_kind, namespace_of

SIGNED = ("int8", "int16", "int32", "int64", "float16", "float32", "float64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
F = np.array([2.0, -1.0, 0.5])
Y = np.array([1, -1, 1])


def kinds(array):
    """As the framework tells, and as we do."""
    xp = namespace_of(array)
    return [[kind for kind in get_args(Kind) if tell(kind)] for tell in (
        lambda kind: xp.isdtype(array.dtype, kind), lambda kind: is_kind(xp, array.dtype, kind),
    )]  # fmt: skip


@pytest.mark.parametrize("dtype", [*SIGNED, *UNSIGNED, "bool", "complex64", "<U3", "object", "datetime64[s]"])
def test_kinds_of_numpy(dtype):
    theirs, ours = kinds(np.zeros(1).astype(dtype))
    assert ours == theirs


@pytest.mark.parametrize("dtype", [*SIGNED, *UNSIGNED, "bool", "complex64"])
def test_kinds_of_frameworks(framework, dtype):
    if framework.name == "array_api_strict" and dtype == "float16":
        pytest.skip("the standard has no float16")
    with framework.wide():
        theirs, ours = kinds(framework.array(np.zeros(1, int), dtype))
    assert ours == theirs


def test_bfloat16_is_a_real_number(tracing_framework):
    array = tracing_framework.array(F, "bfloat16")
    assert kinds(array)[1] == ["real floating"]
    assert losses.hinge(array, tracing_framework.array(Y)).dtype == array.dtype


@pytest.mark.parametrize("dtype", SIGNED)
def test_labels_of_every_signed_type(framework, dtype):
    if framework.name == "array_api_strict" and dtype == "float16":
        pytest.skip("the standard has no float16")
    with framework.wide():
        scores = framework.array(F)
        y = framework.array(Y, dtype)
        assert float(losses.hinge(scores, y)) == pytest.approx(losses.hinge(F, Y))
        for labels, place, wrong in ((Y, 1, 0), (Y, 2, 3), (Y, 0, -128), ((Y + 1) // 2, 1, -1), ((Y + 1) // 2, 2, 2)):
            spoiled = labels.copy()
            spoiled[place] = wrong
            with pytest.raises(errors.InvalidTargetError, match=f"the label {wrong}.* at position {place}"):
                losses.hinge(scores, framework.array(spoiled, dtype), labels="signed" if labels is Y else "01")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 0.5, 1.0000001, 1e-30])
def test_labels_that_are_nearly_valid_are_not(framework, dtype, wrong):
    with framework.wide():
        for labels in ("signed", "01"):
            for number in (wrong, 1.0 - wrong, -wrong):
                y = framework.array(np.array([1.0, number, 1.0]), dtype)
                valid = (-1.0, 1.0) if labels == "signed" else (0.0, 1.0)
                if float(y[1]) in valid:
                    continue
                with pytest.raises(errors.InvalidTargetError, match="at position 1"):
                    losses.hinge(framework.array(F, "float32"), y, labels=labels)


@pytest.mark.parametrize("dtype", UNSIGNED)
def test_labels_of_unsigned_types_need_a_word(framework, dtype):
    with framework.wide():
        scores, y = framework.array(F), framework.array((Y + 1) // 2, dtype)
        assert float(losses.hinge(scores, y, labels="01")) == pytest.approx(losses.hinge(F, Y))
        with pytest.raises(errors.InvalidTargetError, match="which cannot hold −1"):
            losses.hinge(scores, y)
        with pytest.raises(errors.InvalidTargetError, match="the label 2 at position 1"):
            losses.hinge(scores, framework.array(np.array([1, 2, 0]), dtype), labels="01")
