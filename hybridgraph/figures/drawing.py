"""A figure as a value: rectangles, lines and texts on paper, in points (1/72 inch), y downwards.

Whoever has a canvas of some kind can carry it out; `svg` writes it as text, the window paints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import Literal

from hybridgraph.figures.opentype import Weight, face

Anchor = Literal["start", "middle", "end"]
_CORNER = 3.0  # pt, of wires that turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One colour, or two from left to right: with a hard edge in the middle, or flowing into one another."""

    left: str
    right: str = ""
    hard: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is one colour."""
        return self.right in ("", self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle with round corners. `line` is the width of its edge, which needs a stroke to be seen."""

    x: float
    y: float
    w: float
    h: float
    radius: float = 0.0
    fill: Fill | None = None
    stroke: Fill | None = None
    line: float = 0.75

    @property
    def center(self) -> tuple[float, float]:
        """The point in its middle."""
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A line from point to point whose corners are round, with an arrow's head at its end."""

    points: tuple[tuple[float, float], ...]
    colour: str
    line: float = 0.8
    head: float = 3.6

    @property
    def steps(self) -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
        """The line as SVG's M, L and Q. It ends inside the head, so that the point of the arrow stays sharp."""
        points = list(self.points)
        if self.head:
            points[-1] = _short_of(points[-1], points[-2], self.head * 0.8)
        result: list[tuple[str, tuple[tuple[float, float], ...]]] = [("M", (points[0],))]
        for before, corner, after in zip(points, points[1:], points[2:], strict=False):
            reach = min(_CORNER, *(hypot(corner[0] - x, corner[1] - y) / 2 for x, y in (before, after)))
            result.append(("L", (_short_of(corner, before, reach),)))
            result.append(("Q", (corner, _short_of(corner, after, reach))))
        return (*result, ("L", (points[-1],)))

    @property
    def arrow(self) -> tuple[tuple[float, float], ...]:
        """The three corners of the head."""
        (x, y), before = self.points[-1], self.points[-2]
        bx, by = _short_of((x, y), before, self.head)
        across = 0.38
        dx, dy = (x - bx) * across, (y - by) * across
        return (x, y), (bx - dy, by + dx), (bx + dy, by - dx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Straight strokes from point to point, as of a curve; dashed where `dash` gives the lengths of a stroke and a gap."""

    points: tuple[tuple[float, float], ...]
    colour: str
    line: float = 0.8
    dash: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text with its baseline at y; `anchor` says which of its ends, or its middle, is at x."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    weight: Weight = "text"
    anchor: Anchor = "start"

    @property
    def width(self) -> float:
        """How wide it is, without kerning."""
        return face(self.weight).width(self.text, self.size)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width


Mark = Box | Wire | Line | Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A finished figure. Without `paper` its background is transparent; `description` tells what is to be seen."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    paper: str = ""
    title: str = ""
    description: str = ""


def fitted(text: str, weight: Weight, size: float, room: float, least: float) -> tuple[str, float]:
    """The text in a size that fits into `room`, not smaller than `least`; cut with an ellipsis where it must be."""
    own = face(weight)
    if (width := own.width(text, size)) <= room:
        return text, size
    size = max(least, size * room / width)
    while len(text) > 1 and own.width(text, size) > room * 1.001:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text, size


def wrapped(text: str, weight: Weight, size: float, room: float) -> tuple[str, str]:
    """The text on two lines where one is too short for it; it breaks after a space or hyphen."""
    own = face(weight)
    if own.width(text, size) <= room:
        return text, ""
    places = [at + 1 for at, letter in enumerate(text) if letter in " -" and 0 < at < len(text) - 1]
    fit = [at for at in places if own.width(text[:at].rstrip(), size) <= room]
    return (text[: fit[-1]].rstrip(), text[fit[-1] :]) if fit else (text, "")


def _short_of(point: tuple[float, float], towards: tuple[float, float], reach: float) -> tuple[float, float]:
    dx, dy = towards[0] - point[0], towards[1] - point[1]
    far = hypot(dx, dy) or 1.0
    return point[0] + dx / far * reach, point[1] + dy / far * reach
