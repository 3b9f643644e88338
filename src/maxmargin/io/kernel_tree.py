"""A kernel as JSON: a name with its numbers; sums, products and multiples as a small tree.

2 * RBF(gamma=0.5) + Linear()

{"name": "sum", "k1": {"name": "scaled", "factor": 2.0, "kernel": {"name": "rbf", "gamma": 0.5}}, "k2": {"name": "linear"}}
"""

from __future__ import annotations

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


def encode_kernel(kernel: Kernel) -> dict[str, Any]:
    """The tree of a kernel that a `KernelModel` may have."""
    parameters = kernel.get_params(deep=False)
    tree = {name: encode_kernel(value) if isinstance(value, Kernel) else float(value) for name, value in parameters.items()}
    return {"name": _NAMES[type(kernel)], **tree}


def decode_kernel(tree: Any, depth: int = 0) -> Kernel:
    """The kernel of a tree; raises ModelFileError where a part of it is none. Ranges are the model's own business."""
    if not isinstance(tree, dict) or depth > _DEEPEST:
        got = shown(tree) if depth <= _DEEPEST else f"more than {_DEEPEST} kernels within each other"
        raise ModelFileError(f"header field 'kernel': got {got}, expected a JSON object with the name of a kernel")
    name: Any = tree.get("name")
    known = isinstance(name, str) and name in KERNELS
    expect(known, "kernel", name, "a name: " + ", ".join(KERNELS))
    kind = KERNELS[name]
    wanted = set(kind._get_param_names())
    for field in sorted(wanted - tree.keys()):
        raise ModelFileError(f"header field 'kernel': got {name} without {field!r}, expected a value")
    for field in sorted(tree.keys() - wanted - {"name"}):
        raise ModelFileError(f"header field 'kernel': got {name} with {field!r:.60}, which it does not have")
    parts = {field: tree[field] for field in sorted(wanted)}
    return kind(
        **{
            field: decode_kernel(value, depth + 1) if field in ("k1", "k2", "kernel") else scalar("kernel", value, float)
            for field, value in parts.items()
        }
    )
