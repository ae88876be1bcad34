"""Transformer block with relative attention on a map, with the down-sampling entry of a stage.

Dai, Liu, Le, Tan 2021, "CoAtNet: Marrying Convolution and Attention for All Data Sizes" (arXiv:2106.04803).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import DropPath, FeedForward, init_normal, last_norm, reduce_grid
from hybridgraph.blocks.mbconv import PooledShortcut, shrinking_pool
from hybridgraph.blocks.relative_attention import MapAttention
from hybridgraph.spec import IMAGE, Bool, Choice, Float, Int, block


class LayerScale(nn.Module):
    """Multiply each channel, which come last, by a learned number that begins near zero.

    Shape: (..., C) -> (..., C).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full((channels,), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


@block(
    "coatnet_transformer",
    title="CoAtNet transformer",
    family="intrinsic",
    symbol="CT",
    paper="Dai et al. 2021 · arXiv:2106.04803",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "expansion": Int(1, 16, doc="How many times wider the feed-forward part is inside."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes, before attention."),
        "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
        "widen_in": Choice(
            "input",
            "output",
            doc="Which layer of the attention changes the channels: queries, keys and values (CoAtNet) or the last "
            "one (timm).",
        ),
        "relative_bias": Bool(doc="Whether the logits get a learned number per relative offset and head."),
        "bias_size": Int(
            1,
            1024,
            unit="px",
            optional=True,
            doc="Side of the grid the offset table is made for, resized to the real one; none means the real grid.",
        ),
        "bias_hidden": Int(
            1,
            1 << 14,
            optional=True,
            doc="Hidden units of a network that computes those numbers from the offsets (some of timm's); none means "
            "a table.",
        ),
        "pool": Choice("max", "avg", doc="How the map shrinks on both branches: maximum or average."),
        "shortcut_bias": Bool(doc="Whether the shortcut's 1×1 convolution has a bias."),
        "norm": Choice("layer", "batch", doc="What normalises before both branches."),
        "eps": Float(
            1e-12, 0.1, inert=True, doc="What the norms add to the variance: 0.00001, in timm's 0.000001."
        ),
        "layer_scale": Bool(doc="Whether each branch is multiplied by learned numbers that begin near zero."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip each branch in training."),
    },
    card="{channels} · e{expansion} · s{stride}",
    equation="u = shortcut(x) + Attention(pool(LN(x)));  y = u + FFN(LN(u))",
    aliases=("Relative transformer", "Transformer block", "T stage"),
)
class CoAtNetTransformer(nn.Module):
    """Attend over the whole map with a relative bias, then transform each position.

    Global and input-dependent like a transformer, translation-equivariant in its bias like a convolution; meant
    for small grids, behind convolutional stages. A stride pools after the norm, on both branches.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `head_dim` does not divide the channels.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        channels: int = 384,
        expansion: int = 4,
        stride: int = 1,
        head_dim: int = 32,
        widen_in: str = "input",
        relative_bias: bool = True,
        bias_size: int | None = None,
        bias_hidden: int | None = None,
        pool: str = "max",
        shortcut_bias: bool = True,
        norm: str = "layer",
        eps: float = 1e-5,
        layer_scale: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.shortcut = PooledShortcut(in_channels, channels, stride, pool, bias=shortcut_bias)
        self.norm1 = last_norm(in_channels, norm, eps)
        self.pool = shrinking_pool(stride, pool)
        self.attention = MapAttention(
            in_channels,
            channels,
            reduce_grid(grid, stride),
            head_dim=head_dim,
            width=channels if widen_in == "input" else in_channels,
            relative_bias=relative_bias,
            bias_size=bias_size,
            bias_hidden=bias_hidden,
        )
        self.scale1 = LayerScale(channels) if layer_scale else nn.Identity()
        self.norm2 = last_norm(channels, norm, eps)
        self.feed_forward = FeedForward(channels, expansion)
        self.scale2 = LayerScale(channels) if layer_scale else nn.Identity()
        self.drop_path = DropPath(drop_path)
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x.permute(0, 2, 3, 1))  # (B, H, W, in_channels)
        y = self.pool(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)  # (B, H / s, W / s, in_channels)
        x = self.shortcut(x).permute(0, 2, 3, 1)  # (B, H / s, W / s, C)
        x = x + self.drop_path(self.scale1(self.attention(y)))
        x = x + self.drop_path(self.scale2(self.feed_forward(self.norm2(x))))
        return x.permute(0, 3, 1, 2)  # (B, C, H / s, W / s)
