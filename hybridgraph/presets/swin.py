"""Swin: patch embedding, four stages of shifted-window attention, patch merging between (Liu et al. 2021, arXiv:2103.14030)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import Cycle, Ramp
from hybridgraph.presets.lane import block, image, lane, stage
from hybridgraph.presets.preset import Preset

PATCH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Swin:
    """The numbers of one variant; each stage doubles the channels of the one before."""

    channels: int
    depths: tuple[int, int, int, int]
    drop_path: float
    window: int = 7
    head_dim: int = 32


def patch_for(size: int) -> int:
    """The paper's patch of 4 pixels, halved for small pictures until the last stage keeps a grid of 4 or so."""
    patch = PATCH
    while patch > 1 and size // (patch * 8) < 3:
        patch //= 2
    return patch


def window_for(size: int, patch: int, window: int) -> int:
    """The largest window, up to the paper's, that tiles the grid of each stage or covers it whole.

    Where there is none, the paper's window stays and the plan says which stage it does not fit.
    """
    grids = [size // (patch * 2**stage) for stage in range(4)]
    fits = [w for w in range(2, window + 1) if all(grid <= w or grid % w == 0 for grid in grids)]
    return max(fits, default=window)


def build(name: str, v: Swin, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; the shift alternates between none and half a window, rounded down."""
    patch = patch_for(image_size)
    window = window_for(image_size, patch, v.window)
    items: list[Item] = [
        image(channels_in, image_size),
        block("patch_embed", "patch_embed", channels=v.channels, patch=patch),
    ]
    for index, depth in enumerate(v.depths):
        items.append(
            stage(
                f"stage{index + 1}", "swin_block", repeat=depth, title=f"Stage {index + 1}",
                entry=block("merge", "patch_merging") if index else None,
                shared={
                    "head_dim": v.head_dim,
                    "window": window,
                    "shift": Cycle((0, window // 2)),
                    "expansion": 4,
                    "drop_path": Ramp(0.0, v.drop_path, "net"),
                },
            )
        )  # fmt: skip
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="positions")])


PAPER = "Liu et al. 2021 · arXiv:2103.14030"


def _variant(
    name: str, title: str, v: Swin, params: int, macs: float, top1: float, size: int = 224
) -> Preset:
    made = partial(build, v=v)
    return Preset(
        name=name, title=title, paper=PAPER, build=made, params=params, macs=macs, top1=top1, image_size=size
    )


def _sizes(channels: int, third: int, drop_path: float, window: int = 7) -> Swin:
    """The variants differ in width and in the depth of the third stage."""
    return Swin(channels=channels, depths=(2, 2, third, 2), drop_path=drop_path, window=window)


# Windows of 12 are for pictures of 384 pixels. The large ones were trained on ImageNet-22K first.
PRESETS = (
    _variant("swin-t", "Swin-T", _sizes(96, 6, 0.2), 28_288_354, 4.4906e9, 81.3),
    _variant("swin-s", "Swin-S", _sizes(96, 18, 0.3), 49_606_258, 8.7409e9, 83.0),
    _variant("swin-b", "Swin-B", _sizes(128, 18, 0.5), 87_768_224, 15.4309e9, 83.5),
    _variant("swin-l", "Swin-L", _sizes(192, 18, 0.2), 196_532_476, 34.4758e9, 86.3),
    _variant("swin-t-w12", "Swin-T, window 12", _sizes(96, 6, 0.2, 12), 28_338_034, 13.9938e9, 82.2, 384),
    _variant("swin-s-w12", "Swin-S, window 12", _sizes(96, 18, 0.3, 12), 49_707_778, 26.9888e9, 83.9, 384),
    _variant("swin-b-w12", "Swin-B, window 12", _sizes(128, 18, 0.1, 12), 87_903_584, 47.0831e9, 84.5, 384),
    _variant("swin-l-w12", "Swin-L, window 12", _sizes(192, 18, 0.2, 12), 196_735_516, 103.9191e9, 87.3, 384),
)
