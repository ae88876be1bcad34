"""The order of a graph's nodes, by networkx.

networkx is imported when it is first asked: a window that opens need not wait for it.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Graph

if TYPE_CHECKING:
    import networkx as nx


class CycleError(GraphError):
    """The wires of a graph lead in a circle; `cycle` names its nodes in order."""

    def __init__(self, cycle: list[str], titles: list[str]) -> None:
        super().__init__(
            f"The wires lead in a circle: {' → '.join([*titles, titles[0]])}.",
            "Remove one of these wires; data must flow from the image to the output.",
        )
        self.cycle = cycle


def digraph(graph: Graph) -> nx.DiGraph:
    """The nodes and wires of one level as a networkx graph."""
    import networkx as nx

    result = nx.DiGraph()
    result.add_nodes_from(graph.nodes)
    result.add_edges_from(
        (edge.source, edge.target)
        for edge in graph.edges
        if edge.source in graph.nodes and edge.target in graph.nodes
    )
    return result


def order(graph: Graph) -> list[str]:
    """The ids so that every node comes after those that feed it, stable in the order of the file.

    Raises CycleError.
    """
    rank = {name: index for index, name in enumerate(graph.nodes)}
    last = len(rank)
    if all(rank.get(edge.source, -1) < rank.get(edge.target, last) for edge in graph.edges):
        return list(rank)  # the file is in such an order already, as most are
    import networkx as nx

    directed = digraph(graph)
    try:
        return list(nx.lexicographical_topological_sort(directed, key=rank.__getitem__))
    except nx.NetworkXUnfeasible:
        cycle = [source for source, _ in nx.find_cycle(directed)]
        raise CycleError(cycle, [graph.nodes[name].title or name for name in cycle]) from None


def generations(graph: Graph, among: Container[str]) -> list[list[str]] | None:
    """The nodes in columns, each in the first one that comes after all that feeds it; None where wires lead in a circle.

    Only the nodes `among` these and the wires between them count.
    """
    waiting, feeds = _feeds(graph, among)
    column = [name for name, count in waiting.items() if count == 0]
    result: list[list[str]] = []
    while column:
        result.append(column)
        following: list[str] = []
        for name in column:
            for target in feeds[name]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    following.append(target)
        column = following
    return result if sum(map(len, result)) == len(feeds) else None


def longest_path(graph: Graph, columns: list[list[str]]) -> list[str]:
    """One of the longest ways that data can take through a graph with these generations.

    Where two are as long, the one along the wires that were drawn first.
    """
    length = {name: 0 for column in columns for name in column}
    feeders: dict[str, list[str]] = {name: [] for name in length}
    for edge in graph.edges:
        if edge.source in length and edge.target in length:
            feeders[edge.target].append(edge.source)
    before: dict[str, str] = {}
    for name in length:
        if feeders[name]:
            before[name] = max(feeders[name], key=length.__getitem__)
            length[name] = length[before[name]] + 1
    path = [max(length, key=length.__getitem__)] if length else []
    while path and path[-1] in before:
        path.append(before[path[-1]])
    return path[::-1]


def _feeds(graph: Graph, among: Container[str]) -> tuple[dict[str, int], dict[str, dict[str, None]]]:
    """How many nodes feed each one, and which it feeds."""
    feeds: dict[str, dict[str, None]] = {name: {} for name in graph.nodes if name in among}
    waiting = dict.fromkeys(feeds, 0)
    for edge in graph.edges:
        targets = feeds.get(edge.source)
        if targets is not None and edge.target in waiting and edge.target not in targets:
            targets[edge.target] = None
            waiting[edge.target] += 1
    return waiting, feeds


def reaches(graph: Graph, source: str, target: str) -> bool:
    """Whether data can flow from `source` to `target` (a node reaches itself)."""
    import networkx as nx

    directed = digraph(graph)
    return source in directed and target in directed and nx.has_path(directed, source, target)


def downstream(graph: Graph, name: str) -> set[str]:
    """Every node that receives data from `name`, directly or not."""
    import networkx as nx

    return set(nx.descendants(digraph(graph), name))


def upstream(graph: Graph, name: str) -> set[str]:
    """Every node whose data reaches `name`, directly or not."""
    import networkx as nx

    return set(nx.ancestors(digraph(graph), name))
