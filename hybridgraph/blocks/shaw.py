"""Self-attention over a sequence with learned vectors for the distance between tokens.

Shaw, Uszkoreit, Vaswani 2018, "Self-Attention with Relative Position Representations" (arXiv:1803.02155).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import check_heads, init_truncated_normal
from hybridgraph.spec import TOKENS, Bool, Int, block


class DistanceVectors(nn.Module):
    """The vector for every pair of tokens: by the key's distance to the right of the query, cut off at `reach`.

    Shape: () -> (tables, N, N, d), one table for all heads or one for each.
    """

    index: Tensor

    def __init__(self, length: int, dim: int, reach: int, tables: int) -> None:
        super().__init__()
        self.reach = reach
        self.table = nn.Parameter(torch.empty(tables, 2 * reach + 1, dim))
        self.register_buffer("index", torch.empty(length, length, dtype=torch.int64), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table and compute the distances, also after the memory was laid out anew."""
        nn.init.normal_(self.table, std=self.table.shape[2] ** -0.5)
        place = torch.arange(len(self.index), device=self.index.device)
        self.index.copy_((place[None, :] - place[:, None]).clamp(-self.reach, self.reach) + self.reach)

    def forward(self) -> Tensor:
        vectors = self.table.index_select(1, self.index.flatten())  # (tables, N * N, d)
        return vectors.unflatten(1, self.index.shape)


@block(
    "shaw_attention",
    title="Relative attention over tokens",
    family="attention",
    symbol="SH",
    paper="Shaw et al. 2018 · arXiv:1803.02155",
    inputs={"x": TOKENS},
    outputs={"y": TOKENS},
    wired={"length": "x.length", "channels": "x.channels"},
    params={
        "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
        "reach": Int(0, 4096, doc="Distance up to which the vectors differ; beyond it all are alike."),
        "on_keys": Bool(doc="Whether the distances speak to the queries, together with the keys."),
        "on_values": Bool(doc="Whether the distances are gathered together with the values."),
        "shared": Bool(doc="Whether all heads have the same vectors."),
    },
    card="{channels} · reach {reach}",
    equation="e = q(k + a_K[j - i])ᵀ / √d;  y = softmax(e)(v + a_V[j - i])",
    aliases=("Relative position representations", "Self-attention", "1D relative attention"),
)
class ShawAttention(nn.Module):
    """Attend over a sequence with vectors for relative places, so that no token needs an absolute one.

    What a distance means depends on the query, other than with a bias per distance. It is the bare layer, without
    norm or shortcut.
    Shape: (B, N, channels) -> (B, N, channels). Raises BlockError when `head_dim` does not divide the channels.
    """

    def __init__(
        self,
        length: int,
        channels: int,
        head_dim: int = 64,
        reach: int = 16,
        on_keys: bool = True,
        on_values: bool = True,
        shared: bool = True,
    ) -> None:
        super().__init__()
        check_heads(channels, head_dim)
        self.head_dim = head_dim
        self.qkv = nn.Linear(channels, 3 * channels)
        self.project = nn.Linear(channels, channels)
        tables = 1 if shared else channels // head_dim
        self.keys = DistanceVectors(length, head_dim, reach, tables) if on_keys else None
        self.values = DistanceVectors(length, head_dim, reach, tables) if on_values else None
        init_truncated_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x).unflatten(-1, (3, -1, self.head_dim))  # (B, N, 3, heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, heads, N, d)
        q = q * self.head_dim**-0.5
        logits = q @ k.transpose(2, 3)  # (B, heads, N, N)
        if self.keys is not None:
            logits = logits + weigh("bhid,{}ijd->bhij", q, self.keys())
        weights = logits.softmax(dim=-1).to(v.dtype)
        y = weights @ v  # (B, heads, N, d)
        if self.values is not None:
            y = y + weigh("bhij,{}ijd->bhid", weights, self.values())
        return self.project(y.transpose(1, 2).flatten(2))  # (B, N, C)


def weigh(equation: str, x: Tensor, vectors: Tensor) -> Tensor:
    """Contract with the vectors of each pair, which are one for all heads (1, N, N, d) or one for each."""
    if vectors.shape[0] == 1:
        return torch.einsum(equation.format(""), x, vectors[0])
    return torch.einsum(equation.format("h"), x, vectors)
