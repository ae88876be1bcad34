"""Two designs as one drawing: stages in columns, the former design above the new one, what is the same in line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hybridgraph.comparison import wording
from hybridgraph.comparison.costs import Row
from hybridgraph.comparison.model import SIGNS, Comparison, Sign
from hybridgraph.figures.drawing import Box, Drawing, Fill, Line, Mark, Text, Wire, fitted
from hybridgraph.figures.look import Colours, Look, look, mixed
from hybridgraph.figures.stages import Stage, stages
from hybridgraph.graph.model import Edge, Graph, Group, Path
from hybridgraph.spec import Catalogue

Side = Literal["before", "after"]
CARD = (172.0, 66.0)
GAP = 30.0  # between columns
LANES = 40.0  # between the two lanes of a row
ARC = 26.0  # room above and below the lanes for wires that pass over cards
LEFT = 52.0  # room for the names of the lanes
COLUMNS = 5  # in a row; more go on below
ROW = 2 * CARD[1] + LANES + 2 * ARC + 8
_PAD = 11.0
_TITLE, _LINE, _NUMBER, _MARK, _LEAST = 12.0, 11.0, 10.0, 13.0, 8.0
_COLOURS: Mapping[Colours, Mapping[Sign, str]] = {
    "light": {"added": "#0B6E53", "removed": "#B3261E", "changed": "#7A5C00", "rewired": "#0B63B1"},
    "dark": {"added": "#67D39C", "removed": "#FF6B6B", "changed": "#FFC857", "rewired": "#4DA3FE"},
}
"""The colours of signs, none of which is a colour of the look: a page finds the dark one by the light one."""
_TINT: Mapping[Colours, float] = {"light": 0.08, "dark": 0.14}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a card stands: its row and column, and its upper left corner."""

    row: int
    column: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """What the cards of one drawing are drawn with."""

    colours: Colours
    look: Look

    def sign(self, sign: Sign | None) -> str:
        """The colour of a sign; that of a line where there is none."""
        return _COLOURS[self.colours].get(sign, self.look.track) if sign else self.look.track

    def tint(self, sign: Sign | None) -> str:
        """The same on paper, pale enough for text upon it."""
        return (
            mixed(self.look.paper, self.sign(sign), _TINT[self.colours])
            if sign in ("added", "removed", "changed")
            else self.look.paper
        )


