"""Convolutional beginnings: the stem of CoAtNet and MOAT, and the plain convolution-norm-activation unit.

Stem: Dai et al. 2021, "CoAtNet: Marrying Convolution and Attention for All Data Sizes" (arXiv:2106.04803);
Yang et al. 2022, "MOAT" (arXiv:2210.01820). Unit: Ioffe and Szegedy 2015 (arXiv:1502.03167).
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from hybridgraph.blocks.layers import (
    ChannelNorm,
    check_kernel,
    init_kaiming,
    init_normal,
    keras_batch_norm,
    make_activation,
    name_choices,
    nearest_divisors,
)
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Bool, Choice, Float, Int, block


@block(
    "conv_stem",
    title="Convolutional stem",
    family="convolution",
    symbol="CS",
    paper="Dai et al. 2021 · arXiv:2106.04803",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the stem."),
        "kernel": Int(1, 31, unit="px", doc="Side of both convolution kernels, an odd number."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes, in the first convolution."),
        "width": Int(
            1,
            1 << 20,
            optional=True,
            doc="Channels between the two convolutions; none means as many as leave the stem.",
        ),
        "bias": Bool(doc="Whether the convolutions have biases, as in the authors' code."),
        "activation": Choice("gelu", "silu", doc="The activation between the convolutions."),
        "eps": Float(
            1e-12,
            0.1,
            inert=True,
            doc="What the norm adds to the variance: 0.001 in Keras, 0.00001 in PyTorch.",
        ),
    },
    card="{channels} · k{kernel} · s{stride}",
    equation="y = Conv(GELU(BN(Conv_s(x))))",
    aliases=("S0", "CoAtNet stem", "MOAT stem"),
)
class ConvStem(nn.Module):
    """Turn the picture into a first feature map with two small convolutions.

    The gentle beginning of CoAtNet and MOAT: local, translation-equivariant, and easier to optimise than cutting
    the picture into patches. Nothing follows the second convolution, since the next block normalises first.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `kernel` is even.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 64,
        kernel: int = 3,
        stride: int = 2,
        width: int | None = None,
        bias: bool = True,
        activation: str = "gelu",
        eps: float = 1e-3,
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        width = channels if width is None else width
        self.conv1 = nn.Conv2d(in_channels, width, kernel, stride, padding=kernel // 2, bias=bias)
        self.norm = keras_batch_norm(width, eps)
        self.act = make_activation(activation)
        self.conv2 = nn.Conv2d(width, channels, kernel, padding=kernel // 2, bias=bias)
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm(self.conv1(x)))  # (B, width, H / s, W / s)
        return self.conv2(x)  # (B, C, H / s, W / s)


@block(
    "conv_norm_act",
    title="Conv-norm-act",
    family="convolution",
    symbol="CNA",
    paper="Ioffe & Szegedy 2015 · arXiv:1502.03167",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "kernel": Int(1, 31, unit="px", doc="Side of the convolution kernel, an odd number."),
        "stride": Int(1, 32, doc="How many times smaller the map becomes."),
        "groups": Int(1, 1 << 20, doc="Into how many separate groups of channels the convolution is split."),
        "norm": Choice("batch", "layer", "none", doc="What normalises the result of the convolution."),
        "activation": Choice(
            "relu", "relu6", "gelu", "silu", "hardswish", "none", doc="The activation at the end."
        ),
        "bias": Bool(doc="Whether the convolution has a bias where no normalisation follows."),
    },
    card="{channels} · k{kernel} · s{stride}",
    equation="y = act(norm(Conv_s(x)))",
    aliases=("Convolution", "Conv2d", "ConvBNReLU"),
)
class ConvNormAct(nn.Module):
    """Convolve, normalise, activate.

    The plain unit of convolutional networks: it mixes neighbouring positions, changes the number of channels and,
    with a stride, shrinks the map. The convolution has a bias only where no normalisation follows and `bias` is on.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `kernel` is even or `groups` does not divide the channels on both sides.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 64,
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        norm: str = "batch",
        activation: str = "relu",
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        for count, side in ((in_channels, "incoming"), (channels, "outgoing")):
            if count % groups:
                fitting = nearest_divisors(math.gcd(in_channels, channels), groups)
                raise BlockError(
                    f"{count} {side} channels do not divide into {groups} groups.",
                    f"Use {name_choices(fitting)}.",
                )
        self.conv = nn.Conv2d(
            in_channels,
            channels,
            kernel,
            stride,
            padding=kernel // 2,
            groups=groups,
            bias=bias and norm == "none",
        )
        norms: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm2d, "layer": ChannelNorm}
        self.norm = norms[norm](channels) if norm in norms else nn.Identity()
        self.act = make_activation(activation)
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.norm(self.conv(x)))  # (B, C, H / s, W / s)
