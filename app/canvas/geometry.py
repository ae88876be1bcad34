"""Where things are: rectangles, sizes of cards, places of ports, snapping. Pure functions, no painting.

Lengths are scene units, which are pixels at 100 % zoom. Text is measured by a table of letter widths instead
of a font, so that a layout is the same on every machine and needs no window.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, hypot
from typing import NamedTuple

GRID = 8
CARD_HEIGHT = 64
CARD_MIN, CARD_MAX = 96, 248
PORT_REACH = 12  # how far from its centre a port can be grabbed
PORT_GAP = 18
PADDING = 12
NODE_GAP = 32
STAGE_GAP = 80  # between stages and between them and cards: a shape fits on the wire
STAGE_SIDE = 36  # from a container's edge to its body
STAGE_HEAD = 64  # room for name, block and share above the body
STAGE_FOOT = 48  # room for the repeat handle below it
STAGE_MIN = 216
STACK = 4  # how far each edge of a collapsed stage shows below the one above


class Rect(NamedTuple):
    """An upright rectangle."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.h

    @property
    def center(self) -> tuple[float, float]:
        """The point in the middle."""
        return self.x + self.w / 2, self.y + self.h / 2

    def moved(self, dx: float, dy: float) -> Rect:
        """The same rectangle elsewhere."""
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def grown(self, margin: float) -> Rect:
        """The rectangle with a margin around it."""
        return Rect(self.x - margin, self.y - margin, self.w + 2 * margin, self.h + 2 * margin)

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies inside or on the edge."""
        return self.x <= x <= self.right and self.y <= y <= self.bottom

    def meets(self, other: Rect) -> bool:
        """Whether the two overlap."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )

    def united(self, other: Rect) -> Rect:
        """The smallest rectangle around both."""
        (ax, ay, aw, ah), (bx, by, bw, bh) = self, other
        x, y = min(ax, bx), min(ay, by)
        return Rect(x, y, max(ax + aw, bx + bw) - x, max(ay + ah, by + bh) - y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A port's place, relative to the top left corner of its card or container."""

    name: str
    kind: str
    optional: bool
    x: float
    y: float


def bounds(rects: list[Rect]) -> Rect:
    """The smallest rectangle around all of them; empty at the origin when there are none."""
    if not rects:
        return Rect(0, 0, 0, 0)
    x, y = min(r.x for r in rects), min(r.y for r in rects)
    return Rect(x, y, max(r.right for r in rects) - x, max(r.bottom for r in rects) - y)


def text_width(text: str, size: float) -> float:
    """About the width of `text` in Inter at `size` px, a little on the wide side."""
    width = 0.0
    for letter in text:
        if letter in "iljtfrI.,:;'|!()[] ":
            width += 0.36
        elif letter in "mwMW@%":
            width += 0.92
        elif letter.isupper() or letter.isdigit():
            width += 0.69
        else:
            width += 0.59
    return width * size


def number_width(text: str, size: float) -> float:
    """The width of `text` in JetBrains Mono at `size` px: each letter is 0.6 of the size."""
    return len(text) * 0.6 * size


def snapped(value: float, step: int = GRID) -> float:
    """The nearest multiple of `step`."""
    return float(round(value / step) * step)


def card_size(title: str, line: str, symbol: str, inputs: int, outputs: int) -> tuple[float, float]:
    """Width and height of a card, on the grid."""
    head = text_width(title, 13) + (10 + number_width(symbol, 10) if symbol else 0)
    wanted = max(head, number_width(line, 11)) + 2 * PADDING + 4
    width = min(max(ceil(wanted / GRID) * GRID, CARD_MIN), CARD_MAX)
    rows = max(inputs, outputs)
    return float(width), float(max(CARD_HEIGHT, ceil((rows * PORT_GAP + 16) / GRID) * GRID))


def port_rows(count: int, height: float) -> list[float]:
    """The y of `count` ports spread evenly around the middle of a side."""
    first = height / 2 - (count - 1) * PORT_GAP / 2
    return [first + index * PORT_GAP for index in range(count)]


def spread(wanted: list[float], low: float, high: float) -> list[float]:
    """`wanted` heights moved apart to at least PORT_GAP, in their order, between `low` and `high`."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    result = list(wanted)
    floor = low
    for index in order:
        result[index] = max(result[index], floor)
        floor = result[index] + PORT_GAP
    ceiling = high
    for index in reversed(order):
        result[index] = min(result[index], ceiling)
        ceiling = result[index] - PORT_GAP
    return result


def distance_to_line(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """How far the point is from the stretch between two others."""
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else min(max(((x - ax) * dx + (y - ay) * dy) / length, 0.0), 1.0)
    return hypot(x - ax - along * dx, y - ay - along * dy)


def crosses(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    """Whether the stretch from a to b crosses the one from c to d."""

    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0
