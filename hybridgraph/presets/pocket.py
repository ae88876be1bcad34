"""Small hybrids of our own for small pictures and few of them; they come from no paper.

A stem that keeps the resolution, one stage of MBConv at half of it, one of MOAT blocks at a quarter: the layout
that CoAtNet's study finds best for little data, scaled to what two processor cores can train.
"""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocket:
    """The numbers of one variant."""

    stem: int
    depths: tuple[int, int]
    channels: tuple[int, int]
    drop_path: float
    head_dim: int = 32


def build(name: str, v: Pocket, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; pictures above 48 pixels are halved in the stem, above 96 twice."""
    stem_stride = 1 if image_size <= 48 else 2 if image_size <= 96 else 4
    ramp = Ramp(0.0, v.drop_path, "net")
    items: list[Item] = [
        image(channels_in, image_size),
        block("stem", "conv_stem", channels=v.stem, stride=stem_stride),
    ]
    for index, kind in enumerate(("mbconv", "moat")):
        shared: dict[str, Value] = {
            "channels": v.channels[index],
            "stride": First(2, 1),
            "expansion": 4,
            **({"head_dim": v.head_dim} if kind == "moat" else {}),
            "drop_path": ramp,
        }
        items.append(
            stage(
                f"stage{index + 1}", kind, repeat=v.depths[index], title=f"Stage {index + 1}", shared=shared
            )
        )
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="pooled")])
