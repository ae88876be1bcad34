"""Self-attention over a map with one learned number per relative offset and head.

Shaw et al. 2018, "Self-Attention with Relative Position Representations" (arXiv:1803.02155); in the
input-independent, two-dimensional form of Dai et al. 2021, "CoAtNet" (arXiv:2106.04803).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.layers import (
    SelfAttention,
    check_window,
    init_normal,
    join_windows,
    relative_index,
    split_windows,
)
from hybridgraph.spec import IMAGE, Bool, Int, block


class RelativeBias(nn.Module):
    """The logit bias of every pair of positions on a grid, read from a table of relative offsets.

    The table has (heads, 2 * side - 1) numbers along each axis; where the side differs from the grid's it is
    resized bilinearly at each use. `reverse` stores key - query (MOAT's code) in place of query - key (CoAtNet).
    Shape: () -> (heads, HW, HW).
    """

    index: Tensor

    def __init__(
        self, heads: int, grid: tuple[int, int], side: int | None = None, reverse: bool = False
    ) -> None:
        super().__init__()
        self.grid = grid
        self.reverse = reverse
        self.resized = side is not None and grid != (side, side)
        height, width = grid if side is None else (side, side)
        self.bias_table = nn.Parameter(torch.empty(heads, 2 * height - 1, 2 * width - 1))
        self.register_buffer(
            "index", torch.empty((grid[0] * grid[1],) * 2, dtype=torch.int64), persistent=False
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table from N(0, 0.02²) and compute the index, also after the memory was laid out anew."""
        nn.init.normal_(self.bias_table, std=0.02)
        with torch.device(self.index.device):
            index = relative_index(self.grid)
        self.index.copy_(index.t() if self.reverse else index)

    def forward(self) -> Tensor:
        table: Tensor = self.bias_table
        if self.resized:
            size = (2 * self.grid[0] - 1, 2 * self.grid[1] - 1)
            table = F.interpolate(table[None], size, mode="bilinear", align_corners=False)[0]
        # index_select, since the same by indexing takes six to fourteen times as long on a CPU.
        bias = table.flatten(1).index_select(1, self.index.flatten())  # (heads, HW * HW)
        return bias.reshape(-1, *self.index.shape)  # (heads, HW, HW)


class ComputedBias(nn.Module):
    """The logit bias of every pair of positions on a grid, computed by a small network from their offset.

    It sees sign and log(1 + distance) along both axes, as in timm's CoAtNets (after SwinV2, arXiv:2111.09883), so
    that its weights belong to no grid. Shape: () -> (heads, HW, HW).
    """

    index: Tensor
    offsets: Tensor

    def __init__(self, heads: int, grid: tuple[int, int], hidden: int) -> None:
        super().__init__()
        self.grid = grid
        self.network = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, heads))
        area, offsets = grid[0] * grid[1], (2 * grid[0] - 1) * (2 * grid[1] - 1)
        self.register_buffer("index", torch.empty(area, area, dtype=torch.int64), persistent=False)
        self.register_buffer("offsets", torch.empty(offsets, 2), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Compute offsets and index, also after the memory was laid out anew."""
        with torch.device(self.index.device):
            self.index.copy_(relative_index(self.grid))
            axes = [torch.arange(1 - side, side, dtype=torch.float32) for side in self.grid]
            self.offsets.copy_(torch.cartesian_prod(*(axis.sign() * axis.abs().log1p() for axis in axes)))

    def forward(self) -> Tensor:
        table = self.network(self.offsets).t()  # (heads, (2H-1) * (2W-1))
        return table.index_select(1, self.index.flatten()).reshape(-1, *self.index.shape)


class MapAttention(nn.Module):
    """Self-attention among all positions of a map, or within windows of it; `width` as in `SelfAttention`.

    Shape: (B, H, W, in_channels) -> (B, H, W, channels), channels last.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        grid: tuple[int, int],
        *,
        head_dim: int,
        width: int | None = None,
        window: int | None = None,
        relative_bias: bool = True,
        bias_size: int | None = None,
        bias_hidden: int | None = None,
        reverse: bool = False,
    ) -> None:
        super().__init__()
        if window is not None:
            check_window(grid, window)
        self.grid = grid
        self.window = grid if window is None else (window, window)
        self.attention = SelfAttention(in_channels, channels, head_dim, width=width)
        self.bias: nn.Module | None = None
        if relative_bias and bias_hidden is not None:
            self.bias = ComputedBias(self.attention.heads, self.window, bias_hidden)
        elif relative_bias:
            self.bias = RelativeBias(self.attention.heads, self.window, bias_size, reverse)

    def forward(self, x: Tensor) -> Tensor:
        bias = self.bias() if self.bias is not None else None
        if self.window == self.grid:
            y = self.attention(x.flatten(1, 2), bias)  # (B, HW, C)
            return y.unflatten(1, self.grid)  # (B, H, W, C)
        y = self.attention(split_windows(x, self.window), bias)  # (B * windows, hw, C)
        return join_windows(y, self.window, self.grid)  # (B, H, W, C)


@block(
    "relative_attention",
    title="Relative self-attention",
    family="attention",
    symbol="RA",
    paper="Shaw et al. 2018 · arXiv:1803.02155; Dai et al. 2021 · arXiv:2106.04803",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels", "grid": "x.grid"},
    params={
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
            doc="Side of the grid the offset table is made for, resized to the real one; none means as is.",
        ),
    },
    card="{channels} · heads of {head_dim}",
    equation="yᵢ = Σⱼ softmaxⱼ(qᵢ·kⱼ / √d + w(i−j)) vⱼ",
    aliases=("Self-attention", "Multi-head attention", "MHSA", "Relative position"),
)
class RelativeAttention(nn.Module):
    """Let every position gather from every other by content and by relative offset.

    The plain operator, with neither norm nor shortcut: a global receptive field with weights that depend on the
    input, plus a translation-equivariant bias as in a convolution. Cost grows with the square of the positions.
    Shape: (B, channels, H, W) -> (B, channels, H, W).
    Raises BlockError when `head_dim` does not divide the channels or `window` does not tile the map.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        head_dim: int = 32,
        window: int | None = None,
        relative_bias: bool = True,
        bias_size: int | None = None,
    ) -> None:
        super().__init__()
        self.attention = MapAttention(
            channels,
            channels,
            grid,
            head_dim=head_dim,
            window=window,
            relative_bias=relative_bias,
            bias_size=bias_size,
        )
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attention(x.permute(0, 2, 3, 1))  # (B, H, W, C)
        return y.permute(0, 3, 1, 2)  # (B, C, H, W)
