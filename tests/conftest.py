"""What every test may rely on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# In CI the examples are the same in every run; elsewhere new ones are tried. None is timed: machines are busy.
settings.register_profile("maxmargin", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("maxmargin")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return Path(__file__).resolve().parents[1]
