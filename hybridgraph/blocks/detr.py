"""The encoder and decoder layers of DETR.

Carion et al. 2020, "End-to-End Object Detection with Transformers" (arXiv:2005.12872), section 3.2 and appendix
A.3; Vaswani et al. 2017, "Attention Is All You Need" (arXiv:1706.03762).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.layers import check_heads
from hybridgraph.errors import BlockError
from hybridgraph.spec import TOKENS, Float, Int, block

LAYER_PARAMS = {
    "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
    "expansion": Int(
        0,
        64,
        doc="How many times wider the feed-forward part is inside; 0 leaves it out, as the paper tries.",
    ),
    "dropout": Float(
        0.0, 0.99, doc="Share of attention weights and of features in each branch set to zero in training."
    ),
}


class DetrAttention(nn.Module):
    """Multi-head attention whose queries, keys and values come from three different sequences.

    Shape: queries (B, N, C), keys and values (B, M, C) -> (B, N, C).
    """

    def __init__(self, channels: int, head_dim: int, dropout: float) -> None:
        super().__init__()
        check_heads(channels, head_dim)
        self.head_dim = head_dim
        self.dropout = dropout
        # The three projections are one matrix, and so is what Xavier's bounds are drawn from.
        self.in_proj_weight = nn.Parameter(torch.empty(3 * channels, channels))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * channels))
        self.out_proj = nn.Linear(channels, channels)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        q, k, v = (
            F.linear(x, weight, bias).unflatten(2, (-1, self.head_dim)).transpose(1, 2)  # (B, heads, ., d)
            for x, weight, bias in zip((queries, keys, values), weights, biases, strict=True)
        )
        x = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)
        return self.out_proj(x.transpose(1, 2).flatten(2))  # (B, N, C)


class DetrFeedForward(nn.Module):
    """Widen, ReLU, narrow, added to what came in and normalised.

    Shape: (B, N, C) -> (B, N, C).
    """

    def __init__(self, channels: int, expansion: int, dropout: float) -> None:
        super().__init__()
        self.expand = nn.Linear(channels, expansion * channels)
        self.act = nn.ReLU()
        self.project = nn.Linear(expansion * channels, channels)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.dropout(self.act(self.expand(x)))  # (B, N, expansion * C)
        return self.norm(x + self.dropout(self.project(y)))  # (B, N, C)


def feed_forward_or_none(channels: int, expansion: int, dropout: float) -> nn.Module:
    """The feed-forward part, or nothing where the expansion is 0."""
    return DetrFeedForward(channels, expansion, dropout) if expansion else nn.Identity()


def init_detr(module: nn.Module) -> None:
    """Draw every weight matrix by Xavier's uniform rule; biases and norms stay as torch draws them."""
    for parameter in module.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)


def placed(x: Tensor, positions: Tensor | None, names: tuple[str, str]) -> Tensor:
    """The tokens with their positions added. Raises BlockError, by these names, where their sizes differ."""
    if positions is None:
        return x
    if positions.shape[1:] != x.shape[1:]:
        sizes = ["×".join(map(str, tensor.shape[1:])) for tensor in (x, positions)]
        raise BlockError(
            f"The {names[0]} are {sizes[0]} and the {names[1]} for them {sizes[1]}.",
            "Take both from one map, with the same channels.",
        )
    return x + positions


@block(
    "detr_encoder",
    title="DETR encoder layer",
    family="attention",
    symbol="DE",
    paper="Carion et al. 2020 · arXiv:2005.12872",
    inputs={"x": TOKENS, "positions": f"{TOKENS}?"},
    outputs={"y": TOKENS},
    wired={"channels": "x.channels"},
    params=LAYER_PARAMS,
    card="{channels} · heads of {head_dim}",
    equation="u = LN(x + MHA(x + p, x + p, x));  y = LN(u + FFN(u))",
    aliases=("Transformer encoder", "Detection transformer", "Self-attention"),
)
class DetrEncoderLayer(nn.Module):
    """Let every position of a map gather from every other, its place added to queries and keys in each layer.

    The values carry no positions, so that what is found is kept apart from where. Norms come after the sums.
    Shape: (B, N, channels), positions (B, N, channels) -> (B, N, channels).
    Raises BlockError when `head_dim` does not divide the channels or the positions are of another size.
    """

    def __init__(self, channels: int, head_dim: int = 32, expansion: int = 8, dropout: float = 0.1) -> None:
        super().__init__()
        self.attention = DetrAttention(channels, head_dim, dropout)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(channels)
        self.feed_forward = feed_forward_or_none(channels, expansion, dropout)
        init_detr(self)

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        located = placed(x, positions, ("tokens", "positions"))
        x = self.norm(x + self.dropout(self.attention(located, located, x)))  # (B, N, C)
        return self.feed_forward(x)


@block(
    "detr_decoder",
    title="DETR decoder layer",
    family="attention",
    symbol="DD",
    paper="Carion et al. 2020 · arXiv:2005.12872",
    inputs={"x": TOKENS, "memory": TOKENS, "queries": TOKENS, "positions": f"{TOKENS}?"},
    outputs={"y": TOKENS},
    wired={"channels": "x.channels", "memory_channels": "memory.channels"},
    params=LAYER_PARAMS,
    card="{channels} · heads of {head_dim}",
    equation="u = LN(x + MHA(x + q, x + q, x));  v = LN(u + MHA(u + q, m + p, m));  y = LN(v + FFN(v))",
    aliases=("Transformer decoder", "Detection transformer", "Cross-attention"),
)
class DetrDecoderLayer(nn.Module):
    """Let the targets settle among themselves who looks for what, then gather it from the encoded map.

    The object queries act as the targets' positions: they are added to queries and keys, never to values, in each
    layer. All targets are worked on at once, without a mask.
    Shape: targets (B, Q, channels), memory (B, N, channels), queries (B, Q, channels), positions (B, N, channels)
    -> (B, Q, channels). Raises BlockError when `head_dim` does not divide the channels, or sizes do not match.
    """

    def __init__(
        self,
        channels: int,
        memory_channels: int,
        head_dim: int = 32,
        expansion: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if memory_channels != channels:
            raise BlockError(
                f"The targets have {channels} channels and the memory {memory_channels}.",
                "Give the object queries the encoder's channels.",
            )
        self.self_attention = DetrAttention(channels, head_dim, dropout)
        self.self_norm = nn.LayerNorm(channels)
        self.cross_attention = DetrAttention(channels, head_dim, dropout)
        self.cross_norm = nn.LayerNorm(channels)
        self.dropout = nn.Dropout(dropout)
        self.feed_forward = feed_forward_or_none(channels, expansion, dropout)
        init_detr(self)

    def forward(self, x: Tensor, memory: Tensor, queries: Tensor, positions: Tensor | None = None) -> Tensor:
        asking = placed(x, queries, ("targets", "queries"))
        x = self.self_norm(x + self.dropout(self.self_attention(asking, asking, x)))  # (B, Q, C)
        located = placed(memory, positions, ("memory", "positions"))
        found = self.cross_attention(x + queries, located, memory)
        x = self.cross_norm(x + self.dropout(found))  # (B, Q, C)
        return self.feed_forward(x)
