"""Looking at models: ``violations`` finds the rows a model gets wrong, ``report`` puts findings into terminal tables."""

from __future__ import annotations

from maxmargin.inspection.violations import Violation, most_violating

__all__ = ["Violation", "most_violating"]
