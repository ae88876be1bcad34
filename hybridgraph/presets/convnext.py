"""ConvNeXt, for comparison: patches of 4 pixels, four stages, and a layer that shrinks the map between them.

Liu et al. 2022, "A ConvNet for the 2020s" (arXiv:2201.03545).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage
from hybridgraph.presets.preset import Preset
from hybridgraph.presets.swin import patch_for

EPSILON = 1e-6
"""What all of ConvNeXt's norms add to the variance; those between the ends have it by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvNeXt:
    """The numbers of one variant; each stage is twice as wide as the one before."""

    channels: int
    third: int
    drop_path: float


def build(name: str, v: ConvNeXt, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; small pictures get smaller patches."""
    items: list[Item] = [
        image(channels_in, image_size),
        block("patch_embed", "patch_embed", channels=v.channels, patch=patch_for(image_size), eps=EPSILON),
    ]
    shared: dict[str, Value] = {"expansion": 4, "drop_path": Ramp(0.0, v.drop_path, "net")}
    for index, depth in enumerate((3, 3, v.third, 3)):
        entry = block("down", "convnext_downsample", channels=v.channels << index) if index else None
        made = stage(
            f"stage{index + 1}",
            "convnext_block",
            repeat=depth,
            title=f"Stage {index + 1}",
            entry=entry,
            shared=shared,
        )
        items.append(made)
    head = block("classifier", "classifier", classes=classes, norm="pooled", eps=EPSILON)
    return lane(name, [*items, head])


PAPER = "Liu et al. 2022 · arXiv:2201.03545"


def _variant(name: str, title: str, v: ConvNeXt, params: int, macs: float, top1: float) -> Preset:
    made = partial(build, v=v)
    return Preset(name=name, title=title, paper=PAPER, build=made, params=params, macs=macs, top1=top1)


_T = ConvNeXt(channels=96, third=9, drop_path=0.1)
_S = ConvNeXt(channels=96, third=27, drop_path=0.4)
_B = ConvNeXt(channels=128, third=27, drop_path=0.5)
_L = ConvNeXt(channels=192, third=27, drop_path=0.5)

PRESETS = (
    _variant("convnext-t", "ConvNeXt-T", _T, 28_589_128, 4.4555e9, 82.1),
    _variant("convnext-s", "ConvNeXt-S", _S, 50_223_688, 8.6837e9, 83.1),
    _variant("convnext-b", "ConvNeXt-B", _B, 88_591_464, 15.3547e9, 83.8),
    _variant("convnext-l", "ConvNeXt-L", _L, 197_767_336, 34.3614e9, 84.3),
)
