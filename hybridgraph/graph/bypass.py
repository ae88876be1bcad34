"""What is left of a graph when everything that is bypassed is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hybridgraph.graph.model import Edge, Graph, Group, Path, frozen
from hybridgraph.graph.wiring import ports_of
from hybridgraph.spec import Catalogue

End = tuple[str, str]
"""A node and one of its ports."""


def bypassed(graph: Graph, at: Path = (), *, within: bool = False) -> Iterator[Path]:
    """The paths of all that is bypassed, and of everything inside of it."""
    for name, item in graph.nodes.items():
        gone = within or item.bypass
        if gone:
            yield (*at, name)
        if isinstance(item, Group):
            yield from bypassed(item.body, (*at, name), within=gone)


def without_bypassed(graph: Graph, catalogue: Catalogue) -> Graph:
    """The graph whose wires lead past what is bypassed: its first input, in the order of its ports, is handed on.

    What took a value from something bypassed that nothing is wired to gets nothing.
    """
    if next(bypassed(graph), None) is None:
        return graph
    into = {(edge.target, edge.target_port): (edge.source, edge.source_port) for edge in graph.edges}

    def origin(end: End) -> End | None:
        seen: set[str] = set()
        while (item := graph.nodes.get(end[0])) is not None and item.bypass:
            if item.id in seen:
                return None  # bypassed nodes in a circle hand on nothing
            seen.add(item.id)
            ports = [port.name for port in ports_of(item, catalogue, output=False)]
            known = [
                port for node, port in into if node == item.id
            ]  # of an unknown block, in the order of wires
            fed = next((port for port in ports or known if (item.id, port) in into), None)
            if fed is None:
                return None
            end = into[item.id, fed]
        return end

    nodes = {
        name: replace(item, body=without_bypassed(item.body, catalogue)) if isinstance(item, Group) else item
        for name, item in graph.nodes.items()
        if not item.bypass
    }
    edges = [
        Edge(*source, edge.target, edge.target_port)
        for edge in graph.edges
        if edge.target in nodes and (source := origin((edge.source, edge.source_port)))
    ]
    return replace(graph, nodes=frozen(nodes), edges=tuple(dict.fromkeys(edges)))
