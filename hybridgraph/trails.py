"""The way from a cause to its symptom: the wires from where an unfitting shape arises to the port that refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hybridgraph.analysis import Analysis, Finding
from hybridgraph.errors import GraphError
from hybridgraph.graph import topology
from hybridgraph.graph.model import Edge, Graph, Group, Path, is_port
from hybridgraph.shapes import ImageMap, Shape, Tokens

Wire = tuple[Path, Edge]
"""The path of the body that a wire lies in, and the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The wires from the node at `cause` to the one at `symptom`."""

    cause: Path
    symptom: Path
    wires: frozenset[Wire]


def trail(graph: Graph, finding: Finding, analysis: Analysis) -> Trail | None:
    """The trail of an error about shapes; None for another finding, or where the node has no wires.

    Where several inputs disagree, it begins where their ways part; else at the node that first gave what is refused:
    the kind, or the grid, length or channels that the message names. A complaint that names nothing of what came in
    is about the node alone. The graph may be newer than the analysis.
    """
    if (
        finding.severity != "error"
        or finding.code not in ("block", "kind", "two-sources")
        or not finding.path
    ):
        return None
    at, name = finding.path[:-1], finding.path[-1]
    try:
        body = graph.at(at)
        topology.order(body)
    except GraphError:  # a circle, or the node is gone
        return None
    edges = [edge for edge in body.edges if edge.target == name and edge.source in body.nodes]
    edges = [edge for edge in edges if edge.target_port == finding.port] or edges
    if len(edges) > 1:
        return _parting(body, at, name, edges)
    return _rising(graph, finding, analysis, edges[0]) if edges else None


def _parting(body: Graph, at: Path, name: str, edges: list[Edge]) -> Trail:
    """From the last node that all of these wires depend on."""
    above = [topology.upstream(body, edge.source) | {edge.source} for edge in edges]
    shared = set.intersection(*above)
    order = {node: index for index, node in enumerate(topology.order(body))}
    start = max(shared, key=order.__getitem__, default="")
    below = topology.downstream(body, start) | {start} if start else set(body.nodes)
    between = set.union(*above) & below
    wires = {(at, edge) for edge in body.edges if edge.source in between and edge.target in between}
    wires |= {(at, edge) for edge in edges}
    return Trail(cause=(*at, start) if start else at, symptom=(*at, name), wires=frozenset(wires))


def _rising(graph: Graph, finding: Finding, analysis: Analysis, edge: Edge) -> Trail | None:
    """Up the wires for as long as what is refused comes in at a node as it leaves it."""
    report = analysis.nodes.get(finding.path)
    refused = report.inputs.get(edge.target_port) if report is not None else None
    trait = _kind if finding.code == "kind" else _blamed(finding.message, refused)
    if trait is None:
        return None
    at = finding.path[:-1]
    wires: set[Wire] = set()
    while True:
        wires.add((at, edge))
        body = graph.at(at)
        source = body.nodes[edge.source]
        if is_port(source, "input"):
            outside = _into(graph.at(at[:-1]), at[-1], edge.source) if at else None
            if outside is None:
                break
            at, edge = at[:-1], outside
            continue
        report = analysis.nodes.get((*at, edge.source))
        given = report.outputs.get(edge.source_port) if report is not None else None
        came = next(iter(report.inputs.items()), None) if report is not None else None
        if given is None or came is None or trait(came[1]) != trait(given):
            break
        before = _into(body, edge.source, came[0])
        if before is None or (at, before) in wires:
            break
        edge = before
    return Trail(cause=(*at, edge.source), symptom=finding.path, wires=frozenset(wires))


def _into(body: Graph, node: str, port: str) -> Edge | None:
    item = body.nodes.get(node)
    name = item.inputs[0] if isinstance(item, Group) and port not in item.inputs else port
    found = (edge for edge in body.edges if (edge.target, edge.target_port) == (node, name))
    return next((edge for edge in found if edge.source in body.nodes), None)


def _blamed(message: str, shape: Shape | None) -> Callable[[Shape], object] | None:
    """What of a shape a complaint names: its grid, as it came or after a stride, its length, or its channels."""
    if isinstance(shape, ImageMap):
        grids = {(-(-shape.height // stride), -(-shape.width // stride)) for stride in (1, 2, 4)}
        if any(re.search(rf"(?<![\d×]){high}×{wide}(?![\d×])", message) for high, wide in grids):
            return _grid
    if isinstance(shape, Tokens) and re.search(rf"\b{shape.length} tokens", message):
        return _grid
    channels = getattr(shape, "channels", None)
    return _channels if re.search(rf"\b{channels} channels", message) else None


def _kind(shape: Shape) -> object:
    return shape.kind


def _channels(shape: Shape) -> object:
    return getattr(shape, "channels", None)


def _grid(shape: Shape) -> object:
    if isinstance(shape, ImageMap):
        return shape.grid
    return shape.length if isinstance(shape, Tokens) else shape.dims
