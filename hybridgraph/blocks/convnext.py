"""A convolutional block in the shape of a transformer's, and the layer that shrinks the map before it.

Liu, Mao, Wu, Feichtenhofer, Darrell, Xie 2022, "A ConvNet for the 2020s" (arXiv:2201.03545).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import ChannelNorm, DropPath, FeedForward, check_kernel
from hybridgraph.blocks.patches import check_patch
from hybridgraph.spec import IMAGE, Bool, Float, Int, block


def init_convnext(module: nn.Module) -> None:
    """Draw all kernels from N(0, 0.02²) cut at ±2 and set their biases to zero."""
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            nn.init.trunc_normal_(part.weight, std=0.02)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


@block(
    "convnext_block",
    title="ConvNeXt block",
    family="convolution",
    symbol="CX",
    paper="Liu et al. 2022 · arXiv:2201.03545",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels"},
    params={
        "kernel": Int(1, 31, unit="px", doc="Side of the depthwise kernel, an odd number."),
        "expansion": Int(1, 16, doc="How many times wider the block is between its two linear layers."),
        "layer_scale": Bool(
            doc="Whether a learned factor for each channel, small at first, ends the branch."
        ),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip the branch in training."),
    },
    card="{channels} · k{kernel}",
    equation="y = x + γ · W₂ GELU(W₁ LN(DW(x)))",
    aliases=("ConvNeXt", "Large kernel convolution"),
)
class ConvNeXtBlock(nn.Module):
    """Convolve each channel with a large kernel, normalise, then transform each position.

    What is left of a transformer block when a convolution takes the place of attention.
    Shape: (B, channels, H, W) -> (B, channels, H, W). Raises BlockError when `kernel` is even.
    """

    def __init__(
        self,
        channels: int,
        kernel: int = 7,
        expansion: int = 4,
        layer_scale: bool = True,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        self.depthwise = nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.feed_forward = FeedForward(channels, expansion)
        self.scale = nn.Parameter(torch.full((channels,), 1e-6)) if layer_scale else None
        self.drop_path = DropPath(drop_path)
        init_convnext(self)

    def forward(self, x: Tensor) -> Tensor:
        y = self.depthwise(x).permute(0, 2, 3, 1)  # (B, H, W, C)
        y = self.feed_forward(self.norm(y))
        y = y if self.scale is None else y * self.scale
        return x + self.drop_path(y.permute(0, 3, 1, 2))  # (B, C, H, W)


@block(
    "convnext_downsample",
    title="ConvNeXt downsampling",
    family="convolution",
    symbol="CXD",
    paper="Liu et al. 2022 · arXiv:2201.03545",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "stride": Int(1, 32, doc="Side of the cells that become one position each."),
    },
    card="{channels} · s{stride}",
    equation="y = Conv_s(LN(x))",
    aliases=("Downsample", "Patch merging"),
)
class ConvNeXtDownsample(nn.Module):
    """Normalise every position, then make each cell of the map one position.

    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride).
    Raises BlockError when `stride` does not divide both sides of the map.
    """

    def __init__(self, in_channels: int, grid: tuple[int, int], channels: int = 192, stride: int = 2) -> None:
        super().__init__()
        check_patch(grid, stride)
        self.norm = ChannelNorm(in_channels, eps=1e-6)
        self.conv = nn.Conv2d(in_channels, channels, stride, stride)
        init_convnext(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.norm(x))  # (B, C, H / s, W / s)
