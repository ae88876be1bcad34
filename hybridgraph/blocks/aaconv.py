"""Attention beside a convolution, each making a part of the channels, and the residual block with it.

Bello, Zoph, Vaswani, Shlens, Le 2019, "Attention Augmented Convolutional Networks" (arXiv:1904.09925).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.layers import DropPath, attend, check_kernel, init_kaiming, reduce_grid
from hybridgraph.blocks.resnet import projected_shortcut
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Bool, Choice, Float, Int, Parameter, block


class RelativeLogits(nn.Module):
    """What each query says to the offsets of the keys, rows and columns apart, for all heads the same table.

    Shape: (B, heads, HW, d) -> (B, heads, HW, HW).
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, grid: tuple[int, int], dim: int) -> None:
        super().__init__()
        self.grid = grid
        height, width = grid
        self.row_table = nn.Parameter(torch.empty(2 * height - 1, dim))
        self.column_table = nn.Parameter(torch.empty(2 * width - 1, dim))
        self.register_buffer("rows", torch.empty(height, height, dtype=torch.int64), persistent=False)
        self.register_buffer("columns", torch.empty(width, width, dtype=torch.int64), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the tables and compute the offsets key - query, also after the memory was laid out anew."""
        std = self.row_table.shape[1] ** -0.5
        nn.init.normal_(self.row_table, std=std)
        nn.init.normal_(self.column_table, std=std)
        for buffer in (self.rows, self.columns):
            each = torch.arange(len(buffer), device=buffer.device)
            buffer.copy_(each[None, :] - each[:, None] + len(buffer) - 1)

    def forward(self, q: Tensor) -> Tensor:
        height, width = self.grid
        q = q.unflatten(2, self.grid)  # (B, heads, H, W, d)
        row_keys = self.row_table[self.rows]  # (H, H, d): by the query's row, the key's row
        column_keys = self.column_table[self.columns]  # (W, W, d)
        by_row = q @ row_keys.transpose(1, 2)  # (B, heads, H, W, H)
        by_column = (q.transpose(2, 3) @ column_keys.transpose(1, 2)).transpose(2, 3)  # (B, heads, H, W, W)
        logits = by_row[..., :, None] + by_column[..., None, :]  # (B, heads, H, W, H, W)
        return logits.reshape(*q.shape[:2], height * width, height * width)


class AugmentedConv(nn.Module):
    """A convolution and multi-head attention over the same map, their channels joined.

    Attention works at the outgoing grid: a stride first averages its input. With `pool` it works at half of that
    again, between a 3×3 average and bilinear interpolation. Nothing normalises the result.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        grid: tuple[int, int],
        *,
        kernel: int,
        stride: int,
        kappa: float,
        nu: float,
        heads: int,
        key_floor: int,
        pool: bool,
        relative: bool,
    ) -> None:
        super().__init__()
        check_kernel(kernel)
        self.heads = heads
        self.keys = heads * max(key_floor, round(kappa * channels / heads), 1)
        self.values = heads * round(nu * channels / heads)
        if not 0 < self.values <= channels:
            raise BlockError(
                f"Of {channels} channels a share of {nu:g} is no multiple of {heads} heads.",
                "Use fewer heads or another share of values.",
            )
        self.shrink = nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity()
        self.grid = reduce_grid(grid, stride)
        self.pool = nn.AvgPool2d(3, 2, padding=1) if pool else nn.Identity()
        self.inner = reduce_grid(self.grid, 2) if pool else self.grid
        plain = channels - self.values
        self.conv = (
            nn.Conv2d(in_channels, plain, kernel, stride, padding=kernel // 2, bias=False) if plain else None
        )
        self.qkv = nn.Conv2d(in_channels, 2 * self.keys + self.values, 1, bias=False)
        self.project = nn.Conv2d(self.values, self.values, 1, bias=False)
        self.relative = RelativeLogits(self.inner, self.keys // heads) if relative else None

    def forward(self, x: Tensor) -> Tensor:
        y = self._attend(self.pool(self.shrink(x)))  # (B, values, H / s, W / s), half of that with `pool`
        if self.inner != self.grid:
            y = F.interpolate(y, self.grid, mode="bilinear", align_corners=False)
        return y if self.conv is None else torch.cat((self.conv(x), y), dim=1)

    def _attend(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).flatten(2).split((self.keys, self.keys, self.values), dim=1)  # (B, ·, HW)
        q, k, v = (
            part.unflatten(1, (self.heads, -1)).transpose(2, 3) for part in (q, k, v)
        )  # (B, heads, HW, d)
        if self.relative is None:
            y = attend(q, k, v)
        else:
            q = q * q.shape[-1] ** -0.5
            logits = q @ k.transpose(2, 3) + self.relative(q)  # (B, heads, HW, HW)
            y = logits.softmax(dim=-1).to(v.dtype) @ v
        y = y.transpose(2, 3).flatten(1, 2).unflatten(2, self.inner)  # (B, values, H, W)
        return self.project(y)


def augmentation_params() -> dict[str, Parameter]:
    """The parameters that both blocks with an augmented convolution share."""
    return {
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "stride": Int(1, 8, doc="How many times smaller the map becomes."),
        "kappa": Float(0.0, 4.0, doc="Channels of all keys as a share of those the convolution would have."),
        "nu": Float(0.0, 1.0, doc="Channels that attention makes, as a share; 1 leaves no convolution."),
        "heads": Int(
            1, 256, doc="Number of attention heads; keys and values are rounded to multiples of it."
        ),
        "key_floor": Int(1, 1024, doc="Channels that the keys of one head have at least."),
        "pool": Bool(doc="Whether attention works at half the resolution, for large maps."),
        "relative": Bool(doc="Whether queries also see the relative offsets of the keys."),
    }


@block(
    "aa_conv",
    title="Attention-augmented convolution",
    family="extrinsic",
    symbol="AA",
    paper="Bello et al. 2019 · arXiv:1904.09925",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "kernel": Int(1, 31, unit="px", doc="Side of the convolution kernel, an odd number."),
        **augmentation_params(),
    },
    card="{channels} · ν {nu} · {heads} heads",
    equation="y = [Conv(x); W · MHA(x)],  logits = q(k + r_H + r_W)ᵀ / √d",
    aliases=("AAConv", "Augmented convolution"),
)
class AAConv(nn.Module):
    """Let attention make some of a convolution's channels.

    The convolution keeps its locality, attention adds what only the whole map tells, aware of relative places. A
    norm should follow, which weighs the two parts.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when `kernel` is even or the share of values is no multiple of the heads.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        channels: int = 128,
        kernel: int = 3,
        stride: int = 1,
        kappa: float = 0.2,
        nu: float = 0.1,
        heads: int = 8,
        key_floor: int = 20,
        pool: bool = False,
        relative: bool = True,
    ) -> None:
        super().__init__()
        self.conv = AugmentedConv(
            in_channels,
            channels,
            grid,
            kernel=kernel,
            stride=stride,
            kappa=kappa,
            nu=nu,
            heads=heads,
            key_floor=key_floor,
            pool=pool,
            relative=relative,
        )
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


@block(
    "aa_residual",
    title="Augmented residual block",
    family="extrinsic",
    symbol="AAR",
    paper="Bello et al. 2019 · arXiv:1904.09925; He et al. 2016 · arXiv:1512.03385",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "kind": Choice("bottleneck", "basic", doc="Which residual block it is: three convolutions or two."),
        **augmentation_params(),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip the branch in training."),
    },
    card="{channels} · ν {nu} · s{stride}",
    equation="y = ReLU(shortcut(x) + BN(Conv₁ₓ₁(ReLU(BN(AAConv₃ₓ₃(ReLU(BN(Conv₁ₓ₁(x)))))))))",
    aliases=("AA-ResNet", "Attention augmented bottleneck"),
)
class AAResidual(nn.Module):
    """A residual block whose 3×3 convolution, in the basic kind the first of two, is augmented with attention.

    The shares count from the width of that convolution: a quarter of the channels in a bottleneck.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when a bottleneck's channels do not divide by 4 or the share of values is no multiple of the heads.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        kind: str = "bottleneck",
        channels: int = 512,
        stride: int = 1,
        kappa: float = 0.2,
        nu: float = 0.1,
        heads: int = 8,
        key_floor: int = 20,
        pool: bool = False,
        relative: bool = True,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        narrow = kind == "bottleneck"
        if narrow and channels % 4:
            raise BlockError(
                f"{channels} channels cannot be narrowed 4 times.", f"Use {channels - channels % 4 or 4}."
            )
        width = channels // 4 if narrow else channels
        self.enter = (
            nn.Sequential(nn.Conv2d(in_channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
            if narrow
            else nn.Identity()
        )
        self.augmented = AugmentedConv(
            width if narrow else in_channels,
            width,
            grid,
            kernel=3,
            stride=stride,
            kappa=kappa,
            nu=nu,
            heads=heads,
            key_floor=key_floor,
            pool=pool,
            relative=relative,
        )
        self.norm1 = nn.BatchNorm2d(width)
        self.act = nn.ReLU()
        size = 1 if narrow else 3
        self.conv = nn.Conv2d(width, channels, size, padding=size // 2, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.drop_path = DropPath(drop_path)
        self.shortcut = projected_shortcut(in_channels, channels, stride)
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.norm1(self.augmented(self.enter(x))))  # (B, width, H / s, W / s)
        y = self.norm2(self.conv(y))  # (B, C, H / s, W / s)
        return self.act(self.shortcut(x) + self.drop_path(y))
