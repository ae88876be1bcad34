"""The inverted bottleneck of the mobile networks, with a norm behind every convolution.

Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (arXiv:1801.04381); with the gate and the
activation of Tan and Le 2019, "EfficientNet" (arXiv:1905.11946); fused as in Tan and Le 2021, "EfficientNetV2:
Smaller Models and Faster Training" (arXiv:2104.00298).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import (
    DropPath,
    SqueezeGate,
    check_kernel,
    check_reduction,
    init_kaiming,
    make_activation,
)
from hybridgraph.spec import IMAGE, Bool, Choice, Float, Int, block


def normed_conv(
    in_channels: int,
    channels: int,
    kernel: int = 1,
    stride: int = 1,
    *,
    groups: int = 1,
    activation: str = "",
) -> list[nn.Module]:
    """A convolution without bias, batch normalisation, and an activation where one is named."""
    conv = nn.Conv2d(in_channels, channels, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(channels), *([make_activation(activation)] if activation else [])]


@block(
    "inverted_residual",
    title="Inverted residual",
    family="convolution",
    symbol="IR",
    paper="Sandler et al. 2018 · arXiv:1801.04381; Tan & Le 2019 · arXiv:1905.11946",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "expansion": Int(1, 16, doc="How many times wider than the incoming channels the block is inside."),
        "kernel": Int(1, 31, unit="px", doc="Side of the depthwise kernel, an odd number."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes."),
        "se_reduction": Int(
            1,
            1 << 10,
            optional=True,
            doc="How many times narrower than the incoming channels the SE gate's hidden layer is; "
            "none leaves the gate out.",
        ),
        "activation": Choice("relu6", "silu", doc="The activation: MobileNetV2's or EfficientNet's."),
        "fused": Bool(
            doc="Whether one full convolution takes the place of the first 1×1 and the depthwise one (EfficientNetV2)."
        ),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip the branch in training."),
    },
    card="{channels} · e{expansion} · k{kernel} · s{stride}",
    equation="y = x + BN(Conv₁ₓ₁(SE(act(BN(DW(act(BN(Conv₁ₓ₁(x)))))))))",
    aliases=("MBConv", "MobileNet block", "EfficientNet block", "Inverted bottleneck", "Fused-MBConv"),
)
class InvertedResidual(nn.Module):
    """Expand the channels, convolve each one alone, gate and project them back; add what came in where it fits.

    The original of MBConv: normalised behind each convolution, expanded from the incoming width, and without any
    shortcut where the map or its channels change. Fused, with an expansion of 1, it is a single convolution.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `kernel` is even or `se_reduction` leaves no hidden unit.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 24,
        expansion: int = 6,
        kernel: int = 3,
        stride: int = 1,
        se_reduction: int | None = None,
        activation: str = "relu6",
        fused: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        if se_reduction is not None:
            check_reduction(in_channels, se_reduction)
        width = expansion * in_channels if expansion > 1 or not fused else channels
        parts: list[nn.Module] = []
        if fused:
            parts += normed_conv(in_channels, width, kernel, stride, activation=activation)
        else:
            if expansion > 1:
                parts += normed_conv(in_channels, width, activation=activation)
            parts += normed_conv(width, width, kernel, stride, groups=width, activation=activation)
        if se_reduction is not None:
            parts += [SqueezeGate(width, in_channels // se_reduction, activation="silu")]
        if expansion > 1 or not fused:
            parts += normed_conv(width, channels)
        self.branch = nn.Sequential(*parts)
        self.residual = stride == 1 and in_channels == channels
        self.drop_path = DropPath(drop_path)
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        y = self.branch(x)  # (B, C, H / s, W / s)
        return x + self.drop_path(y) if self.residual else y
