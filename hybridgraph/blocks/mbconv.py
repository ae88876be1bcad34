"""Inverted bottleneck with a depthwise convolution, in the pre-normalised form of CoAtNet and MOAT.

Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (arXiv:1801.04381);
Dai et al. 2021, "CoAtNet" (arXiv:2106.04803); Yang et al. 2022, "MOAT" (arXiv:2210.01820).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import (
    DropPath,
    SqueezeGate,
    check_kernel,
    check_reduction,
    init_normal,
    keras_batch_norm,
)
from hybridgraph.spec import IMAGE, Choice, Float, Int, block


class MobileBranch(nn.Module):
    """The residual branch: normalise, expand, convolve each channel, gate, project.

    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up. The expanded width is
    `expansion` times the outgoing channels. The projection has a bias and no norm behind it.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        *,
        expansion: int,
        kernel: int,
        stride: int,
        stride_in: str = "depthwise",
        gate_hidden: int | None = None,
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        width = expansion * channels
        expand_stride, depthwise_stride = (stride, 1) if stride_in == "expand" else (1, stride)
        self.norm1 = keras_batch_norm(in_channels)
        self.expand = nn.Conv2d(in_channels, width, 1, expand_stride, bias=False)
        self.norm2 = keras_batch_norm(width)
        self.depthwise = nn.Conv2d(
            width, width, kernel, depthwise_stride, padding=kernel // 2, groups=width, bias=False
        )
        self.norm3 = keras_batch_norm(width)
        self.act = nn.GELU()
        self.gate = SqueezeGate(width, gate_hidden, activation="silu") if gate_hidden else nn.Identity()
        self.project = nn.Conv2d(width, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm2(self.expand(self.norm1(x))))  # (B, e * C, H, W)
        x = self.act(self.norm3(self.depthwise(x)))  # (B, e * C, H / s, W / s)
        return self.project(self.gate(x))  # (B, C, H / s, W / s)


class PooledShortcut(nn.Module):
    """The way around a branch: pool where the map shrinks, project where the channels change.

    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up. It is the identity where
    neither changes.
    """

    def __init__(self, in_channels: int, channels: int, stride: int, pool: str) -> None:
        super().__init__()
        self.pool = shrinking_pool(stride, pool)
        self.project = nn.Conv2d(in_channels, channels, 1) if in_channels != channels else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.project(self.pool(x))  # (B, C, H / s, W / s)


def shrinking_pool(stride: int, pool: str) -> nn.Module:
    """Pooling over `stride` × `stride` cells, "avg" or "max"; an incomplete cell at the edge counts as well."""
    if stride == 1:
        return nn.Identity()
    return (nn.MaxPool2d if pool == "max" else nn.AvgPool2d)(stride, ceil_mode=True)


@block(
    "mbconv",
    title="MBConv",
    family="convolution",
    symbol="MB",
    paper="Sandler et al. 2018 · arXiv:1801.04381; Dai et al. 2021 · arXiv:2106.04803",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "expansion": Int(1, 16, doc="How many times wider than the outgoing channels the block is inside."),
        "kernel": Int(1, 31, unit="px", doc="Side of the depthwise kernel, an odd number."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes."),
        "se_reduction": Int(
            1,
            1 << 10,
            optional=True,
            doc="How many times narrower than the outgoing channels the SE gate's hidden layer is; "
            "none leaves the gate out.",
        ),
        "stride_in": Choice(
            "depthwise",
            "expand",
            doc="Which convolution carries the stride: the depthwise one (MOAT) or the first 1×1 (CoAtNet).",
        ),
        "pool": Choice("avg", "max", doc="How the shortcut shrinks: average (MOAT) or maximum (CoAtNet)."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip the branch in training."),
    },
    card="{channels} · e{expansion} · s{stride}",
    equation="y = shortcut(x) + Conv₁ₓ₁(SE(GELU(BN(DW(GELU(BN(Conv₁ₓ₁(BN(x)))))))))",
    aliases=("Inverted bottleneck", "MobileNet block", "Mobile convolution"),
)
class MBConv(nn.Module):
    """Expand the channels, convolve each one alone, gate and project them back, beside a shortcut.

    Cheap local mixing: nearly all multiplications lie in the 1×1 convolutions. The locality and translation
    equivariance make it the better learner at high resolution and with few data.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `kernel` is even or `se_reduction` leaves no hidden unit.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 96,
        expansion: int = 4,
        kernel: int = 3,
        stride: int = 1,
        se_reduction: int | None = 4,
        stride_in: str = "depthwise",
        pool: str = "avg",
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        if se_reduction is not None:
            check_reduction(channels, se_reduction)
        self.shortcut = PooledShortcut(in_channels, channels, stride, pool)
        self.branch = MobileBranch(
            in_channels,
            channels,
            expansion=expansion,
            kernel=kernel,
            stride=stride,
            stride_in=stride_in,
            gate_hidden=channels // se_reduction if se_reduction is not None else None,
        )
        self.drop_path = DropPath(drop_path)
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.drop_path(self.branch(x))  # (B, C, H / s, W / s)
