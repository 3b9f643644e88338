"""A loss as a picture: what it costs to have the margin m = y·f, or the residual r = f − y."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxmargin.exceptions import InvalidParameterError
from maxmargin.losses.objects import Hinge, MarginLoss, ResidualLoss

__all__ = ["COLOURS", "plot_loss"]

COLOURS = {"loss": "#1f4e79", "hinge": "#b8bfc6", "wrong": "#d1495b", "inside": "#edae49", "right": "#66a182"}
_POINTS = 1201


def plot_loss(loss: MarginLoss | ResidualLoss, *, ax: Any = None, low: float = -2.0, high: float = 3.0) -> Any:
    """Draw a loss of two classes over the margin, or a loss of numbers over the residual, with its margin marked.

    Red is the wrong side, yellow the right side within the margin, green what costs nothing; the grey line is the hinge.

    Parameters
    ----------
    loss : MarginLoss or ResidualLoss
        An object of `maxmargin.losses.objects`.
    ax : matplotlib Axes, optional
        Where to draw; by default on new axes.
    low, high : float
        Ends of the horizontal axis.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidParameterError
        The loss is not one of a single score.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from maxmargin.losses.objects import SquaredHinge
    >>> plot_loss(SquaredHinge()).get_xlabel()
    'margin  y·f'
    """
    if not isinstance(loss, (MarginLoss, ResidualLoss)):
        raise InvalidParameterError(f"loss must be a MarginLoss or a ResidualLoss. Got {loss!r} instead.")
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(5, 3.4), layout="constrained").add_subplot()
    at = np.linspace(low, high, _POINTS)
    is_margin = isinstance(loss, MarginLoss)
    target = np.ones_like(at) if is_margin else np.zeros_like(at)
    value, slope = loss.value(at, target), loss.subgradient(at, target)
    if is_margin:
        edges = _last(at, slope < 0.0)
        _shade(ax, low, high, edges[0] if edges else high)
        if loss != Hinge():
            ax.plot(at, Hinge().value(at, target), color=COLOURS["hinge"], linewidth=1.5)
    else:
        edges = [-edge for edge in _last(-at[::-1], slope[::-1] > 0.0)] + _last(at, slope < 0.0)
        if len(edges) == 2:
            ax.axvspan(*edges, color=COLOURS["right"], alpha=0.18, linewidth=0)
    for edge in edges:
        ax.axvline(edge, color="0.35", linewidth=0.9, linestyle=(0, (4, 3)))
    ax.plot(at, value, color=COLOURS["loss"], linewidth=2.4)
    ax.set(xlim=(low, high), ylim=(-0.15, 4.0), xlabel="margin  y·f" if is_margin else "residual  f − y", ylabel="loss")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _last(at: NDArray[np.float64], falls: NDArray[np.bool_]) -> list[float]:
    """Where the loss falls for the last time; nothing if it falls to the end."""
    last = int(np.max(np.flatnonzero(falls), initial=-1))
    return [float(at[last + 1])] if 0 <= last < len(at) - 1 else []


def _shade(ax: Any, low: float, high: float, margin: float) -> None:
    """Wrong, right but within the margin, and beyond it."""
    edges = [low, min(max(low, 0.0), high), min(max(low, 0.0, margin), high), high]
    for left, right, colour in zip(edges, edges[1:], ("wrong", "inside", "right"), strict=False):
        if left < right:
            ax.axvspan(left, right, color=COLOURS[colour], alpha=0.14, linewidth=0)
