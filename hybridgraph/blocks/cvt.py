"""Convolutions inside the transformer: for the tokens themselves, and for queries, keys and values.

Wu, Xiao, Codella, Liu, Dai, Yuan, Zhang 2021, "CvT: Introducing Convolutions to Vision Transformers"
(arXiv:2103.15808); the scale of the logits and the activation as in the authors' released models.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import (
    DropPath,
    FeedForward,
    attend,
    check_heads,
    check_kernel,
    init_truncated_normal,
    reduce_grid,
)
from hybridgraph.blocks.mbconv import shrinking_pool
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Choice, Float, Int, Parameter, block


@block(
    "conv_token_embed",
    title="Convolutional token embedding",
    family="convolution",
    symbol="CTE",
    paper="Wu et al. 2021 · arXiv:2103.15808",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "kernel": Int(
            1, 64, unit="px", doc="Side of the convolution kernel; larger than the stride overlaps."
        ),
        "stride": Int(1, 32, doc="How many times smaller the map becomes."),
        "padding": Int(0, 32, unit="px", doc="Zeros around the map: 2 for the paper's 7×7, 1 for its 3×3."),
    },
    card="{channels} · k{kernel} · s{stride}",
    equation="y = LN(Conv_s(x))",
    aliases=("Overlapping patch embedding", "CvT embedding", "Downsample"),
)
class ConvTokenEmbed(nn.Module):
    """Cut the map into overlapping patches and map each to a normalised feature vector.

    The overlap models edges and corners across patch borders, so that the tokens need no position embedding.
    Shape: (B, in_channels, H, W) -> (B, channels, (H + 2 padding - kernel) // stride + 1, likewise W).
    Raises BlockError when the kernel is larger than the padded map.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        channels: int = 64,
        kernel: int = 7,
        stride: int = 4,
        padding: int = 2,
    ) -> None:
        super().__init__()
        if kernel > min(grid) + 2 * padding:
            raise BlockError(
                f"A kernel of {kernel} does not fit on a {grid[0]}×{grid[1]} map with a margin of {padding}.",
                f"Use a kernel of {min(grid) + 2 * padding} or less.",
            )
        self.conv = nn.Conv2d(in_channels, channels, kernel, stride, padding=padding)
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).permute(0, 2, 3, 1)  # (B, H', W', C)
        return self.norm(x).permute(0, 3, 1, 2)  # (B, C, H', W')


