"""Transformer block with relative attention on a map, with the down-sampling entry of a stage.

Dai, Liu, Le, Tan 2021, "CoAtNet: Marrying Convolution and Attention for All Data Sizes" (arXiv:2106.04803).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import DropPath, FeedForward, init_normal, reduce_grid
from hybridgraph.blocks.mbconv import PooledShortcut, shrinking_pool
from hybridgraph.blocks.relative_attention import MapAttention
from hybridgraph.spec import IMAGE, Bool, Choice, Float, Int, block


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
        "relative_bias": Bool(doc="Whether the logits get a learned number per relative offset and head."),
        "bias_size": Int(
            1,
            1024,
            unit="px",
            optional=True,
            doc="Side of the grid the offset table is made for, resized to the real one; none means the real grid.",
        ),
        "pool": Choice("max", "avg", doc="How the map shrinks on both branches: maximum or average."),
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
        relative_bias: bool = True,
        bias_size: int | None = None,
        pool: str = "max",
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.shortcut = PooledShortcut(in_channels, channels, stride, pool)
        self.norm1 = nn.LayerNorm(in_channels)
        self.pool = shrinking_pool(stride, pool)
        self.attention = MapAttention(
            in_channels,
            channels,
            reduce_grid(grid, stride),
            head_dim=head_dim,
            relative_bias=relative_bias,
            bias_size=bias_size,
        )
        self.norm2 = nn.LayerNorm(channels)
        self.feed_forward = FeedForward(channels, expansion)
        self.drop_path = DropPath(drop_path)
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x.permute(0, 2, 3, 1))  # (B, H, W, in_channels)
        y = self.pool(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)  # (B, H / s, W / s, in_channels)
        x = self.shortcut(x).permute(0, 2, 3, 1)  # (B, H / s, W / s, C)
        x = x + self.drop_path(self.attention(y))
        x = x + self.drop_path(self.feed_forward(self.norm2(x)))
        return x.permute(0, 3, 1, 2)  # (B, C, H / s, W / s)
