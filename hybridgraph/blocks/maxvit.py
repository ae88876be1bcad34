"""Mobile convolution, attention within windows, then attention along a grid that spans the map, in one block.

Tu et al. 2022, "MaxViT: Multi-Axis Vision Transformer" (arXiv:2204.01697).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import DropPath, FeedForward, init_normal, reduce_grid
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.relative_attention import MapAttention
from hybridgraph.spec import IMAGE, Bool, Float, Int, block


def regroup_axes(x: Tensor, groups: tuple[int, int]) -> Tensor:
    """Deal rows and columns out like cards: what were `groups` runs of neighbours end up side by side.

    With a map of (g * h, g * w) and groups of g, the window at (i, j) then holds one position of each of the g × g
    parts of the map. Dealing again with (h, w) groups brings everything back.
    Shape: (B, H, W, C) -> (B, H, W, C).
    """
    B, H, W, C = x.shape
    rows, columns = groups
    x = x.reshape(B, rows, H // rows, columns, W // columns, C)
    return x.permute(0, 2, 1, 4, 3, 5).reshape(B, H, W, C)


class AxisTransformer(nn.Module):
    """A transformer block whose attention stays in windows of neighbours, or in sparse ones that span the map.

    Shape: (B, H, W, C) -> (B, H, W, C), channels last.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        *,
        window: int,
        sparse: bool,
        head_dim: int,
        expansion: int,
        relative_bias: bool,
        drop_path: float,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.attention = MapAttention(
            channels, channels, grid, head_dim=head_dim, window=window, relative_bias=relative_bias
        )
        self.deal = (window, window) if sparse else None
        self.gather = (grid[0] // window, grid[1] // window)
        self.norm2 = nn.LayerNorm(channels)
        self.feed_forward = FeedForward(channels, expansion)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self._attend(self.norm1(x)))
        return x + self.drop_path(self.feed_forward(self.norm2(x)))

    def _attend(self, x: Tensor) -> Tensor:
        if self.deal is None:
            return self.attention(x)
        return regroup_axes(self.attention(regroup_axes(x, self.deal)), self.gather)


@block(
    "maxvit",
    title="MaxViT block",
    family="intrinsic",
    symbol="MV",
    paper="Tu et al. 2022 · arXiv:2204.01697",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "expansion": Int(1, 16, doc="How many times wider convolution and feed-forward parts are inside."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes, in the depthwise convolution."),
        "se_reduction": Int(
            1,
            1 << 10,
            optional=True,
            doc="How many times narrower than the outgoing channels the SE gate's hidden layer is; none leaves the "
            "gate out.",
        ),
        "window": Int(
            1,
            1024,
            unit="px",
            doc="Side of the windows, and of the grid that spans the map; it has to tile it.",
        ),
        "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
        "relative_bias": Bool(doc="Whether the logits get a learned number per relative offset and head."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip each branch in training."),
    },
    card="{channels} · w{window} · s{stride}",
    equation="u = MBConv(x);  v = Transformer_window(u);  y = Transformer_grid(v)",
    aliases=("Multi-axis attention", "Block attention", "Grid attention", "Max-SA"),
)
class MaxViT(nn.Module):
    """Convolve, attend to the neighbours in a window, then to positions spread evenly over the whole map.

    Two sparse forms of attention, one local and one global, see the whole map at a cost in proportion to its size.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `window` does not tile the outgoing map, `head_dim` does not divide the channels or
    `se_reduction` leaves no hidden unit.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        channels: int = 64,
        expansion: int = 4,
        stride: int = 1,
        se_reduction: int | None = 4,
        window: int = 7,
        head_dim: int = 32,
        relative_bias: bool = True,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.convolution = MBConv(
            in_channels,
            channels,
            expansion=expansion,
            stride=stride,
            se_reduction=se_reduction,
            drop_path=drop_path,
        )
        self.windows, self.grid = (
            AxisTransformer(
                channels,
                reduce_grid(grid, stride),
                window=window,
                sparse=sparse,
                head_dim=head_dim,
                expansion=expansion,
                relative_bias=relative_bias,
                drop_path=drop_path,
            )
            for sparse in (False, True)
        )
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.convolution(x).permute(0, 2, 3, 1)  # (B, H / s, W / s, C)
        return self.grid(self.windows(x)).permute(0, 3, 1, 2)  # (B, C, H / s, W / s)
