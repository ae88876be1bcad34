"""Swin: patch embedding, four stages of shifted-window attention, patch merging between (Liu et al. 2021, arXiv:2103.14030)."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import Cycle, Ramp
from hybridgraph.presets.lane import block, image, lane, stage

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
