"""CoAtNet: a stem, stages of MBConv, then stages of relative transformer blocks.

Dai et al. 2021, "CoAtNet: Marrying Convolution and Attention for All Data Sizes" (arXiv:2106.04803). Variants 0 to 7,
those with the stride in the depthwise convolution, and the layouts of the paper's study at one size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from operator import mul

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage, strides_for
from hybridgraph.presets.preset import Preset

TRAINED_SIZE = 224
"""The picture size whose grids the tables of relative offsets are made for; other sizes resize them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoAtNet:
    """The numbers of one variant. `layout` has a letter for each stage: C for MBConv, T for transformer."""

    stem: int
    depths: tuple[int, ...]
    channels: tuple[int, ...]
    drop_path: float
    layout: str = "CCTT"
    strides: tuple[int, ...] = (2, 2, 2, 2)
    head_dim: int = 32
    stride_in: str = "expand"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchesOnly:
    """ViT_REL of the layout study: patches, then relative transformer blocks at one grid."""

    channels: int
    depth: int
    patch: int = 16
    head_dim: int = 32


def build(name: str, v: CoAtNet, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; at small pictures the first strides go and the tables take the real grid."""
    strides = strides_for(image_size, (2, *v.strides))
    small = strides != [2, *v.strides]
    tables = [TRAINED_SIZE // total for total in accumulate((2, *v.strides), mul)][1:]
    ramp = Ramp(0.0, v.drop_path, "net")
    items: list[Item] = [
        image(channels_in, image_size),
        block("stem", "conv_stem", channels=v.stem, stride=strides[0]),
    ]
    convolution: dict[str, Value] = {
        "expansion": 4,
        "stride_in": v.stride_in,
        "pool": "max",
        "drop_path": ramp,
    }
    attention: dict[str, Value] = {"expansion": 4, "head_dim": v.head_dim, "drop_path": ramp}
    for index, (letter, channels) in enumerate(zip(v.layout, v.channels, strict=True)):
        stride: Value = First(strides[index + 1], 1) if strides[index + 1] > 1 else 1
        shared: dict[str, Value] = {"channels": channels, "stride": stride}
        if letter == "C":
            shared |= convolution
        else:
            shared |= {**attention, "bias_size": None if small else tables[index]}
        kind = "mbconv" if letter == "C" else "coatnet_transformer"
        made = stage(
            f"stage{index + 1}", kind, repeat=v.depths[index], title=f"Stage {index + 1}", shared=shared
        )
        items.append(made)
    head = block("classifier", "classifier", classes=classes, norm="pooled", hidden=True)
    return lane(name, [*items, head])


def build_patches_only(
    name: str, v: PatchesOnly, *, image_size: int, channels_in: int, classes: int
) -> Graph:
    """ViT_REL as a design; pictures below 64 pixels get smaller patches."""
    patch = v.patch
    while patch > 1 and image_size // patch < 4:
        patch //= 2
    shared: dict[str, Value] = {
        "channels": v.channels,
        "expansion": 4,
        "head_dim": v.head_dim,
        "bias_size": TRAINED_SIZE // v.patch if patch == v.patch else None,
    }
    items: list[Item] = [
        image(channels_in, image_size),
        block("patch_embed", "patch_embed", channels=v.channels, patch=patch, norm=False),
        stage("encoder", "coatnet_transformer", repeat=v.depth, title="Encoder", shared=shared),
        block("classifier", "classifier", classes=classes, norm="pooled", hidden=True),
    ]
    return lane(name, items)


PAPER = "Dai et al. 2021 · arXiv:2106.04803"
SMALL, WIDE, HUGE = (96, 192, 384, 768), (128, 256, 512, 1024), (192, 384, 768, 1536)

_0 = CoAtNet(stem=64, depths=(2, 3, 5, 2), channels=SMALL, drop_path=0.2)
_1 = CoAtNet(stem=64, depths=(2, 6, 14, 2), channels=SMALL, drop_path=0.3)
_2 = CoAtNet(stem=128, depths=(2, 6, 14, 2), channels=WIDE, drop_path=0.5)
_3 = CoAtNet(stem=192, depths=(2, 6, 14, 2), channels=HUGE, drop_path=0.7)
_4 = CoAtNet(stem=192, depths=(2, 12, 28, 2), channels=HUGE, drop_path=0.7)
_5 = CoAtNet(stem=192, depths=(2, 12, 28, 2), channels=(256, 512, 1280, 2048), drop_path=0.2, head_dim=64)
# The largest two split the third stage: MBConv at stride 16, then transformer blocks on the same grid. The last
# stage of CoAtNet-6 is printed as 2048 channels wide, but only 3072 give the printed 1.47 billion parameters.
_6 = CoAtNet(
    stem=192,
    depths=(2, 4, 8, 42, 2),
    channels=(192, 384, 768, 1536, 3072),
    drop_path=0.2,
    layout="CCCTT",
    strides=(2, 2, 2, 1, 2),
    head_dim=128,
)
_7 = CoAtNet(
    stem=192,
    depths=(2, 4, 8, 42, 2),
    channels=(256, 512, 1024, 2048, 3072),
    drop_path=0.2,
    layout="CCCTT",
    strides=(2, 2, 2, 1, 2),
    head_dim=128,
)
_0d = CoAtNet(stem=64, depths=(2, 3, 5, 2), channels=SMALL, drop_path=0.2, stride_in="depthwise")
_1d = CoAtNet(stem=64, depths=(2, 6, 14, 2), channels=SMALL, drop_path=0.3, stride_in="depthwise")
_2d = CoAtNet(stem=128, depths=(2, 6, 14, 2), channels=WIDE, drop_path=0.5, stride_in="depthwise")
_3d = CoAtNet(stem=192, depths=(2, 6, 14, 2), channels=HUGE, drop_path=0.1, stride_in="depthwise")

# The paper trained its layouts at comparable size without printing which. Here each is as wide as CoAtNet-0, and
# the depths bring all five to 25 million parameters.
_CCCC = CoAtNet(stem=64, depths=(2, 3, 8, 2), channels=SMALL, drop_path=0.0, layout="CCCC")
_CCCT = CoAtNet(stem=64, depths=(2, 3, 6, 2), channels=SMALL, drop_path=0.0, layout="CCCT")
_CCTT = CoAtNet(stem=64, depths=(2, 3, 5, 2), channels=SMALL, drop_path=0.0, layout="CCTT")
_CTTT = CoAtNet(stem=64, depths=(2, 3, 5, 2), channels=SMALL, drop_path=0.0, layout="CTTT")
_REL = PatchesOnly(channels=384, depth=14)


def _variant(
    name: str, title: str, v: CoAtNet, params: int, macs: float, top1: float | None = None, size: int = 224
) -> Preset:
    made = partial(build, v=v)
    return Preset(
        name=name, title=title, paper=PAPER, build=made, params=params, macs=macs, top1=top1, image_size=size
    )


PRESETS = (
    _variant("coatnet-0", "CoAtNet-0", _0, 25_036_948, 4.1419e9, 81.6),
    _variant("coatnet-1", "CoAtNet-1", _1, 42_225_904, 8.239e9, 83.3),
    _variant("coatnet-2", "CoAtNet-2", _2, 74_685_000, 15.5023e9, 84.1),
    _variant("coatnet-3", "CoAtNet-3", _3, 166_966_648, 34.3723e9, 84.5),
    _variant("coatnet-4", "CoAtNet-4", _4, 275_425_672, 351.4609e9, 88.1, 512),
    _variant("coatnet-5", "CoAtNet-5", _5, 687_053_336, 803.9812e9, 89.77, 512),
    _variant("coatnet-6", "CoAtNet-6", _6, 1_471_125_616, 1495.4898e9, 90.45, 512),
    _variant("coatnet-7", "CoAtNet-7", _7, 2_441_973_112, 2538.5293e9, 90.88, 512),
    _variant("coatnet-0-dconv", "CoAtNet-0, strided depthwise", _0d, 25_036_948, 4.5465e9, 82.0),
    _variant("coatnet-1-dconv", "CoAtNet-1, strided depthwise", _1d, 42_225_904, 8.6435e9, 83.5),
    _variant("coatnet-2-dconv", "CoAtNet-2, strided depthwise", _2d, 74_685_000, 16.4271e9, 84.1),
    _variant("coatnet-3-dconv", "CoAtNet-3, strided depthwise", _3d, 166_966_648, 111.9072e9, 88.52, 384),
    _variant("layout-c-c-c-c", "Layout C-C-C-C", _CCCC, 25_434_376, 3.8716e9),
    _variant("layout-c-c-c-t", "Layout C-C-C-T", _CCCT, 25_031_032, 3.6511e9),
    _variant("layout-c-c-t-t", "Layout C-C-T-T", _CCTT, 25_036_948, 4.1419e9),
    _variant("layout-c-t-t-t", "Layout C-T-T-T", _CTTT, 25_304_374, 5.195e9),
    Preset(
        name="layout-vit-rel",
        title="Layout ViT_REL",
        paper=PAPER,
        build=partial(build_patches_only, v=_REL),
        params=25_793_872,
        macs=5.3268e9,
    ),
)
