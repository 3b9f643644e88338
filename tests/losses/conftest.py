"""The frameworks, one after the other; a test skips where one is not installed."""

from __future__ import annotations

import pytest
from loss_frameworks import Framework


@pytest.fixture(params=("torch", "jax", "array_api_strict"))
def framework(request: pytest.FixtureRequest) -> Framework:
    return Framework(request.param)


@pytest.fixture(params=("torch", "jax"))
def tracing_framework(request: pytest.FixtureRequest) -> Framework:
    return Framework(request.param)
