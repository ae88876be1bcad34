"""Small hybrids of our own for small pictures and few of them; they come from no paper.

Convolution first and attention after it, at a quarter of the resolution, which CoAtNet's study finds to generalise from
little data, scaled to what two processor cores can train. Pocket MOAT is small: a stem, one stage of MBConv, one of MOAT
blocks. Pocket CoAtNet is quick for what it computes: its convolutions are plain ones of 3×3, which processors do many
times faster than depthwise ones, and a transformer block with relative positions looks over the last map.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PocketResidual:
    """The numbers of a variant with residual blocks and transformer blocks."""

    stem: int
    depths: tuple[int, int, int]
    channels: tuple[int, int]
    expansion: int = 2
    head_dim: int = 32


def build_residual(name: str, v: PocketResidual, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; larger pictures are halved more often at the beginning, as above."""
    strides = (1, 2, 2) if image_size <= 48 else (2, 2, 2) if image_size <= 96 else (4, 2, 2)
    items: list[Item] = [
        image(channels_in, image_size),
        block("stem", "conv_norm_act", channels=v.stem, stride=strides[0]),
    ]
    for index in (0, 1):
        shared: dict[str, Value] = {"channels": v.channels[index], "stride": First(strides[index + 1], 1)}
        title = f"Stage {index + 1}"
        items.append(
            stage(f"stage{index + 1}", "resnet_basic", repeat=v.depths[index], title=title, shared=shared)
        )
    shared = {"channels": v.channels[1], "expansion": v.expansion, "head_dim": v.head_dim}
    items += [
        stage("stage3", "coatnet_transformer", repeat=v.depths[2], title="Stage 3", shared=shared),
        block("classifier", "classifier", classes=classes, norm="pooled"),
    ]
    return lane(name, items)


_COATNET = PocketResidual(stem=32, depths=(2, 2, 1), channels=(64, 128))
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
    Preset(
        name="pocket-coatnet",
        title="Pocket CoAtNet",
        paper="",
        build=partial(build_residual, v=_COATNET),
        params=792_334,
        macs=0.058644e9,
        image_size=28,
        channels_in=1,
        classes=10,
    ),
)
