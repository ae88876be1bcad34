"""How tensors of others become ours: other orders and shapes of the same numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from hybridgraph.weights.rows import Transform


def joined(tensors: Sequence[Tensor]) -> Tensor:
    """Several along their first axis, such as queries, keys and values: (A, ...), (B, ...) -> (A + B, ...)."""
    return torch.cat(list(tensors))


def without_first(tensors: Sequence[Tensor]) -> Tensor:
    """Without a first axis of length one: (1, N, C) -> (N, C)."""
    return tensors[0].squeeze(0)


def to_linear(tensors: Sequence[Tensor]) -> Tensor:
    """The kernel of a 1×1 convolution as a matrix, (A, B, 1, 1) -> (A, B); biases stay."""
    (tensor,) = tensors
    return tensor.flatten(1) if tensor.dim() == 4 and tensor.shape[2:] == (1, 1) else tensor


def heads_last(head_dim: int) -> Transform:
    """Queries, keys and values that lie head by head, as ours: rows (heads, 3, d) -> (3, heads, d)."""

    def transform(tensors: Sequence[Tensor]) -> Tensor:
        tensor = to_linear(tensors)
        if tensor.shape[0] % (3 * head_dim):
            return tensor  # of a network with other heads; its shape will not fit either
        by_head = tensor.reshape(-1, 3, head_dim, *tensor.shape[1:])
        return by_head.transpose(0, 1).reshape(tensor.shape)

    return transform


def table_to_map(tensors: Sequence[Tensor]) -> Tensor:
    """A flat table of relative offsets as a square map for each head: (S², heads) -> (heads, S, S)."""
    (tensor,) = tensors
    side = math.isqrt(tensor.shape[0])
    return (
        tensor.t().unflatten(1, (side, side)) if tensor.dim() == 2 and side**2 == tensor.shape[0] else tensor
    )
