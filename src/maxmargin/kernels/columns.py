"""Sparse rows with more columns than memory has room for a number each: only those in use are counted.

No kernel here sees a column that is zero in both rows, so columns may be numbered anew. The native core keeps an entry for
each column while it works, which hashed text with 2²⁰ columns and more cannot afford.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import issparse

from maxmargin import _native
from maxmargin.kernels.rows import Rows

__all__ = ["WIDE", "narrow_designs"]

WIDE = 1 << 20  # columns


def narrow_designs(*sets: Rows) -> list[_native.Design]:
    """The designs of sets of rows with the same columns, numbered anew where there are very many."""
    tables = [rows.table for rows in sets]
    if tables[0].shape[1] <= WIDE or not all(issparse(table) for table in tables):
        return [rows.design for rows in sets]
    used = np.unique(np.concatenate([table.indices[: table.indptr[-1]] for table in tables]))
    designs = []
    for table in tables:
        stored = int(table.indptr[-1])
        places = np.searchsorted(used, table.indices[:stored]).astype(table.indptr.dtype)
        designs.append(_native.CsrDesign(table.data[:stored], places, table.indptr, max(1, used.size)))
    return designs
