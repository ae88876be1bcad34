"""The way of a wire: a curve forwards, a calm arc over what lies between, a road with round corners backwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.canvas.geometry import Rect

LEAD = 24  # how far a wire runs straight before it turns
CORNER = 12
ARC = 28  # how far an arc stays above what it leads over
LABEL_HEIGHT = 18
LANE_MARGIN = 10  # between a wire that runs back and the cards above and below it
STEPS = 12  # straight pieces that stand for one curve in hit tests

Point = tuple[float, float]
Segment = tuple[Point, ...]
"""One piece of a wire: two points are a line, four a cubic curve with its two handles in the middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A wire's pieces in order, and where its label can stand: centre and the width that is free there.

    `bounds` is a rectangle around the wire: that of its points and handles. It is asked for several times.
    """

    segments: tuple[Segment, ...]
    label: Point
    room: float
    bounds: Rect = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        xs = [point[0] for segment in self.segments for point in segment]
        ys = [point[1] for segment in self.segments for point in segment]
        x, y = min(xs), min(ys)
        object.__setattr__(self, "bounds", Rect(x, y, max(xs) - x, max(ys) - y))

    @property
    def start(self) -> Point:
        """Where the wire leaves its source."""
        return self.segments[0][0]

    @property
    def end(self) -> Point:
        """Where the wire reaches its target."""
        return self.segments[-1][-1]


def route(source: Point, target: Point, around: tuple[Rect, Rect], obstacles: Sequence[Rect]) -> Route:
    """The way from an output port to an input port.

    `around` holds the cards of the two; `obstacles` the other cards that might lie in between.
    """
    return direct(source, target, obstacles) or detour(source, target, around, obstacles)


def direct(source: Point, target: Point, obstacles: Iterable[Rect]) -> Route | None:
    """The gentle curve forwards; None where a card lies under it, or where the wire runs back.

    Of the cards, only those in the `passage` between the two points matter.
    """
    sx, tx = source[0], target[0]
    if tx < sx + 8:
        return None
    x, y, w, h = passage(source, target)
    between = [r for r in obstacles if x - r.w < r.x < x + w and y - r.h < r.y < y + h]
    return None if any(_in_the_way(r, source, target) for r in between) else _forward(source, target, between)


def passage(source: Point, target: Point) -> Rect:
    """The rectangle between two points, with room for a label above and below; empty where the wire runs back."""
    left, top = source[0] + 4, min(source[1], target[1]) - LABEL_HEIGHT
    height = abs(source[1] - target[1]) + 2 * LABEL_HEIGHT
    return Rect(left, top, max(target[0] - 4 - left, 0.0), height)


def detour(source: Point, target: Point, around: tuple[Rect, Rect], obstacles: Sequence[Rect]) -> Route:
    """The way where the direct one is not free: a step, an arc over what is in the way, or a road backwards."""
    sx, tx = source[0], target[0]
    if tx < sx + 8:
        return _road(source, target, around, obstacles)
    if step := _step(source, target, obstacles):
        return step
    x, y, w, h = passage(source, target)
    blocking = [
        r.y for r in obstacles
        if x - r.w < r.x < x + w and y - r.h < r.y < y + h and _in_the_way(r, source, target)
    ]  # fmt: skip
    between = [r for r in obstacles if r.x < tx and r.right > sx]
    return _arc(source, target, min(blocking) - ARC, between)


def loose(source: Point, target: Point) -> Route:
    """The way of a wire that is being drawn: nothing is in its way."""
    return _forward(source, target, ())


def _in_the_way(rect: Rect, source: Point, target: Point) -> bool:
    """Whether a card lies under the gentle curve between two points."""
    (sx, sy), (tx, ty) = source, target
    margin = 4
    for step in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = rect.x + rect.w * step
        if sx < x < tx:
            t = (x - sx) / (tx - sx)
            y = sy + (ty - sy) * t * t * (3 - 2 * t)
            if rect.y - margin < y < rect.bottom + margin:
                return True
    return False


def _forward(source: Point, target: Point, between: Sequence[Rect]) -> Route:
    (sx, sy), (tx, ty) = source, target
    middle = ((sx + tx) / 2, (sy + ty) / 2)
    room = _room(middle, tx - sx - 12, between) if tx > sx else 0.0
    if abs(sy - ty) < 0.5:
        return Route(segments=((source, target),), label=middle, room=room)
    bend = max(abs(tx - sx) / 2, min(LEAD * 2, abs(ty - sy) / 2 + 8))
    curve = (source, (sx + bend, sy), (tx - bend, ty), target)
    return Route(segments=(curve,), label=middle, room=room)


def _step(source: Point, target: Point, obstacles: Sequence[Rect]) -> Route | None:
    """One step down or up, before or after what lies between, where both its levels are free; else None."""
    (sx, sy), (tx, ty) = source, target
    if tx - sx < 3 * LEAD or abs(ty - sy) < 2 * CORNER:
        return None
    for turn in (sx + LEAD, tx - LEAD):
        legs = [
            Rect(sx + 4, sy, turn - sx - 4, 0),
            Rect(turn, min(sy, ty), 0, abs(ty - sy)),
            Rect(turn, ty, tx - turn - 4, 0),
        ]
        if any(leg.grown(6).meets(rect) for leg in legs for rect in obstacles):
            continue
        corners = [source, (turn, sy), (turn, ty), target]
        long = legs[0] if legs[0].w > legs[2].w else legs[2]
        room = _room(long.center, long.w - 2 * CORNER, obstacles)
        return Route(segments=tuple(_rounded(corners)), label=long.center, room=room)
    return None


def _arc(source: Point, target: Point, top: float, between: Sequence[Rect]) -> Route:
    (sx, sy), (tx, ty) = source, target
    top = min(top, sy - ARC, ty - ARC)
    reach = min(LEAD * 2, (tx - sx) / 3)
    up = (source, (sx + reach * 0.6, sy), (sx + reach * 0.4, top), (sx + reach, top))
    down = ((tx - reach, top), (tx - reach * 0.4, top), (tx - reach * 0.6, ty), target)
    middle = ((sx + tx) / 2, top)
    room = _room(middle, tx - sx - 2 * reach, between)
    return Route(segments=(up, (up[-1], down[0]), down), label=middle, room=room)


def _road(source: Point, target: Point, around: tuple[Rect, Rect], obstacles: Sequence[Rect]) -> Route:
    (sx, sy), (tx, ty) = source, target
    right, left = sx + LEAD, tx - LEAD
    lane = _lane(around, [r for r in obstacles if r.x < right and r.x + r.w > left])
    corners = [source, (right, sy), (right, lane), (left, lane), (left, ty), target]
    middle = ((left + right) / 2, lane)
    return Route(
        segments=tuple(_rounded(corners)),
        label=middle,
        room=_room(middle, right - left - 2 * CORNER, obstacles),
    )


def _lane(around: tuple[Rect, Rect], obstacles: Sequence[Rect]) -> float:
    """The height at which a wire runs back: between the two cards where possible, clear of the others."""
    first, second = around
    if second.y >= first.bottom:
        wished = (first.bottom + second.y) / 2
    elif first.y >= second.bottom:
        wished = (second.bottom + first.y) / 2
    else:
        wished = max(first.bottom, second.bottom) + LEAD
    # cards of one row are as high as one another: a hundred of them are a few intervals
    taken = {(r.y - LANE_MARGIN, r.y + r.h + LANE_MARGIN) for r in (*obstacles, first, second)}
    return _free_height(wished, taken)


def _free_height(wished: float, taken: Collection[tuple[float, float]]) -> float:
    """The height nearest to `wished` that lies in none of the intervals."""
    above = below = wished
    for low, high in sorted(taken):  # downwards: each interval that covers the place pushes it to its end
        if low < below < high:
            below = high
    for low, high in sorted(taken, key=lambda pair: -pair[1]):
        if low < above < high:
            above = low
    return above if wished - above <= below - wished else below


def _rounded(corners: list[Point]) -> Iterator[Segment]:
    """Lines between the corners, with a quarter circle at each turn."""
    here = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(CORNER, _length(before, corner) / 2, _length(corner, after) / 2)
        enter, leave = _towards(corner, before, radius), _towards(corner, after, radius)
        if radius < 0.5:
            continue
        yield here, enter
        yield enter, _towards(corner, before, radius * 0.45), _towards(corner, after, radius * 0.45), leave
        here = leave
    yield here, corners[-1]


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(origin: Point, goal: Point, reach: float) -> Point:
    length = _length(origin, goal) or 1.0
    return (
        origin[0] + (goal[0] - origin[0]) / length * reach,
        origin[1] + (goal[1] - origin[1]) / length * reach,
    )


def _room(middle: Point, width: float, obstacles: Sequence[Rect]) -> float:
    """How wide a label around `middle` can be without covering a card; 0 when there is no room."""
    free = width
    x, y = middle
    for rect in obstacles:
        if rect.y - LABEL_HEIGHT / 2 < y < rect.y + rect.h + LABEL_HEIGHT / 2:
            gap = rect.x - x if rect.x > x else x - rect.right if rect.right < x else 0.0
            free = min(free, 2 * gap - 4)
    return max(free, 0.0)


def outline(way: Route) -> list[Point]:
    """The wire as a row of points, for hit tests and for cutting."""
    points: list[Point] = [way.start]
    for segment in way.segments:
        if len(segment) == 2:
            points.append(segment[1])
        else:
            points.extend(_curve(segment, step / STEPS) for step in range(1, STEPS + 1))
    return points


def _curve(segment: Segment, t: float) -> Point:
    a, b, c, d = segment
    s = 1 - t
    return (
        s**3 * a[0] + 3 * s * s * t * b[0] + 3 * s * t * t * c[0] + t**3 * d[0],
        s**3 * a[1] + 3 * s * s * t * b[1] + 3 * s * t * t * c[1] + t**3 * d[1],
    )
