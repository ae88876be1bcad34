"""Which boxes stand side by side: a design's outermost level in ranks along the data, and in lanes across."""

from __future__ import annotations

from collections.abc import Sequence

from hybridgraph.graph import topology
from hybridgraph.graph.model import Graph
from hybridgraph.graph.topology import CycleError

Link = tuple[str, str]


def links(graph: Graph) -> tuple[Link, ...]:
    """What feeds what, each pair once."""
    return tuple(
        dict.fromkeys(
            (edge.source, edge.target)
            for edge in graph.edges
            if edge.source in graph.nodes and edge.target in graph.nodes
        )
    )


def ranks(graph: Graph) -> list[list[str]]:
    """The ids of each rank from the first lane to the last; a design in a circle stands in one lane.

    A rank is one further than the last of those that feed it; what nothing feeds stands just before what it feeds.
    Within a rank the boxes whose wires lead furthest stand last, at the edge where such wires run.
    """
    try:
        names = topology.order(graph)
    except CycleError:
        return [[name] for name in graph.nodes]
    pairs = links(graph)
    feeds: dict[str, list[str]] = {name: [] for name in names}
    fed: dict[str, list[str]] = {name: [] for name in names}
    for source, target in pairs:
        feeds[target].append(source)
        fed[source].append(target)
    rank: dict[str, int] = {}
    for name in names:
        rank[name] = max((rank[source] + 1 for source in feeds[name]), default=0)
    for name in reversed(names):
        if not feeds[name] and fed[name]:
            rank[name] = max(min(rank[target] for target in fed[name]) - 1, 0)
    rows: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for name in names:
        rows[rank[name]].append(name)
    for row in rows:
        row.sort(key=lambda name: max((rank[target] - rank[name] for target in fed[name]), default=0))
    return rows


def packed(spans: Sequence[tuple[float, float]]) -> list[int]:
    """A track for each span so that spans on one track do not touch; short spans take the nearest tracks."""
    tracks: list[list[tuple[float, float]]] = []
    result = [0] * len(spans)
    for index in sorted(range(len(spans)), key=lambda one: abs(spans[one][1] - spans[one][0])):
        low, high = sorted(spans[index])
        free = (
            number
            for number, track in enumerate(tracks)
            if all(high < other_low or other_high < low for other_low, other_high in track)
        )
        result[index] = next(free, len(tracks))
        if result[index] == len(tracks):
            tracks.append([])
        tracks[result[index]].append((low, high))
    return result
