"""Shifted windows with cosine attention, a bias that a small network computes, and norms behind each branch.

Liu et al. 2022, "Swin Transformer V2: Scaling Up Capacity and Resolution" (arXiv:2111.09883).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.layers import (
    DropPath,
    FeedForward,
    attend_windows,
    check_heads,
    init_truncated_normal,
)
from hybridgraph.blocks.swin import WindowPairs, fit_window, join_and_shift, shift_and_split, window_params
from hybridgraph.spec import IMAGE, Choice, Float, Int, block

LARGEST_BIAS = 16.0
"""What the sigmoid of the small network's answer is multiplied by."""
LARGEST_LOG_SCALE = math.log(100.0)
"""Where the learned scale of the cosines ends."""


class ContinuousBias(nn.Module):
    """The logit biases of all pairs in a window, computed from their offsets, with the mask of a shift.

    Offsets count in units of `trained` - 1, the reach of the windows that the weights were trained in, so that
    the network answers for any window. Logarithmic spacing keeps the offsets of a larger window near those it
    has seen. Shape: () -> (heads, M², M²) without a shift, (windows * heads, M², M²) with one.
    """

    offsets: Tensor

    def __init__(
        self,
        heads: int,
        grid: tuple[int, int],
        window: int,
        shift: int,
        *,
        trained: int,
        spacing: str,
        hidden: int,
    ) -> None:
        super().__init__()
        self.window, self.trained, self.spacing = window, trained, spacing
        self.network = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, heads, bias=False))
        self.pairs = WindowPairs(grid, window, shift)
        self.register_buffer("offsets", torch.empty((2 * window - 1) ** 2, 2), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Compute the offsets and what the pairs need, also after the memory was laid out anew."""
        with torch.device(self.offsets.device):
            self.offsets.copy_(scaled_offsets(self.window, self.trained, self.spacing))
        self.pairs.reset_parameters()

    def forward(self) -> Tensor:
        table = self.network(self.offsets)  # ((2M-1)², heads)
        return self.pairs(LARGEST_BIAS * table.sigmoid())


def scaled_offsets(window: int, trained: int, spacing: str) -> Tensor:
    """The offsets of pairs in a window, rows first, "log" or "linear": ((2M-1)², 2), in -1..1 where M is `trained`.

    The logarithm is that of eight times the offset plus one, over log 8.
    """
    each = torch.arange(1 - window, window) / max(trained - 1, 1)  # (2M-1,)
    if spacing == "log":
        each = each.sign() * torch.log2(8 * each.abs() + 1) / math.log2(8)
    return torch.cartesian_prod(each, each)


class CosineAttention(nn.Module):
    """Multi-head self-attention by the angle between query and key, times a learned scale for each head.

    Queries and values have biases, keys have none.
    Shape: (B, N, C), bias as in `attend_windows` -> (B, N, C).
    """

    def __init__(self, channels: int, head_dim: int) -> None:
        super().__init__()
        check_heads(channels, head_dim)
        self.heads, self.head_dim = channels // head_dim, head_dim
        self.qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.query_bias = nn.Parameter(torch.zeros(channels))
        self.value_bias = nn.Parameter(torch.zeros(channels))
        self.log_scale = nn.Parameter(torch.full((self.heads, 1, 1), math.log(10.0)))
        self.project = nn.Linear(channels, channels)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=-1)  # each (B, N, C)
        q, k, v = (
            part.unflatten(-1, (self.heads, self.head_dim)).transpose(1, 2)  # (B, heads, N, d)
            for part in (q + self.query_bias, k, v + self.value_bias)
        )
        scale = self.log_scale.clamp(max=LARGEST_LOG_SCALE).exp() * math.sqrt(
            self.head_dim
        )  # `attend` divides by √d
        y = attend_windows(F.normalize(q, dim=-1) * scale, F.normalize(k, dim=-1), v, bias)
        return self.project(y.transpose(1, 2).flatten(2))  # (B, N, C)


@block(
    "swin_v2_block",
    title="SwinV2 block",
    family="intrinsic",
    symbol="SW2",
    paper="Liu et al. 2022 · arXiv:2111.09883",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels", "grid": "x.grid"},
    params={
        **window_params(),
        "trained_window": Int(
            1,
            1024,
            unit="px",
            optional=True,
            doc="Side of the windows the weights were trained in, which scales the offsets; none means this one.",
        ),
        "spacing": Choice(
            "log", "linear", doc="How offsets are spaced for the network that computes the biases."
        ),
        "bias_hidden": Int(1, 1 << 14, doc="Hidden units of the network that computes the biases."),
        "expansion": Int(1, 16, doc="How many times wider the feed-forward part is inside."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip each branch in training."),
    },
    card="{channels} · w{window} · shift {shift}",
    equation="u = x + LN((S)W-MSA(x));  y = u + LN(MLP(u)),  logits = τ cos(q, k) + 16 σ(g(Δ))",
    aliases=("Swin Transformer V2", "Scaled cosine attention", "Log-spaced continuous position bias"),
)
class SwinV2Block(nn.Module):
    """Attend within windows by cosine similarity, then transform each position, each branch normalised at its end.

    The norms behind the branches keep deep and wide networks stable, the cosine keeps single pairs from taking all
    the attention, and biases computed from offsets carry over to larger windows. A new block is the identity,
    since the norms start at zero.
    Shape: (B, channels, H, W) -> (B, channels, H, W).
    Raises BlockError when `window` does not tile the map, `shift` is not smaller than `window` or `head_dim` does
    not divide the channels.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        head_dim: int = 32,
        window: int = 8,
        shift: int = 0,
        trained_window: int | None = None,
        spacing: str = "log",
        bias_hidden: int = 512,
        expansion: int = 4,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        window, shift = fit_window(grid, window, shift)
        self.grid, self.window, self.shift = grid, window, shift
        self.attention = CosineAttention(channels, head_dim)
        self.norm1 = nn.LayerNorm(channels)
        self.feed_forward = FeedForward(channels, expansion)
        self.norm2 = nn.LayerNorm(channels)
        self.drop_path = DropPath(drop_path)
        self.bias = ContinuousBias(
            channels // head_dim,
            grid,
            window,
            shift,
            trained=trained_window or window,
            spacing=spacing,
            hidden=bias_hidden,
        )
        init_truncated_normal(self)
        for norm in (self.norm1, self.norm2):
            nn.init.zeros_(norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)  # (B, H, W, C)
        x = x + self.drop_path(self.norm1(self._attend(x)))
        x = x + self.drop_path(self.norm2(self.feed_forward(x)))
        return x.permute(0, 3, 1, 2)  # (B, C, H, W)

    def _attend(self, x: Tensor) -> Tensor:
        x = shift_and_split(x, self.window, self.shift)  # (B * windows, M², C)
        x = self.attention(x, self.bias())
        return join_and_shift(x, self.grid, self.window, self.shift)  # (B, H, W, C)
