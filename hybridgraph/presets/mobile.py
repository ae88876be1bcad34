"""MobileNetV2 and both EfficientNets, for comparison: a stem, stages of inverted residuals, a last 1×1 convolution.

Sandler et al. 2018 (arXiv:1801.04381); Tan and Le 2019 (arXiv:1905.11946) and 2021 (arXiv:2104.00298).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage, strides_for
from hybridgraph.presets.preset import Preset

Stage = tuple[int, int, int, int, int]
"""Kernel, expansion, channels, depth and stride, as the papers' tables list them."""

MOBILE: tuple[Stage, ...] = (
    (3, 1, 16, 1, 1),
    (3, 6, 24, 2, 2),
    (3, 6, 32, 3, 2),
    (3, 6, 64, 4, 2),
    (3, 6, 96, 3, 1),
    (3, 6, 160, 3, 2),
    (3, 6, 320, 1, 1),
)
EFFICIENT: tuple[Stage, ...] = (
    (3, 1, 16, 1, 1),
    (3, 6, 24, 2, 2),
    (5, 6, 40, 2, 2),
    (3, 6, 80, 3, 2),
    (5, 6, 112, 3, 1),
    (5, 6, 192, 4, 2),
    (3, 6, 320, 1, 1),
)
EFFICIENT_S: tuple[Stage, ...] = (
    (3, 1, 24, 2, 1),
    (3, 4, 48, 4, 2),
    (3, 4, 64, 4, 2),
    (3, 4, 128, 6, 2),
    (3, 6, 160, 9, 1),
    (3, 6, 256, 15, 2),
)
EFFICIENT_M: tuple[Stage, ...] = (
    (3, 1, 24, 3, 1),
    (3, 4, 48, 5, 2),
    (3, 4, 80, 5, 2),
    (3, 4, 160, 7, 2),
    (3, 6, 176, 14, 1),
    (3, 6, 304, 18, 2),
    (3, 6, 512, 5, 1),
)
EFFICIENT_L: tuple[Stage, ...] = (
    (3, 1, 32, 4, 1),
    (3, 4, 64, 7, 2),
    (3, 4, 96, 7, 2),
    (3, 4, 192, 10, 2),
    (3, 6, 224, 19, 1),
    (3, 6, 384, 25, 2),
    (3, 6, 640, 7, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mobile:
    """The numbers of one variant: the table of stages and how many times wider and deeper it becomes.

    The first `fused` stages have full convolutions in place of depthwise ones, and no gates.
    """

    stages: tuple[Stage, ...]
    stem: int = 32
    fused: int = 0
    wider: float = 1.0
    deeper: float = 1.0
    activation: str = "relu6"
    se_reduction: int | None = None
    drop_path: float = 0.0

    def width(self, channels: int) -> int:
        """The widened number of channels, to the nearest multiple of 8 that loses no tenth of it."""
        wanted = channels * self.wider
        rounded = max(8, int(wanted + 4) // 8 * 8)
        return rounded if rounded >= 0.9 * wanted else rounded + 8


def build(name: str, v: Mobile, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; small pictures lose the first strides."""
    strides = strides_for(image_size, (2, *(row[4] for row in v.stages)))
    stem = block(
        "stem",
        "conv_norm_act",
        channels=v.width(v.stem),
        kernel=3,
        stride=strides[0],
        activation=v.activation,
    )
    items: list[Item] = [image(channels_in, image_size), stem]
    for index, (kernel, expansion, channels, depth, _) in enumerate(v.stages):
        stride = strides[index + 1]
        shared: dict[str, Value] = {
            "channels": v.width(channels),
            "expansion": expansion,
            "kernel": kernel,
            "stride": First(stride, 1) if stride > 1 else 1,
            "se_reduction": v.se_reduction if index >= v.fused else None,
            "activation": v.activation,
        }
        if index < v.fused:
            shared["fused"] = True
        if v.drop_path:
            shared["drop_path"] = Ramp(0.0, v.drop_path, "net")
        number, repeat = index + 1, math.ceil(v.deeper * depth)
        items.append(
            stage(
                f"stage{number}", "inverted_residual", repeat=repeat, title=f"Stage {number}", shared=shared
            )
        )
    items.append(block("last", "conv_norm_act", channels=v.width(1280), kernel=1, activation=v.activation))
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="none", dropout=0.2)])


SANDLER, TAN = "Sandler et al. 2018 · arXiv:1801.04381", "Tan & Le 2019 · arXiv:1905.11946"
TAN_AGAIN = "Tan & Le 2021 · arXiv:2104.00298"


def _efficient(
    number: int, wider: float, deeper: float, size: int, params: int, macs: float, top1: float
) -> Preset:
    v = Mobile(stages=EFFICIENT, wider=wider, deeper=deeper, activation="silu", se_reduction=4, drop_path=0.2)
    return Preset(
        name=f"efficientnet-b{number}",
        title=f"EfficientNet-B{number}",
        paper=TAN,
        build=partial(build, v=v),
        params=params,
        macs=macs,
        top1=top1,
        image_size=size,
    )


def _efficient_v2(
    letter: str, stages: tuple[Stage, ...], size: int, params: int, macs: float, top1: float
) -> Preset:
    v = Mobile(stages=stages, stem=stages[0][2], fused=3, activation="silu", se_reduction=4, drop_path=0.2)
    return Preset(
        name=f"efficientnetv2-{letter.lower()}",
        title=f"EfficientNetV2-{letter}",
        paper=TAN_AGAIN,
        build=partial(build, v=v),
        params=params,
        macs=macs,
        top1=top1,
        image_size=size,
    )


_10, _14 = Mobile(stages=MOBILE), Mobile(stages=MOBILE, wider=1.4)

PRESETS = (
    Preset(
        name="mobilenetv2-1.0",
        title="MobileNetV2",
        paper=SANDLER,
        build=partial(build, v=_10),
        params=3_504_872,
        macs=0.3008e9,
        top1=72.0,
    ),
    Preset(
        name="mobilenetv2-1.4",
        title="MobileNetV2, 1.4 times as wide",
        paper=SANDLER,
        build=partial(build, v=_14),
        params=6_108_776,
        macs=0.5822e9,
        top1=74.7,
    ),
    _efficient(0, 1.0, 1.0, 224, 5_288_548, 0.3858e9, 77.1),
    _efficient(1, 1.0, 1.1, 240, 7_794_184, 0.6868e9, 79.1),
    _efficient(2, 1.1, 1.2, 260, 9_109_994, 0.9936e9, 80.1),
    _efficient(3, 1.2, 1.4, 300, 12_233_232, 1.8271e9, 81.6),
    _efficient(4, 1.4, 1.8, 380, 19_341_616, 4.3938e9, 82.9),
    _efficient(5, 1.6, 2.2, 456, 30_389_784, 10.2664e9, 83.6),
    _efficient(6, 1.8, 2.6, 528, 43_040_704, 19.0676e9, 84.0),
    _efficient(7, 2.0, 3.1, 600, 66_347_960, 37.7459e9, 84.3),
    _efficient_v2("S", EFFICIENT_S, 384, 21_458_488, 8.3656e9, 83.9),
    _efficient_v2("M", EFFICIENT_M, 480, 54_139_356, 24.5825e9, 85.1),
    _efficient_v2("L", EFFICIENT_L, 480, 118_515_272, 56.0797e9, 85.7),
)
