"""How long the weights and gradients of each layer are, from time to time: what shows layers that stand still or run away.

A layer is a module with weights of its own, named as in the model. The lengths of all tensors come out of one call for
each of the two, and of one wait for the device.
"""

from __future__ import annotations

from math import hypot

import torch
from torch import Tensor, nn

from hybridgraph.events import LayersMeasured

EVERY = 100
"""Steps between two measurements; the first hundred steps have ten of them."""


def is_due(step: int) -> bool:
    """Whether the layers are measured at this step."""
    return step % (EVERY if step >= EVERY else EVERY // 10) == 0


def measure_layers(model: nn.Module, step: int) -> LayersMeasured:
    """The lengths before a step, of the gradient before it is clipped; layers without a gradient are left out."""
    owners: dict[str, list[int]] = {}
    weights: list[Tensor] = []
    gradients: list[Tensor] = []
    for name, weight in model.named_parameters():
        if weight.grad is not None:
            owners.setdefault(name.rpartition(".")[0], []).append(len(weights))
            weights.append(weight.detach())
            gradients.append(weight.grad)
    both = _lengths([*weights, *gradients])
    count = len(weights)
    return LayersMeasured(
        step=step,
        layers=tuple(owners),
        weights=tuple(hypot(*(both[at] for at in mine)) for mine in owners.values()),
        gradients=tuple(hypot(*(both[count + at] for at in mine)) for mine in owners.values()),
    )


def _lengths(tensors: list[Tensor]) -> list[float]:
    if not tensors:
        return []
    lengths = torch._foreach_norm(tensors)  # noqa: SLF001  (what torch's own total norm is made of)
    found: list[float] = torch.stack([length.float() for length in lengths]).tolist()
    return found
