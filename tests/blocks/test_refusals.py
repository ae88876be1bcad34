"""Arguments that cannot work are refused in a sentence that says what fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from hybridgraph.blocks.coatnet import CoAtNetTransformer
from hybridgraph.blocks.conv_stem import ConvNormAct, ConvStem
from hybridgraph.blocks.glue import Add, Concat, Pool, TokensToMap
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.moat import Moat
from hybridgraph.blocks.patches import PatchEmbed, PatchMerging
from hybridgraph.blocks.relative_attention import RelativeAttention
from hybridgraph.blocks.resnet import ResNetBottleneck
from hybridgraph.blocks.se import SqueezeExcite
from hybridgraph.blocks.swin import SwinBlock
from hybridgraph.errors import BlockError


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (
            lambda: Moat(64, (14, 14), 96, head_dim=40),
            "96 channels do not divide into heads of 40.",
            "Use 32 or 48.",
        ),
        (
            lambda: CoAtNetTransformer(16, (8, 8), 16),
            "16 channels do not divide into heads of 32.",
            "Use 16.",
        ),
        (
            lambda: SwinBlock(96, (7, 7), head_dim=36),
            "96 channels do not divide into heads of 36.",
            "Use 32 or 48.",
        ),
        (
            lambda: SwinBlock(96, (16, 16), window=7),
            "A 16×16 map does not divide into windows of 7×7.",
            "Windows of 1, 2, 4, 8 or 16 fit.",
        ),
        (
            lambda: SwinBlock(96, (4, 7), window=7),
            "A 4×7 map does not divide into windows of 4×4.",
            "Only windows of 1 fit this map.",
        ),
        (
            lambda: SwinBlock(96, (14, 14), window=7, shift=7),
            "A shift of 7 moves windows of 7 past one another.",
            "Use 0 or 3.",
        ),
        (
            lambda: RelativeAttention(32, (7, 14), window=4),
            "A 7×14 map does not divide into windows of 4×4.",
            "Windows of 1 or 7 fit.",
        ),
        (
            lambda: PatchEmbed(3, (225, 225)),
            "A 225×225 map does not divide into patches of 4×4.",
            "Patches of 3 or 5 fit.",
        ),
        (
            lambda: PatchMerging(96, (7, 8)),
            "A 7×8 map has an odd side and cannot be merged two by two.",
            "Choose an image size that stays even up to here, or merge once less.",
        ),
        (lambda: ConvStem(3, kernel=4), "A kernel of 4 has no middle.", "Use 3 or 5."),
        (lambda: ConvNormAct(6, 8, groups=4), "6 incoming channels do not divide into 4 groups.", "Use 2."),
        (lambda: ConvNormAct(8, 6, groups=4), "6 outgoing channels do not divide into 4 groups.", "Use 2."),
        (
            lambda: MBConv(16, 16, se_reduction=32),
            "Reducing 16 channels by 32 leaves no hidden unit.",
            "Use a reduction of 16 or less.",
        ),
        (
            lambda: SqueezeExcite(8),
            "Reducing 8 channels by 16 leaves no hidden unit.",
            "Use a reduction of 8 or less.",
        ),
        (
            lambda: ResNetBottleneck(64, 90),
            "90 channels cannot be narrowed 4 times.",
            "Use an expansion of 3 or 5.",
        ),
        (
            lambda: ResNetBottleneck(64, 96, groups=5),
            "24 channels do not divide into 5 groups.",
            "Use 4 or 6.",
        ),
        (
            lambda: ResNetBottleneck(64, 96, first_narrower=5),
            "A width of 24 cannot be narrowed 5 times.",
            "Use 4 or 6.",
        ),
        (
            lambda: Pool("max", 4, 2),
            "A pooling kernel of 4 has no middle and does not match the stride of 2.",
            "Use 3, 5 or the stride.",
        ),
        (lambda: TokensToMap(50), "50 tokens do not make a square map.", "Give the height of the map."),
        (
            lambda: TokensToMap(50, height=7),
            "50 tokens do not divide into 7 rows.",
            "Use 5 or 10.",
        ),
    ],
)
def test_a_refusal_says_what_fits(make: Callable[[], nn.Module], message: str, hint: str) -> None:
    with pytest.raises(BlockError) as caught:
        make()
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_only_equal_shapes_are_added() -> None:
    a, b = torch.zeros(2, 96, 14, 14), torch.zeros(2, 1, 14, 14)
    with pytest.raises(BlockError, match=r"a is 96×14×14, b is 1×14×14\."):
        Add()(a, b)
    with pytest.raises(BlockError, match=r"c is 96×7×7"):
        Add()(a, a, torch.zeros(2, 96, 7, 7))
    assert torch.equal(Add()(a + 1, a + 2, a + 3, a + 4), a + 10)
    assert torch.equal(Add()(a + 1, a + 2, d=a + 4), a + 7)


def test_only_maps_of_one_size_are_joined() -> None:
    a, b = torch.zeros(2, 96, 14, 14), torch.ones(2, 1, 14, 14)
    joined = Concat()(a, b, a)
    assert joined.shape == (2, 193, 14, 14)
    assert torch.equal(joined[:, 96:97], b)
    with pytest.raises(BlockError, match=r"a is 96×14×14, b is 96×7×7\."):
        Concat()(a, torch.zeros(2, 96, 7, 7))
