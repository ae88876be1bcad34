"""Attention in shifted windows, with the patch embedding and merging around it.

Liu et al. 2021, "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows" (arXiv:2103.14030).
"""

from __future__ import annotations

import math

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
    name_choices,
    nearest_divisors,
    relative_index,
    split_windows,
)
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Bool, Float, Int, block

MASKED_LOGIT = -100.0
"""What the paper's code adds to the logits of pairs that a shifted window may not connect; finite on purpose."""


class WindowBias(nn.Module):
    """The logit biases of all pairs in a window, and the mask of the windows that a shift puts together.

    Without `relative` there is no bias, the mask alone. Shape: () -> (heads, M², M²) without a shift, (windows *
    heads, M², M²) with one.
    """

    index: Tensor
    mask: Tensor

    def __init__(
        self, heads: int, grid: tuple[int, int], window: int, shift: int, relative: bool = True
    ) -> None:
        super().__init__()
        self.grid, self.window, self.shift, self.heads = grid, window, shift, heads
        area = window * window
        windows = (grid[0] // window) * (grid[1] // window)
        self.bias_table = nn.Parameter(torch.empty((2 * window - 1) ** 2, heads)) if relative else None
        self.register_buffer("index", torch.empty(area, area, dtype=torch.int64), persistent=False)
        self.register_buffer("mask", torch.empty(windows if shift else 0, area, area), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table and compute index and mask, also after the memory was laid out anew."""
        if self.bias_table is not None:
            nn.init.trunc_normal_(self.bias_table, std=0.02)
        with torch.device(self.index.device):
            self.index.copy_(relative_index((self.window, self.window)))
            if self.shift:
                self.mask.copy_(shift_mask(self.grid, self.window, self.shift))

    def forward(self) -> Tensor:
        area = self.window**2
        if self.bias_table is None:
            return self.mask[:, None].expand(-1, self.heads, -1, -1).flatten(0, 1)
        bias = self.bias_table.t().index_select(1, self.index.flatten())  # (heads, M² * M²)
        bias = bias.reshape(-1, area, area)  # (heads, M², M²)
        if not self.shift:
            return bias
        return (bias + self.mask[:, None]).flatten(0, 1)  # (windows * heads, M², M²)


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
        if shift >= window:
            raise BlockError(
                f"A shift of {shift} moves windows of {window} past one another.", f"Use 0 or {window // 2}."
            )
        if min(grid) <= window:
            window, shift = min(grid), 0
        check_window(grid, window)
        check_heads(channels, head_dim)
        self.grid, self.window, self.shift = grid, (window, window), shift
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
        if self.shift:
            x = x.roll((-self.shift, -self.shift), dims=(1, 2))
        x = split_windows(x, self.window)  # (B * windows, M², C)
        x = self.attention(x, None if self.bias is None else self.bias())
        x = join_windows(x, self.window, self.grid)  # (B, H, W, C)
        return x.roll((self.shift, self.shift), dims=(1, 2)) if self.shift else x


@block(
    "patch_embed",
    title="Patch embedding",
    family="convolution",
    symbol="PE",
    paper="Liu et al. 2021 · arXiv:2103.14030; Dosovitskiy et al. 2021 · arXiv:2010.11929",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "patch": Int(1, 256, unit="px", doc="Side of one patch; it has to divide both sides of the picture."),
        "norm": Bool(doc="Whether layer normalisation follows (Swin) or not (ViT)."),
    },
    card="{channels} · {patch}×{patch}",
    equation="y = LN(Conv_p(x))",
    aliases=("Patchify", "Patch partition", "Linear embedding"),
)
class PatchEmbed(nn.Module):
    """Cut the picture into patches that do not overlap and map each to a feature vector.

    The plainest way from pixels to features: one linear map, no assumption about what lies within a patch.
    Shape: (B, in_channels, H, W) -> (B, channels, H / patch, W / patch).
    Raises BlockError when `patch` does not divide both sides of the map.
    """

    def __init__(
        self, in_channels: int, grid: tuple[int, int], channels: int = 96, patch: int = 4, norm: bool = True
    ) -> None:
        super().__init__()
        check_patch(grid, patch)
        self.conv = nn.Conv2d(in_channels, channels, patch, patch)
        self.norm = nn.LayerNorm(channels) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).permute(0, 2, 3, 1)  # (B, H / p, W / p, C)
        return self.norm(x).permute(0, 3, 1, 2)  # (B, C, H / p, W / p)


@block(
    "patch_merging",
    title="Patch merging",
    family="glue",
    symbol="PM",
    paper="Liu et al. 2021 · arXiv:2103.14030",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "expansion": Int(1, 8, doc="How many times the channels grow while the map halves."),
    },
    card="×{expansion}",
    equation="y = W · LN([x₀₀; x₁₀; x₀₁; x₁₁])",
    aliases=("Downsample", "Space to depth"),
)
class PatchMerging(nn.Module):
    """Join each 2×2 cell of the map into one position with more channels.

    Halves the map without losing a value before the linear layer decides what to keep.
    Shape: (B, in_channels, H, W) -> (B, expansion * in_channels, H / 2, W / 2).
    Raises BlockError when a side of the map is odd.
    """

    def __init__(self, in_channels: int, grid: tuple[int, int], expansion: int = 2) -> None:
        super().__init__()
        if grid[0] % 2 or grid[1] % 2:
            raise BlockError(
                f"A {grid[0]}×{grid[1]} map has an odd side and cannot be merged two by two.",
                "Choose an image size that stays even up to here, or merge once less.",
            )
        self.norm = nn.LayerNorm(4 * in_channels)
        self.reduce = nn.Linear(4 * in_channels, expansion * in_channels, bias=False)
        init_truncated_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        B, C, H, W = x.shape
        x = x.permute(0, 2, 3, 1)  # (B, H, W, C)
        x = x.reshape(B, H // 2, 2, W // 2, 2, C)
        x = x.permute(0, 1, 3, 4, 2, 5).flatten(3)  # (B, H / 2, W / 2, 4C), rows vary before columns
        return self.reduce(self.norm(x)).permute(0, 3, 1, 2)  # (B, e * C, H / 2, W / 2)


def check_patch(grid: tuple[int, int], patch: int) -> None:
    """Raises BlockError when the patch does not divide both sides; the hint names the nearest sizes that do."""
    if grid[0] % patch or grid[1] % patch:
        raise BlockError(
            f"A {grid[0]}×{grid[1]} map does not divide into patches of {patch}×{patch}.",
            f"Patches of {name_choices(nearest_divisors(math.gcd(*grid), patch))} fit.",
        )
