"""Class token, position embedding, transformer encoder block and classifier over tokens.

Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words" (arXiv:2010.11929); Vaswani et al. 2017, "Attention Is All
You Need" (arXiv:1706.03762).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import DropPath, FeedForward, SelfAttention, init_truncated_normal
from hybridgraph.spec import TOKENS, VECTOR, Choice, Float, Int, block


@block(
    "class_token",
    title="Class token",
    family="attention",
    symbol="CT+",
    paper="Dosovitskiy et al. 2021 · arXiv:2010.11929",
    inputs={"x": TOKENS},
    outputs={"y": TOKENS},
    wired={"channels": "x.channels"},
    card="{channels}",
    equation="y = [c; x]",
    aliases=("CLS token", "Classification token"),
)
class ClassToken(nn.Module):
    """Put one learned token in front of the others, to gather what the classifier needs.

    Shape: (B, N, C) -> (B, 1 + N, C).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.empty(1, 1, channels))
        nn.init.trunc_normal_(self.token, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        token = self.token.to(x.dtype).expand(x.shape[0], -1, -1)  # (B, 1, C)
        return torch.cat((token, x), dim=1)  # (B, 1 + N, C)


@block(
    "position_embedding",
    title="Position embedding",
    family="attention",
    symbol="POS",
    paper="Dosovitskiy et al. 2021 · arXiv:2010.11929",
    inputs={"x": TOKENS},
    outputs={"y": TOKENS},
    wired={"length": "x.length", "channels": "x.channels"},
    card="{length}×{channels}",
    equation="y = x + E",
    aliases=("Positional encoding", "Absolute position"),
)
class PositionEmbedding(nn.Module):
    """Add a learned vector to each token, so that attention can tell where it came from.

    Shape: (B, N, C) -> (B, N, C).
    """

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(length, channels))
        nn.init.normal_(self.embedding, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.embedding


@block(
    "transformer",
    title="Transformer encoder",
    family="attention",
    symbol="TE",
    paper="Dosovitskiy et al. 2021 · arXiv:2010.11929",
    inputs={"x": TOKENS},
    outputs={"y": TOKENS},
    wired={"channels": "x.channels"},
    params={
        "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
        "expansion": Int(1, 16, doc="How many times wider the feed-forward part is inside."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip each branch in training."),
        "eps": Float(1e-12, 0.1, inert=True, doc="What the normalisations add to the variance."),
    },
    card="{channels} · heads of {head_dim}",
    equation="u = x + MHSA(LN(x));  y = u + MLP(LN(u))",
    aliases=("ViT block", "Encoder layer", "Multi-head self-attention"),
)
class TransformerEncoder(nn.Module):
    """Let every token gather from every other, then transform each one.

    No notion of space at all: what lies where has to come from a position embedding or be learned from much data.
    Shape: (B, N, channels) -> (B, N, channels). Raises BlockError when `head_dim` does not divide the channels.
    """

    def __init__(
        self,
        channels: int,
        head_dim: int = 64,
        expansion: int = 4,
        drop_path: float = 0.0,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps)
        self.attention = SelfAttention(channels, channels, head_dim)
        self.norm2 = nn.LayerNorm(channels, eps)
        self.feed_forward = FeedForward(channels, expansion)
        self.drop_path = DropPath(drop_path)
        init_truncated_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self.attention(self.norm1(x)))
        return x + self.drop_path(self.feed_forward(self.norm2(x)))


@block(
    "token_classifier",
    title="Token classifier",
    family="head",
    symbol="TCL",
    paper="Dosovitskiy et al. 2021 · arXiv:2010.11929",
    inputs={"x": TOKENS},
    outputs={"y": VECTOR},
    wired={"channels": "x.channels"},
    params={
        "classes": Int(1, 1 << 20, doc="How many classes there are, one logit each."),
        "pool": Choice("class", "mean", doc="What is classified: the first token alone, or the mean of all."),
        "dropout": Float(0.0, 0.99, inert=True, doc="Share of features set to zero in training."),
        "eps": Float(1e-12, 0.1, inert=True, doc="What the normalisation adds to the variance."),
    },
    card="{classes} classes",
    equation="y = W · LN(x)₀ + b",
    aliases=("Head", "Linear", "Softmax"),
)
class TokenClassifier(nn.Module):
    """Normalise the tokens and turn the class token, or their mean, into one logit per class.

    There is no softmax: the loss applies it.
    Shape: (B, N, channels) -> (B, classes).
    """

    def __init__(
        self,
        channels: int,
        classes: int = 1000,
        pool: str = "class",
        dropout: float = 0.0,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.first = pool == "class"
        self.norm = nn.LayerNorm(channels, eps)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(channels, classes)
        init_truncated_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x[:, 0]) if self.first else self.norm(x).mean(dim=1)  # (B, C)
        return self.linear(self.dropout(x))  # (B, classes)
