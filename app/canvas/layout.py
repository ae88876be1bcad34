"""Automatic layout of one level: columns by how far data has come, long lanes broken into rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from app.canvas.geometry import GRID, NODE_GAP, STAGE_GAP, snapped
from hybridgraph.graph.model import Graph
from hybridgraph.graph.topology import digraph

if TYPE_CHECKING:
    import networkx as nx

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


def arrange_level(graph: Graph, sizes: Mapping[str, Size], *, gap: float = STAGE_GAP) -> Places:
    """Top left corners for the cards in `sizes`, left to right in the direction of the data.

    The main path of the network lies on one straight lane in each row; a lane that would be too long for a
    screen continues in further rows.
    """
    import networkx as nx  # as in `topology`: only when there is something to lay out

    directed = digraph(graph)
    directed.remove_nodes_from([name for name in graph.nodes if name not in sizes])
    if not nx.is_directed_acyclic_graph(directed):
        columns = [[name] for name in sizes]  # a circle has no direction; the wires will show it
    else:
        rank = {name: index for index, name in enumerate(sizes)}
        main = set(nx.dag_longest_path(directed)) if len(directed) else set()
        columns = [
            sorted(generation, key=lambda name: (name not in main, rank[name]))
            for generation in nx.topological_generations(directed)
        ]
        columns = _late(columns, directed)
    rows = _rows(columns, sizes, gap)
    places: Places = {}
    top = 0.0
    for index, row in enumerate(rows):
        above = max(sizes[column[0]].lane for column in row)
        lane = top + above
        x = float(INDENT if index else 0)
        lowest = top
        for column in row:
            width = max(sizes[name].w for name in column)
            y = lane - sizes[column[0]].lane
            for name in column:
                places[name] = (snapped(x + (width - sizes[name].w) / 2), snapped(y))
                y += sizes[name].h + NODE_GAP
            lowest = max(lowest, y - NODE_GAP)
            x += width + gap
        top = snapped(lowest + ROW_GAP + GRID / 2)
    return places


def _late(columns: list[list[str]], directed: nx.DiGraph) -> list[list[str]]:
    """Move what nothing feeds to just before what it feeds, so that its wire is short."""
    level = {name: index for index, column in enumerate(columns) for name in column}
    result: list[list[str]] = [[] for _ in columns]
    for index, column in enumerate(columns):
        for place, name in enumerate(column):
            follows = [level[after] for after in directed.successors(name)]
            late = place > 0 and not directed.in_degree(name) and follows
            result[max(index, min(follows) - 1) if late else index].append(name)
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
