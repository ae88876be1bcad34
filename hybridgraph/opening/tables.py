"""Tables that a program holds as a block reads them: relative biases that an exporter computed in advance.

A part of a block that takes nothing gives numbers of its table, each at some places, maybe with a mask on top. Which
number comes to which place is found by reading a table of counting numbers.
"""

from __future__ import annotations

import inspect

import torch
from torch import Tensor, nn


def reader_of(module: nn.Module, key: str) -> nn.Module | None:
    """The part of a block that owns this parameter alone and takes nothing, if it is such a part."""
    part = module.get_submodule(key.rpartition(".")[0])
    own = [name for name, _ in part.named_parameters()]
    if own != [key.rpartition(".")[2]] or inspect.signature(part.forward).parameters:
        return None
    return part


@torch.no_grad()
def unread(part: nn.Module, given: Tensor) -> Tensor | None:
    """The table from which a part reads `given`, all of it or its first window without the mask.

    None where the part does something else with its table than to read it.
    """
    (table,) = part.parameters()
    mask = _reading(part, torch.zeros_like(table))
    counted = torch.arange(1.0, table.numel() + 1).reshape(table.shape)
    places = _reading(part, counted) - mask
    index = places.round().long() - 1
    if mask.numel() % given.numel() or not torch.equal(index + 1.0, places):
        return None
    index, clear = index[: given.numel()], torch.ones(given.numel(), dtype=torch.bool)
    if given.numel() == mask.numel():
        clear = mask == 0
    found = torch.zeros(table.numel())
    found[index[clear]] = given.flatten()[clear]
    return found.reshape(table.shape)


def _reading(part: nn.Module, numbers: Tensor) -> Tensor:
    (table,) = part.parameters()
    table.copy_(numbers)
    result: Tensor = part()
    return result.flatten()
