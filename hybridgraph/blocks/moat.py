"""Mobile convolution and attention in one block, the convolution first.

Yang et al. 2022, "MOAT: Alternating Mobile Convolution and Attention Brings Strong Vision Models"
(arXiv:2210.01820).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import DropPath, init_normal, reduce_grid
from hybridgraph.blocks.mbconv import MobileBranch, PooledShortcut
from hybridgraph.blocks.relative_attention import MapAttention
from hybridgraph.spec import IMAGE, Bool, Float, Int, block


@block(
    "moat",
    title="MOAT block",
    family="intrinsic",
    symbol="MO",
    paper="Yang et al. 2022 · arXiv:2210.01820",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "expansion": Int(
            1, 16, doc="How many times wider than the outgoing channels the convolution is inside."
        ),
        "kernel": Int(1, 31, unit="px", doc="Side of the depthwise kernel, an odd number."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes, before attention."),
        "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
        "window": Int(
            1,
            1024,
            unit="px",
            optional=True,
            doc="Side of the windows attention stays in; none means global.",
        ),
        "relative_bias": Bool(doc="Whether the logits get a learned number per relative offset and head."),
        "bias_size": Int(
            1,
            1024,
            unit="px",
            optional=True,
            doc="Side of the grid the offset table is made for, resized to the real one (the paper's 14 at "
            "stride 16 and 7 at stride 32); none means the real grid.",
        ),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip each branch in training."),
    },
    card="{channels} · e{expansion} · s{stride}",
    equation="u = shortcut(x) + MBConv(x);  y = u + Attention(LN(u))",
    aliases=("Mobile attention", "Mobile convolution with attention"),
)
class Moat(nn.Module):
    """Convolve first, then attend: an inverted bottleneck in place of the transformer's feed-forward part.

    The depthwise convolution brings locality, carries information across attention windows and shrinks the map,
    so that attention always runs at the smaller grid and the full width.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `head_dim` does not divide the channels, `window` does not tile the outgoing map or
    `kernel` is even.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        channels: int = 384,
        expansion: int = 4,
        kernel: int = 3,
        stride: int = 1,
        head_dim: int = 32,
        window: int | None = None,
        relative_bias: bool = True,
        bias_size: int | None = None,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.shortcut = PooledShortcut(in_channels, channels, stride, "avg")
        self.branch = MobileBranch(in_channels, channels, expansion=expansion, kernel=kernel, stride=stride)
        self.norm = nn.LayerNorm(channels)
        self.attention = MapAttention(
            channels,
            channels,
            reduce_grid(grid, stride),
            head_dim=head_dim,
            window=window,
            relative_bias=relative_bias,
            bias_size=bias_size,
            reverse=True,
        )
        self.drop_path = DropPath(drop_path)
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.shortcut(x) + self.drop_path(self.branch(x))  # (B, C, H / s, W / s)
        x = x.permute(0, 2, 3, 1)  # (B, H / s, W / s, C)
        x = x + self.drop_path(self.attention(self.norm(x)))
        return x.permute(0, 3, 1, 2)  # (B, C, H / s, W / s)
