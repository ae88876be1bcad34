"""The blocks of the convolutional networks that the hybrids are compared with."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.convnext import ConvNeXtBlock, ConvNeXtDownsample
from hybridgraph.blocks.mobilenet import InvertedResidual
from hybridgraph.errors import BlockError


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_convnext_is_the_formula() -> None:
    torch.manual_seed(0)
    block = ConvNeXtBlock(4, expansion=2).double().eval()
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.3)
    x, part = random(2, 4, 5, 6), block.feed_forward
    y = F.conv2d(x, block.depthwise.weight, block.depthwise.bias, padding=3, groups=4).permute(0, 2, 3, 1)
    centred = y - y.mean(-1, keepdim=True)
    y = centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-6) * block.norm.weight + block.norm.bias
    y = y @ part.expand.weight.T + part.expand.bias
    y = y * 0.5 * (1 + torch.erf(y / math.sqrt(2)))
    y = (y @ part.project.weight.T + part.project.bias) * block.scale
    torch.testing.assert_close(block(x), x + y.permute(0, 3, 1, 2))


def test_convnext_starts_close_to_the_identity() -> None:
    x = random(1, 8, 6, 6).float()
    torch.testing.assert_close(ConvNeXtBlock(8)(x), x, atol=1e-4, rtol=0)


def test_the_cells_that_shrink_a_map_have_to_tile_it() -> None:
    with pytest.raises(BlockError, match=r"A 7×8 map does not divide into patches of 2×2\."):
        ConvNeXtDownsample(4, (7, 8))


@pytest.mark.parametrize(("channels", "stride", "kept"), [(8, 1, True), (8, 2, False), (12, 1, False)])
def test_an_inverted_residual_has_a_shortcut_only_where_nothing_changes(
    channels: int, stride: int, kept: bool
) -> None:
    block = InvertedResidual(8, channels, stride=stride, se_reduction=4, activation="silu").double().eval()
    nn.init.zeros_(block.branch[-1].weight)
    x = random(2, 8, 4, 4)
    y = block(x)
    assert torch.equal(y, x) if kept else not y.any()


def test_an_inverted_residual_widens_the_incoming_channels_and_squeezes_to_a_part_of_them() -> None:
    block = InvertedResidual(16, 24, expansion=6, kernel=5, se_reduction=4)
    convolutions = [part for part in block.branch if isinstance(part, nn.Conv2d)]
    assert [part.out_channels for part in convolutions] == [96, 96, 24]
    assert all(part.bias is None for part in convolutions)
    assert next(part for part in block.modules() if isinstance(part, nn.Linear)).out_features == 4
    assert (
        len([part for part in InvertedResidual(16, expansion=1).branch if isinstance(part, nn.Conv2d)]) == 2
    )
