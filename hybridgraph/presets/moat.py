"""MOAT: a stem, two stages of MBConv, two of MOAT blocks (Yang et al. 2022, arXiv:2210.01820)."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp
from hybridgraph.presets.lane import block, image, lane, stage, strides_for


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
    for index in (0, 1):
        items.append(
            stage(f"stage{index + 1}", "mbconv", repeat=v.depths[index], title=f"Stage {index + 1}", shared={
                "channels": v.channels[index],
                "stride": First(strides[index + 1], 1) if strides[index + 1] > 1 else 1,
                "expansion": 4,
                "drop_path": ramp,
            })
        )  # fmt: skip
    for index in (2, 3):
        items.append(
            stage(f"stage{index + 1}", "moat", repeat=v.depths[index], title=f"Stage {index + 1}", shared={
                "channels": v.channels[index],
                "stride": First(strides[index + 1], 1) if strides[index + 1] > 1 else 1,
                "expansion": 4,
                "head_dim": 32,
                "window": None,
                "bias_size": None if small else v.tables[index - 2],
                "drop_path": ramp,
            })
        )  # fmt: skip
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="pooled")])
