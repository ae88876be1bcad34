"""Residual blocks that normalise and activate before they convolve, plain or with channel or spatial attention.

He et al. 2016, "Identity Mappings in Deep Residual Networks" (arXiv:1603.05027); wide ones by Zagoruyko and Komodakis
2016, "Wide Residual Networks" (arXiv:1605.07146); SE as in its paper's experiments on CIFAR (arXiv:1709.01507).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import DropPath, init_kaiming, make_activation
from hybridgraph.blocks.resnet import branch_attention, branch_params
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Choice, Int, block


class PreactivatedSum(nn.Module):
    """Normalise and activate, then add what a branch makes of it to the way around.

    Where the map changes, the way around is a convolution of what the branch sees too, else what came in.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    """

    def __init__(
        self, in_channels: int, channels: int, stride: int, branch: nn.Module, drop_path: float
    ) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.act = nn.ReLU()
        changes = stride > 1 or in_channels != channels
        self.shortcut = nn.Conv2d(in_channels, channels, 1, stride, bias=False) if changes else None
        self.branch = branch
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.norm(x))  # (B, in_channels, H, W)
        way = x if self.shortcut is None else self.shortcut(y)  # (B, C, H / s, W / s)
        return way + self.drop_path(self.branch(y))


def preactivated(channels: int, conv: nn.Module) -> list[nn.Module]:
    """A convolution behind batch normalisation and ReLU of what comes in."""
    return [nn.BatchNorm2d(channels), nn.ReLU(), conv]


def square_conv(in_channels: int, channels: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps the grid but for its stride, without bias."""
    return nn.Conv2d(in_channels, channels, kernel, stride, padding=kernel // 2, bias=False)


@block(
    "preact_residual",
    title="Preactivated residual block",
    family="convolution",
    symbol="PR",
    paper="He et al. 2016 · arXiv:1603.05027",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "kind": Choice(
            "basic",
            "bottleneck",
            doc="Two 3×3 convolutions, or three with the 3×3 on a quarter of the channels.",
        ),
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes, in the first 3×3 convolution."),
        **branch_params(),
    },
    card="{channels} · s{stride} · {attention}",
    equation="y = shortcut(x) + att(Conv₃ₓ₃(ReLU(BN(Conv₃ₓ₃(ReLU(BN(x)))))))",
    aliases=("PreResNet", "Identity mapping", "Wide ResNet", "WRN", "ResNet v2"),
)
class PreactResidual(nn.Module):
    """Normalise and activate before each convolution, and add what came in untouched.

    Nothing lies on the way around a chain of these blocks, so that very deep networks train; the last is followed by
    one more norm and activation.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when a bottleneck's channels do not divide by 4 or `reduction` exceeds the channels.
    """

    def __init__(
        self,
        in_channels: int,
        kind: str = "basic",
        channels: int = 64,
        stride: int = 1,
        attention: str = "none",
        reduction: int = 16,
        attention_bias: bool = True,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        if kind == "basic":
            parts = [
                square_conv(in_channels, channels, 3, stride),
                *preactivated(channels, square_conv(channels, channels, 3)),
            ]
        elif channels % 4:
            raise BlockError(
                f"{channels} channels cannot be narrowed 4 times.", f"Use {channels - channels % 4 or 4}."
            )
        else:
            width = channels // 4
            parts = [
                square_conv(in_channels, width, 1),
                *preactivated(width, square_conv(width, width, 3, stride)),
                *preactivated(width, square_conv(width, channels, 1)),
            ]
        branch = nn.Sequential(*parts)
        self.residual = PreactivatedSum(in_channels, channels, stride, branch, drop_path)
        init_kaiming(self)
        # Last, since CBAM has initial values of its own.
        branch.append(branch_attention(attention, channels, reduction, bias=attention_bias))

    def forward(self, x: Tensor) -> Tensor:
        return self.residual(x)


@block(
    "norm_act",
    title="Norm and activation",
    family="convolution",
    symbol="NA",
    paper="Ioffe & Szegedy 2015 · arXiv:1502.03167",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels"},
    params={
        "activation": Choice("relu", "relu6", "gelu", "silu", "hardswish", "none", doc="The activation.")
    },
    card="{activation}",
    equation="y = act(BN(x))",
    aliases=("Batch normalisation", "BatchNorm", "ReLU", "Preactivation"),
)
class NormAct(nn.Module):
    """Normalise each channel over the batch, then activate.

    What ends a chain of preactivated blocks, whose sums nothing has normalised.
    Shape: (B, channels, H, W) -> (B, channels, H, W).
    """

    def __init__(self, channels: int, activation: str = "relu") -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.act = make_activation(activation)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.norm(x))
