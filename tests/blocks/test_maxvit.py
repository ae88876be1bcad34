"""MaxViT's two forms of attention against loops over the positions that see one another."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from hybridgraph.blocks.maxvit import AxisTransformer, MaxViT, regroup_axes
from hybridgraph.errors import BlockError
from tests.blocks.test_attention import (
    Position,
    attend_slowly,
    cells,
    feed_slowly,
    last,
    normalise,
    offset_bias,
    picture,
    prepare,
)


def groups(height: int, width: int, window: int, *, sparse: bool) -> list[list[tuple[Position, Position]]]:
    """Which positions attend to one another, and where each has its place in the window."""
    down, across = height // window, width // window
    places = cells(window, window)
    return [
        [
            ((r * down + top, c * across + left) if sparse else (top * window + r, left * window + c), (r, c))
            for r, c in places
        ]
        for top, left in cells(down, across)
    ]


def transform_slowly(part: AxisTransformer, x: Tensor, window: int, *, sparse: bool) -> Tensor:
    """(B, H, W, C) -> (B, H, W, C)."""
    normed, gathered = normalise(part.norm1, x), torch.zeros_like(x)
    table = part.attention.bias.bias_table
    for example in range(len(x)):
        for group in groups(x.shape[1], x.shape[2], window, sparse=sparse):
            tokens = torch.stack([normed[example, row, column] for (row, column), _ in group])
            bias = offset_bias(table, [place for _, place in group], window, window)
            values = attend_slowly(part.attention.attention, tokens, bias)
            for ((row, column), _), value in zip(group, values, strict=True):
                gathered[example, row, column] = value
    u = x + gathered
    return u + feed_slowly(part.feed_forward, normalise(part.norm2, u))


@pytest.mark.parametrize(("height", "width", "window", "stride"), [(4, 6, 2, 1), (6, 9, 3, 1), (7, 7, 2, 2)])
def test_maxvit_is_the_formula(height: int, width: int, window: int, stride: int) -> None:
    block = prepare(
        MaxViT(3, (height, width), 4, expansion=2, stride=stride, se_reduction=2, window=window, head_dim=2)
    )
    x = picture(3, height, width)
    y = last(block.convolution(x))
    y = transform_slowly(block.windows, y, window, sparse=False)
    y = transform_slowly(block.grid, y, window, sparse=True)
    torch.testing.assert_close(last(block(x)), y)


def test_dealing_out_rows_and_columns_can_be_undone() -> None:
    x = last(picture(2, 6, 8))
    dealt = regroup_axes(x, (3, 2))
    assert torch.equal(regroup_axes(dealt, (2, 4)), x)
    assert torch.equal(dealt[:, 0, :4], x[:, 0, [0, 4, 1, 5]])


def test_a_window_has_to_tile_the_map_that_leaves() -> None:
    with pytest.raises(BlockError, match=r"A 4×4 map does not divide into windows of 7×7\."):
        MaxViT(8, (8, 8), 8, stride=2, head_dim=4)
