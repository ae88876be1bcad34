"""Stochastic depth that a recipe asks for, in place of what the design says.

Source: G. Huang and others, "Deep Networks with Stochastic Depth", arXiv 1603.09382: the chance rises evenly from the
first block to the last.
"""

from __future__ import annotations

from torch import nn


def spread_depth(model: nn.Module, highest: float) -> int:
    """Let the blocks of a network be passed over in training, the first never and the last with this chance.

    Answers how many there are that can be: those with a residual branch.
    """
    layers = paths(model)
    for index, layer in enumerate(layers):
        layer.rate = highest * index / (len(layers) - 1) if len(layers) > 1 else highest  # type: ignore[assignment]
    return len(layers)


def paths(model: nn.Module) -> list[nn.Module]:
    """The layers that leave out a branch, from the picture on.

    They are known by their name: a network's source may hold a class of its own for them.
    """
    return [
        layer for layer in model.modules() if type(layer).__name__ == "DropPath" and hasattr(layer, "rate")
    ]