class ConvProjection(nn.Module):
    """Queries, keys or values of a map: look at the neighbourhood, then mix the channels.

    "depthwise" convolves each channel and normalises, "average" averages, "linear" sees the position alone. The
    class token, if there is one, passes through the linear layer only.
    Shape: (B, C, H, W), (B, 1, C) or None -> (B, N, C) with N = ceil(H / stride) * ceil(W / stride), plus 1 with
    a class token.
    """

    def __init__(self, channels: int, kind: str, kernel: int, stride: int) -> None:
        super().__init__()
        check_kernel(kernel)
        if kind == "linear" and stride > 1:
            raise BlockError(
                f"A linear projection cannot make the map {stride} times smaller.",
                "Use a stride of 1, or a depthwise or average projection.",
            )
        self.local: nn.Module = nn.Identity()
        if kind == "depthwise":
            conv = nn.Conv2d(
                channels, channels, kernel, stride, padding=kernel // 2, groups=channels, bias=False
            )
            self.local = nn.Sequential(conv, nn.BatchNorm2d(channels))
        elif kind == "average":
            self.local = nn.AvgPool2d(kernel, stride, padding=kernel // 2, count_include_pad=False)
        self.linear = nn.Linear(channels, channels)

    def forward(self, x: Tensor, token: Tensor | None) -> Tensor:
        x = self.local(x).flatten(2).transpose(1, 2)  # (B, N, C)
        return self.linear(x if token is None else torch.cat((token, x), dim=1))


class ConvTransformer(nn.Module):
    """The transformer block that both of CvT's blocks are, over tokens of a known grid.

    Shape: (B, N, C) -> (B, N', C), N = H * W, plus 1 with a class token in front; N' the same for the grid that the
    stride of the queries leaves.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        *,
        head_dim: int,
        expansion: int,
        kinds: tuple[str, str, str],
        kernels: tuple[int, int, int],
        strides: tuple[int, int, int],
        scale: str,
        activation: str,
        drop_path: float,
        class_token: bool,
    ) -> None:
        super().__init__()
        check_heads(channels, head_dim)
        if reduce_grid(grid, strides[1]) != reduce_grid(grid, strides[2]):
            raise BlockError(
                f"Keys at a stride of {strides[1]} and values at {strides[2]} are not equally many.",
                "Give both the same stride.",
            )
        self.grid, self.head_dim, self.class_token = grid, head_dim, class_token
        # `attend` divides by √head_dim; the released models divide by √channels.
        self.sharpness = math.sqrt(head_dim / channels) if scale == "channels" else 1.0
        self.norm1 = nn.LayerNorm(channels)
        self.query, self.key, self.value = (
            ConvProjection(channels, kind, kernel, stride)
            for kind, kernel, stride in zip(kinds, kernels, strides, strict=True)
        )
        self.project = nn.Linear(channels, channels)
        self.pool = shrinking_pool(strides[0], "max")  # of the shortcut, as many positions as queries
        self.norm2 = nn.LayerNorm(channels)
        self.feed_forward = FeedForward(channels, expansion, activation)
        self.drop_path = DropPath(drop_path)
        init_truncated_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self._shrink(x) + self.drop_path(self._attend(self.norm1(x)))  # (B, N', C)
        return x + self.drop_path(self.feed_forward(self.norm2(x)))

    def _split(self, x: Tensor) -> tuple[Tensor | None, Tensor]:
        """The class token (B, 1, C), if there is one, and the rest as a map (B, C, H, W)."""
        token, rest = (x[:, :1], x[:, 1:]) if self.class_token else (None, x)
        return token, rest.transpose(1, 2).unflatten(2, self.grid)

    def _shrink(self, x: Tensor) -> Tensor:
        if isinstance(self.pool, nn.Identity):
            return x
        token, rest = self._split(x)
        rest = self.pool(rest).flatten(2).transpose(1, 2)  # (B, H' * W', C)
        return rest if token is None else torch.cat((token, rest), dim=1)

    def _attend(self, x: Tensor) -> Tensor:
        token, rest = self._split(x)
        q, k, v = (
            part(rest, token).unflatten(2, (-1, self.head_dim)).transpose(1, 2)  # (B, heads, N', d)
            for part in (self.query, self.key, self.value)
        )
        y = attend(q * self.sharpness, k, v)
        return self.project(y.transpose(1, 2).flatten(2))  # (B, N', C)


def projection_params() -> dict[str, Parameter]:
    """The parameters that both blocks of CvT share."""
    kinds = ("depthwise", "average", "linear")
    return {
        "head_dim": Int(1, 1024, doc="Channels of one attention head; it has to divide the channels."),
        "expansion": Int(1, 16, doc="How many times wider the feed-forward part is inside."),
        "kernel_q": Int(1, 31, unit="px", doc="Side of the queries' neighbourhood, an odd number."),
        "kernel_k": Int(1, 31, unit="px", doc="Side of the keys' neighbourhood, an odd number."),
        "kernel_v": Int(1, 31, unit="px", doc="Side of the values' neighbourhood, an odd number."),
        "stride_q": Int(1, 8, doc="How many times smaller the queries, and so the map, become."),
        "stride_k": Int(1, 8, doc="How many times smaller the map of keys is, the same as the values'."),
        "stride_v": Int(1, 8, doc="How many times smaller the map of values is, the same as the keys'."),
        "kind_q": Choice(
            *kinds, doc="What makes the queries: a depthwise convolution, an average or neither."
        ),
        "kind_k": Choice(*kinds, doc="What makes the keys: a depthwise convolution, an average or neither."),
        "kind_v": Choice(
            *kinds, doc="What makes the values: a depthwise convolution, an average or neither."
        ),
        "scale": Choice(
            "channels",
            "head",
            doc="Whose width the logits are scaled by: all channels (released) or one head.",
        ),
        "activation": Choice("quick_gelu", "gelu", doc="The activation of the feed-forward part."),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip each branch in training."),
    }


@block(
    "cvt_block",
    title="CvT block",
    family="intrinsic",
    symbol="CV",
    paper="Wu et al. 2021 · arXiv:2103.15808",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels", "grid": "x.grid"},
    params=projection_params(),
    card="{channels} · kv stride {stride_k}",
    equation="u = x + Attention(Conv_q(LN(x)), Conv_k(LN(x)), Conv_v(LN(x)));  y = u + MLP(LN(u))",
    aliases=("Convolutional projection", "Convolutional transformer block"),
)
class CvtBlock(nn.Module):
    """Attend over the whole map with queries, keys and values that each see a neighbourhood.

    The depthwise convolutions tell attention where things are, and their stride on keys and values makes it
    several times cheaper. With a stride on the queries the map shrinks, and the shortcut takes the maxima.
    Shape: (B, channels, H, W) -> (B, channels, H / stride_q, W / stride_q), rounded up.
    Raises BlockError when `head_dim` does not divide the channels, a kernel is even, keys and values are not
    equally many or a linear projection has a stride.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        head_dim: int = 64,
        expansion: int = 4,
        kernel_q: int = 3,
        kernel_k: int = 3,
        kernel_v: int = 3,
        stride_q: int = 1,
        stride_k: int = 2,
        stride_v: int = 2,
        kind_q: str = "depthwise",
        kind_k: str = "depthwise",
        kind_v: str = "depthwise",
        scale: str = "channels",
        activation: str = "quick_gelu",
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.out_grid = reduce_grid(grid, stride_q)
        self.transformer = ConvTransformer(
            channels,
            grid,
            head_dim=head_dim,
            expansion=expansion,
            kinds=(kind_q, kind_k, kind_v),
            kernels=(kernel_q, kernel_k, kernel_v),
            strides=(stride_q, stride_k, stride_v),
            scale=scale,
            activation=activation,
            drop_path=drop_path,
            class_token=False,
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.transformer(x.flatten(2).transpose(1, 2))  # (B, N', C)
        return x.transpose(1, 2).unflatten(2, self.out_grid)  # (B, C, H / s, W / s)
