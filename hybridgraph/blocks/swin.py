"""Attention in shifted windows.

Liu et al. 2021, "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows" (arXiv:2103.14030).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import (
    DropPath,
    FeedForward,
    SelfAttention,
    check_heads,
    check_window,
    init_truncated_normal,
    join_windows,
    relative_index,
    split_windows,
)
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Bool, Float, Int, Parameter, block

MASKED_LOGIT = -100.0
"""What the paper's code adds to the logits of pairs that a shifted window may not connect; finite on purpose."""


class WindowPairs(nn.Module):
    """What the pairs of positions in a window add to their logits, from a table of relative offsets and the shift.

    Shape: ((2M-1)², heads) -> (heads, M², M²) without a shift, (windows * heads, M², M²) with one, when windows
    hold positions that lay apart before.
    """

    index: Tensor
    mask: Tensor

    def __init__(self, grid: tuple[int, int], window: int, shift: int) -> None:
        super().__init__()
        self.grid, self.window, self.shift = grid, window, shift
        area = window * window
        windows = (grid[0] // window) * (grid[1] // window)
        self.register_buffer("index", torch.empty(area, area, dtype=torch.int64), persistent=False)
        self.register_buffer("mask", torch.empty(windows if shift else 0, area, area), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Compute index and mask, also after the memory was laid out anew."""
        with torch.device(self.index.device):
            self.index.copy_(relative_index((self.window, self.window)))
            if self.shift:
                self.mask.copy_(shift_mask(self.grid, self.window, self.shift))

    def forward(self, table: Tensor) -> Tensor:
        bias = table.t().index_select(1, self.index.flatten())  # (heads, M² * M²)
        bias = bias.reshape(-1, *self.index.shape)  # (heads, M², M²)
        if not self.shift:
            return bias
        return (bias + self.mask[:, None]).flatten(0, 1)  # (windows * heads, M², M²)


class WindowBias(nn.Module):
    """The logit biases of all pairs in a window, and the mask of the windows that a shift puts together.

    Without `relative` there is no bias, the mask alone. Shape: () -> (heads, M², M²) without a shift, (windows *
    heads, M², M²) with one.
    """

    def __init__(
        self, heads: int, grid: tuple[int, int], window: int, shift: int, relative: bool = True
    ) -> None:
        super().__init__()
        self.heads = heads
        self.bias_table = nn.Parameter(torch.empty((2 * window - 1) ** 2, heads)) if relative else None
        self.pairs = WindowPairs(grid, window, shift)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table, and compute what is computed, also after the memory was laid out anew."""
        if self.bias_table is not None:
            nn.init.trunc_normal_(self.bias_table, std=0.02)
        self.pairs.reset_parameters()

    def forward(self) -> Tensor:
        if self.bias_table is None:
            return self.pairs.mask[:, None].expand(-1, self.heads, -1, -1).flatten(0, 1)
        return self.pairs(self.bias_table)


def shift_mask(grid: tuple[int, int], window: int, shift: int) -> Tensor:
    """Which pairs in each window were apart before the shift: (windows, M², M²) of 0 and MASKED_LOGIT."""
    height, width = grid
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None, :]
    # Three bands on each axis of the shifted map: untouched windows, the last window's own part, what came around.
    row_band = (rows >= height - window).long() + (rows >= height - shift).long()  # (H, 1)
    column_band = (columns >= width - window).long() + (columns >= width - shift).long()  # (1, W)
    region = (3 * row_band + column_band)[None, :, :, None]  # (1, H, W, 1), 0 .. 8
    region = split_windows(region, (window, window)).squeeze(-1)  # (windows, M²)
    return (region[:, :, None] != region[:, None, :]) * MASKED_LOGIT


def fit_window(grid: tuple[int, int], window: int, shift: int) -> tuple[int, int]:
    """The window and shift as they are used: a map no larger than the window is one window and is not shifted.

    Raises BlockError when the shift is not smaller than the window or the window does not tile the map.
    """
    if shift >= window:
        raise BlockError(
            f"A shift of {shift} moves windows of {window} past one another.", f"Use 0 or {window // 2}."
        )
    if min(grid) <= window:
        window, shift = min(grid), 0
    check_window(grid, window)
    return window, shift


def shift_and_split(x: Tensor, window: int, shift: int) -> Tensor:
    """Displace a map against its windows and cut it: (B, H, W, C) -> (B * windows, M², C)."""
    if shift:
        x = x.roll((-shift, -shift), dims=(1, 2))
    return split_windows(x, (window, window))


def join_and_shift(x: Tensor, grid: tuple[int, int], window: int, shift: int) -> Tensor:
    """The inverse of `shift_and_split`: (B * windows, M², C) -> (B, H, W, C)."""
    x = join_windows(x, (window, window), grid)
    return x.roll((shift, shift), dims=(1, 2)) if shift else x


def window_params() -> dict[str, Parameter]:
    """The parameters of attention in windows that both versions of the block share."""
    return {
        "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
        "window": Int(
            1, 1024, unit="px", doc="Side of the windows; a map no larger than one is a single window."
        ),
        "shift": Int(
            0,
            1023,
            unit="px",
            doc="How far the windows are displaced: 0 in even blocks, window // 2 in odd ones.",
        ),
    }


@block(
    "swin_block",
    title="Swin block",
    family="intrinsic",
    symbol="SW",
    paper="Liu et al. 2021 · arXiv:2103.14030",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels", "grid": "x.grid"},
    params={
        **window_params(),
        "relative_bias": Bool(doc="Whether the logits get a learned number per relative offset and head."),
        "expansion": Int(1, 16, doc="How many times wider the feed-forward part is inside."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip each branch in training."),
    },
    card="{channels} · w{window} · shift {shift}",
    equation="u = x + (S)W-MSA(LN(x));  y = u + MLP(LN(u))",
    aliases=("Shifted window attention", "W-MSA", "SW-MSA", "Window attention"),
)
class SwinBlock(nn.Module):
    """Attend within windows, displaced in every second block, then transform each position.

    The cost grows only in proportion to the map, so that attention is affordable at high resolution; the shift
    lets neighbouring windows talk. Where the map is no larger than a window, one window covers its shorter side
    and nothing is shifted.
    Shape: (B, channels, H, W) -> (B, channels, H, W).
    Raises BlockError when `window` does not tile the map, `shift` is not smaller than `window` or `head_dim` does
    not divide the channels.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        head_dim: int = 32,
        window: int = 7,
        shift: int = 0,
        relative_bias: bool = True,
        expansion: int = 4,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        window, shift = fit_window(grid, window, shift)
        check_heads(channels, head_dim)
        self.grid, self.window, self.shift = grid, window, shift
        self.norm1 = nn.LayerNorm(channels)
        self.attention = SelfAttention(channels, channels, head_dim)
        self.norm2 = nn.LayerNorm(channels)
        self.feed_forward = FeedForward(channels, expansion)
        self.drop_path = DropPath(drop_path)
        init_truncated_normal(self)
        self.bias = (
            WindowBias(channels // head_dim, grid, window, shift, relative_bias)
            if relative_bias or shift
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)  # (B, H, W, C)
        x = x + self.drop_path(self._attend(self.norm1(x)))
        x = x + self.drop_path(self.feed_forward(self.norm2(x)))
        return x.permute(0, 3, 1, 2)  # (B, C, H, W)

    def _attend(self, x: Tensor) -> Tensor:
        x = shift_and_split(x, self.window, self.shift)  # (B * windows, M², C)
        x = self.attention(x, None if self.bias is None else self.bias())
        return join_and_shift(x, self.grid, self.window, self.shift)  # (B, H, W, C)
