"""Swin in both versions: patch embedding, four stages of shifted-window attention, patch merging between.

Liu et al. 2021 (arXiv:2103.14030) and 2022 (arXiv:2111.09883).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import Cycle, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage
from hybridgraph.presets.preset import Preset

PATCH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Swin:
    """The numbers of one variant; each stage doubles the channels of the one before.

    The second version may be made for other windows and pictures than it is used with: `trained` is the side of the
    windows and that of the pictures it was trained with first.
    """

    channels: int
    depths: tuple[int, int, int, int]
    drop_path: float
    window: int = 7
    head_dim: int = 32
    second: bool = False
    trained: tuple[int, int] | None = None


def patch_for(size: int) -> int:
    """The paper's patch of 4 pixels, halved for small pictures until the last stage keeps a grid of 4 or so."""
    patch = PATCH
    while patch > 1 and size // (patch * 8) < 3:
        patch //= 2
    return patch


def window_for(size: int, totals: Sequence[int], window: int) -> int:
    """The largest window, up to the paper's, that tiles the grid of each stage or covers it whole.

    `totals` says how many times smaller than the picture each stage's map is. A size that does not halve so often counts as the next one that does, which the plan will then ask for. Where there
    is none, the paper's window stays and the plan says which stage it does not fit.
    """
    last = -(-size // totals[-1])
    grids = [last * totals[-1] // total for total in totals]
    fits = [w for w in range(2, window + 1) if all(grid <= w or grid % w == 0 for grid in grids)]
    return max(fits, default=window)


def build(name: str, v: Swin, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; the shift alternates between none and half a window, rounded down."""
    patch = patch_for(image_size)
    window = window_for(image_size, [patch << stage for stage in range(4)], v.window)
    items: list[Item] = [
        image(channels_in, image_size),
        block("patch_embed", "patch_embed", channels=v.channels, patch=patch),
    ]
    for index, depth in enumerate(v.depths):
        merge = (
            block("merge", "patch_merging", norm_last=True) if v.second else block("merge", "patch_merging")
        )
        shared: dict[str, Value] = {
            "head_dim": v.head_dim,
            "window": window,
            "shift": Cycle((0, window // 2)),
            "expansion": 4,
            "drop_path": Ramp(0.0, v.drop_path, "net"),
        }
        if v.trained:
            side, size = v.trained
            shared["trained_window"] = min(side, size // (PATCH << index))
        kind = "swin_v2_block" if v.second else "swin_block"
        items.append(
            stage(
                f"stage{index + 1}",
                kind,
                repeat=depth,
                title=f"Stage {index + 1}",
                entry=merge if index else None,
                shared=shared,
            )
        )
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="positions")])


FIRST, SECOND = "Liu et al. 2021 · arXiv:2103.14030", "Liu et al. 2022 · arXiv:2111.09883"


def _variant(
    name: str, title: str, v: Swin, params: int, macs: float, top1: float, size: int = 224
) -> Preset:
    paper = SECOND if v.second else FIRST
    made = partial(build, v=v)
    return Preset(
        name=name, title=title, paper=paper, build=made, params=params, macs=macs, top1=top1, image_size=size
    )


def _sizes(channels: int, third: int, drop_path: float, window: int = 7) -> Swin:
    """The variants differ in width and in the depth of the third stage."""
    return Swin(channels=channels, depths=(2, 2, third, 2), drop_path=drop_path, window=window)


def _second(
    size: str, window: int, v: Swin, params: int, macs: float, top1: float, pixels: int = 256
) -> Preset:
    name, title = f"swinv2-{size.lower()}-w{window}", f"SwinV2-{size}, window {window}"
    return _variant(name, title, replace(v, window=window, second=True), params, macs, top1, pixels)


_T, _S, _B = _sizes(96, 6, 0.2), _sizes(96, 18, 0.3), _sizes(128, 18, 0.5)
_L = _sizes(192, 18, 0.2)
# For pictures of 384 pixels the second version goes on from windows of 12 in pictures of 192, on ImageNet-22K.
_B24, _L24 = (replace(v, drop_path=0.2, trained=(12, 192)) for v in (_B, _L))

# Windows of 12 are for pictures of 384 pixels. The large ones were trained on ImageNet-22K first.
PRESETS = (
    _variant("swin-t", "Swin-T", _T, 28_288_354, 4.4906e9, 81.3),
    _variant("swin-s", "Swin-S", _S, 49_606_258, 8.7409e9, 83.0),
    _variant("swin-b", "Swin-B", _B, 87_768_224, 15.4309e9, 83.5),
    _variant("swin-l", "Swin-L", _L, 196_532_476, 34.4758e9, 86.3),
    _variant("swin-t-w12", "Swin-T, window 12", _sizes(96, 6, 0.2, 12), 28_338_034, 13.9938e9, 82.2, 384),
    _variant("swin-s-w12", "Swin-S, window 12", _sizes(96, 18, 0.3, 12), 49_707_778, 26.9888e9, 83.9, 384),
    _variant("swin-b-w12", "Swin-B, window 12", _sizes(128, 18, 0.1, 12), 87_903_584, 47.0831e9, 84.5, 384),
    _variant("swin-l-w12", "Swin-L, window 12", _sizes(192, 18, 0.2, 12), 196_735_516, 103.9191e9, 87.3, 384),
    _second("T", 8, _T, 28_347_154, 5.9397e9, 81.8),
    _second("T", 16, _T, 28_347_154, 6.6606e9, 82.8),
    _second("S", 8, _S, 49_728_418, 11.5459e9, 83.7),
    _second("S", 16, _S, 49_728_418, 12.7831e9, 84.1),
    _second("B", 8, _B, 87_918_816, 20.3251e9, 84.2),
    _second("B", 16, _B, 87_918_816, 21.9692e9, 84.6),
    _second("B", 24, _B24, 87_918_816, 55.1483e9, 87.1, 384),
    _second("L", 24, _L24, 196_739_932, 115.9914e9, 87.6, 384),
)
