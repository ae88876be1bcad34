"""The residual network's stem and its two blocks, plain or with channel or spatial attention.

He et al. 2016, "Deep Residual Learning for Image Recognition" (arXiv:1512.03385); with SE (arXiv:1709.01507) and
CBAM (arXiv:1807.06521) at the end of the residual branch; with frozen norms and dilation as a detector's backbone
(arXiv:2005.12872).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.blocks.cbam import Cbam
from hybridgraph.blocks.layers import DropPath, check_kernel, init_kaiming, name_choices, nearest_divisors
from hybridgraph.blocks.se import SqueezeExcite
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Bool, Choice, Float, Int, Parameter, block


class FrozenBatchNorm(nn.Module):
    """Batch normalisation that never changes: statistics and affine numbers are buffers, given by trained weights.

    Detectors train with few pictures at a time, too few for statistics. Until weights are loaded it is the identity.
    Shape: (B, C, H, W) -> (B, C, H, W).
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), value))

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()  # (C)
        shift = self.bias - self.running_mean * scale  # (C)
        return x * scale[:, None, None] + shift[:, None, None]


def resnet_norm(name: str, channels: int) -> nn.Module:
    """Batch normalisation for "batch", the one that never changes for "frozen"."""
    return FrozenBatchNorm(channels) if name == "frozen" else nn.BatchNorm2d(channels)


@block(
    "resnet_stem",
    title="ResNet stem",
    family="convolution",
    symbol="RS",
    paper="He et al. 2016 · arXiv:1512.03385",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the stem."),
        "kernel": Int(1, 31, unit="px", doc="Side of the convolution kernel, an odd number."),
        "stride": Int(1, 8, doc="How many times smaller the convolution makes the map."),
        "pool": Bool(doc="Whether a 3×3 maximum halves the map again; off for pictures of 32 pixels."),
        "norm": Choice("batch", "frozen", doc="Batch normalisation, or one whose numbers never change."),
    },
    card="{channels} · k{kernel} · s{stride}",
    equation="y = maxpool(ReLU(BN(Conv_s(x))))",
    aliases=("Stem", "Conv 7×7"),
)
class ResNetStem(nn.Module):
    """Shrink the picture at once with one large convolution and a maximum.

    Shape: (B, in_channels, H, W) -> (B, channels, H / stride / 2, W / stride / 2), rounded up, not halved
    without `pool`. Raises BlockError when `kernel` is even.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 64,
        kernel: int = 7,
        stride: int = 2,
        pool: bool = True,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        self.conv = nn.Conv2d(in_channels, channels, kernel, stride, padding=kernel // 2, bias=False)
        self.norm = resnet_norm(norm, channels)
        self.act = nn.ReLU()
        self.pool = nn.MaxPool2d(3, 2, padding=1) if pool else nn.Identity()
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm(self.conv(x)))  # (B, C, H / s, W / s)
        return self.pool(x)  # (B, C, H / 2s, W / 2s)


def projected_shortcut(
    in_channels: int, channels: int, stride: int, kernel: int = 1, norm: str = "batch"
) -> nn.Module:
    """The way around a residual branch: a convolution and norm where the map changes, else the identity."""
    if stride == 1 and in_channels == channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, kernel, stride, padding=kernel // 2, bias=False),
        resnet_norm(norm, channels),
    )


def branch_attention(name: str, channels: int, reduction: int, *, bias: bool) -> nn.Module:
    """What ends a residual branch: "se", "cbam" or nothing for "none"."""
    if name == "se":
        return SqueezeExcite(channels, reduction, bias=bias)
    if name == "cbam":
        return Cbam(channels, reduction, bias=bias)
    return nn.Identity()


def branch_params() -> dict[str, Parameter]:
    """The parameters that residual blocks share: the attention in the branch, and how often it is left out."""
    return {
        "attention": Choice("none", "se", "cbam", doc="The attention, at the end of the residual branch."),
        "reduction": Int(1, 1 << 10, doc="How many times narrower the attention's hidden layer is."),
        "attention_bias": Bool(doc="Whether the attention's linear layers have biases."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip the branch in training."),
    }


@block(
    "resnet_basic",
    title="Residual block",
    family="convolution",
    symbol="RN",
    paper="He et al. 2016 · arXiv:1512.03385",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes, in the first convolution."),
        "norm": Choice("batch", "frozen", doc="Batch normalisation, or one whose numbers never change."),
        **branch_params(),
    },
    card="{channels} · s{stride} · {attention}",
    equation="y = ReLU(shortcut(x) + att(BN(Conv₃ₓ₃(ReLU(BN(Conv₃ₓ₃(x)))))))",
    aliases=("ResNet block", "Basic block", "SE-ResNet", "CBAM-ResNet"),
)
class ResNetBasic(nn.Module):
    """Convolve twice and add what came in.

    The residual block of the shallow networks (ResNet-18 and 34, and those for small pictures): no bottleneck, so
    wide maps cost more than in the other one. With SE or CBAM it also reweights what it adds.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `reduction` exceeds the channels.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 64,
        stride: int = 1,
        norm: str = "batch",
        attention: str = "none",
        reduction: int = 16,
        attention_bias: bool = True,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.norm1 = resnet_norm(norm, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = resnet_norm(norm, channels)
        self.act = nn.ReLU()
        self.drop_path = DropPath(drop_path)
        self.shortcut = projected_shortcut(in_channels, channels, stride, norm=norm)
        init_kaiming(self)
        # Last, since CBAM has initial values of its own.
        self.attention = branch_attention(attention, channels, reduction, bias=attention_bias)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.norm1(self.conv1(x)))  # (B, C, H / s, W / s)
        y = self.attention(self.norm2(self.conv2(y)))
        return self.act(self.shortcut(x) + self.drop_path(y))


