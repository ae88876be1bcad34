"""MaxViT, for comparison: a stem, then four stages of convolution with attention in windows and along grids.

Tu et al. 2022, "MaxViT: Multi-Axis Vision Transformer" (arXiv:2204.01697).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import ceil, prod

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage, strides_for
from hybridgraph.presets.preset import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxViT:
    """The numbers of one variant; each stage is twice as wide as the one before."""

    stem: int
    channels: int
    depths: tuple[int, int, int, int]
    drop_path: float
    head_dim: int = 32


def build(name: str, v: MaxViT, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design: windows as large as the last grid, 7 for pictures of 224 pixels.

    Small pictures lose the first strides.
    """
    first, *strides = strides_for(image_size, (2,) * 5)
    window = ceil(image_size / prod((first, *strides)))
    items: list[Item] = [
        image(channels_in, image_size),
        block("stem", "conv_stem", channels=v.stem, stride=first),
    ]
    for index, (depth, stride) in enumerate(zip(v.depths, strides, strict=True)):
        shared: dict[str, Value] = {
            "channels": v.channels << index,
            "stride": First(stride, 1) if stride > 1 else 1,
            "window": window,
            "head_dim": v.head_dim,
            "drop_path": Ramp(0.0, v.drop_path, "net"),
        }
        number = index + 1
        items.append(stage(f"stage{number}", "maxvit", repeat=depth, title=f"Stage {number}", shared=shared))
    head = block("classifier", "classifier", classes=classes, norm="pooled", hidden=True)
    return lane(name, [*items, head])


PRESETS = (
    Preset(
        name="maxvit-t",
        title="MaxViT-T",
        paper="Tu et al. 2022 · arXiv:2204.01697",
        build=partial(build, v=MaxViT(stem=64, channels=64, depths=(2, 2, 5, 2), drop_path=0.2)),
        params=30_916_528,
        macs=5.5518e9,
        top1=83.6,
    ),
)
