"""What the blocks promise about space: what moves along with the picture, and how far each of them sees."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from hybridgraph.blocks.maxvit import MaxViT
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.mobilenet import InvertedResidual
from hybridgraph.blocks.relative_attention import RelativeAttention
from hybridgraph.blocks.swin import SwinBlock
from hybridgraph.blocks.swin_v2 import SwinV2Block
from tests.blocks.test_attention import picture, prepare

NOTHING = 1e-20
"""Masked pairs keep a weight of exp(-100)."""


def roll(x: Tensor, rows: int, columns: int) -> Tensor:
    return x.roll((rows, columns), dims=(2, 3))


def close_the_ring(table: Tensor, height: int, width: int) -> None:
    """Make a (heads, 2H-1, 2W-1) table say the same of offsets that are one on a torus, such as 1 and 1 - H."""
    table.data[:, : height - 1] = table.data[:, height:]
    table.data[:, :, : width - 1] = table.data[:, :, width:]


@pytest.mark.parametrize("content", [False, True])
def test_relative_attention_on_a_torus_commutes_with_cyclic_shifts(content: bool) -> None:
    """With logits of offsets alone it is a circular convolution; content adds nothing that knows where it is."""
    height, width = 5, 7
    block = prepare(RelativeAttention(6, (height, width), head_dim=3))
    if not content:
        nn.init.zeros_(block.attention.attention.qkv.weight[:12])  # queries and keys of both heads
        nn.init.zeros_(block.attention.attention.qkv.bias[:12])
    x = picture(6, height, width)
    assert not torch.allclose(block(roll(x, 2, 3)), roll(block(x), 2, 3))  # a border breaks it
    close_the_ring(block.attention.bias.bias_table, height, width)
    for rows, columns in ((1, 0), (0, 1), (2, 3), (4, 6)):
        torch.testing.assert_close(block(roll(x, rows, columns)), roll(block(x), rows, columns))


def test_offsets_alone_are_one_convolution_for_all_pictures() -> None:
    """Without content the answer is linear in the picture, but for its constant part."""
    block = prepare(RelativeAttention(4, (3, 5), head_dim=2))
    nn.init.zeros_(block.attention.attention.qkv.weight[:8])
    nn.init.zeros_(block.attention.attention.qkv.bias[:8])
    a, b = picture(4, 3, 5).chunk(2)
    constant = block(torch.zeros_like(a))
    torch.testing.assert_close(block(a + b) - constant, block(a) - constant + block(b) - constant)


def seen(net: nn.Module, side: int, row: int, column: int, channels: int = 4) -> set[tuple[int, int]]:
    """The positions of the input that one position of the output depends on, for some of several pictures.

    In a single picture the unit that would carry a position's influence can be off.
    """
    net, found = prepare(net), set()
    for seed in range(8):
        draw = torch.Generator().manual_seed(seed)
        x = torch.randn(1, channels, side, side, dtype=torch.float64, generator=draw, requires_grad=True)
        net(x)[0, :, row, column].sum().backward()
        assert x.grad is not None
        found |= {(int(r), int(c)) for r, c in (x.grad[0].abs().sum(0) > NOTHING).nonzero()}
    return found


def around(row: int, column: int, reach: int) -> set[tuple[int, int]]:
    reached = range(-reach, reach + 1)
    return {(row + r, column + c) for r in reached for c in reached}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_each_mbconv_of_three_by_three_sees_one_position_further(depth: int) -> None:
    net = nn.Sequential(*(MBConv(4, 4, se_reduction=None) for _ in range(depth)))
    assert seen(net, 9, 4, 4) == around(4, 4, depth)


@pytest.mark.parametrize(("kernel", "reach"), [(3, 1), (5, 2)])
@pytest.mark.parametrize("fused", [False, True])
def test_an_inverted_residual_sees_its_kernel(kernel: int, reach: int, fused: bool) -> None:
    assert seen(InvertedResidual(4, 4, expansion=2, kernel=kernel, fused=fused), 7, 3, 3) == around(
        3, 3, reach
    )


def test_mbconv_moves_along_with_the_picture_inside_the_border() -> None:
    block = prepare(MBConv(4, 4, se_reduction=None))
    x = picture(4, 8, 8)
    moved = block(roll(x, 1, 2))[:, :, 2:-1, 3:-1]
    torch.testing.assert_close(moved, roll(block(x), 1, 2)[:, :, 2:-1, 3:-1])


@pytest.mark.parametrize("make", [SwinBlock, SwinV2Block])
def test_a_shift_lets_the_windows_talk(make: type[nn.Module]) -> None:
    straight = make(4, (6, 6), head_dim=2, window=3)
    shifted = make(4, (6, 6), head_dim=2, window=3, shift=1)
    assert seen(straight, 6, 0, 0) == {(r, c) for r in range(3) for c in range(3)}
    assert seen(shifted, 6, 2, 2) == {(r, c) for r in range(1, 4) for c in range(1, 4)}
    assert seen(shifted, 6, 0, 0) == {(0, 0)}  # what came around the border is masked
    assert len(seen(nn.Sequential(straight, shifted), 6, 2, 2)) == 36


def test_maxvit_sees_the_whole_map_at_the_cost_of_windows() -> None:
    block = MaxViT(4, (6, 6), channels=4, window=3, head_dim=2, se_reduction=None)
    assert len(seen(block, 6, 0, 0)) == 36
    assert seen(nn.Sequential(block.convolution), 6, 2, 2) == around(2, 2, 1)
