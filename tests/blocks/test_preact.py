"""Preactivated residual blocks, plain and augmented, against their formulas."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.aa_preact import AAPreactResidual
from hybridgraph.blocks.preact import NormAct, PreactResidual
from hybridgraph.errors import BlockError
from tests.blocks.test_attention import normalise_batch, picture, prepare
from tests.blocks.test_augmented import augment_slowly


def activate(norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    return normalise_batch(norm, x, eps=1e-5).clamp(min=0)


def gate(block: PreactResidual, x: Tensor) -> Tensor:
    """The SE gate at the end of the branch."""
    part = block.residual.branch[-1].gate
    hidden = (x.mean((2, 3)) @ part.reduce.weight.T + part.reduce.bias).clamp(min=0)
    return x * (hidden @ part.expand.weight.T + part.expand.bias).sigmoid()[:, :, None, None]


@pytest.mark.parametrize(("channels", "stride"), [(4, 1), (8, 1), (4, 2), (8, 2)])
def test_the_basic_block_is_the_formula(channels: int, stride: int) -> None:
    block = prepare(PreactResidual(4, channels=channels, stride=stride, attention="se", reduction=2))
    x, inner = picture(4, 5, 6), block.residual
    first = activate(inner.norm, x)
    y = F.conv2d(first, inner.branch[0].weight, stride=stride, padding=1)
    y = gate(block, F.conv2d(activate(inner.branch[1], y), inner.branch[3].weight, padding=1))
    changes = (channels, stride) != (4, 1)
    way = F.conv2d(first, inner.shortcut.weight, stride=stride) if changes else x
    torch.testing.assert_close(block(x), way + y)


def test_the_bottleneck_is_the_formula() -> None:
    block = prepare(PreactResidual(6, kind="bottleneck", channels=8, stride=2))
    x, inner = picture(6, 5, 6), block.residual
    first = activate(inner.norm, x)
    y = F.conv2d(first, inner.branch[0].weight)
    y = F.conv2d(activate(inner.branch[1], y), inner.branch[3].weight, stride=2, padding=1)
    y = F.conv2d(activate(inner.branch[4], y), inner.branch[6].weight)
    torch.testing.assert_close(block(x), F.conv2d(first, inner.shortcut.weight, stride=2) + y)


def test_the_augmented_block_is_the_formula() -> None:
    block = prepare(AAPreactResidual(4, (3, 5), channels=4, nu=0.5, heads=2, key_floor=2))
    x, inner = picture(4, 3, 5), block.residual
    first = activate(inner.norm, x)
    augmented = inner.branch[0]
    parts = (
        F.conv2d(first, augmented.conv.weight, padding=1),
        torch.stack([augment_slowly(augmented, each) for each in first]),
    )
    y = activate(inner.branch[1], torch.cat(parts, 1))
    torch.testing.assert_close(block(x), x + F.conv2d(y, inner.branch[3].weight, padding=1))


def test_nothing_lies_on_the_way_around() -> None:
    block = prepare(PreactResidual(4, channels=4))
    nn.init.zeros_(block.residual.branch[3].weight)
    x = picture(4, 5, 5)
    assert torch.equal(block(x), x)  # negative numbers as well


def test_the_last_norm_activates() -> None:
    block = prepare(NormAct(4))
    x = picture(4, 3, 3)
    torch.testing.assert_close(block(x), activate(block.norm, x))


def test_a_bottleneck_has_a_quarter_of_the_channels() -> None:
    with pytest.raises(BlockError, match=r"10 channels cannot be narrowed 4 times\. Use 8\."):
        PreactResidual(4, kind="bottleneck", channels=10)
