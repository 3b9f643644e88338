"""What a fit produces and a model file stores: ``linear`` has the model, ``checks`` what its fields must be."""

from __future__ import annotations

from maxmargin.model.linear import LinearModel, Multipliers

__all__ = ["LinearModel", "Multipliers"]
