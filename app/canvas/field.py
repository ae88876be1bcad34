"""Rectangles in the cells of a grid: what lies near a place is found without looking at the rest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from app.canvas.geometry import Rect

CELL = 512.0
MOST_CELLS = 512  # a rectangle over more cells than this is kept apart, or one wire could fill the memory

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[int, int]


class Field(Generic[Key]):
    """Rectangles by key. Never changes: `changed` gives another field that shares the cells nobody touched."""

    __slots__ = ("_cells", "_large", "_rects")

    def __init__(self, rects: Mapping[Key, Rect] | None = None) -> None:
        self._rects: dict[Key, Rect] = {}
        self._cells: dict[Cell, tuple[tuple[Key, Rect], ...]] = {}
        self._large: dict[Key, Rect] = {}
        if rects:
            self._put(rects)

    def changed(self, gone: Iterable[Key], put: Mapping[Key, Rect]) -> Field[Key]:
        """The field without some rectangles, and with others added or moved."""
        result: Field[Key] = Field()
        result._rects, result._cells, result._large = {**self._rects}, {**self._cells}, {**self._large}
        for key in (*gone, *put):
            result._take(key)
        result._put(put)
        return result

    def near(self, area: Rect) -> list[tuple[Key, Rect]]:
        """The rectangles that overlap or touch an area, each once, in no particular order."""
        x, y, right, bottom = area.x, area.y, area.x + area.w, area.y + area.h
        left, top = int(x // CELL), int(y // CELL)
        across, down = int(right // CELL), int(bottom // CELL)
        found: list[tuple[Key, Rect]] = []
        if (across - left + 1) * (down - top + 1) > len(self._cells):
            pairs: Iterable[tuple[Key, Rect]] = self._rects.items()
            return [p for p in pairs if _touch(p[1], x, y, right, bottom)]
        for column in range(left, across + 1):
            for row in range(top, down + 1):
                for pair in self._cells.get((column, row), ()):
                    rx, ry, w, h = pair[1]
                    if (
                        rx <= right
                        and rx + w >= x
                        and ry <= bottom
                        and ry + h >= y
                        # one that lies in several cells is told in the first of those that were asked for
                        and column == max(left, rx // CELL)
                        and row == max(top, ry // CELL)
                    ):
                        found.append(pair)
        found.extend(pair for pair in self._large.items() if _touch(pair[1], x, y, right, bottom))
        return found

    def _put(self, rects: Mapping[Key, Rect]) -> None:
        self._rects.update(rects)
        for key, rect in rects.items():
            cells = _cells(rect)
            if cells is None:
                self._large[key] = rect
                continue
            for cell in cells:
                self._cells[cell] = (*self._cells.get(cell, ()), (key, rect))

    def _take(self, key: Key) -> None:
        rect = self._rects.pop(key, None)
        if rect is None:
            return
        if self._large.pop(key, None) is not None:
            return
        for cell in _cells(rect) or ():
            self._cells[cell] = tuple(pair for pair in self._cells[cell] if pair[0] != key)


def _touch(rect: Rect, x: float, y: float, right: float, bottom: float) -> bool:
    return rect[0] <= right and rect[0] + rect[2] >= x and rect[1] <= bottom and rect[1] + rect[3] >= y


def _cells(rect: Rect) -> Iterator[Cell] | None:
    """The cells that a rectangle lies in; None when they are too many."""
    x, y, w, h = rect
    left, across, top, down = int(x // CELL), int((x + w) // CELL), int(y // CELL), int((y + h) // CELL)
    if (across - left + 1) * (down - top + 1) > MOST_CELLS:
        return None
    return ((column, row) for column in range(left, across + 1) for row in range(top, down + 1))
