"""Draws the pictures of the lectures: python docs/lectures/pictures.py [FOLDER]."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt

from maxmargin import losses
from maxmargin.inspection.loss_plot import COLOURS, plot_loss
from maxmargin.losses import objects

FAMILY = {
    "hinge": objects.Hinge(), "squared hinge": objects.SquaredHinge(), "smooth hinge, γ = 1": objects.SmoothHinge(),
    "modified Huber": objects.ModifiedHuber(), "logistic": objects.Logistic(), "perceptron": objects.Hinge(0.0),
    "generalized, a = 3": objects.GeneralizedHinge(3.0), "pinball, τ = ½": objects.PinballHinge(0.5),
    "ramp, s = −1": objects.Ramp(-1.0),
}  # fmt: skip
STEEP = ("squared hinge", "modified Huber")
TUBES = {
    "ε-insensitive": objects.EpsilonInsensitive(0.5), "squared": objects.EpsilonInsensitive(0.5, 2),
    "smooth, γ = 1": objects.EpsilonInsensitive(0.5, 1, 1.0),
}  # fmt: skip
OF_CLASSES = {
    "Crammer–Singer": objects.CrammerSinger(), "Weston–Watkins": objects.WestonWatkins(),
    "one against the rest": objects.OneVsRest(objects.Hinge()), "Lee–Lin–Wahba": objects.LeeLinWahba(),
}  # fmt: skip
STYLE = {"font.size": 9, "axes.titlesize": 10, "axes.edgecolor": "0.4", "xtick.color": "0.3", "ytick.color": "0.3"}


def hinge() -> Any:
    """The loss with the two classical numbers, the three regions, and the slack."""
    figure, ax = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
    plot_loss(objects.Hinge(), ax=ax, low=-2.0, high=3.2)
    for score, label, place in ((2.0, "f = 2 costs 0", (2.0, 0.55)), (-1.0, "f = −1 costs 2", (-0.15, 2.55))):
        loss = float(losses.hinge(np.array([score]), np.array([1])))
        ax.plot(score, loss, "o", color=COLOURS["loss"], markersize=9, markeredgecolor="white", zorder=4)
        ax.annotate(label, (score, loss), place, ha="center", arrowprops={"arrowstyle": "-", "color": "0.4"})
    ax.annotate("", (-1, 0), (1, 0), arrowprops={"arrowstyle": "<->", "color": COLOURS["wrong"], "shrinkA": 0, "shrinkB": 0})
    ax.text(0.0, 0.1, "slack ξ = 2", color=COLOURS["wrong"], ha="center")
    for at, words in ((-1.0, "wrong side"), (0.5, "right, but\ntoo close"), (2.1, "beyond the margin")):
        ax.text(at, 3.92, words, ha="center", va="top", color="0.25")
    ax.text(1.06, 2.9, "margin 1", color="0.35")
    ax.set_title("The hinge loss  max(0, 1 − y·f)")
    return figure


def family() -> Any:
    """All losses of two classes, each over the hinge."""
    figure, panels = plt.subplots(3, 3, figsize=(9.6, 7.4), sharex=True, layout="constrained")
    for ax, (name, loss) in zip(panels.flat, FAMILY.items(), strict=True):
        plot_loss(loss, ax=ax)
        ax.set_title(name)
        if name in STEEP:  # these two differ below −1 only
            ax.set_ylim(-0.3375, 9.0)
        if ax not in panels[2]:
            ax.set_xlabel("")
        if ax not in panels[:, 0]:
            ax.set_ylabel("")
    panels[1, 0].plot(-1.0, 4.0, "o", color=COLOURS["loss"], markersize=5)
    panels[1, 0].annotate("a line\nfrom here on", (-1.0, 4.0), (0.1, 6.6), arrowprops={"arrowstyle": "-", "color": "0.4"})
    return figure


def tube() -> Any:
    """The losses of numbers: nothing is paid inside of the tube."""
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 2.8), sharey=True, layout="constrained")
    for ax, (name, loss) in zip(panels, TUBES.items(), strict=True):
        plot_loss(loss, ax=ax, low=-2.5, high=2.5)
        ax.set_title(f"{name}, ε = ½")
        ax.label_outer()
    return figure


def three_classes() -> Any:
    """The losses of three classes on the plane where the scores sum to 0; the true class is the upper one."""
    corners = np.array([[0.0, 1.0], [-np.sqrt(0.75), -0.5], [np.sqrt(0.75), -0.5]]) * np.sqrt(2.0 / 3.0)
    at = np.linspace(-2.4, 2.4, 801)
    plane = np.stack(np.meshgrid(at, at), axis=-1)
    scores = plane @ corners.T
    figure, panels = plt.subplots(1, 4, figsize=(11.6, 3.2), sharey=True, layout="constrained")
    for ax, (name, loss) in zip(panels, OF_CLASSES.items(), strict=True):
        value = loss.value(scores, np.zeros(scores.shape[:-1], dtype=np.int64))
        filled = ax.contourf(at, at, value, levels=np.arange(0.0, 7.6, 0.5), cmap="Blues", extend="max")
        ax.contourf(at, at, value, levels=[-1.0, 1e-9], colors=[COLOURS["right"]], alpha=0.55)
        ax.contour(at, at, value, levels=np.arange(0.5, 7.6, 0.5), colors="white", linewidths=0.5)
        for one, other in ((0, 1), (0, 2), (1, 2)):  # where two classes have the same, largest score
            away = -corners[3 - one - other] * 4
            ax.plot([0, away[0]], [0, away[1]], color="0.25", linewidth=0.9, linestyle=(0, (4, 3)))
        for place, label in zip(corners * 2.4, ("true class", "class 2", "class 3"), strict=True):
            ax.text(*place, label, ha="center", va="center", fontsize=8, color="0.15")
        ax.set(title=name, xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), aspect="equal", xticks=[], yticks=[])
    figure.colorbar(filled, ax=panels, shrink=0.9, pad=0.01, aspect=14, label="loss")
    return figure


def others() -> Any:
    """The same idea with thresholds, distances and triplets; the margins are the dashed lines."""
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.1), layout="constrained")
    dashed, at = {"color": "0.35", "linewidth": 0.9, "linestyle": (0, (4, 3))}, np.linspace(-3.0, 4.0, 701)
    cuts, label = np.array([-1.5, 0.5, 2.5]), np.ones(at.size, dtype=int)
    for kind, colour, place in (("all", COLOURS["wrong"], (1.1, 3.5)), ("immediate", COLOURS["loss"], (2.2, 1.7))):
        cost = losses.ordinal_hinge(at, label, cuts, kind=kind, reduction="none")
        panels[0].plot(at, cost, color=colour, linewidth=2.4)
        panels[0].text(*place, kind, color=colour)
    for cut, name in zip(cuts, ("θ₀", "θ₁", "θ₂"), strict=True):
        panels[0].axvline(cut, color="0.25", linewidth=1.2)
        panels[0].text(cut + 0.08, 0.1, name)
    panels[0].axvspan(cuts[0], cuts[1], color=COLOURS["right"], alpha=0.18, linewidth=0)
    for edge in (cuts[0] + 1, cuts[1] - 1):
        panels[0].axvline(edge, **dashed)
    panels[0].set(title="ordinal, true class 1 of 0 … 3", xlabel="score f", ylabel="loss")
    far = np.linspace(0.0, 2.5, 251)
    first, second = np.zeros((251, 1)), far[:, None]
    for same, name, colour in ((True, "belong together", COLOURS["right"]), (False, "do not", COLOURS["wrong"])):
        cost = losses.contrastive(first, second, np.full(251, same), reduction="none")
        panels[1].plot(far, cost, color=colour, linewidth=2.4, label=name)
    panels[1].axvline(1.0, **dashed)
    panels[1].set(title="contrastive", xlabel="distance of two vectors")
    lead = np.linspace(-2.0, 3.0, 501)
    cost = losses.structured_hinge(lead, np.ones_like(lead), reduction="none")
    panels[2].plot(lead, cost, color=COLOURS["loss"], linewidth=2.4)
    panels[2].axvline(1.0, **dashed)
    panels[2].set(title="pairs, triplets, structures", xlabel="lead of the better one over the worse one")
    for ax in panels:
        ax.set_ylim(-0.15, 4.0)
        ax.spines[["top", "right"]].set_visible(False)
    panels[1].legend(frameon=False, loc="upper right")
    return figure


def training() -> Any:
    """The classifier of the lecture after some of its steps."""
    X, y = points()
    figure, panels = plt.subplots(1, 3, figsize=(10.2, 3.7), sharex=True, sharey=True, layout="constrained")
    for ax, n_steps in zip(panels, (1, 10, 400), strict=True):
        _draw_classifier(ax, X, y, *train(X, y, n_steps), f"after {n_steps} step" + "s" * (n_steps > 1))
    return figure


def points() -> tuple[Any, Any]:
    """The six points of the lecture."""
    X = np.array([[2.0, 1.0], [1.0, 2.5], [0.5, 0.5], [-1.0, -0.5], [-2.0, 1.0], [1.0, 0.0]])
    return X, np.array([1, 1, 1, -1, -1, -1])


def train(X: Any, y: Any, n_steps: int, rate: float = 0.1) -> tuple[Any, float]:
    """Subgradient steps from 0."""
    w, b = np.zeros(2), 0.0
    for _ in range(n_steps):
        slope = objects.Hinge().subgradient(X @ w + b, y)
        w, b = w - rate * X.T @ slope / len(y), b - rate * slope.mean()
    return w, float(b)


def _draw_classifier(ax: Any, X: Any, y: Any, w: Any, b: float, title: str) -> None:
    scores = X @ w + b
    at = np.linspace(-3.0, 3.0, 200)
    surface = np.stack(np.meshgrid(at, at), axis=-1) @ w + b
    ax.contourf(at, at, surface, levels=[-99, 0, 99], colors=["#c8553d", "#2d6cb5"], alpha=0.12)
    ax.contour(at, at, surface, levels=[-1, 0, 1], colors="0.3", linestyles=["--", "-", "--"], linewidths=[0.9, 1.6, 0.9])
    costs = losses.hinge(scores, y, reduction="none")
    for label, colour, marker in ((1, "#2d6cb5", "o"), (-1, "#c8553d", "s")):
        here = y == label
        ax.scatter(*X[here].T, s=60 + 260 * costs[here], c=colour, marker=marker, alpha=0.25, linewidths=0)
        ax.scatter(*X[here].T, s=38, c=colour, marker=marker, edgecolors="white", zorder=3)
    ax.set(title=f"{title}: mean loss {costs.mean():.2f}", xlim=(-3, 3), ylim=(-3, 3), aspect="equal", xticks=[], yticks=[])


PICTURES = {
    "hinge": hinge,
    "family": family,
    "tube": tube,
    "three-classes": three_classes,
    "others": others,
    "training": training,
}


def draw(folder: Path) -> None:
    """Write every picture into the folder."""
    with mpl.rc_context(STYLE):
        for name, picture in PICTURES.items():
            figure = picture()
            figure.savefig(folder / f"{name}.png", dpi=110, metadata={"Software": None})
            plt.close(figure)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images")
