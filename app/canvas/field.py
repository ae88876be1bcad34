"""Rectangles in the cells of a grid: what lies near a place is found without looking at the rest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from math import inf
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from app.canvas.geometry import Rect

CELL = 512.0
MOST_CELLS = 512  # a rectangle over more cells than this is kept apart, or one wire could fill the memory

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[int, int]
_NOTHING: Mapping[Any, Rect] = MappingProxyType({})


class Field(Generic[Key]):
    """Rectangles by key. Never changes: `changed` gives another field that shares the cells nobody touched."""

    __slots__ = ("_cells", "_large", "_rects")

    def __init__(self, rects: Mapping[Key, Rect] | None = None) -> None:
        self._rects: dict[Key, Rect] = {}
        self._cells: dict[Cell, dict[Key, Rect]] = {}
        self._large: dict[Key, Rect] = {}
        for key, rect in rects.items() if rects else ():
            self._rects[key] = rect
            for cell in self._cells_of(key, rect):
                if cell not in self._cells:
                    self._cells[cell] = {}
                self._cells[cell][key] = rect

    def changed(self, gone: Iterable[Key], put: Mapping[Key, Rect]) -> Field[Key]:
        """The field without some rectangles, and with others added or moved."""
        result: Field[Key] = Field()
        result._rects, result._cells, result._large = {**self._rects}, {**self._cells}, {**self._large}
        own: set[Cell] = set()

        def cell_of(cell: Cell) -> dict[Key, Rect]:
            if cell not in own:
                own.add(cell)
                result._cells[cell] = {**result._cells.get(cell, {})}
            return result._cells[cell]

        for key in (*gone, *put):
            rect = result._rects.pop(key, None)
            if rect is None or result._large.pop(key, None) is not None:
                continue
            for cell in result._cells_of(key, rect):
                del cell_of(cell)[key]
        for key, rect in put.items():
            result._rects[key] = rect
            for cell in result._cells_of(key, rect):
                cell_of(cell)[key] = rect
        for cell in own:
            if not result._cells[cell]:
                del result._cells[cell]
        return result

    def _cells_of(self, key: Key, rect: Rect) -> list[Cell]:
        """The cells that a rectangle lies in; none when they are too many, and it is kept apart."""
        x, y, w, h = rect
        left, across, top, down = int(x // CELL), int((x + w) // CELL), int(y // CELL), int((y + h) // CELL)
        if left == across and top == down:
            return [(left, top)]
        if (across - left + 1) * (down - top + 1) > MOST_CELLS:
            self._large[key] = rect
            return []
        return [(column, row) for column in range(left, across + 1) for row in range(top, down + 1)]

    def near(self, area: Rect) -> list[tuple[Key, Rect]]:
        """The rectangles that overlap or touch an area, each once, in no particular order."""
        x, y, right, bottom = area.x, area.y, area.x + area.w, area.y + area.h
        left, top = int(x // CELL), int(y // CELL)
        across, down = int(right // CELL), int(bottom // CELL)
        found: list[tuple[Key, Rect]] = []
        if (across - left + 1) * (down - top + 1) > len(self._cells):
            return [pair for pair in self._rects.items() if _touch(pair[1], x, y, right, bottom)]
        for column in range(left, across + 1):
            # one that lies in several cells is told in the first of those that were asked for
            first_x = column * CELL if column > left else -inf
            for row in range(top, down + 1):
                first_y = row * CELL if row > top else -inf
                for key, rect in self._cells.get((column, row), _NOTHING).items():
                    rx, ry, w, h = rect
                    if first_x <= rx <= right and first_y <= ry <= bottom and rx + w >= x and ry + h >= y:
                        found.append((key, rect))
        if self._large:
            found.extend(pair for pair in self._large.items() if _touch(pair[1], x, y, right, bottom))
        return found


def _touch(rect: Rect, x: float, y: float, right: float, bottom: float) -> bool:
    return rect[0] <= right and rect[0] + rect[2] >= x and rect[1] <= bottom and rect[1] + rect[3] >= y
