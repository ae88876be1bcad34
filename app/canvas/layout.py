"""Automatic layout of one level: columns by how far data has come, long lanes broken into rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.canvas.crossings import Layers
from app.canvas.geometry import GRID, NODE_GAP, STAGE_GAP, snapped
from hybridgraph.graph import topology
from hybridgraph.graph.model import Graph

ROW_GAP = 64  # between rows: the wire that leads to the next row runs here
INDENT = 64  # of every row but the first, for the wire that comes from the row above
LONGEST_LANE = 1240
SHAPE = 1.9  # width over height that a wrapped layout aims at


class Size(NamedTuple):
    """A card's extent, and how far below its top the main wire passes."""

    w: float
    h: float
    lane: float


Places = dict[str, tuple[float, float]]


def arrange_level(
    graph: Graph, sizes: Mapping[str, Size], *, gap: float = STAGE_GAP, seeded: bool = False
) -> Places:
    """Top left corners for the cards in `sizes`, left to right in the direction of the data.

    The main path of the network lies on one straight lane in each row; a lane that would be too long for a
    screen continues in further rows. What else stands in a column is ordered so that few wires cross. With
    `seeded`, the heights at which cards stand are where that begins: they change places only to remove crossings.
    """
    if not sizes:
        return {}
    columns, main = columns_of(graph, sizes, seeded=seeded)
    rows = _rows(columns, sizes, gap)
    places: Places = {}
    top = 0.0
    for index, row in enumerate(rows):
        above = [_above(column, main, sizes) for column in row]
        lane = top + max(above)
        x = float(INDENT if index else 0)
        lowest = top
        for column, depth in zip(row, above, strict=True):
            width = max(sizes[name].w for name in column)
            y = lane - depth
            for name in column:
                places[name] = (snapped(x + (width - sizes[name].w) / 2), snapped(y))
                y += sizes[name].h + NODE_GAP
            lowest = max(lowest, y - NODE_GAP)
            x += width + gap
        top = snapped(lowest + ROW_GAP + GRID / 2)
    return places


def columns_of(
    graph: Graph, sizes: Mapping[str, Size], *, seeded: bool = False
) -> tuple[list[list[str]], frozenset[str]]:
    """The cards in columns from left to right, each from top to bottom, and those of the main path."""
    generations = topology.generations(graph, sizes)
    if generations is None:
        return [[name] for name in sizes], frozenset(
            sizes
        )  # a circle has no direction; the wires will show it
    layers, main = layers_of(graph, sizes, generations, seeded=seeded)
    layers.untangle()
    return layers.columns(), main


def layers_of(
    graph: Graph, sizes: Mapping[str, Size], generations: list[list[str]], *, seeded: bool = False
) -> tuple[Layers, frozenset[str]]:
    """The columns before they are untangled: the main path on top, or as the cards stand."""
    rank = {name: index for index, name in enumerate(sizes)}
    main = frozenset(topology.longest_path(graph, generations))

    def key(name: str) -> tuple[float, bool, int]:
        return graph.nodes[name].y if seeded else 0.0, name not in main, rank[name]

    columns = _late(generations, graph, main)
    wires = [(e.source, e.target) for e in graph.edges if e.source in sizes and e.target in sizes]
    return Layers([sorted(column, key=key) for column in columns], wires), main


def _above(column: Sequence[str], main: frozenset[str], sizes: Mapping[str, Size]) -> float:
    """How far below the top of a column its card of the main path has its lane."""
    height = 0.0
    for name in column:
        if name in main:
            return height + sizes[name].lane
        height += sizes[name].h + NODE_GAP
    return sizes[column[0]].lane


def _late(columns: list[list[str]], graph: Graph, main: frozenset[str]) -> list[list[str]]:
    """Move what nothing feeds to just before what it feeds, so that its wire is short."""
    level = {name: index for index, column in enumerate(columns) for name in column}
    first: dict[str, int] = {}  # of the columns that a card feeds
    fed = set()
    for edge in graph.edges:
        if edge.source in level and edge.target in level:
            fed.add(edge.target)
            first[edge.source] = min(first.get(edge.source, len(columns)), level[edge.target])
    result: list[list[str]] = [[] for _ in columns]
    for index, column in enumerate(columns):
        for name in column:
            late = name not in main and name not in fed and name in first
            result[max(index, first[name] - 1) if late else index].append(name)
    return result


def _rows(columns: Sequence[list[str]], sizes: Mapping[str, Size], gap: float) -> list[list[list[str]]]:
    """The columns broken into rows of about equal width, as many as the screen's shape suggests."""
    widths = [max(sizes[name].w for name in column) + gap for column in columns]
    total = sum(widths)
    if total <= LONGEST_LANE:
        return [list(columns)]
    tallest = max(sum(sizes[name].h + NODE_GAP for name in column) for column in columns) + ROW_GAP
    count = max(2, round((total / (SHAPE * tallest)) ** 0.5))
    target = total / count
    rows: list[list[list[str]]] = [[]]
    filled = 0.0
    for column, width in zip(columns, widths, strict=True):
        if rows[-1] and filled + width / 2 > target and len(rows) < count:
            rows.append([])
            filled = 0.0
        rows[-1].append(column)
        filled += width
    return rows
