"""Where what floats over the canvas goes, and what gives way where there is little room. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from app.canvas.geometry import Rect

EDGE = 16
GAP = 8
SMALL_WIDTH, SMALL_HEIGHT = 760, 420
"""A canvas smaller than this, in px, shows its map only while part of the design is out of view."""
LEAST_WIDTH, LEAST_HEIGHT = 400, 230
"""A canvas smaller than this shows no map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floating:
    """Places of the map and of the legend; None for what has no room."""

    minimap: tuple[int, int] | None
    legend: tuple[int, int] | None


def is_small(width: int, height: int) -> bool:
    """Whether a canvas of this size has room for its design alone."""
    return width < SMALL_WIDTH or height < SMALL_HEIGHT


def has_room_for_map(width: int, height: int, *, sees_all: bool) -> bool:
    """Whether the map is shown, on a canvas that sees the whole design or part of it."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return False
    return not (is_small(width, height) and sees_all)


def places(
    width: int,
    height: int,
    *,
    minimap: tuple[int, int] | None,
    legend: tuple[int, int],
    bar: Rect | None,
    bar_is_open: bool,
) -> Floating:
    """Places for a map and a legend of these sizes, beside the bar of image sizes; no two of the three overlap.

    The map keeps the lower right corner. The legend stands at the right of the bar, else above it.
    """
    corner = Rect(width - minimap[0] - EDGE, height - minimap[1] - EDGE, *minimap) if minimap else None
    beside = (EDGE if bar is None else int(bar.right) + GAP, height - legend[1] - EDGE)
    above = (EDGE, (height - EDGE if bar is None else int(bar.y) - GAP) - legend[1])
    for x, y in (above,) if bar_is_open else (beside, above):
        area = Rect(x, y, *legend)
        free = corner is None or not area.grown(GAP / 2).meets(corner)
        if free and area.right <= width - EDGE and area.y >= EDGE:
            return Floating(minimap=(int(corner.x), int(corner.y)) if corner else None, legend=(x, y))
    return Floating(minimap=(int(corner.x), int(corner.y)) if corner else None, legend=None)
