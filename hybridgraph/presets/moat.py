"""MOAT and tiny-MOAT: a stem, two stages of MBConv, two of MOAT blocks (Yang et al. 2022, arXiv:2210.01820)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage, strides_for
from hybridgraph.presets.preset import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Moat:
    """The numbers of one variant; `tables` are the sides of the relative-bias tables of stages 3 and 4."""

    stem: int
    depths: tuple[int, int, int, int]
    channels: tuple[int, int, int, int]
    drop_path: float
    tables: tuple[int, int] = (14, 7)


def build(name: str, v: Moat, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; at small pictures the first strides go and the tables take the real grid."""
    strides = strides_for(image_size, (2, 2, 2, 2, 2))
    small = strides != [2, 2, 2, 2, 2]
    ramp = Ramp(0.0, v.drop_path, "net")
    items: list[Item] = [
        image(channels_in, image_size),
        block("stem", "conv_stem", channels=v.stem, stride=strides[0]),
    ]
    convolution: dict[str, Value] = {"expansion": 4, "drop_path": ramp}
    attention: dict[str, Value] = {"expansion": 4, "head_dim": 32, "window": None, "drop_path": ramp}
    for index, channels in enumerate(v.channels):
        stride: Value = First(strides[index + 1], 1) if strides[index + 1] > 1 else 1
        shared: dict[str, Value] = {"channels": channels, "stride": stride}
        if index < 2:
            shared |= convolution
        else:
            shared |= {**attention, "bias_size": None if small else v.tables[index - 2]}
        kind = "mbconv" if index < 2 else "moat"
        made = stage(
            f"stage{index + 1}", kind, repeat=v.depths[index], title=f"Stage {index + 1}", shared=shared
        )
        items.append(made)
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="pooled")])


PAPER = "Yang et al. 2022 · arXiv:2210.01820"
SHALLOW, MIDDLE, DEEP = (2, 3, 7, 2), (2, 6, 14, 2), (2, 12, 28, 2)


def _variant(
    name: str, title: str, v: Moat, params: int, macs: float, top1: float | None, size: int = 224
) -> Preset:
    made = partial(build, v=v)
    return Preset(
        name=name, title=title, paper=PAPER, build=made, params=params, macs=macs, top1=top1, image_size=size
    )


def _sizes(stem: int, depths: tuple[int, int, int, int], channels: int, drop_path: float) -> Moat:
    """Each stage is twice as wide as the one before, which has `channels`."""
    widths = (channels, 2 * channels, 4 * channels, 8 * channels)
    return Moat(stem=stem, depths=depths, channels=widths, drop_path=drop_path)


PRESETS = (
    _variant("moat-0", "MOAT-0", _sizes(64, SHALLOW, 96, 0.2), 27_846_892, 5.6381e9, 83.3),
    _variant("moat-1", "MOAT-1", _sizes(64, MIDDLE, 96, 0.3), 41_598_448, 9.0015e9, 84.2),
    _variant("moat-2", "MOAT-2", _sizes(128, MIDDLE, 128, 0.3), 73_422_408, 17.0455e9, 84.7),
    _variant("moat-3", "MOAT-3", _sizes(160, DEEP, 160, 0.6), 189_958_040, 44.5529e9, 85.3),
    _variant("moat-4", "MOAT-4", _sizes(256, DEEP, 256, 0.7), 483_214_184, 636.272e9, 89.1, 512),
    _variant("tiny-moat-0", "tiny-MOAT-0", _sizes(32, SHALLOW, 32, 0.0), 3_355_348, 0.775e9, 75.5),
    _variant("tiny-moat-1", "tiny-MOAT-1", _sizes(40, SHALLOW, 40, 0.0), 5_122_895, 1.1791e9, 78.3),
    _variant("tiny-moat-2", "tiny-MOAT-2", _sizes(56, SHALLOW, 56, 0.0), 9_772_741, 2.239e9, 81.0),
    _variant("tiny-moat-3", "tiny-MOAT-3", _sizes(80, SHALLOW, 80, 0.1), 19_534_390, 4.4606e9, 82.7),
)
