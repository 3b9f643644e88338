"""Some tests of a file once more in a process of their own, with another instruction set than the best one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from maxmargin import _native

INSIDE = "MAXMARGIN_TEST_INSIDE_INSTRUCTION_SET"  # set in the processes that are started here
OTHERS = [name for name in _native.available_instruction_sets() if name != _native.instruction_set()]
outside_only = pytest.mark.skipif(INSIDE in os.environ, reason="this process has its instruction set forced already")
inside_only = pytest.mark.skipif(INSIDE not in os.environ, reason="of use where an instruction set was forced")


def assert_passes(name, part, file):
    """The tests of ``file`` that -k ``part`` selects, under instruction set ``name``."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", part, file]
    forced = {"MAXMARGIN_INSTRUCTION_SET": name, INSIDE: name}
    done = subprocess.run(command, env={**os.environ, **forced}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
