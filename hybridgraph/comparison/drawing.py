"""Two designs as one drawing: stages in columns, the former design above the new one, what is the same in line.

The drawing is SVG without colours of its own: its classes (`added`, `removed`, `changed`, `rewired`, `same`) are coloured by
the page around it. Every difference also has its sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from hybridgraph.comparison import wording
from hybridgraph.comparison.costs import Row
from hybridgraph.comparison.model import SIGNS, Comparison
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, Path, is_port
from hybridgraph.spec import Catalogue

Side = Literal["before", "after"]
CARD = (156.0, 66.0)  # px
GAP = 30.0  # between columns
LANES = 40.0  # between the two lanes of a row
ARC = 30.0  # room above and below the lanes for wires that pass over cards
LEFT = 64.0  # room for the names of the lanes
COLUMNS = 7  # in a row; more go on below
ROW = 2 * CARD[1] + LANES + 2 * ARC + 8
LETTER = 6.3  # px, about the width of a letter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a card stands: its row and column, and its upper left corner."""

    row: int
    column: int
    x: float
    y: float


def draw(comparison: Comparison, rows: Sequence[Row], catalogue: Catalogue) -> str:
    """Both designs as an SVG element; `rows` are the matched stages and blocks, as `costs` gives them."""
    spots: dict[Side, dict[Path, _Spot]] = {
        "before": {row.before: _spot(index, lower=False) for index, row in enumerate(rows) if row.before},
        "after": {row.after: _spot(index, lower=True) for index, row in enumerate(rows) if row.after},
    }
    height = ROW * max(1, -(-len(rows) // COLUMNS))
    width = LEFT + min(max(len(rows), 1), COLUMNS) * (CARD[0] + GAP)
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    parts = [
        f'<svg class="drawing" xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="Both designs">',
        *_lane_names(spots),
    ]
    parts += _wires(comparison.before.edges, spots["before"], below=False)
    parts += _wires(comparison.after.edges, spots["after"], below=True)
    for row in rows:
        parts += _ties(row, spots)
        if row.before is not None:
            parts += _card(
                comparison.before, row.before, row, spots["before"][row.before], "before", catalogue
            )
        if row.after is not None:
            parts += _card(comparison.after, row.after, row, spots["after"][row.after], "after", catalogue)
    return "\n".join([*parts, "</svg>"])


def _spot(index: int, *, lower: bool) -> _Spot:
    row, column = divmod(index, COLUMNS)
    y = row * ROW + ARC + (CARD[1] + LANES if lower else 0)
    return _Spot(row=row, column=column, x=LEFT + column * (CARD[0] + GAP), y=y)


def _lane_names(spots: Mapping[Side, Mapping[Path, _Spot]]) -> Iterator[str]:
    """What each lane shows, where it shows anything."""
    for side, placed in spots.items():
        for y in sorted({spot.y for spot in placed.values()}):
            yield f'<text class="lane" x="4" y="{y + CARD[1] / 2 + 4:g}">{side}</text>'


# -- cards


def _card(graph: Graph, path: Path, row: Row, spot: _Spot, side: Side, catalogue: Catalogue) -> Iterator[str]:
    item = graph.item(path)
    sign = row.sign if row.sign != "moved" else None
    kind = sign or "same"
    title, (line, times) = wording.title_of(item, catalogue), contents(item, catalogue)
    numbers = [
        wording.number(name, value)
        for name in ("params", "macs")
        if (amount := row.amounts.get(name)) is not None
        and (value := amount.before if side == "before" else amount.after)
    ]
    said = ", ".join(filter(None, (kind if kind != "same" else "", title, f"{line} {times}".strip())))
    yield f'<g class="card {kind}" transform="translate({spot.x:g} {spot.y:g})"><title>{escape(said)}</title>'
    yield f'<rect class="{"stage" if isinstance(item, Group) else "block"}" width="{CARD[0]:g}" height="{CARD[1]:g}" rx="9"/>'
    room = CARD[0] - 22 - (16 if sign else 0)
    yield f'<text class="title" x="11" y="21">{escape(_cut(title, room))}</text>'
    line = f"{_cut(line, CARD[0] - 22 - LETTER * (len(times) + 1))} {times}".strip()
    yield f'<text class="line" x="11" y="38">{escape(line)}</text>'
    yield f'<text class="number" x="11" y="55">{escape(" · ".join(numbers))}</text>'
    if sign:
        yield f'<circle class="badge" cx="{CARD[0] - 15:g}" cy="16" r="8.5"/>'
        yield f'<text class="mark" x="{CARD[0] - 15:g}" y="20.5">{SIGNS[sign]}</text>'
    yield "</g>"


def contents(item: Item, catalogue: Catalogue) -> tuple[str, str]:
    """What an item consists of, and how often: `MOAT block`, `× 7`; the block of a node with a title of its own."""
    if isinstance(item, Node):
        spec = catalogue.get(item.block)
        name = spec.title if spec else item.block
        return (name, "") if item.title else ("", "")
    inside = [
        inner
        for inner in item.body.nodes.values()
        if not (is_port(inner, "input") or is_port(inner, "output"))
    ]
    name = wording.title_of(inside[-1], catalogue) if inside else "empty"
    more = f" + {len(inside) - 1}" if len(inside) > 1 else ""
    return f"{name}{more}", f"× {item.repeat}" if item.repeat > 1 else ""


def _cut(text: str, room: float) -> str:
    most = int(room / LETTER)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _ties(row: Row, spots: Mapping[Side, Mapping[Path, _Spot]]) -> Iterator[str]:
    """A line between the two cards of one item."""
    if row.before is None or row.after is None:
        return
    top, bottom = spots["before"][row.before], spots["after"][row.after]
    x = top.x + CARD[0] / 2
    yield f'<path class="tie" d="M{x:g} {top.y + CARD[1]:g}V{bottom.y:g}"/>'


# -- wires


def _wires(edges: Sequence[Edge], spots: Mapping[Path, _Spot], *, below: bool) -> Iterator[str]:
    for source, target in dict.fromkeys((edge.source, edge.target) for edge in edges):
        one, other = spots.get((source,)), spots.get((target,))
        if one is not None and other is not None:
            yield f'<path class="wire" d="{_way(one, other, spots, below=below)}"/>'


def _way(one: _Spot, other: _Spot, spots: Mapping[Path, _Spot], *, below: bool) -> str:
    middle = CARD[1] / 2
    x, y = one.x + CARD[0], one.y + middle
    if one.row != other.row:  # goes on in another row
        return f"M{x:g} {y:g}h{GAP / 2:g}M{other.x - GAP / 2:g} {other.y + middle:g}h{GAP / 2:g}"
    between = range(one.column + 1, other.column)
    if one.column < other.column and not any(
        spot.row == one.row and spot.column in between for spot in spots.values()
    ):
        return f"M{x:g} {y:g}H{other.x:g}"
    edge = one.y + (CARD[1] if below else 0)
    reach = edge + (ARC if below else -ARC) * 0.8
    start, end = one.x + CARD[0] * 0.7, other.x + CARD[0] * 0.3
    return f"M{start:g} {edge:g}C{start:g} {reach:g} {end:g} {reach:g} {end:g} {edge:g}"
