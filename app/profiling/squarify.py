"""Rectangles whose areas are given numbers, as near to squares as can be.

M. Bruls, K. Huizing, J. J. van Wijk, "Squarified treemaps", Data Visualization 2000, 33-42.
"""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]
"""x, y, width, height."""
_LEAST = 1e-9
"""A smaller share of the whole is below what the eye and the numbers can tell."""


def squarified(sizes: Sequence[float], x: float, y: float, width: float, height: float) -> list[Box]:
    """A box for each size, in the order of `sizes`, which fill the rectangle; what is nothing beside the whole gets an empty one."""
    whole = sum(size for size in sizes if size > 0)
    boxes: list[Box] = [(x, y, 0.0, 0.0)] * len(sizes)
    if whole <= 0 or width <= 0 or height <= 0:
        return boxes
    scale = width * height / whole
    order = sorted((at for at, size in enumerate(sizes) if size > whole * _LEAST), key=lambda at: -sizes[at])
    row: list[int] = []
    while order:
        side = min(width, height)
        areas = [sizes[at] * scale for at in row]
        longer = [*areas, sizes[order[0]] * scale]
        if not row or _worst(longer, side) <= _worst(areas, side):
            row.append(order.pop(0))
            continue
        x, y, width, height = _lay(row, areas, boxes, x, y, width, height)
        row = []
    _lay(row, [sizes[at] * scale for at in row], boxes, x, y, width, height)
    return boxes


def _worst(areas: Sequence[float], side: float) -> float:
    """The largest ratio of the sides in a row of these areas along `side`."""
    total = sum(areas)
    return max(
        side * side * max(areas) / (total * total),
        total * total / (side * side * min(areas)),
    )


def _lay(
    row: Sequence[int], areas: Sequence[float], boxes: list[Box],
    x: float, y: float, width: float, height: float,
) -> Box:  # fmt: skip
    """Put a row along the shorter side; what is left of the rectangle."""
    total = sum(areas)
    if width >= height:
        thick, place = total / height, y
        for at, area in zip(row, areas, strict=True):
            boxes[at] = (x, place, thick, area / thick)
            place += area / thick
        return x + thick, y, max(width - thick, 0.0), height
    thick, place = total / width, x
    for at, area in zip(row, areas, strict=True):
        boxes[at] = (place, y, area / thick, thick)
        place += area / thick
    return x, y + thick, width, max(height - thick, 0.0)
