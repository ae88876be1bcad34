"""Where the boxes of a figure stand and which way its wires go: across a page in rows, or down a narrow column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from hybridgraph.figures.ranks import Link, packed

Way = tuple[tuple[float, float], ...]
EDGE = 2.0  # pt of paper around everything
GAP = 12.0  # pt between boxes along the data
TRACK = 5.0  # pt between wires side by side
LANE = 9.0  # pt between boxes side by side
_LEAST, _MOST = 56.0, 96.0  # pt, the width of a box on a page
_CLEAR = 8.0  # pt between a box and the nearest wire that passes it: an arrow needs so much
_STEP = 7.0  # pt, how far beside the middle of a box a wire from elsewhere arrives


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a box stands, and the row and column of its rank."""

    x: float
    y: float
    w: float
    h: float
    row: int = 0
    column: int = 0
    is_first: bool = True  # in its rank, seen across the data
    is_last: bool = True

    @property
    def middle(self) -> tuple[float, float]:
        """The point in its middle."""
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Boxes by id and the ways of the wires between them; `height` ends below the last of them."""

    spots: dict[str, Spot]
    ways: tuple[Way, ...]
    height: float


# -- across a page


def per_row(count: int, width: float) -> int:
    """How many ranks stand in a row of a page so that rows are about equally long."""
    most = max(int((width - 2 * EDGE + GAP) // (_LEAST + GAP)), 1)
    if count <= most:
        return max(count, 1)
    return ceil(count / ceil(count / max(most - 1, 1)))  # one fewer: the way to the next row needs room


def box_width(count: int, width: float) -> float:
    """The width of a box on a page that shows so many ranks."""
    number = per_row(count, width)
    side = GAP if number < count else 0.0
    return min((width - 2 * EDGE - 2 * side - (number - 1) * GAP) / number, _MOST)


def across(ranks: Sequence[Sequence[str]], links: Sequence[Link], width: float, card: float) -> Layout:
    """From left to right in rows; `card` is the height of a box."""
    number, own = per_row(len(ranks), width), box_width(len(ranks), width)
    rows = [ranks[at : at + number] for at in range(0, len(ranks), number)]
    taken = number * (own + GAP) - GAP
    left = (width - taken) / 2
    cells = {name: (at // number, at % number) for at, rank in enumerate(ranks) for name in rank}
    lanes = {name: lane for rank in ranks for lane, name in enumerate(rank)}
    kinds = [_kind(link, cells, lanes, ranks, number) for link in links]
    tracks = {
        (kind, row): [
            index for index, link in enumerate(links) if kinds[index] == kind and cells[link[0]][0] == row
        ]
        for kind in ("above", "below", "between")
        for row in range(len(rows))
    }
    place: dict[int, int] = {}
    for (kind, _), found in tracks.items():
        spans = [(0.0, float(number)) if kind == "between" else _span(links[index], cells) for index in found]
        place.update(zip(found, packed(spans), strict=True))
    rooms = {key: (max((place[i] for i in found), default=-1) + 1) * TRACK for key, found in tracks.items()}
    spots: dict[str, Spot] = {}
    tops: list[float] = []
    feet: list[float] = []
    y = EDGE
    for row, part in enumerate(rows):
        y += rooms["above", row] + (_CLEAR if rooms["above", row] else 0.0)
        tops.append(y)
        tall = max(len(rank) for rank in part)
        for column, rank in enumerate(part):
            for lane, name in enumerate(rank):
                spots[name] = Spot(
                    x=left + column * (own + GAP), y=y + lane * (card + LANE), w=own, h=card, row=row,
                    column=column, is_first=lane == 0, is_last=lane == len(rank) - 1,
                )  # fmt: skip
        y += tall * (card + LANE) - LANE
        feet.append(y)
        y += rooms["below", row] + (_CLEAR if rooms["below", row] else 0.0)
        if row < len(rows) - 1:
            y += rooms["between", row] + 2 * TRACK
    ways = []
    for index, link in enumerate(links):
        one, other = spots[link[0]], spots[link[1]]
        offset = place.get(index, 0) * TRACK + _CLEAR
        match kinds[index]:
            case "straight":
                ways.append(_straight(one, other))
            case "above":
                ways.append(_bow(one, other, tops[one.row] - offset, upper=True))
            case "below" if one.is_last and other.is_last:
                ways.append(_bow(one, other, feet[one.row] + offset, upper=False))
            case "below":
                ways.append(_around(one, other, [feet[one.row] + offset], left))
            case _:
                first = feet[one.row] + rooms["below", one.row] + offset + 3.0
                last = feet[max(other.row - 1, 0)] + rooms["below", max(other.row - 1, 0)] + offset + 3.0
                ways.append(_around(one, other, [first] if first == last else [first, last], left))
    return Layout(spots=spots, ways=tuple(ways), height=y)


def _kind(
    link: Link,
    cells: dict[str, tuple[int, int]],
    lanes: dict[str, int],
    ranks: Sequence[Sequence[str]],
    number: int,
) -> Literal["straight", "above", "below", "between"]:
    (row, column), (other_row, other_column) = cells[link[0]], cells[link[1]]
    if row != other_row:
        return "between"
    if other_column == column + 1:
        return "straight"
    is_upper = lanes[link[0]] == 0 and lanes[link[1]] == 0
    if is_upper and other_column > column:
        return "above"
    passed = ranks[row * number + column + 1 : row * number + other_column]
    lane = lanes[link[0]]
    free = other_column > column and lane == lanes[link[1]] and all(len(rank) <= lane for rank in passed)
    return "straight" if free else "below"


def _span(link: Link, cells: dict[str, tuple[int, int]]) -> tuple[float, float]:
    return float(cells[link[0]][1]), float(cells[link[1]][1])


def _straight(one: Spot, other: Spot) -> Way:
    (_, y), (_, end) = one.middle, other.middle
    start = (one.x + one.w, y)
    if abs(y - end) < 0.01:
        return start, (other.x, end)
    end += _STEP if y > end else -_STEP
    turn = other.x - GAP / 2
    return start, (turn, y), (turn, end), (other.x, end)


def _bow(one: Spot, other: Spot, level: float, *, upper: bool) -> Way:
    start, end = one.middle[0] + _STEP, other.middle[0] - _STEP
    edges = (one.y, other.y) if upper else (one.y + one.h, other.y + other.h)
    return (start, edges[0]), (start, level), (end, level), (end, edges[1])


def _around(one: Spot, other: Spot, levels: Sequence[float], left: float) -> Way:
    """Out to the right, along one level or two below rows, and in from the left."""
    turn, back = one.x + one.w + GAP / 2, other.x - GAP / 2
    (_, y), (_, end) = one.middle, other.middle
    far = ((left - GAP / 2, levels[0]), (left - GAP / 2, levels[-1])) if len(levels) > 1 else ()
    return (
        (one.x + one.w, y), (turn, y), (turn, levels[0]), *far, (back, levels[-1]), (back, end), (other.x, end),
    )  # fmt: skip


# -- down a column


def down(ranks: Sequence[Sequence[str]], links: Sequence[Link], width: float, card: float) -> Layout:
    """From top to bottom, one rank below the other; wires that pass others run at the right edge."""
    at = {name: index for index, rank in enumerate(ranks) for name in rank}
    far = [index for index, (one, other) in enumerate(links) if at[other] != at[one] + 1]
    place = dict(zip(far, packed([(at[links[i][0]] + 0.4, at[links[i][1]] - 0.4) for i in far]), strict=True))
    side = (max(place.values(), default=-1) + 1) * TRACK + (3.0 if far else 0.0)
    room = width - 2 * EDGE - side
    gap = GAP - 2
    spots: dict[str, Spot] = {}
    for index, rank in enumerate(ranks):
        own = (room - (len(rank) - 1) * LANE) / max(len(rank), 1)
        for lane, name in enumerate(rank):
            spots[name] = Spot(
                x=EDGE + lane * (own + LANE), y=EDGE + index * (card + gap), w=own, h=card, row=index,
                is_first=lane == 0, is_last=lane == len(rank) - 1,
            )  # fmt: skip
    ways = [
        _aside(spots[one], spots[other], EDGE + room + 4.0 + place[index] * TRACK, gap)
        if index in place
        else _onward(spots[one], spots[other], gap)
        for index, (one, other) in enumerate(links)
    ]
    return Layout(spots=spots, ways=tuple(ways), height=EDGE + len(ranks) * (card + gap) - gap)


def _onward(one: Spot, other: Spot, gap: float) -> Way:
    """Straight down where the boxes stand above one another."""
    low, high = max(one.x, other.x), min(one.x + one.w, other.x + other.w)
    foot = one.y + one.h
    if low < high:
        return ((low + high) / 2, foot), ((low + high) / 2, other.y)
    start, end = one.middle[0], other.middle[0]
    return (start, foot), (start, foot + gap / 2), (end, foot + gap / 2), (end, other.y)


def _aside(one: Spot, other: Spot, x: float, gap: float) -> Way:
    (_, y), (_, end) = one.middle, other.middle
    start: Way = ((one.x + one.w, y + 4), (x, y + 4))
    if not one.is_last:
        below = one.y + one.h + gap / 2
        start = (one.middle[0], one.y + one.h), (one.middle[0], below), (x, below)
    goal: Way = ((x, end - 4), (other.x + other.w, end - 4))
    if not other.is_last:
        goal = (x, other.y - gap / 2), (other.middle[0], other.y - gap / 2), (other.middle[0], other.y)
    return *start, *goal
