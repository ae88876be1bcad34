"""Wires that meet, maps that shrink, and the way between maps and tokens."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from hybridgraph.blocks.layers import name_choices, nearest_divisors
from hybridgraph.errors import BlockError
from hybridgraph.spec import ANY, IMAGE, SAME, TOKENS, Choice, Int, block


def describe_sizes(tensors: dict[str, Tensor]) -> str:
    """The sizes of one example on each port: "a is 96×14×14, b is 192×7×7"."""
    return ", ".join(f"{name} is {'×'.join(map(str, x.shape[1:]))}" for name, x in tensors.items())


@block(
    "add",
    title="Add",
    family="glue",
    symbol="+",
    inputs={"a": ANY, "b": ANY, "c": f"{ANY}?", "d": f"{ANY}?"},
    outputs={"y": SAME},
    equation="y = a + b + …",
    aliases=("Sum", "Residual", "Skip connection", "Shortcut"),
)
class Add(nn.Module):
    """Add two to four inputs of one shape, value by value.

    The end of a residual branch, or two views of one map brought together at no cost.
    Shape: 2 to 4 times (B, ...) -> (B, ...). Raises BlockError when the shapes differ.
    """

    def forward(self, a: Tensor, b: Tensor, c: Tensor | None = None, d: Tensor | None = None) -> Tensor:
        ports = {name: x for name, x in (("a", a), ("b", b), ("c", c), ("d", d)) if x is not None}
        if any(x.shape[1:] != a.shape[1:] for x in ports.values()):
            raise BlockError(
                f"Only equal shapes can be added, but {describe_sizes(ports)}.",
                "Match the channels with a convolution and the size with a stride or pooling.",
            )
        y = a + b
        y = y if c is None else y + c
        return y if d is None else y + d


@block(
    "concat",
    title="Concat",
    family="glue",
    symbol="CC",
    inputs={"a": IMAGE, "b": IMAGE, "c": f"{IMAGE}?", "d": f"{IMAGE}?"},
    outputs={"y": IMAGE},
    equation="y = [a; b; …]",
    aliases=("Concatenate", "Join", "Merge"),
)
class Concat(nn.Module):
    """Put the channels of two to four maps of one size one after another.

    Keeps every feature and leaves it to the next layer how to combine them.
    Shape: (B, Ca, H, W), (B, Cb, H, W), ... -> (B, Ca + Cb + ..., H, W).
    Raises BlockError when heights or widths differ.
    """

    def forward(self, a: Tensor, b: Tensor, c: Tensor | None = None, d: Tensor | None = None) -> Tensor:
        ports = {name: x for name, x in (("a", a), ("b", b), ("c", c), ("d", d)) if x is not None}
        if any(x.shape[2:] != a.shape[2:] for x in ports.values()):
            raise BlockError(
                f"Only maps of one height and width can be joined, but {describe_sizes(ports)}.",
                "Match the size with a stride or pooling.",
            )
        return torch.cat(list(ports.values()), dim=1)  # (B, sum of channels, H, W)


@block(
    "pool",
    title="Pooling",
    family="glue",
    symbol="PO",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    params={
        "mode": Choice("avg", "max", doc="Whether each cell gives its average or its maximum."),
        "kernel": Int(1, 64, unit="px", doc="Side of the cells: an odd number, or the stride."),
        "stride": Int(1, 64, doc="How many times smaller the map becomes."),
    },
    card="{mode} · k{kernel} · s{stride}",
    aliases=("Average pooling", "Max pooling", "Downsample"),
)
class Pool(nn.Module):
    """Shrink a map by the average or the maximum of its cells.

    Has no weights; makes what follows cheaper and less sensitive to small shifts. The margin does not count
    towards averages, and an incomplete cell at the edge is kept.
    Shape: (B, C, H, W) -> (B, C, H / stride, W / stride), rounded up.
    Raises BlockError when `kernel` is neither odd nor equal to `stride`.
    """

    def __init__(self, mode: str = "avg", kernel: int = 2, stride: int = 2) -> None:
        super().__init__()
        if kernel % 2 == 0 and kernel != stride:
            raise BlockError(
                f"A pooling kernel of {kernel} has no middle and does not match the stride of {stride}.",
                f"Use {kernel - 1}, {kernel + 1} or the stride.",
            )
        # Touching cells need no margin but a cell for the rest; overlapping ones reach over the edge by half.
        touching = kernel == stride
        padding = 0 if touching else kernel // 2
        self.pool: nn.Module = (
            nn.MaxPool2d(kernel, stride, padding, ceil_mode=touching)
            if mode == "max"
            else nn.AvgPool2d(kernel, stride, padding, ceil_mode=touching, count_include_pad=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(x)  # (B, C, H / s, W / s)


@block(
    "map_to_tokens",
    title="Map to tokens",
    family="glue",
    symbol="M→T",
    inputs={"x": IMAGE},
    outputs={"y": TOKENS},
    equation="N = H · W",
    aliases=("Flatten", "Sequence"),
)
class MapToTokens(nn.Module):
    """Read the positions of a map as a sequence, row by row.

    Shape: (B, C, H, W) -> (B, H * W, C).
    """

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).transpose(1, 2)  # (B, H * W, C)


def token_grid(length: int, height: int | None) -> tuple[int, int]:
    """The map that `length` tokens are, a square one without `height`. Raises BlockError when there is none."""
    if height is None:
        height = math.isqrt(length)
        if height * height != length:
            raise BlockError(f"{length} tokens do not make a square map.", "Give the height of the map.")
    if length % height:
        raise BlockError(
            f"{length} tokens do not divide into {height} rows.",
            f"Use {name_choices(nearest_divisors(length, height))}.",
        )
    return height, length // height


@block(
    "tokens_to_map",
    title="Tokens to map",
    family="glue",
    symbol="T→M",
    inputs={"x": TOKENS},
    outputs={"y": IMAGE},
    wired={"length": "x.length"},
    params={
        "height": Int(1, 16384, unit="px", optional=True, doc="Rows of the map; none means a square map."),
    },
    card="{length} tokens",
    equation="H · W = N",
    aliases=("Unflatten", "Reshape"),
)
class TokensToMap(nn.Module):
    """Lay a sequence out as a map again, row by row.

    Shape: (B, N, C) -> (B, C, H, N / H). Raises BlockError when N is no square, or no multiple of `height`.
    """

    def __init__(self, length: int, height: int | None = None) -> None:
        super().__init__()
        self.grid = token_grid(length, height)

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).reshape(x.shape[0], -1, *self.grid)  # (B, C, H, W)
