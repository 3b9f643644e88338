"""Looking at models and losses.

``violations`` finds the rows a model gets wrong, ``report`` puts findings into terminal tables, ``loss_plot`` draws a loss.
"""

from __future__ import annotations

from maxmargin.inspection.loss_plot import plot_loss
from maxmargin.inspection.violations import Violation, most_violating

__all__ = ["Violation", "most_violating", "plot_loss"]
