"""The papers' networks put together by hand from the blocks, stage by stage, to be counted."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from torch import nn

from hybridgraph.blocks.coatnet import CoAtNetTransformer
from hybridgraph.blocks.conv_stem import ConvStem
from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.moat import Moat
from hybridgraph.blocks.patches import PatchEmbed, PatchMerging
from hybridgraph.blocks.resnet import ResNetBottleneck, ResNetStem
from hybridgraph.blocks.swin import SwinBlock

Make = Callable[[int, int, int, int], nn.Module]


def stage(make: Make, before: int, channels: int, side: int, depth: int) -> nn.Sequential:
    """`depth` blocks; the first halves a map of `side` and changes the channels."""
    entry = make(before, channels, side, 2)
    return nn.Sequential(entry, *(make(channels, channels, side // 2, 1) for _ in range(depth - 1)))


def hybrid(
    makes: list[Make], widths: list[int], depths: list[int], size: int, head: nn.Module
) -> nn.Sequential:
    """Stem, four stages that each halve the map, head."""
    stages = [
        stage(make, before, channels, size >> number, depth)
        for number, (make, (before, channels), depth) in enumerate(
            zip(makes, pairwise(widths), depths, strict=True), 1
        )
    ]
    return nn.Sequential(ConvStem(3, widths[0]), *stages, head)


def moat(widths: list[int], size: int = 224) -> nn.Sequential:
    """MOAT: two stages of MBConv, two of MOAT blocks with tables for 14 and 7 positions."""

    def mbconv(before: int, channels: int, side: int, stride: int) -> nn.Module:
        return MBConv(before, channels, stride=stride)

    def block(table: int) -> Make:
        return lambda before, channels, side, stride: Moat(
            before, (side, side), channels, stride=stride, bias_size=table
        )

    return hybrid([mbconv, mbconv, block(14), block(7)], widths, [2, 3, 7, 2], size, Classifier(widths[-1]))


def coatnet(widths: list[int], stride_in: str = "expand", size: int = 224) -> nn.Sequential:
    """CoAtNet-0: two stages of MBConv, two of transformer blocks; stride in the first 1×1 by default."""

    def mbconv(before: int, channels: int, side: int, stride: int) -> nn.Module:
        return MBConv(before, channels, stride=stride, stride_in=stride_in, pool="max")

    def block(table: int) -> Make:
        return lambda before, channels, side, stride: CoAtNetTransformer(
            before, (side, side), channels, stride=stride, bias_size=table
        )

    head = Classifier(widths[-1], hidden=True)
    return hybrid([mbconv, mbconv, block(14), block(7)], widths, [2, 3, 5, 2], size, head)


def swin(channels: int = 96, window: int = 7, size: int = 224) -> nn.Sequential:
    """Swin-T: four stages at 1/4 to 1/32, merging at the end of the first three."""
    stages: list[nn.Module] = []
    for number, depth in enumerate([2, 2, 6, 2]):
        side, width = size >> (2 + number), channels << number
        blocks: list[nn.Module] = [
            SwinBlock(width, (side, side), window=window, shift=window // 2 * (i % 2)) for i in range(depth)
        ]
        stages.append(nn.Sequential(*blocks, *([PatchMerging(width, (side, side))] if number < 3 else [])))
    return nn.Sequential(
        PatchEmbed(3, (size, size), channels), *stages, Classifier(8 * channels, norm="positions")
    )


def resnet50(attention: str, stride_in_first: bool) -> nn.Sequential:
    """ResNet-50 with an attention at the end of every residual branch."""
    stages: list[nn.Module] = []
    before = 64
    for number, depth in enumerate([3, 4, 6, 3]):
        channels = 256 << number
        blocks = []
        for i in range(depth):
            stride = 2 if number and not i else 1
            blocks.append(
                ResNetBottleneck(
                    before, channels, stride=stride, stride_in_first=stride_in_first, attention=attention
                )
            )
            before = channels
        stages.append(nn.Sequential(*blocks))
    return nn.Sequential(ResNetStem(3), *stages, Classifier(before, norm="none"))
