"""Tensors of which every process holds a piece (FSDP2), whole and in pieces again."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor


def whole(value: Tensor) -> Tensor:
    """The whole tensor, which all processes ask for together; itself where it is in one piece."""
    return value.full_tensor() if isinstance(value, DTensor) else value


def piece(value: Tensor) -> Tensor:
    """This process's piece, sharing its memory; the tensor itself where it is in one piece."""
    return value.to_local() if isinstance(value, DTensor) else value


def divided_like(value: Tensor, pattern: Tensor) -> Tensor:
    """A tensor of the pattern's shape, layout and device with these values, which every process has whole."""
    if isinstance(pattern, DTensor):
        there = value.to(pattern.device)
        pieces: Tensor = distribute_tensor(there, pattern.device_mesh, pattern.placements, src_data_rank=None)
        return pieces
    return torch.empty_like(pattern, dtype=value.dtype).copy_(value)
