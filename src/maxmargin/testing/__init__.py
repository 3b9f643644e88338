"""For tests, ours and yours: problems whose exact solution is known because they are built from it."""

from __future__ import annotations

from maxmargin.testing.known import KnownSvm, make_known_svm

__all__ = ["KnownSvm", "make_known_svm"]
