"""The frameworks that are installed, behind the few words that the tests need."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest


class Framework:
    """Arrays from NumPy and back, derivatives, and tracing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.module = pytest.importorskip(name, reason=f"{name} is not installed: make test-frameworks installs it")

    def array(self, values: Any, dtype: str | None = None) -> Any:
        values = np.asarray(values)
        if self.name == "torch":
            return self.module.tensor(values.tolist(), dtype=getattr(self.module, dtype or values.dtype.name))
        if self.name == "jax":
            return self.module.numpy.asarray(values, dtype=dtype)  # of 32 bits, outside of wide()
        return self.module.asarray(values, dtype=getattr(self.module, dtype or values.dtype.name))

    def numpy(self, array: Any) -> np.ndarray:
        if self.name == "torch":
            return (
                array.detach().to(self.module.float64).numpy()
                if array.dtype == self.module.bfloat16
                else array.detach().numpy()
            )
        return np.asarray(array)

    def wide(self) -> Any:
        """Where float64 and int64 exist."""
        return self.module.enable_x64(True) if self.name == "jax" else nullcontext()

    def gradient(self, function: Any, array: Any) -> Any:
        if self.name == "torch":
            leaf = array.detach().requires_grad_(True)
            return self.module.autograd.grad(function(leaf), leaf)[0]
        return self.module.grad(function)(array)

    def traced(self, function: Any) -> Any:
        """The function, compiled whole or mapped: its values cannot be looked at."""
        if self.name == "torch":
            self.module.compiler.reset()
            return self.module.compile(function, fullgraph=True, backend="aot_eager")
        return self.module.jit(function)

    def mapped(self, function: Any) -> Any:
        return self.module.vmap(function)
