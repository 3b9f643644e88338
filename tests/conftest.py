"""What every test may rely on: examples that do not time out on a busy machine, and real data where it is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from scipy.sparse import csr_matrix

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("MAXMARGIN_DATA", ROOT.parent / "shared" / "data"))

# In CI the examples are the same in every run; elsewhere new ones are tried. No example is timed.
settings.register_profile("maxmargin", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("maxmargin")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], tuple[Any, np.ndarray]]:
    """A function from the name of a real data set to its rows (CSR or dense, as stored) and labels; skips without them."""

    def read(name: str) -> tuple[Any, np.ndarray]:
        path = DATA / f"{name}.npz"
        if not path.exists():
            pytest.skip(f"real data {name!r} is not in {DATA}; set MAXMARGIN_DATA to the folder of the .npz files")
        with np.load(path) as z:
            if "data" not in z.files:
                return z["X"], z["y"]
            return csr_matrix((z["data"], z["indices"], z["indptr"]), shape=z["shape"]), z["y"]

    return read
