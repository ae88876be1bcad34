"""Small hybrids of our own for small pictures and few of them; they come from no paper.

A stem, one stage of MBConv, one of MOAT blocks at a quarter of the resolution: convolution first and attention
after it, which CoAtNet's study finds to generalise from little data, scaled to what two processor cores can train.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage
from hybridgraph.presets.preset import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocket:
    """The numbers of one variant."""

    stem: int
    depths: tuple[int, int]
    channels: tuple[int, int]
    drop_path: float
    expansion: int = 2
    head_dim: int = 32


def build(name: str, v: Pocket, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; pictures above 48 pixels are halved once more, above 96 twice."""
    strides = (2, 1, 2) if image_size <= 48 else (2, 2, 2) if image_size <= 96 else (4, 2, 2)
    ramp = Ramp(0.0, v.drop_path, "net")
    items: list[Item] = [
        image(channels_in, image_size),
        block("stem", "conv_stem", channels=v.stem, stride=strides[0]),
    ]
    for index, kind in enumerate(("mbconv", "moat")):
        shared: dict[str, Value] = {
            "channels": v.channels[index],
            "stride": First(strides[index + 1], 1) if strides[index + 1] > 1 else 1,
            "expansion": v.expansion,
            **({"head_dim": v.head_dim} if kind == "moat" else {}),
            "drop_path": ramp,
        }
        items.append(
            stage(
                f"stage{index + 1}", kind, repeat=v.depths[index], title=f"Stage {index + 1}", shared=shared
            )
        )
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="pooled")])


_MOAT = Pocket(stem=24, depths=(1, 2), channels=(48, 96), drop_path=0.05)
PRESETS = (
    Preset(
        name="pocket-moat",
        title="Pocket MOAT",
        paper="",
        build=partial(build, v=_MOAT),
        params=169_108,
        macs=0.012269e9,
        image_size=28,
        channels_in=1,
        classes=10,
    ),
)
