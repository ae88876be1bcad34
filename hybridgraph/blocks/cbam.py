"""Channel attention, then spatial attention.

Woo, Park, Lee, Kweon 2018, "CBAM: Convolutional Block Attention Module" (arXiv:1807.06521); biases, the norm in
the spatial gate and the initial values as in the authors' code.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import check_kernel, check_reduction, init_kaiming
from hybridgraph.spec import IMAGE, Bool, Choice, Int, block


class PooledChannelGate(nn.Module):
    """Gate the channels by one small network applied to their averages and to their maxima, or to one of the two.

    Shape: (B, C, H, W) -> (B, C, H, W).
    """

    def __init__(self, channels: int, reduction: int, pool: str, *, bias: bool) -> None:
        super().__init__()
        self.pool = pool
        self.reduce = nn.Linear(channels, channels // reduction, bias=bias)
        self.act = nn.ReLU()
        self.expand = nn.Linear(channels // reduction, channels, bias=bias)

    def logits(self, x: Tensor) -> Tensor:
        """What the gate's sigmoid is taken of: (B, C, H, W) -> (B, C, 1, 1)."""
        if self.pool == "both":
            pooled = torch.stack((x.mean(dim=(2, 3)), x.amax(dim=(2, 3))))  # (2, B, C)
        else:
            pooled = (x.mean(dim=(2, 3)) if self.pool == "avg" else x.amax(dim=(2, 3)))[None]  # (1, B, C)
        return self.expand(self.act(self.reduce(pooled))).sum(dim=0)[:, :, None, None]

    def forward(self, x: Tensor) -> Tensor:
        return x * self.logits(x).sigmoid()


class SpatialGate(nn.Module):
    """Gate the positions by a convolution over the maximum and the average of their channels, or over one number.

    Shape: (B, C, H, W) -> (B, C, H, W).
    """

    def __init__(self, channels: int, kernel: int, pool: str) -> None:
        super().__init__()
        self.pool = pool
        self.mix = nn.Conv2d(channels, 1, 1, bias=False) if pool == "learned" else nn.Identity()
        self.conv = nn.Conv2d(2 if pool == "both" else 1, 1, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(1, momentum=0.01)

    def logits(self, x: Tensor) -> Tensor:
        """What the gate's sigmoid is taken of: (B, C, H, W) -> (B, 1, H, W)."""
        if self.pool == "both":
            pooled = torch.cat(
                (x.amax(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)), dim=1
            )  # (B, 2, H, W)
        elif self.pool == "learned":
            pooled = self.mix(x)  # (B, 1, H, W)
        else:
            pooled = x.mean(dim=1, keepdim=True) if self.pool == "avg" else x.amax(dim=1, keepdim=True)
        return self.norm(self.conv(pooled))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.logits(x).sigmoid()


@block(
    "cbam",
    title="CBAM",
    family="extrinsic",
    symbol="CB",
    paper="Woo et al. 2018 · arXiv:1807.06521",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels"},
    params={
        "reduction": Int(
            1, 1 << 10, doc="How many times narrower than the map the channel gate's hidden layer is."
        ),
        "kernel": Int(1, 31, unit="px", doc="Side of the spatial gate's kernel, an odd number."),
        "order": Choice(
            "channel_first",
            "spatial_first",
            "parallel",
            doc="Which of the two gates comes first, or both at once from the sum of what they say.",
        ),
        "pool": Choice("both", "avg", "max", doc="What the channel gate sees of each channel of the map."),
        "spatial_pool": Choice(
            "both",
            "avg",
            "max",
            "learned",
            doc="What the spatial gate sees of each position's channels; a learned sum is a 1×1 convolution.",
        ),
        "bias": Bool(
            doc="Whether the channel gate's two linear layers have biases, as in the authors' code."
        ),
    },
    card="{channels} · r{reduction} · k{kernel}",
    equation="u = x · σ(g(avg(x)) + g(max(x)));  y = u · σ(BN(Conv([max(u); mean(u)])))",
    aliases=("Convolutional block attention module", "Channel attention", "Spatial attention"),
)
class Cbam(nn.Module):
    """Reweight the channels of a map, then its positions.

    Says what matters and then where, each from averages and maxima. It belongs at the end of a residual branch,
    before the addition. The spatial gate starts at one half everywhere, its norm at zero.
    Shape: (B, channels, H, W) -> (B, channels, H, W).
    Raises BlockError when `reduction` exceeds the channels or `kernel` is even.
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 16,
        kernel: int = 7,
        order: str = "channel_first",
        pool: str = "both",
        spatial_pool: str = "both",
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_reduction(channels, reduction)
        check_kernel(kernel)
        self.order = order
        self.channel = PooledChannelGate(channels, reduction, pool, bias=bias)
        self.spatial = SpatialGate(channels, kernel, spatial_pool)
        init_kaiming(self)
        nn.init.zeros_(self.spatial.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        if self.order == "parallel":
            return x * (self.channel.logits(x) + self.spatial.logits(x)).sigmoid()
        if self.order == "spatial_first":
            return self.channel(self.spatial(x))
        return self.spatial(self.channel(x))
