"""MOAT: a stem, two stages of MBConv, two of MOAT blocks (Yang et al. 2022, arXiv:2210.01820)."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp, Value
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
