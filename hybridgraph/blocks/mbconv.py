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
    make_activation,
)
from hybridgraph.spec import IMAGE, Bool, Choice, Float, Int, block


class MobileBranch(nn.Module):
    """The residual branch: normalise, expand, convolve each channel, gate, project.

    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up. The expanded width is
    `expansion` times the outgoing channels, unless `width` says another. No norm is behind the projection.
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
        width: int | None = None,
        activation: str = "gelu",
        activate_first: bool = False,
        gate_hidden: int | None = None,
        gate_activation: str = "silu",
        gate_early: bool = False,
        project_bias: bool = True,
        eps: float = 1e-3,
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        width = expansion * channels if width is None else width
        strides = {place: stride if place == stride_in else 1 for place in ("pool", "expand", "depthwise")}
        self.norm1 = keras_batch_norm(in_channels, eps)
        self.first_act = make_activation(activation if activate_first else "none")
        self.pool = shrinking_pool(strides["pool"], "avg")
        self.expand = nn.Conv2d(in_channels, width, 1, strides["expand"], bias=False)
        self.norm2 = keras_batch_norm(width, eps)
        self.depthwise = nn.Conv2d(
            width, width, kernel, strides["depthwise"], padding=kernel // 2, groups=width, bias=False
        )
        self.norm3 = keras_batch_norm(width, eps)
        self.act = make_activation(activation)
        self.gate = (
            SqueezeGate(width, gate_hidden, activation=gate_activation) if gate_hidden else nn.Identity()
        )
        self.gate_early = gate_early
        self.project = nn.Conv2d(width, channels, 1, bias=project_bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.first_act(self.norm1(x)))  # (B, in_channels, H, W), or already H / s, W / s
        x = self.depthwise(self.act(self.norm2(self.expand(x))))  # (B, width, H / s, W / s)
        x = self.act(self.norm3(self.gate(x))) if self.gate_early else self.gate(self.act(self.norm3(x)))
        return self.project(x)  # (B, C, H / s, W / s)


class PooledShortcut(nn.Module):
    """The way around a branch: pool where the map shrinks, project where the channels change.

    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up. It is the identity where
    neither changes.
    """

    def __init__(self, in_channels: int, channels: int, stride: int, pool: str, *, bias: bool = True) -> None:
        super().__init__()
        self.pool = shrinking_pool(stride, pool)
        self.project = (
            nn.Conv2d(in_channels, channels, 1, bias=bias) if in_channels != channels else nn.Identity()
        )

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
        "expansion": Int(1, 16, doc="How many times wider the block is inside."),
        "expand_from": Choice(
            "outgoing",
            "incoming",
            doc="Whose channels are multiplied for that, the outgoing map's (papers) or the incoming one's (timm).",
        ),
        "kernel": Int(1, 31, unit="px", doc="Side of the depthwise kernel, an odd number."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes."),
        "se_reduction": Int(
            1,
            1 << 10,
            optional=True,
            doc="How many times narrower than those channels the SE gate's hidden layer is; none leaves the gate "
            "out.",
        ),
        "se_activation": Choice("silu", "relu", doc="The activation inside the gate."),
        "se_early": Bool(doc="Whether the gate comes before the last norm (some of timm's) or after it."),
        "stride_in": Choice(
            "depthwise",
            "expand",
            "pool",
            doc="What carries the stride: the depthwise convolution (MOAT), the first 1×1 one (CoAtNet) or an "
            "average before both (timm).",
        ),
        "pool": Choice("avg", "max", doc="How the shortcut shrinks: average (MOAT) or maximum (CoAtNet)."),
        "activation": Choice("gelu", "silu", doc="The activation after the norms."),
        "activate_first": Bool(doc="Whether the first norm is followed by an activation as well (timm)."),
        "project_bias": Bool(doc="Whether the last 1×1 convolution and the shortcut's have biases."),
        "eps": Float(
            1e-12,
            0.1,
            inert=True,
            doc="What the norms add to the variance: 0.001 in Keras, 0.00001 in PyTorch.",
        ),
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
        expand_from: str = "outgoing",
        kernel: int = 3,
        stride: int = 1,
        se_reduction: int | None = 4,
        se_activation: str = "silu",
        se_early: bool = False,
        stride_in: str = "depthwise",
        pool: str = "avg",
        activation: str = "gelu",
        activate_first: bool = False,
        project_bias: bool = True,
        eps: float = 1e-3,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        base = channels if expand_from == "outgoing" else in_channels
        if se_reduction is not None:
            check_reduction(base, se_reduction)
        self.shortcut = PooledShortcut(in_channels, channels, stride, pool, bias=project_bias)
        self.branch = MobileBranch(
            in_channels,
            channels,
            expansion=expansion,
            kernel=kernel,
            stride=stride,
            stride_in=stride_in,
            width=expansion * base,
            activation=activation,
            activate_first=activate_first,
            gate_hidden=base // se_reduction if se_reduction is not None else None,
            gate_activation=se_activation,
            gate_early=se_early,
            project_bias=project_bias,
            eps=eps,
        )
        self.drop_path = DropPath(drop_path)
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.drop_path(self.branch(x))  # (B, C, H / s, W / s)