@block(
    "resnet_bottleneck",
    title="Residual bottleneck",
    family="convolution",
    symbol="RB",
    paper="He et al. 2016 · arXiv:1512.03385",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "expansion": Int(1, 64, doc="How many times narrower than that the 3×3 convolution inside is."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes."),
        "stride_in_first": Bool(
            doc="Whether the first 1×1 convolution carries the stride, as in the paper, or the 3×3 one."
        ),
        "groups": Int(1, 1 << 14, doc="Into how many groups the 3×3 convolution is split, as in ResNeXt."),
        "first_narrower": Int(
            1, 64, doc="How many times narrower than the 3×3 convolution the first one is, 2 in SENet-154."
        ),
        "shortcut_kernel": Int(
            1, 31, unit="px", doc="Side of the kernel on a shortcut that shrinks the map, 3 in SENet-154."
        ),
        "dilation": Int(1, 64, unit="px", doc="Distance between the taps of the 3×3 kernel: a wider view."),
        "norm": Choice("batch", "frozen", doc="Batch normalisation, or one whose numbers never change."),
        **branch_params(),
        "attention_at": Choice(
            *("branch_end", "branch_start", "inner", "shortcut", "sum"),
            doc="Where the attention is: in the branch (inner is behind its 3×3), on the shortcut, behind the sum.",
        ),
    },
    card="{channels} · s{stride} · {attention}",
    equation="y = ReLU(shortcut(x) + att(BN(Conv₁ₓ₁(ReLU(BN(Conv₃ₓ₃(ReLU(BN(Conv₁ₓ₁(x)))))))))",
    aliases=("ResNet block", "Bottleneck", "SE-ResNet", "CBAM-ResNet", "ResNeXt", "SENet"),
)
class ResNetBottleneck(nn.Module):
    """Narrow the channels, convolve, widen them again, and add what came in.

    The classic residual block: local, cheap per channel, easy to stack deep. With SE or CBAM it also reweights
    what it adds, from a view of the whole map.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `expansion` does not divide the channels, `groups` or `first_narrower` the width inside,
    `reduction` exceeds the channels or the shortcut's kernel is even.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 256,
        expansion: int = 4,
        stride: int = 1,
        stride_in_first: bool = True,
        groups: int = 1,
        first_narrower: int = 1,
        shortcut_kernel: int = 1,
        dilation: int = 1,
        norm: str = "batch",
        attention: str = "none",
        reduction: int = 16,
        attention_bias: bool = True,
        drop_path: float = 0.0,
        attention_at: str = "branch_end",
    ) -> None:
        super().__init__()
        if channels % expansion:
            raise BlockError(
                f"{channels} channels cannot be narrowed {expansion} times.",
                f"Use an expansion of {name_choices(nearest_divisors(channels, expansion))}.",
            )
        check_kernel(shortcut_kernel)
        width = channels // expansion
        narrow = width // first_narrower
        if width % first_narrower:
            raise BlockError(
                f"A width of {width} cannot be narrowed {first_narrower} times.",
                f"Use {name_choices(nearest_divisors(width, first_narrower))}.",
            )
        if narrow % groups:
            raise BlockError(
                f"{narrow} channels do not divide into {groups} groups.",
                f"Use {name_choices(nearest_divisors(narrow, groups))}.",
            )
        first, second = (stride, 1) if stride_in_first else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, narrow, 1, first, bias=False)
        self.norm1 = resnet_norm(norm, narrow)
        self.conv2 = nn.Conv2d(
            narrow, width, 3, second, padding=dilation, dilation=dilation, groups=groups, bias=False
        )
        self.norm2 = resnet_norm(norm, width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.norm3 = resnet_norm(norm, channels)
        self.act = nn.ReLU()
        self.drop_path = DropPath(drop_path)
        self.shortcut = projected_shortcut(
            in_channels, channels, stride, shortcut_kernel if stride > 1 else 1, norm
        )
        init_kaiming(self)
        # Last, since CBAM has initial values of its own.
        self.attention_at = attention_at
        attended = {"branch_start": in_channels, "inner": width}.get(attention_at, channels)
        self.attention = branch_attention(attention, attended, reduction, bias=attention_bias)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.norm1(self.conv1(self._attend("branch_start", x))))  # (B, narrow, ·, ·)
        y = self._attend("inner", self.act(self.norm2(self.conv2(y))))  # (B, C / e, H / s, W / s)
        y = self._attend("branch_end", self.norm3(self.conv3(y)))  # (B, C, H / s, W / s)
        way = self._attend("shortcut", self.shortcut(x))
        return self._attend("sum", self.act(way + self.drop_path(y)))

    def _attend(self, place: str, x: Tensor) -> Tensor:
        return self.attention(x) if place == self.attention_at else x