def draw(comparison: Comparison, rows: Sequence[Row], catalogue: Catalogue, colours: Colours) -> Drawing:
    """Both designs; `rows` are the matched stages and blocks, as `costs` gives them."""
    pen = _Pen(colours=colours, look=look(colours, transparent=True))
    spots: dict[Side, dict[Path, _Spot]] = {
        "before": {row.before: _spot(index, lower=False) for index, row in enumerate(rows) if row.before},
        "after": {row.after: _spot(index, lower=True) for index, row in enumerate(rows) if row.after},
    }
    marks: list[Mark] = [*_lane_names(spots, pen)]
    marks += _wires(comparison.before.edges, spots["before"], pen, below=False)
    marks += _wires(comparison.after.edges, spots["after"], pen, below=True)
    said = []
    both = {
        side: _stages(graph, catalogue)
        for side, graph in (("before", comparison.before), ("after", comparison.after))
    }
    for row in rows:
        marks += _ties(row, spots, pen)
        for side, path, graph in (
            ("before", row.before, comparison.before),
            ("after", row.after, comparison.after),
        ):
            if path is None:
                continue
            title = wording.title_of(graph.item(path), catalogue)
            is_stage = isinstance(graph.item(path), Group)
            marks += _card(title, both[side][path[0]], row, spots[side][path], side, pen, is_stage=is_stage)  # type: ignore[index,arg-type]
            said.append(f"{side}: {title}{f' ({row.sign})' if row.sign else ''}")
    return Drawing(
        width=LEFT + min(max(len(rows), 1), COLUMNS) * (CARD[0] + GAP),
        height=ROW * max(1, -(-len(rows) // COLUMNS)),
        marks=tuple(marks),
        title="Both designs",
        description="; ".join(said),
    )


def _spot(index: int, *, lower: bool) -> _Spot:
    row, column = divmod(index, COLUMNS)
    y = row * ROW + ARC + (CARD[1] + LANES if lower else 0)
    return _Spot(row=row, column=column, x=LEFT + column * (CARD[0] + GAP), y=y)


def _stages(graph: Graph, catalogue: Catalogue) -> Mapping[str, Stage]:
    return {stage.id: stage for stage in stages(graph, None, catalogue)}


def _lane_names(spots: Mapping[Side, Mapping[Path, _Spot]], pen: _Pen) -> Iterator[Mark]:
    """What each lane shows, where it shows anything."""
    for side, placed in spots.items():
        for y in sorted({spot.y for spot in placed.values()}):
            yield Text(x=0, y=y + CARD[1] / 2 + 4, text=side, size=_LINE, colour=pen.look.muted)


# -- cards


def _card(
    title: str, stage: Stage, row: Row, spot: _Spot, side: Side, pen: _Pen, *, is_stage: bool
) -> Iterator[Mark]:
    sign = row.sign if row.sign != "moved" else None
    numbers = [
        wording.number(name, value)
        for name in ("params", "macs")
        if (amount := row.amounts.get(name)) is not None
        and (value := amount.before if side == "before" else amount.after)
    ]
    yield Box(
        x=spot.x, y=spot.y, w=CARD[0], h=CARD[1], radius=9.0, fill=Fill(left=pen.tint(sign)),
        stroke=Fill(left=pen.sign(sign)), line=2.0 if is_stage else 1.2,
    )  # fmt: skip
    left, room = spot.x + _PAD, CARD[0] - 2 * _PAD
    text, size = fitted(title, "strong", _TITLE, room - (18 if sign else 0), _LEAST)
    yield Text(x=left, y=spot.y + 21, text=text, size=size, colour=pen.look.text, weight="strong")
    line = f"{stage.block} × {stage.repeat}" if stage.repeat > 1 else stage.block
    for each, y, weight, points in (
        (line, 38.0, "text", _LINE),
        (" · ".join(numbers), 55.0, "number", _NUMBER),
    ):
        if each:
            text, size = fitted(each, weight, points, room, _LEAST)  # type: ignore[arg-type]
            yield Text(x=left, y=spot.y + y, text=text, size=size, colour=pen.look.muted, weight=weight)  # type: ignore[arg-type]
    if sign:
        x, y = spot.x + CARD[0] - 15, spot.y + 16
        yield Box(x=x - 8.5, y=y - 8.5, w=17, h=17, radius=8.5, fill=Fill(left=pen.sign(sign)))
        yield Text(
            x=x, y=y + 4.6, text=SIGNS[sign], size=_MARK, colour=pen.look.paper, weight="strong", anchor="middle"
        )  # fmt: skip


def _ties(row: Row, spots: Mapping[Side, Mapping[Path, _Spot]], pen: _Pen) -> Iterator[Mark]:
    """A line between the two cards of one item."""
    if row.before is None or row.after is None:
        return
    top, bottom = spots["before"][row.before], spots["after"][row.after]
    x = top.x + CARD[0] / 2
    yield Line(points=((x, top.y + CARD[1]), (x, bottom.y)), colour=pen.look.track, line=1.4, dash=(3.0, 4.0))


# -- wires


def _wires(edges: Sequence[Edge], spots: Mapping[Path, _Spot], pen: _Pen, *, below: bool) -> Iterator[Mark]:
    for source, target in dict.fromkeys((edge.source, edge.target) for edge in edges):
        one, other = spots.get((source,)), spots.get((target,))
        if one is not None and other is not None and one != other:
            for points, head in _ways(one, other, spots, below=below):
                yield Wire(points=points, colour=pen.look.wire, line=1.4, head=head)


def _ways(
    one: _Spot, other: _Spot, spots: Mapping[Path, _Spot], *, below: bool
) -> Iterator[tuple[tuple[tuple[float, float], ...], float]]:
    """The lines of a wire, and the length of the arrow at the end of each."""
    middle = CARD[1] / 2
    x, y = one.x + CARD[0], one.y + middle
    if one.row != other.row:  # goes on in another row
        yield ((x, y), (x + GAP / 2, y)), 0.0
        yield ((other.x - GAP / 2, other.y + middle), (other.x, other.y + middle)), 6.0
        return
    between = range(one.column + 1, other.column)
    if one.column < other.column and not any(
        spot.row == one.row and spot.column in between for spot in spots.values()
    ):
        yield ((x, y), (other.x, y)), 6.0
        return
    edge = one.y + (CARD[1] if below else 0)
    reach = edge + (ARC if below else -ARC) * 0.7
    start, end = one.x + CARD[0] * 0.7, other.x + CARD[0] * 0.3
    yield ((start, edge), (start, reach), (end, reach), (end, edge)), 6.0
