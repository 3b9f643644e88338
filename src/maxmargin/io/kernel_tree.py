"""A kernel as JSON: a name with its numbers; sums, products and multiples as a small tree.

2 * RBF(gamma=0.5) + Linear()

{"name": "sum", "k1": {"name": "scaled", "factor": 2.0, "kernel": {"name": "rbf", "gamma": 0.5}}, "k2": {"name": "linear"}}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maxmargin.exceptions import ModelFileError
from maxmargin.io.header_fields import expect, scalar, shown
from maxmargin.kernels import (
    RBF,
    Chi2,
    Kernel,
    Laplacian,
    Linear,
    Polynomial,
    Precomputed,
    Product,
    Scaled,
    Sigmoid,
    Sum,
)

__all__ = ["KERNELS", "decode_kernel", "encode_kernel"]

KERNELS: dict[str, type[Kernel]] = {
    "linear": Linear, "rbf": RBF, "poly": Polynomial, "sigmoid": Sigmoid, "laplacian": Laplacian, "chi2": Chi2,
    "precomputed": Precomputed, "sum": Sum, "product": Product, "scaled": Scaled,
}  # fmt: skip
_NAMES = {kind: name for name, kind in KERNELS.items()}
_DEEPEST = 200  # a hostile file must not exhaust the stack


def encode_kernel(kernel: Kernel, number: Callable[[Any], Any] = float) -> dict[str, Any]:
    """The tree of a kernel that a `KernelModel` may have; ``number`` encodes its parameters."""
    parts = kernel.get_params(deep=False).items()
    tree = {name: encode_kernel(part, number) if isinstance(part, Kernel) else number(part) for name, part in parts}
    return {"name": _NAMES[type(kernel)], **tree}


def _number(field: str, value: Any) -> float:
    return float(scalar(field, value, float))


def decode_kernel(
    tree: Any, depth: int = 0, *, number: Callable[[str, Any], Any] = _number, field: str = "kernel"
) -> Kernel:
    """The kernel of a tree; raises ModelFileError where a part of it is none. Ranges are the model's own business.

    ``number(field, value)`` decodes a parameter; ``field`` of the header is the one that messages name.
    """
    if not isinstance(tree, dict) or depth > _DEEPEST:
        got = shown(tree) if depth <= _DEEPEST else f"more than {_DEEPEST} kernels within each other"
        raise ModelFileError(f"header field {field!r}: got {got}, expected a JSON object with the name of a kernel")
    name: Any = tree.get("name")
    known = isinstance(name, str) and name in KERNELS
    expect(known, field, name, "a name: " + ", ".join(KERNELS))
    kind = KERNELS[name]
    wanted = set(kind._get_param_names())
    for part in sorted(wanted - tree.keys()):
        raise ModelFileError(f"header field {field!r}: got {name} without {part!r}, expected a value")
    for part in sorted(tree.keys() - wanted - {"name"}):
        raise ModelFileError(f"header field {field!r}: got {name} with {part!r:.60}, which it does not have")
    parts = {}
    for part in sorted(wanted):
        inner = part in ("k1", "k2", "kernel")
        value = tree[part]
        parts[part] = decode_kernel(value, depth + 1, number=number, field=field) if inner else number(field, value)
    return kind(**parts)
